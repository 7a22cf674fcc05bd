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
pub enum Enrolment {
    /// All of its images: it is as near to a probe as the nearest of them.
    #[default]
    Best,
    /// One template, the mean of its images scaled to unit length ([`Templates`]). For embeddings of unit
    /// length, or for [`DistanceKind::Angle`](crate::DistanceKind::Angle), which knows no length.
    Mean,
}

impl fmt::Display for Enrolment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Enrolment::Best => "best",
            Enrolment::Mean => "mean",
        })
    }
}

impl FromStr for Enrolment {
    type Err = MetricsError;

    fn from_str(text: &str) -> Result<Enrolment, MetricsError> {
        match text {
            "best" => Ok(Enrolment::Best),
            "mean" => Ok(Enrolment::Mean),
            _ => Err(MetricsError::Setting {
                setting: "enrolment",
                found: text.to_owned(),
                expected: "best or mean",
            }),
        }
    }
}

/// A gallery as it is searched: its rows, and the label of each.
pub(super) type Enrolled<'a, L> = (CowArray<'a, f32, Ix2>, Vec<L>);

impl Enrolment {
    pub(super) fn enrol<'a, L: Label>(
        self,
        gallery: ArrayView2<'a, f32>,
        labels: &[L],
    ) -> Result<Enrolled<'a, L>, MetricsError> {
        MetricsError::check_length("gallery labels", labels.len(), gallery.nrows())?;
        Ok(match self {
            Enrolment::Best => (gallery.into(), labels.to_vec()),
            Enrolment::Mean => {
                let (embeddings, labels): (Array2<f32>, Vec<L>) =
                    Templates::of_identities(gallery, labels)?.into_parts();
                (embeddings.into(), labels)
            }
        })
    }
}
