//! Records and indices as MXNet writes them.

const MAGIC: [u8; 4] = [0x0A, 0x23, 0xD7, 0xCE];

/// A part of a record, filled up to a multiple of four.
pub(crate) fn part(flag: u32, content: &[u8]) -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    bytes.extend((flag << 29 | content.len() as u32).to_le_bytes());
    bytes.extend(content);
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}

/// A record with one label in its header, or with several after it.
pub(crate) fn record(labels: &[f32], image: &[u8]) -> Vec<u8> {
    let mut content = Vec::new();
    match labels {
        &[label] => {
            content.extend(0u32.to_le_bytes());
            content.extend(label.to_le_bytes());
        }
        _ => {
            content.extend((labels.len() as u32).to_le_bytes());
            content.extend(0f32.to_le_bytes());
        }
    }
    content.extend([0; 16]);
    if labels.len() > 1 {
        content.extend(labels.iter().flat_map(|label| label.to_le_bytes()));
    }
    content.extend(image);

    // Cut where the magic number is.
    let mut parts = vec![Vec::new()];
    for word in content.chunks(4) {
        if word == MAGIC {
            parts.push(Vec::new());
        } else if let Some(last) = parts.last_mut() {
            last.extend(word);
        }
    }
    let last = parts.len() - 1;
    let flag = |number| match number {
        0 if last == 0 => 0,
        0 => 1,
        _ if number == last => 3,
        _ => 2,
    };
    let parts = parts.iter().enumerate();
    parts
        .flat_map(|(number, content)| part(flag(number), content))
        .collect()
}

/// The records one after the other, and their index.
pub(crate) fn packed(records: &[(u64, Vec<u8>)]) -> (Vec<u8>, String) {
    let (mut bytes, mut index) = (Vec::new(), String::new());
    for (number, record) in records {
        index += &format!("{number}\t{}\n", bytes.len());
        bytes.extend(record);
    }
    (bytes, index)
}
