use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::DataError;

/// Runs code that belongs to others, a panic turned into an error.
///
/// What was half changed by a panic is dropped with the closure, or belongs to the caller's data
/// set, which answers for it as with any call from another thread.
pub(crate) fn guarded<T>(
    run: impl FnOnce() -> Result<T, DataError>,
    origin: impl Fn() -> String,
) -> Result<T, DataError> {
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|panic| {
        let message = match panic.downcast_ref::<&str>() {
            Some(text) => (*text).to_owned(),
            None => match panic.downcast_ref::<String>() {
                Some(text) => text.clone(),
                None => "no message".to_owned(),
            },
        };
        Err(DataError::Panic {
            origin: catch_unwind(AssertUnwindSafe(&origin))
                .unwrap_or_else(|_| "an image that cannot be named".to_owned()),
            message: message.split_whitespace().collect::<Vec<_>>().join(" "),
        })
    })
}
