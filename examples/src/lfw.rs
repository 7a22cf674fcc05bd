use facenet_core::train::{LfwFaces, LfwOptions};

use crate::{Failure, bar, counted, say};

/// Cuts out the faces of LFW with a progress bar, and says how many there are.
///
/// # Errors
///
/// As [`LfwFaces::open`].
pub fn open_lfw(options: &LfwOptions, size: [usize; 2]) -> Result<LfwFaces, Failure> {
    let bar = bar("LFW", 0);
    let faces = LfwFaces::open(options, size, |done, total| {
        bar.set_length(total as u64);
        bar.set_position(done as u64);
    });
    bar.finish_and_clear();
    let faces = faces?;
    say!(
        "LFW: {} pairs of {} images{}.",
        counted(faces.pairs().len()),
        counted(faces.faces().len()),
        match faces.pairs().skipped() {
            0 => String::new(),
            skipped => format!(", {skipped} pairs skipped (not comparable then)"),
        }
    );
    Ok(faces)
}
