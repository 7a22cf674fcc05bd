use std::fs::{self, File};
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::DataError;

const MAGIC: u32 = 0xced7_230a;
/// Magic number and length.
const PART_HEADER: usize = 8;
/// Flag, label and two numbers, before further labels.
const RECORD_HEADER: usize = 24;
/// What is read at once of a record whose beginning is asked for: both headers and two labels.
const PEEK: usize = PART_HEADER + RECORD_HEADER + 8;

/// A file of records in the form of MXNet (`recordio`).
///
/// A record is the magic number, a length whose upper three bits say whether it is whole (0) or the
/// first (1), a middle (2) or the last (3) part, and that many bytes, filled up to a multiple of
/// four. Where the magic number is among the bytes, the record is cut there and the number left out.
#[derive(Debug)]
pub(crate) struct RecordFile {
    bytes: Bytes,
    len: u64,
    path: PathBuf,
}

#[derive(Debug)]
enum Bytes {
    OnDisk(File),
    InMemory(Vec<u8>),
}

/// What is before the image in a record (`IRHeader`): a label or several, and a number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Head {
    /// How many labels there are; 0 where there is the one of the header.
    pub(crate) labels: u32,
    /// The first label.
    pub(crate) first: f32,
    /// The second label, 0 where there is none.
    pub(crate) second: f32,
    /// Whether nothing follows the labels.
    pub(crate) bare: bool,
}

/// A part of a record.
struct Part {
    flag: u32,
    content: Range<u64>,
}

impl RecordFile {
    pub(crate) fn open(path: &Path) -> Result<Self, DataError> {
        let io = |source| DataError::io(path, "a file of records, .rec", source);
        let metadata = fs::metadata(path).map_err(io)?;
        // A pipe or a device would block for ever.
        if !metadata.is_file() {
            return Err(DataError::Pack {
                path: path.to_path_buf(),
                offset: 0,
                found: "no regular file".to_owned(),
                expected: "a file of records, .rec".to_owned(),
            });
        }
        Ok(Self {
            bytes: Bytes::OnDisk(File::open(path).map_err(io)?),
            len: metadata.len(),
            path: path.to_path_buf(),
        })
    }

    pub(crate) fn from_bytes(bytes: Vec<u8>, origin: &str) -> Self {
        Self {
            len: bytes.len() as u64,
            bytes: Bytes::InMemory(bytes),
            path: PathBuf::from(origin),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// What the record at `offset` says before its image.
    pub(crate) fn head(&self, offset: u64) -> Result<Head, DataError> {
        let mut peeked = [0; PEEK];
        let there = self.len.saturating_sub(offset).min(PEEK as u64) as usize;
        let peeked = &mut peeked[..there];
        self.read(offset, peeked)?;
        let part = self.part(offset, peeked)?;
        if part.flag != 0 {
            // Rare: the magic number is among the bytes.
            let record = self.record(offset, u64::MAX)?;
            return self.unpack(offset, &record, record.len() as u64);
        }
        let length = part.content.end - part.content.start;
        let content = &peeked[PART_HEADER..];
        let content = &content[..content.len().min(length as usize)];
        self.unpack(offset, content, length)
    }

    /// The head of the record at `offset` and the image after it, if that has at most `max` bytes.
    pub(crate) fn image(&self, offset: u64, max: u64) -> Result<(Head, Vec<u8>), DataError> {
        let mut record = self.record(offset, max)?;
        let head = self.unpack(offset, &record, record.len() as u64)?;
        let image = RECORD_HEADER + 4 * head.labels as usize;
        record.drain(..image);
        Ok((head, record))
    }

    /// All bytes of the record at `offset`.
    fn record(&self, offset: u64, max: u64) -> Result<Vec<u8>, DataError> {
        let mut record = Vec::new();
        let mut at = offset;
        loop {
            let mut header = [0; PART_HEADER];
            let there = self.len.saturating_sub(at).min(PART_HEADER as u64) as usize;
            self.read(at, &mut header[..there])?;
            let part = self.part(at, &header[..there])?;
            let first = at == offset;
            if first != matches!(part.flag, 0 | 1) {
                let found = format!("part {} of a record", part.flag);
                let expected = if first { "0 or 1" } else { "2 or 3" };
                return Err(self.error(at, found, expected));
            }
            if !first {
                record.extend(MAGIC.to_le_bytes());
            }
            // The parts lie in the file one after the other, so together they fit into memory as
            // well as the file would; the limit is usually far below.
            let length = part.content.end - part.content.start;
            let limit = max.saturating_add(1 << 16);
            if (record.len() as u64).saturating_add(length) > limit {
                let found = format!("a record of more than {limit} bytes");
                return Err(self.error(offset, found, "an image within the limits"));
            }
            let before = record.len();
            record.resize(before + length as usize, 0);
            self.read(part.content.start, &mut record[before..])?;
            if matches!(part.flag, 0 | 3) {
                return Ok(record);
            }
            at = part.content.end.next_multiple_of(4);
        }
    }

    /// The part that begins at `offset` with the bytes `header`.
    fn part(&self, offset: u64, header: &[u8]) -> Result<Part, DataError> {
        let Some(&[a, b, c, d, e, f, g, h]) = header.first_chunk::<PART_HEADER>() else {
            return Err(self.error(offset, "the end of the file", "a record"));
        };
        let magic = u32::from_le_bytes([a, b, c, d]);
        if magic != MAGIC {
            let found = format!("{magic:#010x}");
            let expected = format!("the number {MAGIC:#010x}, with which a record begins");
            return Err(self.error(offset, found, &expected));
        }
        let word = u32::from_le_bytes([e, f, g, h]);
        let (flag, length) = (word >> 29, u64::from(word & ((1 << 29) - 1)));
        let start = offset + PART_HEADER as u64;
        let left = self.len - start;
        if flag > 3 {
            let found = format!("part {flag} of a record");
            return Err(self.error(offset, found, "0, 1, 2 or 3"));
        }
        if length > left {
            let found = format!("a record of {length} bytes where {left} are left");
            return Err(self.error(offset, found, "a file that is complete"));
        }
        Ok(Part {
            flag,
            content: start..start + length,
        })
    }

    /// The head at the beginning of a record of `length` bytes.
    fn unpack(&self, offset: u64, record: &[u8], length: u64) -> Result<Head, DataError> {
        let float = |at: usize| {
            let bytes = record.get(at..at + 4)?;
            Some(f32::from_le_bytes(bytes.try_into().ok()?))
        };
        let wrong = || {
            let found = format!("a record of {length} bytes");
            self.error(
                offset,
                found,
                "a label and two numbers, 24 bytes, and its labels",
            )
        };
        let bytes = record.first_chunk::<4>().ok_or_else(wrong)?;
        let labels = u32::from_le_bytes(*bytes);
        let image = RECORD_HEADER as u64 + 4 * u64::from(labels);
        if length < image {
            return Err(wrong());
        }
        let (first, second) = match labels {
            0 => (float(4), None),
            1 => (float(RECORD_HEADER), None),
            _ => (float(RECORD_HEADER), float(RECORD_HEADER + 4)),
        };
        Ok(Head {
            labels,
            first: first.ok_or_else(wrong)?,
            second: second.unwrap_or(0.0),
            bare: length == image,
        })
    }

    /// Fills `buffer` from `offset` on.
    fn read(&self, offset: u64, buffer: &mut [u8]) -> Result<(), DataError> {
        let result = match &self.bytes {
            Bytes::OnDisk(file) => read_exact_at(file, &self.path, offset, buffer),
            Bytes::InMemory(bytes) => {
                let start = usize::try_from(offset).unwrap_or(usize::MAX);
                let end = start.checked_add(buffer.len());
                match end.and_then(|end| bytes.get(start..end)) {
                    Some(bytes) => {
                        buffer.copy_from_slice(bytes);
                        Ok(())
                    }
                    None if buffer.is_empty() => Ok(()),
                    None => Err(io::ErrorKind::UnexpectedEof.into()),
                }
            }
        };
        result.map_err(|source| DataError::io(&self.path, "a file of records, .rec", source))
    }

    pub(crate) fn error(&self, offset: u64, found: impl Into<String>, expected: &str) -> DataError {
        DataError::Pack {
            path: self.path.clone(),
            offset,
            found: found.into(),
            expected: expected.to_owned(),
        }
    }
}

/// Reads at a place without moving a cursor that other threads share.
#[cfg(unix)]
fn read_exact_at(file: &File, _: &Path, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, buffer, offset)
}

/// Elsewhere each reader opens the file for itself.
#[cfg(not(unix))]
fn read_exact_at(_: &File, path: &Path, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
    use std::io::{Read, Seek};

    let mut file = File::open(path)?;
    file.seek(io::SeekFrom::Start(offset))?;
    file.read_exact(buffer)
}
