use std::borrow::Cow;

/// Bytes or text that lie in the file, in the form in which they were written.
///
/// They are decoded when they are asked for: the file is the one copy of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Blob {
    /// Where it begins in the file.
    pub(crate) start: usize,
    /// Its length in the file.
    pub(crate) len: usize,
    pub(crate) form: Form,
}

/// How bytes are written down. The last two are text, each character of which stands for the byte
/// of its number (Latin-1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// As themselves.
    Raw,
    /// Between quotes as Python 2 prints them, `\n` for a line end and `\xff` for other bytes.
    Quoted,
    /// UTF-8.
    Utf8,
    /// One byte a character, or `\u1234` and `\U00012345`.
    Escaped,
}

impl Blob {
    /// The bytes; at most as many as lie in the file.
    pub(crate) fn bytes<'f>(&self, file: &'f [u8]) -> Result<Cow<'f, [u8]>, &'static str> {
        let written = self
            .start
            .checked_add(self.len)
            .and_then(|end| file.get(self.start..end))
            .ok_or("bytes that are outside the file")?;
        match self.form {
            Form::Raw => Ok(Cow::Borrowed(written)),
            Form::Quoted => unquoted(written).map(Cow::Owned),
            Form::Utf8 => {
                let text = str::from_utf8(written).map_err(|_| "text that is not UTF-8")?;
                text.chars()
                    .map(|letter| u8::try_from(letter).map_err(|_| NOT_LATIN_1))
                    .collect::<Result<Vec<u8>, _>>()
                    .map(Cow::Owned)
            }
            Form::Escaped => unescaped(written).map(Cow::Owned),
        }
    }

    /// Whether the bytes lie in the file as themselves.
    pub(crate) fn is_raw(&self) -> bool {
        self.form == Form::Raw
    }

    /// Whether these are the bytes `expected`, said in any form.
    pub(crate) fn is(&self, expected: &str, file: &[u8]) -> bool {
        // Six bytes in the file are one byte at most, so long ones need no decoding.
        self.len <= 6 * expected.len()
            && self
                .bytes(file)
                .is_ok_and(|bytes| *bytes == *expected.as_bytes())
    }
}

const NOT_LATIN_1: &str = "text with characters beyond Latin-1, which stand for no byte";

fn unquoted(written: &[u8]) -> Result<Vec<u8>, &'static str> {
    const BAD: &str = "a quoted string with an escape that Python does not write";
    let mut bytes = Vec::with_capacity(written.len());
    let mut rest = written.iter().copied();
    while let Some(byte) = rest.next() {
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        bytes.push(match rest.next().ok_or(BAD)? {
            byte @ (b'\\' | b'\'' | b'"') => byte,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'x' => number(&mut rest, 2).ok_or(BAD)? as u8,
            _ => return Err(BAD),
        });
    }
    Ok(bytes)
}

fn unescaped(written: &[u8]) -> Result<Vec<u8>, &'static str> {
    const BAD: &str = "text with a broken escape";
    let mut bytes = Vec::with_capacity(written.len());
    let mut rest = written.iter().copied().peekable();
    while let Some(byte) = rest.next() {
        let digits = match (byte, rest.peek()) {
            (b'\\', Some(b'u')) => 4,
            (b'\\', Some(b'U')) => 8,
            _ => {
                bytes.push(byte);
                continue;
            }
        };
        rest.next();
        let letter = number(&mut rest, digits).ok_or(BAD)?;
        bytes.push(u8::try_from(letter).map_err(|_| NOT_LATIN_1)?);
    }
    Ok(bytes)
}

/// A number of exactly that many hexadecimal digits.
fn number(rest: &mut impl Iterator<Item = u8>, digits: usize) -> Option<u32> {
    (0..digits).try_fold(0, |number, _| {
        let digit = char::from(rest.next()?).to_digit(16)?;
        Some(number << 4 | digit)
    })
}
