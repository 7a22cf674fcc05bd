//! The buffers that a thread keeps between tiles.
//!
//! They are a cache and no channel: no result depends on what an earlier call left there.

use std::cell::RefCell;

use super::dense::Recipe;

/// The buffers of one thread: columns of the input, rows of the output or of its gradient, and how panels are read.
#[derive(Default)]
pub(super) struct Scratch {
    pub(super) columns: Vec<f32>,
    pub(super) rows: Vec<f32>,
    pub(super) recipe: Recipe,
}

/// Elements of a cache line.
const LINE: usize = 16;

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

/// Lends the calling thread's buffers; `work` must not come back here, which no kernel does.
pub(super) fn with_scratch<T>(work: impl FnOnce(&mut Scratch) -> T) -> T {
    SCRATCH.with_borrow_mut(work)
}

/// The first `len` elements of a buffer, which grows if it has to; their values are whatever was left there.
pub(super) fn at_least(buffer: &mut Vec<f32>, len: usize) -> &mut [f32] {
    if buffer.len() < len {
        buffer.resize(len, 0.0);
    }
    &mut buffer[..len]
}

/// As [`at_least`], from the beginning of a cache line on.
pub(super) fn aligned(buffer: &mut Vec<f32>, len: usize) -> &mut [f32] {
    let buffer = at_least(buffer, len + LINE);
    let skip = buffer.as_ptr().align_offset(LINE * size_of::<f32>());
    // `align_offset` may refuse; the elements are then where they are.
    &mut buffer[skip.min(LINE)..][..len]
}
