//! What the example programs share: how they end, how they show progress, how they print figures,
//! how they open networks, and the faces to train on.

mod lfw;
mod network;
mod outcome;
mod progress;
mod say;
mod sheet;
mod stop;
mod train_arguments;
mod training_data;
mod values;

pub use lfw::{LfwArguments, open_lfw};
pub use network::{NetworkArguments, ask_for_threshold};
pub use outcome::{Failure, run};
pub use progress::{TrainingProgress, bar, counted, with_bar};
pub use sheet::write_sheet;
pub use stop::stop_on_ctrl_c;
pub use train_arguments::{ConfigArguments, DataArguments};
pub use training_data::{BadImages, TrainingData, tell_account};
pub use values::{distance, named_file, rate, region, size, squared_distance};
