//! Images, within small limits.

#![no_main]

use facenet_data::{DecodeLimits, decode};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let limits = DecodeLimits::default()
        .with_max_pixels(1 << 14)
        .with_max_bytes(1 << 16);
    if let Ok(image) = decode(bytes, "image", &limits) {
        let pixels = u64::from(image.width()) * u64::from(image.height());
        assert!((1..=limits.max_pixels).contains(&pixels));
    }
});
