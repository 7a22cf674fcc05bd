use std::fs;
use std::io::Cursor;

use facenet_data::{DataError, DecodeLimits, decode, read_image};
use image::{DynamicImage, ImageBuffer, ImageFormat, Luma, Rgb, RgbImage, Rgba};

use crate::bytes::{cmyk_jpeg, encoded, picture, png_header, with_orientation};
use crate::message::assert_message;

fn read(bytes: &[u8]) -> Result<RgbImage, DataError> {
    decode(bytes, "face", &DecodeLimits::default())
}

#[track_caller]
fn message(bytes: &[u8]) -> String {
    let error = read(bytes).expect_err("expected a refusal");
    assert_message(&error, &[]);
    let message = error.to_string();
    assert!(message.starts_with("face: "), "{message}");
    message
}

fn png(image: impl Into<DynamicImage>) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut cursor = Cursor::new(&mut bytes);
    image
        .into()
        .write_to(&mut cursor, ImageFormat::Png)
        .unwrap();
    bytes
}

fn near(a: [u8; 3], b: [u8; 3]) -> bool {
    a.iter().zip(b).all(|(a, b)| a.abs_diff(b) <= 12)
}

#[test]
fn lossless_files_come_back_as_they_were() {
    let picture = picture();
    for format in [ImageFormat::Png, ImageFormat::Pnm] {
        assert_eq!(read(&encoded(&picture, format)).unwrap(), picture);
    }
}

#[test]
fn every_orientation_is_turned_upright() {
    let jpeg = encoded(&picture(), ImageFormat::Jpeg);
    let upright = read(&jpeg).unwrap();
    let transforms: [fn(&RgbImage) -> RgbImage; 8] = [
        |image| image.clone(),
        |image| image::imageops::flip_horizontal(image),
        |image| image::imageops::rotate180(image),
        |image| image::imageops::flip_vertical(image),
        |image| image::imageops::flip_horizontal(&image::imageops::rotate90(image)),
        |image| image::imageops::rotate90(image),
        |image| image::imageops::flip_horizontal(&image::imageops::rotate270(image)),
        |image| image::imageops::rotate270(image),
    ];
    for (orientation, transform) in (1..).zip(transforms) {
        let turned = read(&with_orientation(&jpeg, orientation)).unwrap();
        assert_eq!(turned, transform(&upright), "orientation {orientation}");
    }
}

#[test]
fn gray_deep_and_transparent_images_become_rgb() {
    let gray = ImageBuffer::from_pixel(3, 2, Luma([77u8]));
    assert_eq!(read(&png(gray.clone())).unwrap().get_pixel(1, 1).0, [77; 3]);
    let deep = ImageBuffer::from_pixel(3, 2, Rgb([0u16, 257 * 100, 65535]));
    assert_eq!(read(&png(deep)).unwrap().get_pixel(1, 1).0, [0, 100, 255]);
    let deep_gray = ImageBuffer::from_pixel(3, 2, Luma([257u16 * 9]));
    assert_eq!(read(&png(deep_gray)).unwrap().get_pixel(1, 1).0, [9; 3]);
    let clear = ImageBuffer::from_pixel(3, 2, Rgba([1u8, 2, 3, 0]));
    assert_eq!(read(&png(clear)).unwrap().get_pixel(1, 1).0, [1, 2, 3]);

    let mut jpeg = Vec::new();
    let mut cursor = Cursor::new(&mut jpeg);
    DynamicImage::from(gray)
        .write_to(&mut cursor, ImageFormat::Jpeg)
        .unwrap();
    let [r, g, b] = read(&jpeg).unwrap().get_pixel(1, 1).0;
    assert!(r == g && g == b && r.abs_diff(77) <= 2);
}

#[test]
fn a_cmyk_jpeg_has_its_colors() {
    // Stored inverted: 255 is no ink.
    for (stored, color) in [
        ([255, 255, 255, 255], [255, 255, 255]),
        ([255, 0, 0, 255], [255, 0, 0]),
        ([0, 255, 0, 255], [0, 255, 0]),
        ([255, 255, 255, 0], [0, 0, 0]),
    ] {
        let image = read(&cmyk_jpeg(stored)).unwrap();
        assert_eq!(image.dimensions(), (8, 8));
        let found = image.get_pixel(4, 4).0;
        assert!(near(found, color), "{found:?} for {color:?}");
    }
}

#[test]
fn pgm_in_both_forms() {
    let plain = read(b"P2\n# a comment\n2 1\n255\n10 250\n").unwrap();
    let raw = read(b"P5\n2 1\n255\n\x0A\xFA").unwrap();
    assert_eq!(plain, raw);
    assert_eq!(raw.as_raw(), &[10, 10, 10, 250, 250, 250]);
}

#[test]
fn what_is_no_image_is_refused() {
    assert!(message(b"").contains("0 bytes"));
    assert!(message(b"name i j\n").contains("starts like no image"));
    message(b"GIF89a\x01\0\x01\0\0\0\0;");
    message(b"\xFF\xD8\xFF\xD9");
    message(b"P5\n0 0\n255\n");
}

#[test]
fn a_truncated_file_is_refused_wherever_it_ends() {
    let picture = picture();
    for format in [ImageFormat::Jpeg, ImageFormat::Pnm] {
        let whole = encoded(&picture, format);
        for end in 0..whole.len() {
            let cut = read(&whole[..end]);
            assert!(cut.is_err(), "{format:?} of {end}/{} bytes", whole.len());
        }
    }
    // The last chunk of a PNG, twelve bytes, holds nothing.
    let whole = encoded(&picture, ImageFormat::Png);
    for end in 0..whole.len() - 12 {
        assert!(read(&whole[..end]).is_err(), "{end}/{} bytes", whole.len());
    }
    // A thumbnail has its own end of image, and restart markers may come at the cut.
    let mut jpeg = with_orientation(&encoded(&picture, ImageFormat::Jpeg), 1);
    jpeg.splice(2..2, [0xFF, 0xE2, 0, 6, 0xFF, 0xD8, 0xFF, 0xD9]);
    assert!(read(&jpeg).is_ok());
    jpeg.truncate(jpeg.len() / 2);
    assert!(message(&jpeg).contains("truncated"));
}

#[test]
fn bytes_after_a_jpeg_do_no_harm() {
    let mut jpeg = encoded(&picture(), ImageFormat::Jpeg);
    jpeg.extend(b"\0\0 from a camera that adds more");
    assert!(read(&jpeg).is_ok());
}

#[test]
fn a_header_of_ten_billion_pixels_takes_no_memory() {
    let jpeg = {
        let mut jpeg = encoded(&picture(), ImageFormat::Jpeg);
        let frame = jpeg
            .windows(2)
            .position(|pair| pair == [0xFF, 0xC0])
            .unwrap();
        jpeg[frame + 5..frame + 9].fill(0xFF);
        jpeg
    };
    let png = png_header(100_000, 100_000);
    for (bytes, size) in [
        (&jpeg[..], "65535 x 65535"),
        (&png, "100000 x 100000"),
        (b"P5\n100000 100000\n255\n", "100000 x 100000"),
    ] {
        let error = message(bytes);
        assert!(error.contains(size), "{error}");
        assert!(error.contains("64000000 pixels"), "{error}");
    }
}

#[test]
fn limits_can_be_set() {
    let png = encoded(&picture(), ImageFormat::Png);
    let limits = DecodeLimits::default();
    assert!(decode(&png, "face", &limits.with_max_pixels(32 * 24)).is_ok());
    assert!(decode(&png, "face", &limits.with_max_pixels(32 * 24 - 1)).is_err());
    assert!(decode(&png, "face", &limits.with_max_bytes(png.len() as u64)).is_ok());
    assert!(decode(&png, "face", &limits.with_max_bytes(png.len() as u64 - 1)).is_err());
}

#[test]
fn files_are_named_in_messages() {
    let folder = tempfile::tempdir().unwrap();
    let limits = DecodeLimits::default();
    let path = folder.path().join("a.jpg");
    let error = read_image(&path, &limits).unwrap_err();
    assert!(matches!(error, DataError::Io { .. }));
    assert_message(&error, &["a.jpg", "expected an image file"]);

    fs::write(&path, b"").unwrap();
    let error = read_image(&path, &limits).unwrap_err();
    assert_message(&error, &["a.jpg", "0 bytes"]);

    // The name says JPEG, the bytes say PNG: the bytes are right.
    fs::write(&path, encoded(&picture(), ImageFormat::Png)).unwrap();
    assert_eq!(read_image(&path, &limits).unwrap(), picture());
    let error = read_image(&path, &limits.with_max_bytes(40)).unwrap_err();
    assert_message(&error, &["a.jpg", "is too large", "40 bytes"]);

    let error = read_image(folder.path(), &limits).unwrap_err();
    assert_message(&error, &["no regular file"]);
}

proptest::proptest! {
    #[test]
    fn no_damage_panics(
        at in 0usize..2000, byte: u8, cut in 0usize..2000, which in 0usize..3,
    ) {
        let format = [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::Pnm][which];
        let mut bytes = encoded(&picture(), format);
        let len = bytes.len();
        bytes[at % len] = byte;
        let limits = DecodeLimits::default().with_max_pixels(1_000_000);
        let _ = decode(&bytes, "face", &limits);
        bytes.truncate(cut % (len + 1));
        let _ = decode(&bytes, "face", &limits);
    }
}
