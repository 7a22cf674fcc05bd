use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::{Failure, complain};

/// A flag that the first Ctrl-C sets; the second one ends the program at once.
///
/// # Errors
///
/// The system refuses a handler.
pub fn stop_on_ctrl_c() -> Result<Arc<AtomicBool>, Failure> {
    /// What a shell reports for a program that an interrupt ended.
    const INTERRUPTED: i32 = 130;
    let stop = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&stop);
    ctrlc::set_handler(move || {
        if flag.swap(true, Ordering::SeqCst) {
            std::process::exit(INTERRUPTED);
        }
        complain!("stopping after this step, with a checkpoint (Ctrl-C again: at once, without)");
    })?;
    Ok(stop)
}
