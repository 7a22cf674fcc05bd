use std::fmt;
use std::str::FromStr;

use ndarray::{Array2, ArrayView2, CowArray, Ix2};
use serde::{Deserialize, Serialize};

use super::templates::Templates;
use crate::{Label, MetricsError};

/// What an identity with several images is enrolled as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Enrollment {
    /// All of its images: it is as near to a probe as the nearest of them.
    #[default]
    Best,
    /// One template, the mean of its images scaled to unit length ([`Templates`]). For embeddings of unit
    /// length, or for [`DistanceKind::Angle`](crate::DistanceKind::Angle), which knows no length.
    Mean,
}

impl fmt::Display for Enrollment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Enrollment::Best => "best",
            Enrollment::Mean => "mean",
        })
    }
}

impl FromStr for Enrollment {
    type Err = MetricsError;

    fn from_str(text: &str) -> Result<Enrollment, MetricsError> {
        match text {
            "best" => Ok(Enrollment::Best),
            "mean" => Ok(Enrollment::Mean),
            _ => Err(MetricsError::Setting {
                setting: "enrollment",
                found: text.to_owned(),
                expected: "best or mean",
            }),
        }
    }
}

/// A gallery as it is searched: its rows, and the label of each.
pub(super) type Enrolled<'a, L> = (CowArray<'a, f32, Ix2>, Vec<L>);

impl Enrollment {
    pub(super) fn enroll<'a, L: Label>(
        self,
        gallery: ArrayView2<'a, f32>,
        labels: &[L],
    ) -> Result<Enrolled<'a, L>, MetricsError> {
        MetricsError::check_length("gallery labels", labels.len(), gallery.nrows())?;
        Ok(match self {
            Enrollment::Best => (gallery.into(), labels.to_vec()),
            Enrollment::Mean => {
                let (embeddings, labels): (Array2<f32>, Vec<L>) =
                    Templates::of_identities(gallery, labels)?.into_parts();
                (embeddings.into(), labels)
            }
        })
    }
}
