//! What every message promises.

use facenet_data::DataError;

/// Asserts that the message is one line, says what was expected and holds all of `parts`.
#[track_caller]
pub(crate) fn assert_message(error: &DataError, parts: &[&str]) {
    let message = error.to_string();
    assert_eq!(message.lines().count(), 1, "{message:?}");
    assert!(message.contains("; expected "), "{message:?}");
    for part in parts {
        assert!(message.contains(part), "no {part:?} in {message:?}");
    }
}
