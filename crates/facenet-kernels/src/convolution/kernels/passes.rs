//! The three passes, each by the kernels for its kind of convolution.

use super::epilogue::Epilogue;
use super::geometry::Geometry;
use super::{dense, depthwise};

/// `Y = f(W ∗ X)`: input `[N, C, H, W]` and weight (see [`Geometry::weight_shape`]), both contiguous, give `[N, O, H',
/// W']`.
pub(in crate::convolution) fn forward(
    geometry: &Geometry,
    input: &[f32],
    weight: &[f32],
    epilogue: &Epilogue<'_>,
) -> Vec<f32> {
    if geometry.depthwise {
        depthwise::forward(geometry, input, weight, epilogue)
    } else {
        dense::forward(geometry, input, weight, epilogue)
    }
}

/// `dX`: weight and output gradient `[N, O, H', W']`, both contiguous, give `[N, C, H, W]`.
pub(in crate::convolution) fn input_grad(
    geometry: &Geometry,
    weight: &[f32],
    output_grad: &[f32],
) -> Vec<f32> {
    if geometry.depthwise {
        depthwise::input_grad(geometry, weight, output_grad)
    } else {
        dense::input_grad(geometry, weight, output_grad)
    }
}

/// `dW`: input `[N, C, H, W]` and output gradient `[N, O, H', W']`, both contiguous, give the shape of the weight.
pub(in crate::convolution) fn weight_grad(
    geometry: &Geometry,
    input: &[f32],
    output_grad: &[f32],
) -> Vec<f32> {
    if geometry.depthwise {
        depthwise::weight_grad(geometry, input, output_grad)
    } else {
        dense::weight_grad(geometry, input, output_grad)
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::ops::ConvOptions;

    use super::*;

    fn numbers(count: usize) -> Vec<f32> {
        (0..count)
            .map(|index| (index as f32 * 0.37).sin())
            .collect()
    }

    #[test]
    fn the_number_of_threads_changes_no_bit() {
        let dense = |channels, size, outputs, stride| {
            let options = ConvOptions::new([stride, stride], [1, 1], [1, 1], 1);
            Geometry::new(
                [5, channels, size, size],
                [outputs, channels, 3, 3],
                &options,
            )
        };
        let depthwise = || {
            let options = ConvOptions::new([2, 2], [1, 1], [1, 1], 24);
            Geometry::new([3, 24, 15, 13], [24, 1, 3, 3], &options)
        };
        let pointwise = |batch, channels, size, outputs| {
            let options = ConvOptions::new([1, 1], [0, 0], [1, 1], 1);
            let input = [batch, channels, size, size];
            Geometry::new(input, [outputs, channels, 1, 1], &options)
        };
        let geometries = [
            pointwise(3, 24, 14, 40),
            pointwise(19, 140, 5, 70),
            dense(50, 17, 40, 1),
            dense(70, 3, 96, 1),
            dense(3, 40, 32, 2),
            depthwise(),
        ];
        for geometry in geometries {
            let geometry = geometry.expect("a convolution");
            let len = |shape: [usize; 4]| shape.iter().product::<usize>();
            let input = numbers(len(geometry.input_shape()));
            let weight = numbers(len(geometry.weight_shape()));
            let grad = numbers(len(geometry.output_shape()));
            let [alone, two, many] = [1, 2, 5].map(|threads| {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
                pool.build().expect("a pool of threads").install(|| {
                    [
                        forward(&geometry, &input, &weight, &Epilogue::default()),
                        input_grad(&geometry, &weight, &grad),
                        weight_grad(&geometry, &input, &grad),
                    ]
                })
            });
            assert!(alone == two && alone == many, "{geometry:?}");
        }
    }
}
