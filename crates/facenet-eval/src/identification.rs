use std::collections::BTreeMap;
use std::fmt;

use facenet_metrics::{
    DEFAULT_FPIRS, DistanceKind, Enrollment, IdentificationReport, Neighbors, OpenSetReport,
    Templates,
};
use serde::Serialize;

use crate::{EvalError, NamedEmbeddings};

const KIND: DistanceKind = DistanceKind::SquaredEuclidean;

/// Looks faces up in a gallery of known people, by squared Euclidean distance.
///
/// ```
/// use facenet_eval::{IdentificationConfig, NamedEmbeddings};
/// use ndarray::array;
///
/// let named = |names: [&str; 2], rows| NamedEmbeddings::new(rows, names.map(str::to_owned).to_vec());
/// let gallery = named(["Ann/1.jpg", "Bo/1.jpg"], array![[1.0, 0.0], [0.0, 1.0]])?;
/// let faces = named(["Ann/2.jpg", "Cec/1.jpg"], array![[0.8, 0.6], [-1.0, 0.0]])?;
///
/// let found = IdentificationConfig::new().with_threshold(1.0).init(&gallery, Some(&faces))?;
/// assert_eq!(found.matches[0].person(), Some("Ann"));
/// assert_eq!(found.matches[1].person(), None);
/// # Ok::<(), facenet_eval::EvalError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct IdentificationConfig {
    /// What a person with several faces is enrolled as.
    pub enrollment: Enrollment,
    /// Squared distance below which a face is of somebody in the gallery; without it, every face is.
    pub threshold: Option<f32>,
    /// The number of nearest faces that are told.
    pub top: usize,
    /// Ranks of the CMC.
    pub ranks: usize,
}

/// What the faces were found to be, and how well that goes where everybody is known.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Identification {
    /// The nearest of the gallery for each face, in the order of the faces.
    pub matches: Vec<FaceMatch>,
    /// Identification of the faces whose people are in the gallery; `None` where a face has no folder to be
    /// named after.
    pub closed_set: Option<IdentificationReport>,
    /// Identification with strangers among the faces; `None` also where faces were looked up among the others.
    pub open_set: Option<OpenSetReport>,
}

/// A face with the nearest of the gallery.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct FaceMatch {
    /// The face.
    pub face: String,
    /// Whether the nearest is below the threshold.
    pub known: bool,
    /// People and squared distances, nearest first.
    pub nearest: Vec<(String, f32)>,
}

impl IdentificationConfig {
    /// Three nearest faces of each, ten ranks, all faces of a person enrolled, no threshold.
    pub fn new() -> Self {
        Self {
            enrollment: Enrollment::default(),
            threshold: None,
            top: 3,
            ranks: 10,
        }
    }

    /// Sets what a person with several faces is enrolled as.
    pub fn with_enrollment(mut self, enrollment: Enrollment) -> Self {
        self.enrollment = enrollment;
        self
    }

    /// Sets the squared distance below which a face is of somebody in the gallery.
    pub fn with_threshold(mut self, threshold: f32) -> Self {
        self.threshold = Some(threshold);
        self
    }

    /// Sets the number of nearest faces that are told, at least one.
    pub fn with_top(mut self, top: usize) -> Self {
        self.top = top;
        self
    }

    /// Sets the number of ranks of the CMC, at least one.
    pub fn with_ranks(mut self, ranks: usize) -> Self {
        self.ranks = ranks;
        self
    }

    /// Looks `probes` up in the gallery; without them, each face of the gallery among the others.
    ///
    /// People are the [folders](NamedEmbeddings::identity) of the names.
    ///
    /// # Errors
    ///
    /// [`EvalError::Metrics`] for embeddings that are not finite, of other dimensions, or for none;
    /// [`EvalError::NoIdentities`] where means are to be enrolled and a face of the gallery has no folder.
    pub fn init(
        &self,
        gallery: &NamedEmbeddings,
        probes: Option<&NamedEmbeddings>,
    ) -> Result<Identification, EvalError> {
        let (closed_set, open_set) = self.rates(gallery, probes)?;
        Ok(Identification {
            matches: self.matches(gallery, probes)?,
            closed_set,
            open_set,
        })
    }

    fn matches(
        &self,
        gallery: &NamedEmbeddings,
        probes: Option<&NamedEmbeddings>,
    ) -> Result<Vec<FaceMatch>, EvalError> {
        let all = gallery.array();
        let (near, people) = match (probes, self.enrollment) {
            (None, _) => (
                Neighbors::leave_one_out(all, KIND, self.top)?,
                gallery.people(),
            ),
            (Some(probes), Enrollment::Mean) => {
                let (templates, people) = mean_templates(gallery)?;
                let near = Neighbors::probe_gallery(
                    probes.array(),
                    templates.embeddings(),
                    KIND,
                    self.top,
                )?;
                (near, people)
            }
            (Some(probes), _) => (
                Neighbors::probe_gallery(probes.array(), all, KIND, self.top)?,
                gallery.people(),
            ),
        };
        let faces = probes.unwrap_or(gallery);
        let found = near.iter().enumerate().map(|(face, list)| FaceMatch {
            face: faces.name(face),
            known: list
                .first()
                .is_some_and(|near| self.threshold.is_none_or(|t| near.distance < t)),
            nearest: list
                .iter()
                .map(|near| (people[near.index as usize].clone(), near.distance))
                .collect(),
        });
        Ok(found.collect())
    }

    #[allow(
        clippy::type_complexity,
        reason = "the two reports of this file's one caller"
    )]
    fn rates(
        &self,
        gallery: &NamedEmbeddings,
        probes: Option<&NamedEmbeddings>,
    ) -> Result<(Option<IdentificationReport>, Option<OpenSetReport>), EvalError> {
        let mut numbers = BTreeMap::new();
        let Some(people) = gallery.labels(&mut numbers) else {
            return Ok((None, None));
        };
        let known = (gallery.array(), &people[..]);
        let Some(probes) = probes else {
            let closed = IdentificationReport::leave_one_out(known.0, known.1, KIND, self.ranks)?;
            return Ok((Some(closed), None));
        };
        let Some(people) = probes.labels(&mut numbers) else {
            return Ok((None, None));
        };
        let asked = (probes.array(), &people[..]);
        let open = OpenSetReport::new(asked, known, KIND, self.enrollment, &DEFAULT_FPIRS)?;
        let closed =
            IdentificationReport::enrolled(asked, known, KIND, self.enrollment, self.ranks)?;
        Ok((Some(closed), Some(open)))
    }
}

impl Default for IdentificationConfig {
    fn default() -> Self {
        Self::new()
    }
}

/// The mean of each person's faces, with the person's name.
fn mean_templates(gallery: &NamedEmbeddings) -> Result<(Templates<u32>, Vec<String>), EvalError> {
    let mut numbers = BTreeMap::new();
    let labels = gallery
        .labels(&mut numbers)
        .ok_or(EvalError::NoIdentities)?;
    let templates = Templates::of_identities(gallery.array(), &labels)?;
    let names: BTreeMap<u32, String> = numbers.into_iter().map(|(name, n)| (n, name)).collect();
    let people = templates.ids().iter().map(|id| names[id].clone()).collect();
    Ok((templates, people))
}

impl FaceMatch {
    /// Who it is; `None` for a stranger.
    pub fn person(&self) -> Option<&str> {
        let (person, _) = self.nearest.first().filter(|_| self.known)?;
        Some(person)
    }
}

/// One line: the face, and the nearest with their distances.
impl fmt::Display for FaceMatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let stranger = if self.known { "" } else { "nobody; nearest " };
        write!(f, "{}: {stranger}", self.face)?;
        for (place, (person, distance)) in self.nearest.iter().enumerate() {
            let comma = if place > 0 { ", " } else { "" };
            write!(f, "{comma}{person} {distance:.3}")?;
        }
        Ok(())
    }
}

/// The rates, where there are any; without the matches.
impl fmt::Display for Identification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(closed) = &self.closed_set else {
            return Ok(());
        };
        let rates = match (closed.rate(1), closed.rate(5)) {
            (Some(first), Some(fifth)) => format!("rank 1 {first:.4}, rank 5 {fifth:.4}"),
            _ => "no rates".to_owned(),
        };
        write!(
            f,
            "{} faces of {} people in the gallery: {rates}; {} of nobody in it",
            closed.mated_probes, closed.gallery_identities, closed.nonmated_probes
        )?;
        for dir in self.open_set.iter().flat_map(|open| &open.dir) {
            write!(f, "\nDIR at FPIR {:.0e}: {:.4}", dir.fpir_target, dir.dir)?;
            if let Some(threshold) = dir.threshold {
                write!(f, ", squared distance {threshold:.3}")?;
            }
            if dir.below_resolution {
                f.write_str(" (too few strangers to tell)")?;
            }
        }
        Ok(())
    }
}
