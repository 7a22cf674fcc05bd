use std::collections::BTreeMap;

/// The mutual information, in nats, that two groupings of these sizes have by chance: its mean over all
/// ways to hand the things out (the hypergeometric model of Vinh, Epps and Bailey, 2010, equation 24a).
///
/// Groups of one size are counted once: the time goes with the different sizes, not with the groups.
pub(super) fn expected_information(first: &[usize], second: &[usize]) -> f64 {
    let items: usize = first.iter().sum();
    let n = items as f64;
    let ln = ln_factorials(items);
    let mut sum = 0.0;
    for (&a, &of_a) in &counted(first) {
        for (&b, &of_b) in &counted(second) {
            let fixed = ln[a] + ln[b] + ln[items - a] + ln[items - b] - ln[items];
            let least = (a + b).saturating_sub(items).max(1);
            let mean: f64 = (least..=a.min(b))
                .map(|both| {
                    let apart = ln[both] + ln[a - both] + ln[b - both] + ln[items + both - a - b];
                    let share = both as f64 / n;
                    share * (share * n * n / (a as f64 * b as f64)).ln() * (fixed - apart).exp()
                })
                .sum();
            sum += mean * of_a * of_b;
        }
    }
    sum
}

/// How many groups have each size.
fn counted(sizes: &[usize]) -> BTreeMap<usize, f64> {
    let mut counts = BTreeMap::new();
    for &size in sizes {
        *counts.entry(size).or_insert(0.0) += 1.0;
    }
    counts
}

/// `ln 0!` to `ln n!`, summed with what each addition loses (Kahan, 1965).
fn ln_factorials(n: usize) -> Vec<f64> {
    let (mut sum, mut lost) = (0.0f64, 0.0f64);
    let mut list = vec![0.0];
    for i in 1..=n {
        let term = (i as f64).ln() - lost;
        let next = sum + term;
        lost = (next - sum) - term;
        sum = next;
        list.push(sum);
    }
    list
}

#[cfg(test)]
mod tests {
    use super::{expected_information, ln_factorials};

    #[test]
    fn factorials() {
        let ln = ln_factorials(170);
        assert_eq!((ln[0], ln[1]), (0.0, 0.0));
        let product: f64 = (1..=20).map(f64::from).product();
        assert!((ln[20].exp() / product - 1.0).abs() < 1e-12);
        // ln 170! by Stirling's series.
        let n = 170.0f64;
        let stirling = n * n.ln() - n + (std::f64::consts::TAU * n).ln() / 2.0 + 1.0 / (12.0 * n);
        assert!((ln[170] - stirling).abs() < 1e-8);
    }

    /// All ways to hand five things out, one after the other.
    #[test]
    fn the_mean_over_all_permutations() {
        let (first, second) = ([0usize, 0, 0, 1, 1], [0usize, 0, 1, 1, 2]);
        let mut orders = vec![vec![]];
        for _ in 0..5 {
            orders = orders
                .into_iter()
                .flat_map(|order: Vec<usize>| {
                    (0..5)
                        .filter(|i| !order.contains(i))
                        .map(|i| [&order[..], &[i]].concat())
                        .collect::<Vec<_>>()
                })
                .collect();
        }
        let share = |of: &dyn Fn(usize) -> bool| (0..5).filter(|&i| of(i)).count() as f64 / 5.0;
        let information = |order: &Vec<usize>| -> f64 {
            let mut sum = 0.0;
            for a in 0..2 {
                for b in 0..3 {
                    let both = share(&|i| first[i] == a && second[order[i]] == b);
                    let apart = share(&|i| first[i] == a) * share(&|i| second[i] == b);
                    if both > 0.0 {
                        sum += both * (both / apart).ln();
                    }
                }
            }
            sum
        };
        let mean = orders.iter().map(information).sum::<f64>() / orders.len() as f64;
        assert!((expected_information(&[3, 2], &[2, 2, 1]) - mean).abs() < 1e-12);
    }
}
