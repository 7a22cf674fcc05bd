//! Output buffers that are written once.

use std::mem::MaybeUninit;

/// A vector of `len` elements that `write` fills. Zeros that are overwritten at once would cost a pass over memory.
///
/// # Safety
/// `write` has written every element when it returns.
pub(crate) unsafe fn written<E, T>(
    len: usize,
    write: impl FnOnce(&mut [MaybeUninit<E>]) -> T,
) -> (Vec<E>, T) {
    let mut buffer = Vec::with_capacity(len);
    let result = write(&mut buffer.spare_capacity_mut()[..len]);
    // SAFETY: the capacity is at least `len`, and the caller promises that these elements were written.
    unsafe { buffer.set_len(len) };
    (buffer, result)
}

#[cfg(test)]
mod tests {
    use super::written;

    #[test]
    fn gives_what_was_written() {
        let write = |target: &mut [std::mem::MaybeUninit<f32>]| {
            for (index, target) in target.iter_mut().enumerate() {
                target.write(index as f32);
            }
            target.len()
        };
        // SAFETY: the closure writes every element.
        let (buffer, count) = unsafe { written(5, write) };
        assert_eq!(
            (buffer.as_slice(), count),
            (&[0.0, 1.0, 2.0, 3.0, 4.0][..], 5)
        );
        // SAFETY: there is no element to write.
        let (buffer, _) = unsafe { written::<f32, _>(0, |_| ()) };
        assert!(buffer.is_empty());
    }
}
