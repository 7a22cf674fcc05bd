//! Pickles as Python writes them.

/// A generation of Python and a protocol, for what they write differently.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Style {
    /// Python 2, protocol 0: everything is text.
    Text,
    /// Python 2, protocol 2, with which the packs of insightface were written.
    Strings,
    /// Python 3, protocol 2: bytes as the text of the same numbers.
    Latin1,
    /// Python 3, protocol 3.
    Bytes,
    /// Python 3, protocol 4.
    Frames,
}

pub(crate) const STYLES: [Style; 5] = [
    Style::Text,
    Style::Strings,
    Style::Latin1,
    Style::Bytes,
    Style::Frames,
];

/// The pickle of (list of bytes, list of booleans).
pub(crate) fn pickled(images: &[impl AsRef<[u8]>], same: &[bool], style: Style) -> Vec<u8> {
    let mut body = Vec::new();
    if style == Style::Text {
        body.extend(b"((lp0\n");
        for (number, image) in images.iter().enumerate() {
            body.extend(b"S'");
            for &byte in image.as_ref() {
                match byte {
                    b'\\' | b'\'' => body.extend([b'\\', byte]),
                    b'\n' => body.extend(b"\\n"),
                    b' '..=b'~' => body.push(byte),
                    _ => body.extend(format!("\\x{byte:02x}").bytes()),
                }
            }
            body.extend(format!("'\np{}\na", number + 1).bytes());
        }
        body.extend(b"(l");
        for &same in same {
            body.extend(if same { b"I01\na" } else { b"I00\na" });
        }
        body.extend(b"t.");
        return body;
    }

    body.extend(b"]q\x00(");
    for image in images {
        let image = image.as_ref();
        let length = image.len() as u32;
        match style {
            Style::Strings if image.len() < 256 => body.extend([b'U', image.len() as u8]),
            Style::Strings => {
                body.push(b'T');
                body.extend(length.to_le_bytes());
            }
            Style::Latin1 => {
                let text: String = image.iter().map(|&byte| char::from(byte)).collect();
                body.extend(b"c_codecs\nencode\nX");
                body.extend((text.len() as u32).to_le_bytes());
                body.extend(text.bytes());
                body.extend(b"X\x06\0\0\0latin1\x86R");
                continue;
            }
            Style::Bytes => {
                body.push(b'B');
                body.extend(length.to_le_bytes());
            }
            Style::Frames | Style::Text => {
                body.push(0x8e);
                body.extend(u64::from(length).to_le_bytes());
            }
        }
        body.extend(image);
    }
    body.extend(b"e](");
    body.extend(same.iter().map(|&same| if same { 0x88 } else { 0x89 }));
    body.extend(b"e\x86.");

    let mut file = vec![0x80];
    match style {
        Style::Frames => {
            file.extend([4, 0x95]);
            file.extend((body.len() as u64).to_le_bytes());
        }
        Style::Bytes => file.push(3),
        _ => file.push(2),
    }
    file.extend(body);
    file
}
