use std::path::Path;

use crate::sources::files::{Files, dataset_of_files};
use crate::{DataError, DecodeLimits};

/// The AT&T (ORL) database of faces: folders `s1` to `s40`, each with `1.pgm` to `10.pgm`.
///
/// Samaria and Harter, *Parameterisation of a stochastic model for human face identification*, 1994.
/// Identities and images are in the order of their numbers, gray repeated in three channels.
#[derive(Debug, Clone)]
pub struct OrlFaces {
    files: Files,
}

impl OrlFaces {
    /// People in the database.
    pub const PEOPLE: usize = 40;
    /// Images of each of them.
    pub const IMAGES: usize = 10;

    /// Finds the 400 images below `path`, without opening any.
    ///
    /// # Errors
    /// [`DataError::Io`] naming the first image that is missing.
    pub fn open(path: impl AsRef<Path>, limits: DecodeLimits) -> Result<Self, DataError> {
        let mut files = Files::new(limits);
        for person in 0..Self::PEOPLE {
            let identity = format!("s{}", person + 1);
            for image in 1..=Self::IMAGES {
                let file = path.as_ref().join(&identity).join(format!("{image}.pgm"));
                std::fs::metadata(&file).map_err(|source| {
                    DataError::io(&file, "s1/1.pgm to s40/10.pgm of the ORL faces", source)
                })?;
                files.paths.push(file);
                files.labels.push(person as u32);
            }
            files.identities.push(identity);
        }
        Ok(Self { files })
    }
}

dataset_of_files!(OrlFaces);
