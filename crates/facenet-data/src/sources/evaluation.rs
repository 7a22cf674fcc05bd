use std::borrow::Cow;
use std::fs;
use std::path::Path;

use image::RgbImage;

use crate::shown::shown;
use crate::sources::lfw::FacePair;
use crate::sources::pickle::{Blob, Element, Loaded, Value, load};
use crate::{DataError, DecodeLimits, FaceDataset, decode};

const EXPECTED: &str = "a pickle of (list of encoded images, list of booleans), two images a pair";

/// An evaluation pack of insightface, `lfw.bin`, `cfp_fp.bin`, `agedb_30.bin` and others: pairs of
/// encoded face images in one file.
///
/// The file is a pickle of a list of 2N images (JPEG or PNG) and a list of N booleans; images 2i and
/// 2i + 1 are pair i. Pickles of Python 2 and 3 are read, protocols 0 to 5, images as bytes or as
/// NumPy arrays of bytes. Nothing in the file is ever called or imported: a pickle that names
/// anything beyond that is refused.
///
/// A pack does not say who is on the images. So the labels say what the pairs do: a genuine pair is
/// one identity, an impostor pair two, and images of different pairs are taken for different people.
/// They serve to look at the images, not to train.
///
/// The whole file is held in memory, and each image is decoded when it is asked for.
#[derive(Debug, Clone)]
pub struct EvaluationPack {
    file: Vec<u8>,
    origin: String,
    images: Vec<Blob>,
    pairs: Vec<FacePair>,
    labels: Vec<u32>,
    identities: Vec<String>,
    limits: DecodeLimits,
}

impl EvaluationPack {
    /// The number of folds in the protocol of insightface.
    pub const FOLDS: usize = 10;

    /// Reads a pack.
    ///
    /// # Errors
    /// [`DataError::Io`] where the file cannot be read, [`DataError::Pack`] where it is no such
    /// pickle.
    pub fn open(path: impl AsRef<Path>, limits: DecodeLimits) -> Result<Self, DataError> {
        let path = path.as_ref();
        let io = |source| DataError::io(path, "an evaluation pack, .bin", source);
        // A pipe or a device would not end.
        if !fs::metadata(path).map_err(io)?.is_file() {
            return Err(DataError::Pack {
                path: path.to_path_buf(),
                offset: 0,
                found: "no regular file".to_owned(),
                expected: EXPECTED.to_owned(),
            });
        }
        Self::new(fs::read(path).map_err(io)?, path, limits)
    }

    /// Reads a pack that is in memory; `origin` names it in messages.
    ///
    /// # Errors
    /// [`DataError::Pack`] where the bytes are no such pickle.
    pub fn from_bytes(
        bytes: Vec<u8>,
        origin: &str,
        limits: DecodeLimits,
    ) -> Result<Self, DataError> {
        Self::new(bytes, Path::new(origin), limits)
    }

    fn new(file: Vec<u8>, path: &Path, limits: DecodeLimits) -> Result<Self, DataError> {
        let wrong = |found: String| DataError::Pack {
            path: path.to_path_buf(),
            offset: 0,
            found,
            expected: EXPECTED.to_owned(),
        };
        let loaded = load(&file, path)?;
        let Some(&[images, same]) = loaded.items(loaded.top()) else {
            return Err(wrong(match loaded.items(loaded.top()) {
                Some(items) => format!("{} value(s) where two lists should be", items.len()),
                None => format!("{} where two lists should be", loaded.top().kind()),
            }));
        };
        let images = blobs(&loaded, images, &file).map_err(&wrong)?;
        let same = booleans(&loaded, same, &file).map_err(&wrong)?;
        if same.is_empty() || images.len() != 2 * same.len() {
            return Err(wrong(format!(
                "{} image(s) for {} pair(s)",
                images.len(),
                same.len()
            )));
        }

        let mut labels = Vec::with_capacity(images.len());
        let mut identities = Vec::new();
        let mut pairs = Vec::with_capacity(same.len());
        let count = same.len();
        for (index, same) in same.into_iter().enumerate() {
            let label = identities.len() as u32;
            if same {
                identities.push(format!("pair {}", index + 1));
                labels.extend([label, label]);
            } else {
                identities.push(format!("pair {}, first", index + 1));
                identities.push(format!("pair {}, second", index + 1));
                labels.extend([label, label + 1]);
            }
            pairs.push(FacePair {
                first: 2 * index,
                second: 2 * index + 1,
                same,
                fold: fold(index, count),
            });
        }
        Ok(Self {
            origin: shown(path),
            file,
            images,
            pairs,
            labels,
            identities,
            limits,
        })
    }

    /// The pairs, in the order of the file, in ten contiguous folds.
    ///
    /// The first folds are one pair larger where the pairs cannot be divided by ten, as scikit-learn
    /// cuts them for insightface.
    pub fn pairs(&self) -> &[FacePair] {
        &self.pairs
    }

    /// The number of folds: [`EvaluationPack::FOLDS`], or fewer where there are fewer pairs.
    pub fn folds(&self) -> usize {
        self.pairs.len().min(Self::FOLDS)
    }

    /// The bytes of an image as the pack holds them.
    ///
    /// # Errors
    /// [`DataError::IndexOutOfRange`].
    pub fn encoded(&self, index: usize) -> Result<Cow<'_, [u8]>, DataError> {
        let image = self.images.get(index).ok_or(DataError::IndexOutOfRange {
            index,
            len: self.images.len(),
        })?;
        image.bytes(&self.file).map_err(|problem| DataError::Image {
            origin: self.describe(index),
            problem: format!("is {problem}"),
            expected: EXPECTED.to_owned(),
        })
    }
}

impl FaceDataset for EvaluationPack {
    fn len(&self) -> usize {
        self.images.len()
    }

    fn labels(&self) -> &[u32] {
        &self.labels
    }

    fn identities(&self) -> &[String] {
        &self.identities
    }

    fn describe(&self, index: usize) -> String {
        if index < self.len() {
            format!("{}, image {index}", self.origin)
        } else {
            format!("image {index}, outside the data set")
        }
    }

    fn image(&self, index: usize) -> Result<RgbImage, DataError> {
        decode(&self.encoded(index)?, &self.describe(index), &self.limits)
    }
}

/// The images of a pack, each known to be bytes.
fn blobs(loaded: &Loaded, images: Value, file: &[u8]) -> Result<Vec<Blob>, String> {
    let Some(items) = loaded.items(images) else {
        return Err(format!("{} where images should be", images.kind()));
    };
    // What must be decoded to be known as bytes, at most once each.
    let mut to_decode = 0;
    let blob = |(index, &item): (usize, &Value)| {
        let blob = match (item, loaded.array(item)) {
            (Value::Bytes(blob), _) => blob,
            (_, Some(array)) if array.element == Element::Byte => array.data,
            _ => return Err(format!("{} as image {index}", item.kind())),
        };
        if !blob.is_raw() {
            to_decode += blob.len;
        }
        if to_decode > file.len() {
            return Err(format!("text that was there before as image {index}"));
        }
        match blob.bytes(file) {
            Ok(_) => Ok(blob),
            Err(problem) => Err(format!("{problem} as image {index}")),
        }
    };
    items.iter().enumerate().map(blob).collect()
}

/// Which pairs of a pack are genuine.
fn booleans(loaded: &Loaded, same: Value, file: &[u8]) -> Result<Vec<bool>, String> {
    if let Some(array) = loaded.array(same) {
        let bytes = array.data.bytes(file)?;
        let boolean = |&byte: &u8| match byte {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(format!("{byte} as a boolean")),
        };
        return bytes.iter().map(boolean).collect();
    }
    let Some(items) = loaded.items(same) else {
        return Err(format!("{} where booleans should be", same.kind()));
    };
    let boolean = |(index, item): (usize, &Value)| match *item {
        Value::Bool(same) => Ok(same),
        Value::Int(0) => Ok(false),
        Value::Int(1) => Ok(true),
        other => Err(format!("{} as boolean {index}", other.kind())),
    };
    items.iter().enumerate().map(boolean).collect()
}

/// The fold of a pair among ten contiguous ones.
fn fold(index: usize, pairs: usize) -> usize {
    let (size, larger) = (pairs / EvaluationPack::FOLDS, pairs % EvaluationPack::FOLDS);
    let in_larger = larger * (size + 1);
    if index < in_larger {
        index / (size + 1)
    } else {
        larger + (index - in_larger) / size
    }
}
