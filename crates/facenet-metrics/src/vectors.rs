//! Wider vectors where the processor has them.

/// Runs `work`, compiled for AVX2 where the processor has it and for the target's own set elsewhere.
///
/// To gain anything `work` must be a closure with `#[inline(always)]`, and so must be what it calls.
/// Only the width of vectors changes: products and sums are not fused, so the results are the same bits
/// on every processor.
#[inline]
pub(crate) fn vectorised<T>(work: impl FnOnce() -> T) -> T {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has the feature that the function is compiled for.
        return unsafe { with_avx2(work) };
    }
    work()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn with_avx2<T>(work: impl FnOnce() -> T) -> T {
    work()
}

#[cfg(test)]
mod tests {
    use super::vectorised;

    #[test]
    fn returns_what_the_work_returns() {
        let values: Vec<f32> = (0..1000).map(|value| value as f32).collect();
        let sum = vectorised(
            #[inline(always)]
            || values.iter().map(|value| value * 2.0).sum::<f32>(),
        );
        assert_eq!(sum, 999_000.0);
    }
}
