//! AVX2 and FMA.

use std::arch::x86_64::{
    __m256, _MM_HINT_T0, _mm_prefetch, _mm256_and_si256, _mm256_castpd_ps, _mm256_castps_pd,
    _mm256_fmadd_ps, _mm256_loadu_ps, _mm256_loadu_si256, _mm256_maskload_ps,
    _mm256_permute4x64_pd, _mm256_permutevar8x32_epi32, _mm256_set1_epi64x, _mm256_set1_ps,
    _mm256_setr_epi32, _mm256_shuffle_ps, _mm256_storeu_ps,
};

use super::{LANES, Mask, Vector};

/// Eight numbers in a register.
#[derive(Clone, Copy)]
pub(crate) struct Avx2(__m256);

// SAFETY (of all the bodies): the contracts of the trait are those of the instructions; `_mm256_maskload_ps` does not
// touch the places of lanes that are left out.
impl Vector for Avx2 {
    #[inline(always)]
    unsafe fn splat(value: f32) -> Self {
        Self(unsafe { _mm256_set1_ps(value) })
    }

    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        Self(unsafe { _mm256_loadu_ps(from) })
    }

    #[inline(always)]
    unsafe fn load_masked(from: *const f32, mask: &Mask) -> Self {
        Self(unsafe { _mm256_maskload_ps(from, _mm256_loadu_si256(mask.as_ptr().cast())) })
    }

    #[inline(always)]
    unsafe fn load_pairs_masked(from: *const f32, mask: &Mask) -> Self {
        unsafe {
            // Each lane of the mask becomes two places, the second of which is left out.
            let mask = _mm256_loadu_si256(mask.as_ptr().cast());
            let first = _mm256_set1_epi64x(0xFFFF_FFFF);
            let low = _mm256_setr_epi32(0, 0, 1, 1, 2, 2, 3, 3);
            let high = _mm256_setr_epi32(4, 4, 5, 5, 6, 6, 7, 7);
            let low = _mm256_and_si256(_mm256_permutevar8x32_epi32(mask, low), first);
            let high = _mm256_and_si256(_mm256_permutevar8x32_epi32(mask, high), first);
            let low = _mm256_maskload_ps(from, low);
            let high = _mm256_maskload_ps(from.wrapping_add(LANES), high);
            // The even lanes of both, whose halves the shuffle leaves interleaved.
            let even = _mm256_shuffle_ps::<0b10_00_10_00>(low, high);
            let even = _mm256_permute4x64_pd::<0b11_01_10_00>(_mm256_castps_pd(even));
            Self(_mm256_castpd_ps(even))
        }
    }

    #[inline(always)]
    unsafe fn prefetch(from: *const f32) {
        unsafe { _mm_prefetch::<_MM_HINT_T0>(from.cast()) }
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        unsafe { _mm256_storeu_ps(to, self.0) }
    }

    #[inline(always)]
    unsafe fn plus_product(self, a: Self, b: Self) -> Self {
        Self(unsafe { _mm256_fmadd_ps(a.0, b.0, self.0) })
    }
}

/// Runs `work`, compiled for AVX2 without fused products.
#[target_feature(enable = "avx2")]
pub(super) fn run<T>(work: impl FnOnce() -> T) -> T {
    work()
}

/// Runs `work`, compiled for AVX2 with fused products.
#[target_feature(enable = "avx2,fma")]
pub(super) fn run_fused<T>(work: impl FnOnce() -> T) -> T {
    work()
}
