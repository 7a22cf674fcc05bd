use std::error::Error;
use std::process::ExitCode;

use crate::complain;

/// Why a program failed: any error, told in one line.
pub type Failure = Box<dyn Error + Send + Sync>;

/// Runs a program: an error becomes one line on standard error and exit code 1.
pub fn run(program: impl FnOnce() -> Result<(), Failure>) -> ExitCode {
    match program() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            complain!("error: {failure}");
            ExitCode::FAILURE
        }
    }
}
