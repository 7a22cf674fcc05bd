//! What the example programs share: how they end, how they show progress, how they print figures.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "programs talk to people"
)]

mod outcome;
mod progress;
mod report;
mod stop;

pub use outcome::{Failure, run};
pub use progress::{TrainingProgress, bar, counted};
pub use report::{Figures, print_figures, unused_folder};
pub use stop::stop_on_ctrl_c;
