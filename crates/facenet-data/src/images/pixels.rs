//! Arithmetic on the pixels of small images.

use image::RgbImage;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

/// Rec. 601 luma, the gray of Pillow and of most face pipelines.
const LUMA: [f32; 3] = [0.299, 0.587, 0.114];

fn luma(pixel: [f32; 3]) -> f32 {
    pixel
        .iter()
        .zip(LUMA)
        .map(|(value, part)| value * part)
        .sum()
}

/// Maps pixels of a view, relative to its center, to coordinates in another image.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Affine {
    pub(crate) xx: f32,
    pub(crate) xy: f32,
    pub(crate) x0: f32,
    pub(crate) yx: f32,
    pub(crate) yy: f32,
    pub(crate) y0: f32,
}

/// Samples an image bilinearly, its edge repeated outside.
pub(crate) fn warp(image: &RgbImage, map: &Affine, height: u32, width: u32) -> RgbImage {
    let (w, h) = (image.width() as usize, image.height() as usize);
    let source = image.as_raw();
    let (last_x, last_y) = ((w - 1) as f32, (h - 1) as f32);
    let mut view = RgbImage::new(width, height);
    let row = width as usize * 3;
    for (y, line) in view.chunks_exact_mut(row).enumerate() {
        let dy = y as f32 + 0.5 - height as f32 / 2.0;
        for (x, pixel) in line.chunks_exact_mut(3).enumerate() {
            let dx = x as f32 + 0.5 - width as f32 / 2.0;
            // The center of the first pixel is at one half.
            let sx = (map.xx * dx + map.xy * dy + map.x0 - 0.5).clamp(0.0, last_x);
            let sy = (map.yx * dx + map.yy * dy + map.y0 - 0.5).clamp(0.0, last_y);
            let (left, top) = (sx as u32 as usize, sy as u32 as usize);
            let right = if left + 1 < w { 3 } else { 0 };
            let below = if top + 1 < h { w * 3 } else { 0 };
            let from = (top * w + left) * 3;
            let at = |offset: usize| &source[from + offset..][..3];
            mix(
                pixel,
                [at(0), at(right), at(below), at(below + right)],
                sx - left as f32,
                sy - top as f32,
            );
        }
    }
    view
}

/// The weights of [`mix`] are whole numbers of 2⁻¹¹, which errs by an eighth of a gray level at most.
const BITS: u32 = 11;

/// The mean of four neighbors, upper left, upper right, lower left and lower right, weighted by how
/// near they are; whole numbers are several times as fast as floats here.
#[inline]
pub(crate) fn mix(pixel: &mut [u8], corners: [&[u8]; 4], across: f32, down: f32) {
    const PARTS: i32 = 1 << BITS;
    const HALF: i32 = 1 << (2 * BITS - 1);
    let x = (across * PARTS as f32 + 0.5) as i32;
    let y = (down * PARTS as f32 + 0.5) as i32;
    let [a, b, c, d] = corners;
    let corners = a.iter().zip(b).zip(c).zip(d);
    for (value, (((&a, &b), &c), &d)) in pixel.iter_mut().zip(corners) {
        let upper = i32::from(a) * (PARTS - x) + i32::from(b) * x;
        let lower = i32::from(c) * (PARTS - x) + i32::from(d) * x;
        *value = ((upper * (PARTS - y) + lower * y + HALF) >> (2 * BITS)) as u8;
    }
}

/// Mirrors the image, left to right.
pub(crate) fn flip(image: &mut RgbImage) {
    let row = image.width() as usize * 3;
    for line in image.chunks_exact_mut(row) {
        let (pixels, _) = line.as_chunks_mut::<3>();
        pixels.reverse();
    }
}

/// Multiplies brightness, contrast (about the mean gray) and saturation (about each pixel's gray).
///
/// The three are one linear map, `own · value + shared · gray + constant`, of which there are only
/// 256 products for each channel.
pub(crate) fn adjust_colors(image: &mut RgbImage, brightness: f32, contrast: f32, saturation: f32) {
    if brightness == 1.0 && contrast == 1.0 && saturation == 1.0 {
        return;
    }
    let count = f64::from(image.width()) * f64::from(image.height());
    let mut sums = [0u64; 3];
    let (pixels, _) = image.as_chunks::<3>();
    for pixel in pixels {
        for (sum, &value) in sums.iter_mut().zip(pixel) {
            *sum += u64::from(value);
        }
    }
    let means = sums.map(|sum| (sum as f64 / count) as f32);
    // Brightness first, hence the mean is that of the brightened image.
    let mean = luma(means) * brightness;
    let factor = brightness * contrast;
    let (own, shared) = (factor * saturation, factor * (1.0 - saturation));
    let constant = mean * (1.0 - contrast);

    // Whole numbers of 1/65536: at most 8 · 255 for the own part, and 4 · 255 for the others.
    let fixed = |number: f32| (number * 65536.0).round() as i32;
    let table =
        |factor: f32| -> [i32; 256] { std::array::from_fn(|value| fixed(factor * value as f32)) };
    let own = table(own);
    let [red, green, blue] = LUMA.map(|part| table(shared * part));
    let constant = fixed(constant) + (1 << 15);
    let (pixels, _) = image.as_chunks_mut::<3>();
    for pixel in pixels {
        let [r, g, b] = pixel.map(usize::from);
        let all = red[r] + green[g] + blue[b] + constant;
        *pixel = [r, g, b].map(|value| ((own[value] + all) >> 16).clamp(0, 255) as u8);
    }
}

/// Gaussian blur, one axis after the other, the edge repeated.
pub(crate) fn blur(image: &mut RgbImage, sigma: f32) {
    let radius = (3.0 * sigma).ceil().max(1.0) as usize;
    let mut kernel: Vec<f32> = (0..=2 * radius)
        .map(|tap| {
            // The square of a small sigma would be zero.
            let distance = (tap as f32 - radius as f32) / sigma;
            (-distance * distance / 2.0).exp()
        })
        .collect();
    let sum: f32 = kernel.iter().sum();
    kernel.iter_mut().for_each(|weight| *weight /= sum);

    let (w, h) = (image.width() as usize, image.height() as usize);
    let row = w * 3;
    let mut across = vec![0.0f32; row * h];
    let mut line = vec![0.0f32; (w + 2 * radius) * 3];
    for (source, result) in image.chunks_exact(row).zip(across.chunks_exact_mut(row)) {
        for (x, pixel) in line.chunks_exact_mut(3).enumerate() {
            let from = x.saturating_sub(radius).min(w - 1) * 3;
            for (value, &byte) in pixel.iter_mut().zip(&source[from..from + 3]) {
                *value = f32::from(byte);
            }
        }
        for (tap, &weight) in kernel.iter().enumerate() {
            for (value, from) in result.iter_mut().zip(&line[tap * 3..]) {
                *value += weight * from;
            }
        }
    }
    let mut down = vec![0.0f32; row];
    for (y, result) in image.chunks_exact_mut(row).enumerate() {
        down.fill(0.0);
        for (tap, &weight) in kernel.iter().enumerate() {
            let from = (y + tap).saturating_sub(radius).min(h - 1) * row;
            for (value, from) in down.iter_mut().zip(&across[from..from + row]) {
                *value += weight * from;
            }
        }
        for (byte, value) in result.iter_mut().zip(&down) {
            *byte = (value + 0.5) as u8;
        }
    }
}

/// A rectangle of pixels.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rectangle {
    pub(crate) left: u32,
    pub(crate) top: u32,
    pub(crate) width: u32,
    pub(crate) height: u32,
}

impl Rectangle {
    /// One of `area` of the image and width : height `aspect`, as far as it has room, anywhere.
    pub(crate) fn anywhere(
        image: &RgbImage,
        area: f32,
        aspect: f32,
        rng: &mut ChaCha8Rng,
    ) -> Rectangle {
        let (w, h) = (image.width(), image.height());
        let pixels = w as f32 * h as f32 * area;
        let width = ((pixels * aspect).sqrt().round() as u32).clamp(1, w);
        let height = ((pixels / aspect).sqrt().round() as u32).clamp(1, h);
        Rectangle {
            left: rng.random_range(0..=w - width),
            top: rng.random_range(0..=h - height),
            width,
            height,
        }
    }

    /// The parts of the rows of the image that it covers.
    pub(crate) fn lines(self, image: &mut RgbImage) -> impl Iterator<Item = &mut [u8]> {
        let row = image.width() as usize * 3;
        let span = self.left as usize * 3..(self.left + self.width) as usize * 3;
        let lines = image.chunks_exact_mut(row).skip(self.top as usize);
        lines
            .take(self.height as usize)
            .map(move |line| &mut line[span.clone()])
    }
}

/// Fills a rectangle of `area` of the image and width : height `aspect` with noise.
pub(crate) fn erase(image: &mut RgbImage, area: f32, aspect: f32, rng: &mut ChaCha8Rng) {
    let place = Rectangle::anywhere(image, area, aspect, rng);
    for line in place.lines(image) {
        rng.fill(line);
    }
}
