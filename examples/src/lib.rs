//! What the example programs share: how they end, how they show progress, how they print figures.

mod outcome;
mod progress;
mod report;
mod say;
mod stop;

pub use outcome::{Failure, run};
pub use progress::{TrainingProgress, bar, counted};
pub use report::{Figures, print_figures, unused_folder};
pub use stop::stop_on_ctrl_c;
