/// An sRGB color, channels in 0..=1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Color(pub(super) [f32; 3]);

impl Color {
    pub(super) const WHITE: Color = Color([1.0; 3]);

    pub(super) const fn rgb(red: u8, green: u8, blue: u8) -> Self {
        Self([
            red as f32 / 255.0,
            green as f32 / 255.0,
            blue as f32 / 255.0,
        ])
    }

    /// From hue in turns, saturation and value.
    pub(super) fn hsv(hue: f32, saturation: f32, value: f32) -> Self {
        Self([5.0, 3.0, 1.0].map(|n: f32| {
            let k = (n + 6.0 * hue).rem_euclid(6.0);
            value * (1.0 - saturation * k.min(4.0 - k).clamp(0.0, 1.0))
        }))
    }

    pub(super) fn mix(self, other: Self, share: f32) -> Self {
        let [r, g, b] = self.0;
        let [x, y, z] = other.0;
        Self([
            r + (x - r) * share,
            g + (y - g) * share,
            b + (z - b) * share,
        ])
    }

    /// Darker below 1, lighter above.
    pub(super) fn scaled(self, by: f32) -> Self {
        Self(self.0.map(|c| (c * by).clamp(0.0, 1.0)))
    }

    /// The color at `at` in 0..=1 along evenly spaced stops.
    pub(super) fn along(stops: &[Self], at: f32) -> Self {
        let place = at.clamp(0.0, 1.0) * stops.len().saturating_sub(1) as f32;
        let low = place as usize;
        match (stops.get(low), stops.get(low + 1)) {
            (Some(&a), Some(&b)) => a.mix(b, place.fract()),
            (Some(&a), None) => a,
            _ => Self::WHITE,
        }
    }

    pub(super) fn with_alpha(self, alpha: f32) -> tiny_skia::Color {
        let [r, g, b] = self.0.map(channel);
        tiny_skia::Color::from_rgba8(r, g, b, channel(alpha))
    }
}

/// A channel in 0..=1 as a byte; what is outside saturates.
pub(super) fn channel(value: f32) -> u8 {
    (value * 255.0 + 0.5) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hsv_meets_the_primaries() {
        assert_eq!(Color::hsv(0.0, 1.0, 1.0), Color([1.0, 0.0, 0.0]));
        assert_eq!(Color::hsv(1.0 / 3.0, 1.0, 1.0).0.map(channel), [0, 255, 0]);
        assert_eq!(Color::hsv(0.3, 0.0, 0.5), Color([0.5; 3]));
    }

    #[test]
    fn stops_are_interpolated() {
        let stops = [Color([0.0; 3]), Color([1.0; 3]), Color([0.5; 3])];
        assert_eq!(Color::along(&stops, 0.25), Color([0.5; 3]));
        assert_eq!(Color::along(&stops, 1.0), Color([0.5; 3]));
    }
}
