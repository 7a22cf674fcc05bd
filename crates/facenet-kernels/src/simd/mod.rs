//! The one place for vectors and instruction sets: a file for each set, one that is portable, and the choice at run time.
//!
//! There are three ways to use what the processor has, from the freest to the closest:
//!
//! - [`vectorized`] compiles a closure for wider vectors and nothing else: products and sums stay two operations, so
//!   the results are the same bits on every processor.
//! - [`vectorized_fused`] compiles a closure for wider vectors and fused multiply-adds, and tells it whether it has them.
//! - [`Work`] is written with [`Vector`]s, lane by lane, for kernels that plan their registers.
//!
//! `pulp` and `macerator` dispatch too. They are not used here: their vectors have as many lanes as the processor gives,
//! and the tiles of a convolution are planned for a number of registers and lanes that is known when they are compiled;
//! and both pick fused products wherever they find them, where [`vectorized`] promises not to.

#[cfg(target_arch = "x86_64")]
mod avx2;
mod portable;

#[cfg(target_arch = "x86_64")]
pub(crate) use avx2::Avx2;
pub(crate) use portable::Portable;

/// Lanes of a vector.
pub const LANES: usize = 8;

/// All bits of a lane are set where the lane takes part.
pub type Mask = [i32; LANES];

/// Eight numbers.
///
/// Every method is inlined into a function that enables the instructions which it needs.
pub trait Vector: Copy {
    /// The same number in every lane.
    ///
    /// # Safety
    /// The processor has the instruction set.
    unsafe fn splat(value: f32) -> Self;

    /// Reads eight numbers, of any alignment.
    ///
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

    /// Writes eight numbers, of any alignment.
    ///
    /// # Safety
    /// The processor has the instruction set, and eight numbers can be written at `to`.
    unsafe fn store(self, to: *mut f32);

    /// `self + a · b`, fused where the instruction set can.
    ///
    /// # Safety
    /// The processor has the instruction set.
    unsafe fn plus_product(self, a: Self, b: Self) -> Self;
}

/// A set of instructions that there is code for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InstructionSet {
    /// What the target has at least: SSE2 on x86-64, NEON on AArch64.
    Portable,
    /// AVX2 and FMA, which processors have together.
    Avx2,
}

impl InstructionSet {
    /// The best one that this processor has.
    #[inline]
    pub fn detect() -> Self {
        #[cfg(target_arch = "x86_64")]
        if std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma")
        {
            return Self::Avx2;
        }
        Self::Portable
    }

    /// Its name: `portable`, `avx2`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Portable => "portable",
            Self::Avx2 => "avx2",
        }
    }
}

/// Whether a product and a sum are one instruction.
#[derive(Clone, Copy, Debug)]
pub struct Fused(bool);

impl Fused {
    /// `a · b + c`.
    #[inline(always)]
    pub fn multiply_add(self, a: f32, b: f32, c: f32) -> f32 {
        match self.0 {
            true => a.mul_add(b, c),
            false => a * b + c,
        }
    }
}

/// Runs `work`, compiled for the widest vectors that the processor has, with products and sums that are not fused: the
/// results are the same bits on every processor.
///
/// To gain anything `work` must be a closure with `#[inline(always)]`, and so must be what it calls.
#[inline]
pub fn vectorized<T>(work: impl FnOnce() -> T) -> T {
    match InstructionSet::detect() {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: the processor has the instructions that the function is compiled for.
        InstructionSet::Avx2 => unsafe { avx2::run(work) },
        _ => work(),
    }
}

/// Runs `work`, compiled for the widest vectors that the processor has, with fused products and sums where it has them;
/// `work` is told whether it does.
///
/// To gain anything `work` must be a closure with `#[inline(always)]`, and so must be what it calls.
#[inline]
pub fn vectorized_fused<T>(work: impl FnOnce(Fused) -> T) -> T {
    match InstructionSet::detect() {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: the processor has the instructions that the function is compiled for.
        InstructionSet::Avx2 => unsafe {
            avx2::run_fused(
                #[inline(always)]
                || work(Fused(true)),
            )
        },
        _ => work(Fused(cfg!(target_arch = "aarch64"))),
    }
}

/// Work that can be done with any vectors.
pub trait Work {
    /// Does it; to be inlined into its caller.
    ///
    /// # Safety
    /// The processor has the instruction set of `V`.
    unsafe fn run<V: Vector>(self);
}

/// Does the work with the best vectors that the processor has.
#[inline]
pub fn run<W: Work>(work: W) {
    match InstructionSet::detect() {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: the processor has the instructions that the function is compiled for.
        InstructionSet::Avx2 => unsafe {
            avx2::run_fused(
                #[inline(always)]
                || work.run::<Avx2>(),
            )
        },
        // SAFETY: portable code runs everywhere.
        _ => unsafe { work.run::<Portable>() },
    }
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
        if InstructionSet::detect() == InstructionSet::Avx2 {
            // SAFETY: the processor has them.
            unsafe { check::<Avx2>() };
        }
    }

    #[test]
    fn closures_return_what_they_compute() {
        let values: Vec<f32> = (0..1000).map(|value| value as f32).collect();
        let sum = vectorized(
            #[inline(always)]
            || values.iter().map(|value| value * 2.0).sum::<f32>(),
        );
        assert_eq!(sum, 999_000.0);
        let sum = vectorized_fused(
            #[inline(always)]
            |fused| {
                let add = |sum, value: &f32| fused.multiply_add(*value, 2.0, sum);
                values.iter().fold(0.0, add)
            },
        );
        assert_eq!(sum, 999_000.0);
    }
}
