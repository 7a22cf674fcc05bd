use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::duplicates::{self, Duplicates, Group};
use super::hash::{ImageHasher, PerceptualHash, content};
use crate::images::guard::guarded;
use crate::{DataError, FaceDataset};

/// Settings of [`inspect`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct InspectConfig {
    /// Bits of 256 in which the perceptual hashes of near duplicates may differ, 0 to 31. Default: 16.
    pub near: u32,
}

impl Default for InspectConfig {
    fn default() -> Self {
        Self { near: 16 }
    }
}

impl InspectConfig {
    /// Sets how many bits may differ.
    pub fn with_near(mut self, near: u32) -> Self {
        self.near = near;
        self
    }
}

/// What a data set holds.
///
/// `Display` gives a report of some lines for people, serde all of it for programs.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Inspection {
    /// Images, those among them that cannot be read.
    pub images: usize,
    /// Identities.
    pub identities: usize,
    /// Identities with one image, which make no genuine pair.
    pub single: usize,
    /// Images of an identity; `None` where there is no identity.
    pub per_identity: Option<Spread>,
    /// How many identities have so many images: [images, identities], ascending.
    pub histogram: Vec<[usize; 2]>,
    /// Height in pixels of the images that can be read; `None` where there is none.
    pub height: Option<Spread>,
    /// Width in pixels of the images that can be read; `None` where there is none.
    pub width: Option<Spread>,
    /// The sizes of the images that can be read, the most frequent first.
    pub sizes: Vec<SizeCount>,
    /// The images that cannot be read, by index.
    pub unreadable: Vec<BadImage>,
    /// Images with the same pixels.
    pub exact: Duplicates,
    /// Images that look the same and whose pixels are not all the same: an image resized, compressed,
    /// made brighter. Exact duplicates are in these groups too, where others look like them.
    pub near: Duplicates,
}

/// Least, middle and greatest of some numbers.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Spread {
    /// The least.
    pub min: usize,
    /// The median, half way between the two in the middle where there are two.
    pub median: f64,
    /// The greatest.
    pub max: usize,
}

/// How many images have a size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SizeCount {
    /// Height in pixels.
    pub height: u32,
    /// Width in pixels.
    pub width: u32,
    /// The number of images.
    pub images: usize,
}

/// An image that cannot be read, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct BadImage {
    /// Its index in the data set.
    pub index: usize,
    /// What is wrong with it; it names the file.
    pub error: String,
}

/// What one look at an image gives.
struct Look {
    size: [u32; 2],
    content: [u8; 32],
    hash: PerceptualHash,
}

/// Decodes every image once, on all cores, and tells what the data set holds; a hundred bytes an
/// image are kept meanwhile.
///
/// Duplicates are found by their pixels (exact) and by a perceptual hash of 256 bits (near):
/// whether each of 16 × 16 pixels is brighter than its neighbor, from the crate `image_hasher`.
/// `progress` is told the number of images done after each one, from several threads.
///
/// # Errors
/// [`DataError::Setting`] where [`InspectConfig::near`] is above 31. An image that cannot be read is
/// part of the report.
pub fn inspect(
    data: &dyn FaceDataset,
    options: &InspectConfig,
    progress: impl Fn(usize) + Sync,
) -> Result<Inspection, DataError> {
    if options.near > 31 {
        return Err(DataError::Setting {
            setting: "near",
            found: options.near.to_string(),
            expected: "0 to 31 bits",
        });
    }
    let hasher = ImageHasher::new();
    let done = AtomicUsize::new(0);
    let look = |index| {
        let look = guarded(
            || {
                let image = data.image(index)?;
                Ok(Look {
                    size: [image.height(), image.width()],
                    content: content(&image),
                    hash: hasher.hash(&image)?,
                })
            },
            || data.describe(index),
        );
        progress(done.fetch_add(1, Relaxed) + 1);
        look
    };
    let looks: Vec<Result<Look, DataError>> = (0..data.len()).into_par_iter().map(look).collect();

    let (mut good, mut unreadable) = (Vec::new(), Vec::new());
    for (index, look) in looks.into_iter().enumerate() {
        match look {
            Ok(look) => good.push((index, look)),
            Err(error) => unreadable.push(BadImage {
                index,
                error: error.to_string(),
            }),
        }
    }
    let contents: Vec<_> = good
        .iter()
        .map(|(index, look)| (*index, look.content))
        .collect();
    let hashes: Vec<_> = good
        .iter()
        .map(|(index, look)| (*index, look.hash))
        .collect();
    let exact = duplicates::exact(&contents);
    let mut near = duplicates::near(&hashes, options.near);
    // What the exact duplicates say already is not said again.
    near.retain(|group| !exact.iter().any(|same| same.images == group.images));
    let named =
        |groups: Vec<Group>| Duplicates::new(groups, data.labels(), |index| data.describe(index));

    let mut of_identity = vec![0; data.identities().len()];
    for &label in data.labels() {
        if let Some(images) = of_identity.get_mut(label as usize) {
            *images += 1;
        }
    }
    let mut histogram = BTreeMap::new();
    for &images in &of_identity {
        *histogram.entry(images).or_insert(0) += 1;
    }
    let side = |axis: usize| Spread::of(good.iter().map(|(_, look)| look.size[axis] as usize));
    Ok(Inspection {
        images: data.len(),
        identities: of_identity.len(),
        single: histogram.get(&1).copied().unwrap_or(0),
        per_identity: Spread::of(of_identity.iter().copied()),
        histogram: histogram
            .into_iter()
            .map(|(images, identities)| [images, identities])
            .collect(),
        height: side(0),
        width: side(1),
        sizes: sizes(good.iter().map(|(_, look)| look.size)),
        unreadable,
        exact: named(exact),
        near: named(near),
    })
}

impl Spread {
    fn of(numbers: impl Iterator<Item = usize>) -> Option<Spread> {
        let mut numbers: Vec<usize> = numbers.collect();
        numbers.sort_unstable();
        let (&min, &max) = (numbers.first()?, numbers.last()?);
        let (low, high) = (numbers[(numbers.len() - 1) / 2], numbers[numbers.len() / 2]);
        Some(Spread {
            min,
            median: (low as f64 + high as f64) / 2.0,
            max,
        })
    }
}

fn sizes(sizes: impl Iterator<Item = [u32; 2]>) -> Vec<SizeCount> {
    let mut counts = BTreeMap::new();
    for size in sizes {
        *counts.entry(size).or_insert(0) += 1;
    }
    let mut sizes: Vec<SizeCount> = counts
        .into_iter()
        .map(|([height, width], images)| SizeCount {
            height,
            width,
            images,
        })
        .collect();
    // Stable: of those as frequent, the smaller first.
    sizes.sort_by_key(|size| std::cmp::Reverse(size.images));
    sizes
}
