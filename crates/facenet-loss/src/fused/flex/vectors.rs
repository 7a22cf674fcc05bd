//! Wider vectors where the processor has them.

/// Runs `work`, compiled for AVX2 with fused products where the processor has them and for the target's own set
/// elsewhere; `work` is told whether products are fused.
///
/// To gain anything `work` must be a closure with `#[inline(always)]`, and so must be what it calls.
#[inline]
pub(super) fn vectorised<T>(work: impl FnOnce(Fused) -> T) -> T {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma") {
        // SAFETY: the processor has the features that the function is compiled for.
        return unsafe { with_avx2(work) };
    }
    work(Fused(cfg!(target_arch = "aarch64")))
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn with_avx2<T>(work: impl FnOnce(Fused) -> T) -> T {
    work(Fused(true))
}

/// Whether a product and a sum are one instruction.
#[derive(Clone, Copy)]
pub(super) struct Fused(bool);

impl Fused {
    /// `a · b + c`.
    #[inline(always)]
    pub(super) fn multiply_add(self, a: f32, b: f32, c: f32) -> f32 {
        match self.0 {
            true => a.mul_add(b, c),
            false => a * b + c,
        }
    }
}
