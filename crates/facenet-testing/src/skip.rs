//! Tests that this machine cannot run.

use std::io::Write;

/// Says that a test is skipped; the harness swallows what macros print in a test that passes.
pub fn say_skipped(why: &str) {
    let _ = std::io::stderr().write_all(format!("skipped: {why}\n").as_bytes());
}

/// Says that a test is skipped.
///
/// # Panics
///
/// If the variable `required` is 1.
pub(crate) fn skip(why: &str, required: &str) {
    assert!(
        std::env::var(required).map_or(true, |value| value != "1"),
        "{why}, and {required} is 1"
    );
    say_skipped(why);
}
