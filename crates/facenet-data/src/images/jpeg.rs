//! The structure of a JPEG file (ITU T.81, annex B), without its pixels.

/// Whether all segments and the scan data are there, up to the marker that ends the image.
///
/// A thumbnail inside a segment has such a marker too, hence the walk over the segments.
pub(crate) fn check_complete(bytes: &[u8]) -> Result<(), String> {
    const RESTART: std::ops::RangeInclusive<u8> = 0xD0..=0xD7;
    let truncated = || format!("is a JPEG truncated after {} bytes", bytes.len());
    let mut at = 2; // past the start of the image
    let mut scans = 0;
    loop {
        // Fill bytes may stand before a marker.
        let gap = bytes.get(at..).ok_or_else(truncated)?;
        if *gap.first().ok_or_else(truncated)? != 0xFF {
            // Some writers leave bytes between segments; decoders pass over them.
            at += gap
                .iter()
                .position(|&byte| byte == 0xFF)
                .ok_or_else(truncated)?;
            continue;
        }
        let fill = gap
            .iter()
            .position(|&byte| byte != 0xFF)
            .ok_or_else(truncated)?;
        let marker = gap[fill];
        at += fill + 1;
        match marker {
            0xD9 if scans == 0 => return Err("is a JPEG without any scan".to_owned()),
            0xD9 => return Ok(()),
            0x00 | 0x01 | 0xD8 => continue,
            marker if RESTART.contains(&marker) => continue,
            _ => {}
        }
        let length = match bytes.get(at..at + 2) {
            Some(&[high, low]) => usize::from(u16::from_be_bytes([high, low])),
            _ => return Err(truncated()),
        };
        if length < 2 {
            return Err(format!("is a JPEG with a segment of {length} bytes"));
        }
        at += length;
        if marker == 0xDA {
            scans += 1;
            // In a scan, FF is data where 0 follows, and a restart is part of the scan.
            loop {
                let rest = bytes.get(at..).ok_or_else(truncated)?;
                let next = rest.iter().position(|&byte| byte == 0xFF);
                at += next.ok_or_else(truncated)?;
                match bytes.get(at + 1) {
                    None => return Err(truncated()),
                    Some(0x00) => at += 2,
                    Some(byte) if RESTART.contains(byte) => at += 2,
                    Some(_) => break,
                }
            }
        }
    }
}
