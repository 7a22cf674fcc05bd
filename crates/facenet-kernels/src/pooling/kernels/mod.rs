//! The arithmetic of pooling on slices of `f32`.
//!
//! A map is the work of one thread from beginning to end, so that results are the same bits on one core and on many.

mod global;
mod l2;
mod max;
mod strided;
mod windows;

pub(super) use global::{global_avg_pool, global_avg_pool_grad};
pub(super) use l2::{l2_pool, l2_pool_grad};
pub(super) use max::{max_pool, max_pool_grad};
pub(crate) use windows::{SIDE, Windows};

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(seed: usize, count: usize) -> Vec<f32> {
        (0..count)
            .map(|index| ((index * 31 + seed * 17) % 101) as f32 / 50.0 - 1.0)
            .collect()
    }

    #[test]
    fn the_number_of_threads_changes_no_bit() {
        for (input, stride, padding) in [
            ([3, 70, 9, 8], [1, 1], [1, 1]),
            ([2, 5, 70, 58], [2, 2], [1, 1]),
            ([40, 64, 3, 3], [3, 3], [0, 0]),
        ] {
            let windows = Windows::new(input, stride, padding).expect("windows that fit");
            let x = numbers(1, input.iter().product());
            let grad = numbers(2, windows.output().iter().product());
            let results = [1, 2, 5].map(|threads| {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
                pool.expect("a pool of threads").install(|| {
                    let (max, taps) = max_pool(&windows, &x);
                    let max_grad = max_pool_grad(&windows, &taps, &grad);
                    let l2 = l2_pool(&windows, &x);
                    let l2_grad = l2_pool_grad(&windows, &x, &l2, &grad);
                    let mean = global_avg_pool(input[2] * input[3], &x);
                    (max, taps, max_grad, l2, l2_grad, mean)
                })
            });
            let [one, others @ ..] = results;
            assert!(others.iter().all(|other| *other == one));
        }
    }
}
