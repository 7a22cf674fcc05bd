#![allow(clippy::print_stderr, reason = "programs tell people why they failed")]

use std::error::Error;
use std::process::ExitCode;

use clap::Parser;

use crate::{Options, Session};

/// Why a benchmark failed: any error, told in one line.
pub type Failure = Box<dyn Error + Send + Sync>;

/// Runs a benchmark called `name`: reads the options, opens the device, measures the cases of
/// `program`, writes the JSON file.
///
/// An error becomes one line on standard error and a failing exit code: 2 for wrong options, 1 for
/// all else.
pub fn benchmark(
    name: &'static str,
    program: impl FnOnce(&mut Session) -> Result<(), Failure>,
) -> ExitCode {
    let options = match Options::try_parse() {
        Ok(options) => options,
        Err(error) if error.use_stderr() => {
            eprintln!("{}", first_line(&error.to_string()));
            return ExitCode::from(2);
        }
        // --help and --version.
        Err(wanted) => {
            return match wanted.print() {
                Ok(()) => ExitCode::SUCCESS,
                Err(_) => ExitCode::FAILURE,
            };
        }
    };
    let run = || {
        let mut session = Session::new(name, options)?;
        program(&mut session)?;
        session.finish()
    };
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {}", failure.to_string().replace('\n', " "));
            ExitCode::FAILURE
        }
    }
}

/// Clap says the rest, usage and tips, in lines of their own.
fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}
