/// Cosine and sine of an angle in radians, |angle| ≤ 4.
///
/// The standard library's differ in the last bit from one platform to the next; these are sums and
/// products, so that a face is the same everywhere.
pub(super) fn cos_sin(angle: f32) -> [f32; 2] {
    let a = angle / 8.0;
    let q = a * a;
    let mut cos = 1.0 - q * (0.5 - q * (1.0 / 24.0 - q / 720.0));
    let mut sin = a * (1.0 - q * (1.0 / 6.0 - q * (1.0 / 120.0 - q / 5040.0)));
    for _ in 0..3 {
        (cos, sin) = (cos * cos - sin * sin, 2.0 * cos * sin);
    }
    [cos, sin]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_the_standard_library() {
        for step in -400..=400 {
            let angle = step as f32 / 100.0;
            let [cos, sin] = cos_sin(angle);
            assert!((cos - angle.cos()).abs() < 3e-6, "cos {angle}");
            assert!((sin - angle.sin()).abs() < 3e-6, "sin {angle}");
        }
    }
}
