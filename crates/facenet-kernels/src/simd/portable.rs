//! Arrays, which the compiler turns into the vectors of the target.

use super::{LANES, Mask, Vector};

/// Eight numbers.
#[derive(Clone, Copy)]
pub(crate) struct Portable([f32; LANES]);

// SAFETY (of all the bodies): they touch what the contracts of the trait name, and nothing of lanes that are left out.
impl Vector for Portable {
    #[inline(always)]
    unsafe fn splat(value: f32) -> Self {
        Self([value; LANES])
    }

    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        Self(unsafe { from.cast::<[f32; LANES]>().read_unaligned() })
    }

    #[inline(always)]
    unsafe fn load_masked(from: *const f32, mask: &Mask) -> Self {
        let mut lanes = [0.0; LANES];
        for (index, lane) in lanes.iter_mut().enumerate() {
            if mask[index] != 0 {
                *lane = unsafe { from.wrapping_add(index).read() };
            }
        }
        Self(lanes)
    }

    #[inline(always)]
    unsafe fn load_pairs_masked(from: *const f32, mask: &Mask) -> Self {
        let mut lanes = [0.0; LANES];
        for (index, lane) in lanes.iter_mut().enumerate() {
            if mask[index] != 0 {
                *lane = unsafe { from.wrapping_add(2 * index).read() };
            }
        }
        Self(lanes)
    }

    #[inline(always)]
    unsafe fn prefetch(_: *const f32) {}

    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        unsafe { to.cast::<[f32; LANES]>().write_unaligned(self.0) }
    }

    #[inline(always)]
    unsafe fn plus_product(mut self, a: Self, b: Self) -> Self {
        for (index, lane) in self.0.iter_mut().enumerate() {
            // Where no instruction fuses them, `mul_add` would be a call into the mathematics library.
            *lane = if cfg!(any(target_feature = "fma", target_arch = "aarch64")) {
                a.0[index].mul_add(b.0[index], *lane)
            } else {
                a.0[index] * b.0[index] + *lane
            };
        }
        self
    }
}
