use burn::tensor::{DType, Device, Int, Tensor, TensorData};

use crate::FaceNetConfig;

/// Moves 8-bit pixels to the device as bytes, a quarter of what 32-bit floats would be, and makes them the
/// numbers that the network expects there.
///
/// Where the device has no 8-bit numbers (WebGPU), four pixels travel in a 32-bit one.
///
/// # Shapes
///
/// - `pixels`: `batch × height × width × 3` bytes, RGB, rows from top to bottom
/// - output: `[batch, 3, height, width]`
///
/// # Panics
///
/// If the number of bytes is not a multiple of `height × width × 3`.
pub fn pixels_to_tensor(pixels: Vec<u8>, config: &FaceNetConfig, device: &Device) -> Tensor<4> {
    let [height, width] = config.input_size;
    let face = height * width * 3;
    assert!(face > 0, "the input size has a side of 0 pixels");
    assert_eq!(
        pixels.len() % face,
        0,
        "{} bytes are no whole number of faces",
        pixels.len()
    );
    let shape = [pixels.len() / face, height, width, 3];
    let floats = match device.supports_dtype(DType::U8) {
        true => {
            let data = TensorData::new(pixels, shape);
            Tensor::<4, Int>::from_data(data, (device, DType::U8)).float()
        }
        false => in_words(pixels, device).reshape(shape),
    };
    config.preprocessing.forward(floats.permute([0, 3, 1, 2]))
}

/// The bytes as floats, unpacked on the device from words of four.
fn in_words(pixels: Vec<u8>, device: &Device) -> Tensor<1> {
    if pixels.is_empty() {
        return Tensor::zeros([0], device);
    }
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
    use crate::Architecture;

    #[test]
    fn bytes_in_words_are_the_same_numbers() {
        let device = Device::flex();
        for count in [0usize, 1, 3, 4, 5, 255, 256 * 3] {
            let pixels: Vec<u8> = (0..count).map(|i| (i * 7 + i / 256) as u8).collect();
            let expected: Vec<f32> = pixels.iter().map(|&byte| f32::from(byte)).collect();
            let words = in_words(pixels, &device).into_data();
            assert_eq!(words.iter::<f32>().collect::<Vec<_>>(), expected);
        }
    }

    #[test]
    fn pixels_are_those_of_the_network() {
        let device = Device::flex();
        let config = FaceNetConfig::new(Architecture::Nns2).with_input_size([4, 5]);
        for batch in [0usize, 2] {
            let pixels: Vec<u8> = (0..batch * 60).map(|i| (i * 37) as u8).collect();
            let found = pixels_to_tensor(pixels.clone(), &config, &device);
            assert_eq!(found.dims(), [batch, 3, 4, 5]);
            let floats: Vec<f32> = pixels.iter().map(|&byte| f32::from(byte)).collect();
            let floats = Tensor::from_data(TensorData::new(floats, [batch, 4, 5, 3]), &device);
            let expected = config.preprocessing.forward(floats.permute([0, 3, 1, 2]));
            assert_eq!(found.into_data(), expected.into_data());
        }
    }
}
