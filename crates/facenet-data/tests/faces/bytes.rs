//! Bytes of image files that no encoder at hand writes.

use std::io::Cursor;

use image::{ImageFormat, RgbImage};

/// A picture with a different color in each corner, 32 × 24.
pub(crate) fn picture() -> RgbImage {
    RgbImage::from_fn(32, 24, |x, y| {
        image::Rgb(match (x < 16, y < 12) {
            (true, true) => [200, 40, 40],
            (false, true) => [40, 200, 40],
            (true, false) => [40, 40, 200],
            (false, false) => [220, 220, 60],
        })
    })
}

pub(crate) fn encoded(image: &RgbImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Vec::new();
    image
        .write_to(&mut Cursor::new(&mut bytes), format)
        .unwrap();
    bytes
}

/// The JPEG with an EXIF segment that says how to turn it, 1 to 8.
pub(crate) fn with_orientation(jpeg: &[u8], orientation: u8) -> Vec<u8> {
    let mut exif = b"Exif\0\0MM\0\x2A\0\0\0\x08".to_vec();
    exif.extend([0, 1]); // one entry
    exif.extend([0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0]);
    exif.extend([0, 0, 0, 0]); // no further directory
    let mut bytes = jpeg[..2].to_vec();
    bytes.extend(segment(0xE1, &exif));
    bytes.extend(&jpeg[2..]);
    bytes
}

fn segment(marker: u8, content: &[u8]) -> Vec<u8> {
    let length = (content.len() + 2) as u16;
    let mut bytes = vec![0xFF, marker];
    bytes.extend(length.to_be_bytes());
    bytes.extend(content);
    bytes
}

/// An 8 × 8 JPEG of one color in four components, stored inverted as Adobe does.
pub(crate) fn cmyk_jpeg(stored: [u8; 4]) -> Vec<u8> {
    let mut bytes = vec![0xFF, 0xD8];
    bytes.extend(segment(0xEE, b"Adobe\0\x64\0\0\0\0\0"));
    let mut steps = vec![0];
    steps.extend([8; 64]); // the mean of a block is stored in whole gray levels
    bytes.extend(segment(0xDB, &steps));
    let mut frame = vec![8, 0, 8, 0, 8, 4];
    for component in 1..=4 {
        frame.extend([component, 0x11, 0]);
    }
    bytes.extend(segment(0xC0, &frame));
    // Sizes 0 to 8 of the mean have codes of four bits; "the rest is zero" has the code 0.
    let mut means = vec![0x00, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    means.extend(0..=8);
    bytes.extend(segment(0xC4, &means));
    let mut details = vec![0x10, 1];
    details.extend([0; 15]);
    details.push(0);
    bytes.extend(segment(0xC4, &details));
    bytes.extend(segment(0xDA, &[4, 1, 0, 2, 0, 3, 0, 4, 0, 0, 63, 0]));
    let mut bits = String::new();
    for value in stored {
        let mean = i32::from(value) - 128;
        let size = 32 - mean.unsigned_abs().leading_zeros() as usize;
        bits += &format!("{size:04b}");
        if size > 0 {
            let code = if mean > 0 {
                mean
            } else {
                mean + (1 << size) - 1
            };
            bits += &format!("{code:0size$b}");
        }
        bits.push('0');
    }
    while !bits.len().is_multiple_of(8) {
        bits.push('1');
    }
    for byte in bits.as_bytes().chunks(8) {
        let byte = byte.iter().fold(0, |byte, bit| byte << 1 | (bit - b'0'));
        bytes.push(byte);
        if byte == 0xFF {
            bytes.push(0);
        }
    }
    bytes.extend([0xFF, 0xD9]);
    bytes
}

/// The header of a PNG of that size, and no pixel.
pub(crate) fn png_header(width: u32, height: u32) -> Vec<u8> {
    let mut chunk = b"IHDR".to_vec();
    chunk.extend(width.to_be_bytes());
    chunk.extend(height.to_be_bytes());
    chunk.extend([8, 2, 0, 0, 0]);
    let mut bytes = b"\x89PNG\r\n\x1A\n\0\0\0\x0D".to_vec();
    bytes.extend(&chunk);
    bytes.extend(crc32(&chunk).to_be_bytes());
    bytes.extend(b"\0\0\0\0IDAT");
    bytes.extend(crc32(b"IDAT").to_be_bytes());
    bytes
}

fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for &byte in bytes {
        crc ^= u32::from(byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 {
                crc >> 1 ^ 0xEDB8_8320
            } else {
                crc >> 1
            };
        }
    }
    !crc
}
