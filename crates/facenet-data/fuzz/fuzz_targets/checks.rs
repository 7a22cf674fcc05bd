//! What the parsers of lists promise of their errors.

use facenet_data::DataError;

/// The message is one line, and the line that it names is one of the list.
pub fn check_error(bytes: &[u8], error: &DataError) {
    check_message(error);
    let DataError::Line { line, .. } = error else {
        panic!("no error of a line: {error}");
    };
    let lines = 1 + bytes.iter().filter(|&&byte| byte == b'\n').count();
    assert!((1..=lines).contains(line), "{error}");
}

/// The message is one line.
pub fn check_message(error: &DataError) {
    let message = error.to_string();
    let breaks = |letter: char| letter.is_control() || matches!(letter, '\u{2028}' | '\u{2029}');
    assert!(!message.contains(breaks), "{message:?}");
}
