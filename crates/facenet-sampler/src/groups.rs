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
    fn no_labels_are_no_identities() {
        let groups = Groups::new(&[]).unwrap();
        assert_eq!((groups.len(), groups.images()), (0, 0));
    }
}
