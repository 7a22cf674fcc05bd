use std::borrow::Cow;
use std::path::Path;

use facenet_data::{DecodeLimits, EvaluationPack, FaceDataset};
use facenet_models::Embedder;
use rayon::prelude::*;

use crate::{
    EmbeddedPairs, EvalError, FoldedPairs, Measurement, PairsProtocolConfig, embed_in_batches,
};

/// Photographs that are decoded at a time.
const BATCH: usize = 64;

/// Measures a network on a pack of pairs in insightface's form (`lfw.bin`, `cfp_fp.bin`, `agedb_30.bin`),
/// whose faces are cut out and aligned already.
///
/// `progress` is told the number of faces done and their total.
///
/// # Errors
///
/// As [`EvaluationPack::open`], [`FoldedPairs::new`] and [`EmbeddedPairs::measure`], and for an image
/// that cannot be decoded.
pub fn measure_pack(
    path: &Path,
    embedder: &Embedder,
    config: &PairsProtocolConfig,
    progress: &dyn Fn(usize, usize),
) -> Result<Measurement, EvalError> {
    let pack = EvaluationPack::open(path, DecodeLimits::default())?;
    let pairs = FoldedPairs::new(pack.len(), pack.pairs(), path, 0)?;
    let decoded = |range: std::ops::Range<usize>| {
        let faces = range.into_par_iter().map(|index| pack.image(index));
        Ok(Cow::Owned(faces.collect::<Result<_, _>>()?))
    };
    let embeddings = embed_in_batches(embedder, pack.len(), BATCH, decoded, progress)?;
    let range = embedder.flip().largest_squared_distance();
    let embedded = EmbeddedPairs::new(&pairs, embeddings, config).with_range(range);
    let (report, scores) = embedded.measure()?;
    Measurement::new(path.display().to_string(), config.distance, report, scores)
}
