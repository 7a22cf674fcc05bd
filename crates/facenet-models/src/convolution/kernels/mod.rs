//! The arithmetic of a convolution on slices of `f32`, as general matrix products (GEMM).
//!
//! The three products of a layer with weight `W` (`[O, K]`, `K = C · kh · kw`), input columns `X̃` (`[K, P]`, the input
//! unrolled by im2col to `P` output positions) and output gradient `dY` (`[O, P]`) are
//!
//! ```text
//! Y  = W · X̃             forward
//! dX = col2im(Wᵀ · dY)   input gradient
//! dW = dY · X̃ᵀ           weight gradient, summed over the batch
//! ```
//!
//! Columns are never held for a whole batch: the work is cut into tiles of a few hundred positions, and each thread
//! keeps one tile. How the work is cut depends on the shapes alone, never on the number of threads, so that results
//! are the same bits on one core and on many.

mod columns;
mod forward;
mod geometry;
mod input_grad;
mod product;
mod scratch;
mod tiles;
mod weight_grad;

pub(super) use forward::forward;
pub(super) use geometry::Geometry;
pub(super) use input_grad::input_grad;
pub(super) use weight_grad::weight_grad;

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::ops::ConvOptions;

    fn numbers(seed: usize, count: usize) -> Vec<f32> {
        (0..count)
            .map(|index| ((index * 31 + seed * 17) % 101) as f32 / 50.0 - 1.0)
            .collect()
    }

    #[test]
    fn the_number_of_threads_changes_no_bit() {
        for (input, weight, stride, padding) in [
            ([6, 20, 28, 28], [24, 20, 3, 3], 1, 1),
            ([6, 3, 40, 36], [16, 3, 3, 3], 2, 0),
            ([19, 40, 5, 4], [70, 40, 1, 1], 1, 0),
            ([3, 24, 14, 14], [40, 24, 1, 1], 1, 0),
        ] {
            let options = ConvOptions::new([stride; 2], [padding; 2], [1, 1], 1);
            let geometry = Geometry::new(input, weight, &options).expect("shapes that fit");
            let x = numbers(1, input.iter().product());
            let w = numbers(2, weight.iter().product());
            let dy = numbers(3, geometry.output_shape().iter().product());
            let results = [1, 2, 5].map(|threads| {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
                pool.expect("a pool of threads").install(|| {
                    [
                        forward(&geometry, &x, &w),
                        input_grad(&geometry, &w, &dy),
                        weight_grad(&geometry, &x, &dy),
                    ]
                })
            });
            let [one, others @ ..] = results;
            assert!(others.iter().all(|other| *other == one));
        }
    }
}
