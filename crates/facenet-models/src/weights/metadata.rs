use std::collections::BTreeMap;
use std::path::Path;

use crate::{FaceNetConfig, ModelError};

/// Metadata entry that holds the [`FaceNetConfig`] as JSON.
const CONFIG_KEY: &str = "facenet.config";
/// Metadata entry that holds the verification threshold, a squared distance.
const THRESHOLD_KEY: &str = "facenet.threshold";

/// What a file of ours says that it holds, in its metadata: so that weights, preprocessing and
/// threshold cannot part.
#[derive(Clone, Debug)]
pub(super) struct NetworkMetadata {
    pub(super) config: FaceNetConfig,
    pub(super) threshold: Option<f32>,
}

impl NetworkMetadata {
    /// `None` where the file is of another program.
    ///
    /// # Errors
    ///
    /// [`ModelError::MissingMetadata`] for a configuration or a threshold that cannot be read.
    pub(super) fn read(
        path: &Path,
        metadata: &BTreeMap<String, String>,
    ) -> Result<Option<Self>, ModelError> {
        let broken = |key: &'static str, reason: String| missing(path, key, reason);
        let Some(config) = metadata.get(CONFIG_KEY) else {
            return Ok(None);
        };
        let config: FaceNetConfig =
            serde_json::from_str(config).map_err(|e| broken(CONFIG_KEY, e.to_string()))?;
        config
            .validate()
            .map_err(|e| broken(CONFIG_KEY, e.to_string()))?;
        let threshold = metadata.get(THRESHOLD_KEY).map(|text| {
            let value = text.parse::<f32>().ok().filter(|value| value.is_finite());
            value.ok_or_else(|| broken(THRESHOLD_KEY, format!("'{text}' is no finite number")))
        });
        Ok(Some(Self {
            config,
            threshold: threshold.transpose()?,
        }))
    }

    /// As [`read`](Self::read), where the file must be ours.
    pub(super) fn expect(
        path: &Path,
        metadata: &BTreeMap<String, String>,
    ) -> Result<Self, ModelError> {
        Self::read(path, metadata)?
            .ok_or_else(|| missing(path, CONFIG_KEY, "it is absent".to_owned()))
    }

    /// The entries of the metadata.
    ///
    /// # Errors
    ///
    /// What is wrong with the threshold, in words.
    pub(super) fn entries(&self) -> Result<Vec<(&'static str, String)>, String> {
        let config = serde_json::to_string(&self.config).map_err(|e| e.to_string())?;
        let mut entries = vec![(CONFIG_KEY, config)];
        match self.threshold {
            Some(threshold) if !threshold.is_finite() => {
                return Err(format!("the threshold is {threshold}, no finite number"));
            }
            Some(threshold) => entries.push((THRESHOLD_KEY, threshold.to_string())),
            None => {}
        }
        Ok(entries)
    }
}

pub(super) fn missing(path: &Path, key: &'static str, reason: String) -> ModelError {
    ModelError::MissingMetadata {
        path: path.to_owned(),
        key,
        reason,
    }
}
