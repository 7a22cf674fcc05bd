//! The arithmetic of normalization on slices of `f32`.
//!
//! A channel, or a channel's window, is the work of one thread from beginning to end, so that results are the same bits
//! on one core and on many, and so that the second pass over a channel finds it in the core's own cache.

mod batch_norm;
mod channel;
mod local_response;

pub(super) use batch_norm::{
    Layer, ParameterGrads, Statistics, batch_norm_backward, batch_norm_given, batch_norm_train,
};
pub(super) use local_response::{Response, local_response, local_response_grad};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cpu::Maps;

    fn numbers(seed: usize, count: usize) -> Vec<f32> {
        (0..count)
            .map(|index| ((index * 31 + seed * 17) % 101) as f32 / 50.0 - 1.0)
            .collect()
    }

    #[test]
    fn the_number_of_threads_changes_no_bit() {
        for dims in [[6, 20, 9, 8], [33, 70, 1, 1], [2, 3, 90, 70]] {
            let maps = Maps::new(dims).expect("a batch with elements");
            let x = numbers(1, maps.len());
            let grad = numbers(2, maps.len());
            let (gamma, beta) = (numbers(3, maps.channels), numbers(4, maps.channels));
            let layer = Layer {
                gamma: &gamma,
                beta: &beta,
                epsilon: 1e-3,
                relu: true,
            };
            let results = [1, 2, 5].map(|threads| {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
                pool.expect("a pool of threads").install(|| {
                    let (output, statistics) = batch_norm_train(&maps, &layer, &x);
                    let given = batch_norm_given(&maps, &layer, &x, &statistics);
                    assert_eq!(given, output);
                    let mut x_grad = grad.clone();
                    let grads =
                        batch_norm_backward(&maps, &layer, &x, &statistics, true, &mut x_grad);
                    (output, statistics, x_grad, grads)
                })
            });
            let [one, others @ ..] = results;
            assert!(others.iter().all(|other| *other == one));
        }
    }

    #[test]
    fn nor_does_it_in_local_response_normalization() {
        for (dims, beta) in [
            ([3, 70, 9, 40], 0.75),
            ([1, 130, 1, 1], 0.5),
            ([2, 2, 4, 4], 0.75),
        ] {
            let maps = Maps::new(dims).expect("a batch with elements");
            let (x, grad) = (numbers(1, maps.len()), numbers(2, maps.len()));
            let response = Response {
                size: 5,
                alpha: 0.3,
                beta,
                k: 1.0,
            };
            let results = [1, 2, 5].map(|threads| {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
                pool.expect("a pool of threads").install(|| {
                    let output = local_response(&maps, &response, &x);
                    (output, local_response_grad(&maps, &response, &x, &grad))
                })
            });
            let [one, others @ ..] = results;
            assert!(others.iter().all(|other| *other == one));
        }
    }
}
