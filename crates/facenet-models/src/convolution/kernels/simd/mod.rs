//! Vectors of `f32`: one implementation for each instruction set, one that is portable.

#[cfg(target_arch = "x86_64")]
mod avx2;
mod portable;

#[cfg(target_arch = "x86_64")]
use avx2::Avx2;
pub(super) use portable::Portable;

/// Lanes of a vector.
pub(super) const LANES: usize = 8;

/// All bits of a lane are set where the lane takes part.
pub(super) type Mask = [i32; LANES];

/// Eight numbers.
///
/// Every method is inlined into a function that enables the instructions which it needs.
pub(super) trait Vector: Copy {
    /// The same number in every lane.
    ///
    /// # Safety
    /// The processor has the instruction set.
    unsafe fn splat(value: f32) -> Self;

    /// # Safety
    /// The processor has the instruction set, and eight numbers can be read at `from`.
    unsafe fn load(from: *const f32) -> Self;

    /// Reads the lanes that take part; the others are zero.
    ///
    /// # Safety
    /// The processor has the instruction set, and the number of each lane that takes part can be read: lane `i` at
    /// `from + i`.
    unsafe fn load_masked(from: *const f32, mask: &Mask) -> Self;

    /// Reads every other number: lane `i` at `from + 2 i`, where it takes part.
    ///
    /// # Safety
    /// As for [`load_masked`](Self::load_masked), with these places.
    unsafe fn load_pairs_masked(from: *const f32, mask: &Mask) -> Self;

    /// Brings what lies at `from`, or nothing where nothing lies there, into the first cache.
    ///
    /// # Safety
    /// The processor has the instruction set.
    unsafe fn prefetch(from: *const f32);

    /// # Safety
    /// The processor has the instruction set, and eight numbers can be written at `to`.
    unsafe fn store(self, to: *mut f32);

    /// `self + a · b`.
    ///
    /// # Safety
    /// The processor has the instruction set.
    unsafe fn plus_product(self, a: Self, b: Self) -> Self;
}

/// Work that can be done with any vectors.
pub(super) trait Work {
    /// Does it; to be inlined into its caller.
    ///
    /// # Safety
    /// The processor has the instruction set of `V`.
    unsafe fn run<V: Vector>(self);
}

/// Does the work with the best vectors that the processor has.
pub(super) fn vectorised<W: Work>(work: W) {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
        // SAFETY: the processor has both.
        return unsafe { with_avx2(work) };
    }
    // SAFETY: portable code runs everywhere.
    unsafe { work.run::<Portable>() }
}

/// # Safety
/// The processor has AVX2 and FMA.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
unsafe fn with_avx2<W: Work>(work: W) {
    // SAFETY: the contract is passed on.
    unsafe { work.run::<Avx2>() }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Checks every method on numbers that tell lanes apart.
    ///
    /// # Safety
    /// The processor has the instruction set of `V`.
    unsafe fn check<V: Vector>() {
        let lanes = |vector: V| {
            let mut lanes = [f32::NAN; LANES];
            // SAFETY: eight numbers fit.
            unsafe { vector.store(lanes.as_mut_ptr()) };
            lanes
        };
        let numbers = std::array::from_fn::<f32, { 2 * LANES }, _>(|index| index as f32 + 1.0);
        // SAFETY: the instruction set by contract; every place that is read lies in `numbers`.
        unsafe {
            assert_eq!(lanes(V::splat(3.0)), [3.0; LANES]);
            let from = numbers.as_ptr();
            assert_eq!(lanes(V::load(from)), numbers[..LANES]);
            let sum = V::splat(1.0).plus_product(V::load(from), V::splat(2.0));
            assert_eq!(lanes(sum), [3.0, 5.0, 7.0, 9.0, 11.0, 13.0, 15.0, 17.0]);
            for bits in 0..1 << LANES {
                let takes_part = |lane: usize| bits >> lane & 1 == 1;
                let mask = std::array::from_fn(|lane| -i32::from(takes_part(lane)));
                let expected = |step: usize| {
                    std::array::from_fn(|lane| match takes_part(lane) {
                        true => numbers[step * lane],
                        false => 0.0,
                    })
                };
                assert_eq!(lanes(V::load_masked(from, &mask)), expected(1));
                assert_eq!(lanes(V::load_pairs_masked(from, &mask)), expected(2));
            }
            V::prefetch(from);
            V::prefetch(std::ptr::null());
        }
    }

    #[test]
    fn portable_vectors_compute() {
        // SAFETY: portable code runs everywhere.
        unsafe { check::<Portable>() };
    }

    #[cfg(target_arch = "x86_64")]
    #[test]
    fn avx2_vectors_compute() {
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
            // SAFETY: the processor has both.
            unsafe { check::<Avx2>() };
        }
    }
}
