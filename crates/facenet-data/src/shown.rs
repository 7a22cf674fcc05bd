use std::ffi::OsStr;
use std::fmt::Write;
use std::path::Path;

/// A path as a message shows it, on one line.
pub(crate) fn shown(path: &Path) -> String {
    readable(path.as_os_str())
}

/// A name as text: bytes that are no UTF-8 are written `\xNN`, so that different names stay apart,
/// and control characters are escaped, so that a message stays one line.
pub(crate) fn readable(name: &OsStr) -> String {
    let mut text = String::new();
    for chunk in name.as_encoded_bytes().utf8_chunks() {
        for letter in chunk.valid().chars() {
            if letter.is_control() || matches!(letter, '\u{2028}' | '\u{2029}') {
                text.extend(letter.escape_default());
            } else {
                text.push(letter);
            }
        }
        for byte in chunk.invalid() {
            // Writing to a string cannot fail.
            let _ = write!(text, "\\x{byte:02X}");
        }
    }
    text
}
