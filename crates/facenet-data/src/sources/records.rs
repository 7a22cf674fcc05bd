use std::collections::BTreeMap;
use std::path::Path;

use image::RgbImage;

use crate::lists::lines::{Lines, read};
use crate::shown::shown;
use crate::sources::recordio::{Head, RecordFile};
use crate::{DataError, DecodeLimits, FaceDataset, decode};

const INDEX: &str = "`number offset`, a line for each record";

/// Whole numbers up to here are exact as 32-bit floats, which is what the records say them in.
const EXACT: u64 = 1 << 24;

/// A training set in one file, as MS1M, VGGFace2 and glint360k ship for insightface: MXNet records
/// in a `.rec`, and in a `.idx` where each begins.
///
/// Each record is a label and an encoded image (JPEG or PNG). Record 0 may be without an image: then
/// it says, as in the packs of insightface, which records are images (1 to N − 1) and which are
/// identities (N to M − 1), and each identity says the range of its images, so that opening reads
/// one record an identity and not one an image. Without it every record is an image, and opening
/// reads the label of each.
///
/// Identities are in the order of their numbers in the pack and have these for names, and images are
/// in the order of their records. Images are read from disk and decoded when they are asked for.
#[derive(Debug)]
pub struct RecordPack {
    records: RecordFile,
    offsets: Vec<u64>,
    labels: Vec<u32>,
    identities: Vec<String>,
    /// The number in the pack of each identity.
    numbers: Vec<u32>,
    origin: String,
    limits: DecodeLimits,
}

impl RecordPack {
    /// Opens the file `records` and the index beside it, `train.idx` for `train.rec`.
    ///
    /// # Errors
    /// [`DataError::Io`] where one of them cannot be read; [`DataError::Line`] where the index is no
    /// list of records; [`DataError::Pack`] where a record is broken, or the records contradict one
    /// another.
    pub fn open(records: impl AsRef<Path>, limits: DecodeLimits) -> Result<Self, DataError> {
        let index = records.as_ref().with_extension("idx");
        Self::open_with_index(records, index, limits)
    }

    /// Opens the file `records` with an index that lies elsewhere.
    ///
    /// # Errors
    /// As [`RecordPack::open`].
    pub fn open_with_index(
        records: impl AsRef<Path>,
        index: impl AsRef<Path>,
        limits: DecodeLimits,
    ) -> Result<Self, DataError> {
        let index = index.as_ref();
        let offsets = parse_index(&read(index, INDEX)?, index)?;
        Self::new(RecordFile::open(records.as_ref())?, offsets, limits)
    }

    /// Reads a pack that is in memory; `origin` names it in messages.
    ///
    /// # Errors
    /// As [`RecordPack::open`], but for [`DataError::Io`].
    pub fn from_bytes(
        records: Vec<u8>,
        index: &[u8],
        origin: &str,
        limits: DecodeLimits,
    ) -> Result<Self, DataError> {
        let offsets = parse_index(index, Path::new(origin))?;
        Self::new(RecordFile::from_bytes(records, origin), offsets, limits)
    }

    fn new(
        records: RecordFile,
        index: Vec<(u64, u64)>,
        limits: DecodeLimits,
    ) -> Result<Self, DataError> {
        let header = match index.first() {
            Some(&(0, offset)) => Some((offset, records.head(offset)?)),
            _ => None,
        };
        let (images, numbers) = match header {
            Some((offset, head)) if head.bare => {
                let (images, ranges) = parts(&records, &index, offset, head)?;
                let numbers = numbers_of_ranges(&records, images, ranges)?;
                (images, numbers)
            }
            _ => {
                let number = |&(_, offset): &(u64, u64)| number(&records, offset);
                let numbers = index.iter().map(number).collect::<Result<_, _>>()?;
                (&index[..], numbers)
            }
        };
        if images.is_empty() {
            return Err(records.error(0, "no image", "records with images"));
        }

        let mut identities: BTreeMap<u32, u32> = numbers.iter().map(|&it| (it, 0)).collect();
        for (label, slot) in identities.values_mut().enumerate() {
            // There are fewer identities than numbers of 32 bits.
            *slot = label as u32;
        }
        let offsets = images.iter().map(|&(_, offset)| offset).collect();
        Ok(Self {
            labels: numbers.iter().map(|number| identities[number]).collect(),
            identities: identities.keys().map(u32::to_string).collect(),
            numbers: identities.into_keys().collect(),
            origin: shown(records.path()),
            offsets,
            records,
            limits,
        })
    }
}

impl FaceDataset for RecordPack {
    fn len(&self) -> usize {
        self.offsets.len()
    }

    fn labels(&self) -> &[u32] {
        &self.labels
    }

    fn identities(&self) -> &[String] {
        &self.identities
    }

    fn describe(&self, index: usize) -> String {
        match self.offsets.get(index) {
            Some(offset) => format!("{}, record at byte {offset}", self.origin),
            None => format!("image {index}, outside the data set"),
        }
    }

    fn image(&self, index: usize) -> Result<RgbImage, DataError> {
        let &offset = self.offsets.get(index).ok_or(DataError::IndexOutOfRange {
            index,
            len: self.offsets.len(),
        })?;
        let (head, image) = self.records.image(offset, self.limits.max_bytes)?;
        let number = self.numbers[self.labels[index] as usize];
        if whole(head.first) != Some(u64::from(number)) {
            let found = format!("an image of identity {}", head.first);
            let expected = format!("one of identity {number}, in whose range it is");
            return Err(self.records.error(offset, found, &expected));
        }
        decode(&image, &self.describe(index), &self.limits)
    }
}

/// Number and offset of each record, in the order of the numbers.
fn parse_index(bytes: &[u8], path: &Path) -> Result<Vec<(u64, u64)>, DataError> {
    let lines = Lines::new(bytes, path, INDEX)?;
    let mut index = Vec::new();
    for (line, text) in lines.trimmed() {
        let mut fields = text.split_whitespace();
        let entry = (fields.next(), fields.next(), fields.next());
        let (Some(number), Some(offset), None) = entry else {
            let found = format!("{} field(s)", text.split_whitespace().count());
            return Err(lines.error(line, found, INDEX));
        };
        let parsed = |text: &str| {
            let expected = "a whole number of at least 0";
            text.parse::<u64>()
                .map_err(|_| lines.error(line, format!("{text:?}"), expected))
        };
        index.push((parsed(number)?, parsed(offset)?));
    }
    if index.is_empty() {
        return Err(lines.error(1, "no record", INDEX));
    }
    index.sort_unstable();
    if let Some(twice) = index.windows(2).find(|two| two[0].0 == two[1].0) {
        let number = twice[0].0;
        let named = |text: &str| {
            let first = text.split_whitespace().next();
            first.and_then(|first| first.parse().ok()) == Some(number)
        };
        let second = lines.trimmed().filter(|&(_, text)| named(text)).nth(1);
        let line = second.map_or(1, |(line, _)| line);
        return Err(lines.error(line, format!("record {number} again"), "each record once"));
    }
    Ok(index)
}

/// Number and offset of some records.
type Records<'i> = &'i [(u64, u64)];

/// The records that are images and those that are identities, as the header record says.
fn parts<'i>(
    records: &RecordFile,
    index: Records<'i>,
    offset: u64,
    head: Head,
) -> Result<(Records<'i>, Records<'i>), DataError> {
    const EXPECTED: &str = "the number after the last image and that after the last identity";
    let (Some(images), Some(all)) = (whole(head.first), whole(head.second)) else {
        let found = format!("labels {} and {}", head.first, head.second);
        return Err(records.error(offset, found, EXPECTED));
    };
    let count = index.len() as u64;
    let in_order = (0..).zip(index).all(|(number, entry)| entry.0 == number);
    if head.labels < 2 || !in_order || images < 1 || images > all || !near(all, count) {
        let found = format!(
            "a header of {images} and {all} with an index of {count} records{}",
            if in_order {
                ""
            } else {
                ", not 0, 1, 2 and so on"
            }
        );
        return Err(records.error(offset, found, EXPECTED));
    }
    let mut images = images.min(count);
    if images >= EXACT {
        // Rounded: the first record without an image is near.
        let around = images - spacing(images)..(images + spacing(images)).min(count);
        for number in around {
            images = number;
            if records.head(index[number as usize].1)?.bare {
                break;
            }
            images = number + 1;
        }
    }
    let (before, identities) = index.split_at(images as usize);
    Ok((&before[1..], identities))
}

/// The number of the identity of each image, from the ranges of the identities.
fn numbers_of_ranges(
    records: &RecordFile,
    images: Records<'_>,
    identities: Records<'_>,
) -> Result<Vec<u32>, DataError> {
    let mut numbers: Vec<Option<u32>> = vec![None; images.len()];
    let mut rounded = false;
    for &(record, offset) in identities {
        let head = records.head(offset)?;
        let range = (whole(head.first), whole(head.second));
        let (Some(first), Some(end)) = range else {
            let found = format!("identity {record} from {} to {}", head.first, head.second);
            return Err(records.error(offset, found, "the numbers of its images"));
        };
        if first > EXACT || end > EXACT {
            rounded = true;
            continue;
        }
        let span = first.wrapping_sub(1) as usize..end.wrapping_sub(1) as usize;
        let Some(span) = numbers.get_mut(span).filter(|_| head.labels >= 2) else {
            let found = format!("identity {record} with images {first} to {end}");
            let expected = format!("a range among 1 to {}", images.len() + 1);
            return Err(records.error(offset, found, &expected));
        };
        if span.iter().any(Option::is_some) {
            let found = format!("identity {record} with an image of another");
            return Err(records.error(offset, found, "each image once"));
        }
        if let Some(&(_, image)) = images.get(first as usize - 1).filter(|_| first < end) {
            span.fill(Some(number(records, image)?));
        }
    }
    let complete = |(found, &(image, offset)): (Option<u32>, &(u64, u64))| match found {
        Some(number) => Ok(number),
        None if rounded => number(records, offset),
        None => {
            let found = format!("image {image} without an identity");
            Err(records.error(offset, found, "each image in the range of one"))
        }
    };
    numbers.into_iter().zip(images).map(complete).collect()
}

/// The number of the identity that an image says itself.
fn number(records: &RecordFile, offset: u64) -> Result<u32, DataError> {
    let head = records.head(offset)?;
    if head.bare {
        return Err(records.error(offset, "a record without an image", "an image"));
    }
    match whole(head.first).and_then(|number| u32::try_from(number).ok()) {
        Some(number) => Ok(number),
        None => {
            let found = format!("the label {}", head.first);
            Err(records.error(offset, found, "the number of an identity, 0 or more"))
        }
    }
}

/// The whole number that a float is.
fn whole(number: f32) -> Option<u64> {
    ((0.0..1e18).contains(&number) && number.fract() == 0.0).then_some(number as u64)
}

/// Whether a number that was said as a float can be this one.
fn near(said: u64, number: u64) -> bool {
    said.abs_diff(number) <= if number < EXACT { 0 } else { spacing(number) }
}

/// The distance of the floats near a number.
fn spacing(number: u64) -> u64 {
    (number / (EXACT / 2)).next_power_of_two()
}
