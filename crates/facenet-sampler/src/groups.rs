use std::ops::Range;

use crate::SamplerError;

/// The images of each identity, in compressed rows: four bytes an image and four an identity.
#[derive(Debug)]
pub(crate) struct Groups {
    /// Image numbers, those of an identity side by side and ascending.
    images: Vec<u32>,
    /// Where each identity starts in `images`, and one more entry for the end.
    starts: Vec<u32>,
}

impl Groups {
    /// Groups image numbers by label, identities in the order of their labels.
    pub(crate) fn new(labels: &[u32]) -> Result<Self, SamplerError> {
        if u32::try_from(labels.len()).is_err() {
            return Err(SamplerError::TooManyImages {
                images: labels.len(),
            });
        }
        // Label above, image below: one sort of plain integers groups any labels, dense or not.
        let mut keys: Vec<u64> = (0u32..)
            .zip(labels)
            .map(|(image, &label)| u64::from(label) << 32 | u64::from(image))
            .collect();
        keys.sort_unstable();
        let mut starts = Vec::new();
        for (start, row) in (0u32..).zip(0..keys.len()) {
            if row == 0 || keys[row] >> 32 != keys[row - 1] >> 32 {
                starts.push(start);
            }
        }
        let images: Vec<u32> = keys.into_iter().map(|key| key as u32).collect();
        starts.push(images.len() as u32);
        starts.shrink_to_fit();
        Ok(Self { images, starts })
    }

    /// Number of images.
    pub(crate) fn images(&self) -> usize {
        self.images.len()
    }

    /// Number of identities.
    pub(crate) fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// Removes the identities with fewer than `least` images, and gives the numbers of those that are
    /// left; they are numbered anew from 0.
    pub(crate) fn retain(&mut self, least: usize) -> Vec<u32> {
        let (mut kept, mut end) = (Vec::new(), 0);
        for identity in 0..self.len() {
            let range = self.starts[identity] as usize..self.starts[identity + 1] as usize;
            if range.len() >= least {
                let images = range.len();
                self.images.copy_within(range, end);
                // Rows move down only, so that no start is overwritten before it is read.
                self.starts[kept.len()] = end as u32;
                kept.push(identity as u32);
                end += images;
            }
        }
        self.starts.truncate(kept.len());
        self.starts.push(end as u32);
        self.images.truncate(end);
        self.images.shrink_to_fit();
        self.starts.shrink_to_fit();
        kept.shrink_to_fit();
        kept
    }

    /// Where the images of an identity are among all images.
    pub(crate) fn range(&self, identity: u32) -> Range<u32> {
        let identity = identity as usize;
        self.starts[identity]..self.starts[identity + 1]
    }

    /// The image at a place among all images.
    pub(crate) fn image(&self, place: u32) -> u32 {
        self.images[place as usize]
    }

    /// The images of an identity, never none.
    pub(crate) fn of(&self, identity: u32) -> &[u32] {
        let identity = identity as usize;
        &self.images[self.starts[identity] as usize..self.starts[identity + 1] as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_need_not_be_dense_or_sorted() {
        let groups = Groups::new(&[u32::MAX, 3, u32::MAX, 0, 3]).unwrap();
        assert_eq!(groups.len(), 3);
        assert_eq!(groups.images(), 5);
        assert_eq!(groups.of(0), [3]);
        assert_eq!(groups.of(1), [1, 4]);
        assert_eq!(groups.of(2), [0, 2]);
    }

    #[test]
    fn identities_that_are_left_are_numbered_anew() {
        let mut groups = Groups::new(&[7, 1, 5, 5, 9, 1, 9, 9]).unwrap();
        assert_eq!(groups.retain(2), [0, 1, 3]);
        assert_eq!((groups.len(), groups.images()), (3, 7));
        assert_eq!(groups.of(0), [1, 5]);
        assert_eq!(groups.of(1), [2, 3]);
        assert_eq!(groups.of(2), [4, 6, 7]);
        assert_eq!(groups.range(2), 4..7);
        assert!(groups.retain(9).is_empty());
        assert_eq!(groups.len(), 0);
    }

    #[test]
    fn no_labels_are_no_identities() {
        let groups = Groups::new(&[]).unwrap();
        assert_eq!((groups.len(), groups.images()), (0, 0));
    }
}
