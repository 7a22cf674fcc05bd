//! A face in a file: what it is, how large, its pixels, and a checksum over all of it.
//!
//! ```text
//! 8 bytes  "FACENET1"
//! 4 bytes  height, little endian
//! 4 bytes  width
//! 3·H·W    red, green and blue of each pixel
//! 4 bytes  CRC-32 of all that comes before
//! ```

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

use image::RgbImage;

const MAGIC: &[u8; 8] = b"FACENET1";
const HEADER: usize = 16;
const CHECKSUM: usize = 4;
/// Pixels of a face at most: what is larger is neither written nor read.
const MOST_PIXELS: u64 = 64_000_000;

/// What is found under a name.
pub(crate) enum CacheEntry {
    /// The face.
    Face(RgbImage),
    /// No such file.
    Nothing,
    /// A file that was cut off, changed, or is none of ours, or that cannot be read.
    Damaged,
}

/// Reads a face, if it is there and whole.
pub(crate) fn read(path: &Path) -> CacheEntry {
    match read_face(path) {
        Ok(Some(face)) => CacheEntry::Face(face),
        Ok(None) => CacheEntry::Damaged,
        Err(error) if error.kind() == io::ErrorKind::NotFound => CacheEntry::Nothing,
        Err(_) => CacheEntry::Damaged,
    }
}

fn read_face(path: &Path) -> io::Result<Option<RgbImage>> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    let mut header = [0; HEADER];
    file.read_exact(&mut header)?;
    let number = |at: usize| {
        let mut bytes = [0; 4];
        bytes.copy_from_slice(&header[at..at + 4]);
        u32::from_le_bytes(bytes)
    };
    let (height, width) = (number(8), number(12));
    let pixels = u64::from(height) * u64::from(width);
    // Before memory is taken for what the header says.
    let expected = (HEADER + CHECKSUM) as u64 + pixels.min(MOST_PIXELS) * 3;
    if &header[..8] != MAGIC || pixels == 0 || pixels > MOST_PIXELS || length != expected {
        return Ok(None);
    }
    let mut content = vec![0; pixels as usize * 3];
    file.read_exact(&mut content)?;
    let mut checksum = [0; CHECKSUM];
    file.read_exact(&mut checksum)?;
    if checksum != sum(&header, &content) {
        return Ok(None);
    }
    Ok(RgbImage::from_raw(width, height, content))
}

/// Writes a face under a name that nobody looks for, and gives it its own when it is whole: neither a
/// second writer nor an end in the middle leaves a part of a face under that name.
pub(crate) fn write(path: &Path, unfinished: &Path, face: &RgbImage) -> io::Result<()> {
    if u64::from(face.height()) * u64::from(face.width()) > MOST_PIXELS || face.is_empty() {
        return Err(io::Error::other("a face too large to keep"));
    }
    let mut header = [0; HEADER];
    header[..8].copy_from_slice(MAGIC);
    header[8..12].copy_from_slice(&face.height().to_le_bytes());
    header[12..].copy_from_slice(&face.width().to_le_bytes());
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // A cache may be shared; the mask of the process has its say all the same.
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    let mut file = builder.tempfile_in(unfinished)?;
    file.write_all(&header)?;
    file.write_all(face.as_raw())?;
    file.write_all(&sum(&header, face.as_raw()))?;
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    file.persist(path).map_err(|failed| failed.error)?;
    Ok(())
}

fn sum(header: &[u8], pixels: &[u8]) -> [u8; CHECKSUM] {
    let mut sum = crc32fast::Hasher::new();
    sum.update(header);
    sum.update(pixels);
    sum.finalize().to_le_bytes()
}
