use facenet_core::eval::{EvalError, LfwFaces, LfwFacesConfig};

use crate::{bar, counted, say};

/// Cuts out the faces of LFW with a progress bar, and says how many there are.
///
/// # Errors
///
/// As [`LfwFacesConfig::init`].
pub fn open_lfw(options: &LfwFacesConfig, size: [usize; 2]) -> Result<LfwFaces, EvalError> {
    let bar = bar("LFW", 0);
    let faces = options.init(size, |done, total| {
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
