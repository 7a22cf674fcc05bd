//! JPEG at a half, a quarter or an eighth of its size: most of the transform is left out.

use image::RgbImage;
use jpeg_decoder::{Decoder, PixelFormat};

/// Columns up to which the decoder works in the caller's thread. For wider images it starts threads
/// of its own each time, and takes more of the processor than the other decoder does for the whole
/// image.
const ALONE: u32 = 128;
/// Pixels of the whole image from which it is used all the same: 12 MB that need not be there.
const LARGE: u64 = 4_000_000;

/// The image at the smallest scale of 1/2, 1/4 and 1/8 at which it has `enough` pixels, [height,
/// width], not turned yet; `None` where no scale has enough, where nothing is gained, or where the
/// decoder does not read this kind of JPEG, or any of it.
///
/// `size` is [height, width] as the other decoder has read it, from which the limits were checked.
pub(crate) fn decode(bytes: &[u8], size: [u32; 2], enough: [u32; 2]) -> Option<RgbImage> {
    let [height, width] = eighths(size, enough)?;
    if width > ALONE && u64::from(size[0]) * u64::from(size[1]) < LARGE {
        return None;
    }
    let mut decoder = Decoder::new(bytes);
    decoder.read_info().ok()?;
    let info = decoder.info()?;
    if [info.height, info.width].map(u32::from) != size {
        return None;
    }
    let channels = match info.pixel_format {
        PixelFormat::L8 => 1,
        PixelFormat::RGB24 => 3,
        PixelFormat::L16 | PixelFormat::CMYK32 => return None,
    };
    let scaled = decoder
        .scale(width.try_into().ok()?, height.try_into().ok()?)
        .ok()?;
    // It is content with one of the two, which a very thin image reaches too early.
    if scaled != (width as u16, height as u16) {
        return None;
    }
    let pixels = decoder.decode().ok()?;
    if pixels.len() != width as usize * height as usize * channels {
        return None;
    }
    let pixels = match channels {
        1 => pixels.iter().flat_map(|&gray| [gray; 3]).collect(),
        _ => pixels,
    };
    RgbImage::from_raw(width, height, pixels)
}

/// [height, width] at the smallest scale that has enough of both.
fn eighths(size: [u32; 2], enough: [u32; 2]) -> Option<[u32; 2]> {
    [1, 2, 4].into_iter().find_map(|scale| {
        let scaled = size.map(|length| (u64::from(length) * scale).div_ceil(8) as u32);
        (scaled[0] >= enough[0] && scaled[1] >= enough[1]).then_some(scaled)
    })
}

#[cfg(test)]
mod tests {
    use super::eighths;

    #[test]
    fn the_smallest_scale_with_enough_of_both_is_taken() {
        for (size, enough, expected) in [
            ([1000, 800], [125, 100], Some([125, 100])),
            ([1000, 800], [126, 100], Some([250, 200])),
            ([1000, 800], [125, 101], Some([250, 200])),
            ([1000, 800], [500, 1], Some([500, 400])),
            ([1000, 800], [501, 1], None),
            ([1001, 799], [126, 100], Some([126, 100])),
            ([250, 250], [160, 160], None),
            ([5, 3], [1, 1], Some([1, 1])),
            ([5, 3], [0, 0], Some([1, 1])),
        ] {
            assert_eq!(eighths(size, enough), expected, "{size:?} {enough:?}");
        }
    }
}
