//! A buffer that several threads fill.

use std::marker::PhantomData;

/// A buffer that several threads fill, each its own elements.
pub(super) struct Shared<'a> {
    data: *mut f32,
    len: usize,
    buffer: PhantomData<&'a mut [f32]>,
}

// SAFETY: the pointer is used through methods whose callers promise to touch different elements.
unsafe impl Send for Shared<'_> {}
// SAFETY: as above.
unsafe impl Sync for Shared<'_> {}

impl<'a> Shared<'a> {
    /// What a vector has reserved and not yet initialized: it may be written, and read where it was written.
    pub(super) fn spare(data: &'a mut Vec<f32>) -> Self {
        let spare = data.spare_capacity_mut();
        Self {
            data: spare.as_mut_ptr().cast(),
            len: spare.len(),
            buffer: PhantomData,
        }
    }

    /// Where the `len` elements from `offset` on begin.
    pub(super) fn at(&self, offset: usize, len: usize) -> *mut f32 {
        assert!(
            offset + len <= self.len,
            "the elements lie inside the buffer"
        );
        // SAFETY: the bounds were checked.
        unsafe { self.data.add(offset) }
    }

    /// Writes rows one after the other from element `offset` on and gives what was written.
    ///
    /// # Safety
    /// Nobody else uses these elements meanwhile.
    #[allow(clippy::mut_from_ref)]
    pub(super) unsafe fn write_rows<'r>(
        &self,
        offset: usize,
        rows: impl Iterator<Item = &'r [f32]>,
    ) -> &mut [f32] {
        let mut len = 0;
        for row in rows {
            let target = self.at(offset + len, row.len());
            // SAFETY: the bounds were checked, and the caller promises exclusive use.
            unsafe { target.copy_from_nonoverlapping(row.as_ptr(), row.len()) };
            len += row.len();
        }
        // SAFETY: all of it was written above.
        unsafe { std::slice::from_raw_parts_mut(self.at(offset, len), len) }
    }
}
