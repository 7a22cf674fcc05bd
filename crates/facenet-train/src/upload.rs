use burn::tensor::{DType, Device, Int, Tensor, TensorData};
use facenet_models::Preprocessing;

/// Moves 8-bit pixels to the device as bytes and makes them the numbers that the network expects
/// there, so that a quarter of the bytes travels that 32-bit floats would be.
///
/// Where the device has no 8-bit numbers (WebGPU), four pixels travel in a 32-bit one.
///
/// # Shapes
/// - `pixels`: `batch × height × width × 3` bytes, RGB, rows from top to bottom
/// - output: `[batch, 3, height, width]`
pub(crate) fn pixels_on_device(
    pixels: Vec<u8>,
    [batch, height, width]: [usize; 3],
    preprocessing: Preprocessing,
    device: &Device,
) -> Tensor<4> {
    let shape = [batch, height, width, 3];
    let floats = match device.supports_dtype(DType::U8) {
        true => {
            let data = TensorData::new(pixels, shape);
            Tensor::<4, Int>::from_data(data, (device, DType::U8)).float()
        }
        false => in_words(pixels, device).reshape(shape),
    };
    preprocessing.forward(floats.permute([0, 3, 1, 2]))
}

/// The bytes as floats, unpacked on the device from words of four.
fn in_words(pixels: Vec<u8>, device: &Device) -> Tensor<1> {
    let words: Vec<i32> = pixels
        .chunks(4)
        .map(|chunk| {
            let mut bytes = [0; 4];
            bytes[..chunk.len()].copy_from_slice(chunk);
            i32::from_le_bytes(bytes)
        })
        .collect();
    let count = words.len();
    let words =
        Tensor::<2, Int>::from_data(TensorData::new(words, [count, 1]), (device, DType::I32));
    let bytes = [0, 8, 16, 24].map(|shift| {
        // The sign that a shift may draw in is masked off.
        let shifted = words.clone().bitwise_right_shift_scalar(shift);
        shifted.bitwise_and_scalar(255)
    });
    let floats: Tensor<1> = Tensor::cat(bytes.to_vec(), 1).float().reshape([4 * count]);
    floats.slice(0..pixels.len())
}

#[cfg(all(test, feature = "flex"))]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_the_same_numbers_either_way() {
        let device = Device::flex();
        for count in [0usize, 1, 3, 4, 5, 255, 256 * 3] {
            let pixels: Vec<u8> = (0..count).map(|i| (i * 7 + i / 256) as u8).collect();
            let expected: Vec<f32> = pixels.iter().map(|&byte| f32::from(byte)).collect();
            if count == 0 {
                continue;
            }
            let words = in_words(pixels, &device).into_data();
            assert_eq!(words.iter::<f32>().collect::<Vec<_>>(), expected);
        }
    }

    #[test]
    fn pixels_are_those_of_the_network() {
        let device = Device::flex();
        let config = facenet_models::FaceNetConfig::new(facenet_models::Architecture::Nns2)
            .with_input_size([4, 5]);
        let pixels: Vec<u8> = (0..2 * 4 * 5 * 3).map(|i| (i * 37) as u8).collect();
        let expected = facenet_models::pixels_to_tensor(pixels.clone(), &config, &device);
        let found = pixels_on_device(pixels, [2, 4, 5], config.preprocessing, &device);
        assert_eq!(found.dims(), [2, 3, 4, 5]);
        let difference = (found - expected).abs().max().into_scalar::<f32>();
        assert!(difference < 1e-6, "{difference}");
    }
}
