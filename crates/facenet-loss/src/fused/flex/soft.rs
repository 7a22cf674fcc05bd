//! ln(1 + eˣ) and its derivative, in operations that vectors have.

/// Softplus and sigmoid of x, each within some 2·10⁻⁷ of its value.
///
/// Both come from e = exp(−|x|), which neither overflows nor loses the digits of a small result: softplus is
/// max(x, 0) + ln(1 + e).
#[inline(always)]
pub(super) fn softplus_and_sigmoid(x: f32) -> (f32, f32) {
    let e = exp_of_negative(x.abs());
    // ln(1 + e) = 2 artanh(s), with s at most a third.
    let s = e / (2.0 + e);
    let q = s * s;
    let series = 1.0 / 13.0;
    let series = series * q + 1.0 / 11.0;
    let series = series * q + 1.0 / 9.0;
    let series = series * q + 1.0 / 7.0;
    let series = series * q + 1.0 / 5.0;
    let series = series * q + 1.0 / 3.0;
    let series = series * q + 1.0;
    let logarithm = 2.0 * s * series;
    let share = 1.0 / (1.0 + e);
    if x > 0.0 {
        (x + logarithm, share)
    } else {
        (logarithm, e * share)
    }
}

/// exp(−a) for a ≥ 0; from 87 on it stays what it is there, about the smallest normal number.
#[inline(always)]
fn exp_of_negative(a: f32) -> f32 {
    const HIGH: f32 = 0.693_359_4;
    const LOW: f32 = -2.121_944_4e-4;
    let a = if a < 87.0 { a } else { 87.0 };
    // a = n ln 2 − r with |r| at most ½ ln 2, so exp(−a) = 2⁻ⁿ exp(r).
    // SAFETY: the number is between 0 and 127.
    let n: i32 = unsafe { (a * std::f32::consts::LOG2_E + 0.5).to_int_unchecked() };
    let r = n as f32 * HIGH - a + n as f32 * LOW;
    let series = 1.0 / 5_040.0;
    let series = series * r + 1.0 / 720.0;
    let series = series * r + 1.0 / 120.0;
    let series = series * r + 1.0 / 24.0;
    let series = series * r + 1.0 / 6.0;
    let series = series * r + 0.5;
    let series = series * r + 1.0;
    let series = series * r + 1.0;
    series * f32::from_bits(((127 - n) as u32) << 23)
}

#[cfg(test)]
mod tests {
    use super::softplus_and_sigmoid;

    #[test]
    fn agrees_with_f64() {
        for step in -9_000..9_000 {
            let x = step as f32 * 0.01;
            let (softplus, sigmoid) = softplus_and_sigmoid(x);
            let wide = f64::from(x);
            let expected = wide.max(0.0) + (-wide.abs()).exp().ln_1p();
            let slope = 1.0 / (1.0 + (-wide).exp());
            // Beyond −87 the results stay what they are there, about the smallest normal number.
            let tolerance = |value: f64| 3e-7 * value + 1.7e-38;
            assert!(
                (f64::from(softplus) - expected).abs() <= tolerance(expected),
                "softplus({x}): {softplus} instead of {expected}"
            );
            assert!(
                (f64::from(sigmoid) - slope).abs() <= tolerance(slope),
                "sigmoid({x}): {sigmoid} instead of {slope}"
            );
        }
    }

    #[test]
    fn has_no_end() {
        assert_eq!(softplus_and_sigmoid(1e30), (1e30, 1.0));
        let (softplus, sigmoid) = softplus_and_sigmoid(-1e30);
        assert!(softplus < 1e-37 && sigmoid < 1e-37);
    }
}
