//! The buffers that a thread keeps between tiles.

use std::cell::RefCell;

/// The buffers of one thread: columns of the input, and rows of the output or of its gradient.
#[derive(Default)]
pub(super) struct Scratch {
    pub(super) columns: Vec<f32>,
    pub(super) rows: Vec<f32>,
}

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
