use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
};

use burn::{optim::ModuleOptimizer, tensor::Device};
use facenet_models::{Checkpoint, FaceNet};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{History, Mined, TrainConfig, TrainError};

/// Folder of one training run.
///
/// ```text
/// run/
///   config.json                     the TrainConfig
///   checkpoints/step-00000120/      network.bpk  optimizer.bpk  state.json
///   network.bpk                     the trained network, when training has ended
///   history.json                    losses and evaluations, when training has ended
/// ```
///
/// A checkpoint is written beside its place and renamed into it, so it is whole or not there; the
/// one before it stays.
#[derive(Clone, Debug)]
pub struct RunFolder {
    path: PathBuf,
}

/// Where a run stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct State {
    /// The training data.
    pub(crate) data: DataMark,
    /// Epoch to go on with.
    pub(crate) epoch: usize,
    /// Batches of that epoch that are done.
    pub(crate) batches: usize,
    /// What was mined last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) mined: Option<Mined>,
    /// What has happened.
    pub(crate) history: History,
}

/// What is remembered of a data set, to notice that a run is resumed on another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DataMark {
    pub(crate) images: usize,
    pub(crate) identities: usize,
    /// CRC-32 of names and labels.
    pub(crate) crc32: u32,
}

/// What `state.json` holds: the state, and the sum that tells a damaged `optimizer.bpk`.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Saved<S> {
    optimizer_crc32: u32,
    state: S,
}

/// Start of the name of a checkpoint that is being written.
const UNFINISHED: &str = ".writing-";

/// Checkpoints that are kept: the newest, and the one before it.
const KEPT: usize = 2;

impl RunFolder {
    /// `path`, or `path-2`, `path-3`, …: the first that is absent or empty, so that a program can be run again
    /// without overwriting what it made before.
    ///
    /// # Errors
    ///
    /// [`TrainError::NoFolder`] where `path` is a file.
    pub fn unused(path: &Path) -> Result<PathBuf, TrainError> {
        if path.exists() && !path.is_dir() {
            return Err(TrainError::NoFolder {
                path: path.to_owned(),
            });
        }
        let free = |path: &Path| {
            fs::read_dir(path).map_or(!path.exists(), |mut entries| entries.next().is_none())
        };
        let numbered = |number: usize| match number {
            1 => path.to_owned(),
            _ => {
                let mut name = path.as_os_str().to_owned();
                name.push(format!("-{number}"));
                PathBuf::from(name)
            }
        };
        let found = (1..).map(numbered).find(|path| free(path));
        Ok(found.unwrap_or_else(|| path.to_owned()))
    }

    /// Makes the folder of a new run and writes its configuration.
    ///
    /// # Errors
    ///
    /// [`TrainError::RunExists`] if there are files in it; [`TrainError::Write`] if it cannot be made.
    pub fn create(path: &Path, config: &TrainConfig) -> Result<Self, TrainError> {
        if fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_some()) {
            return Err(TrainError::RunExists {
                path: path.to_owned(),
            });
        }
        let run = Self {
            path: path.to_owned(),
        };
        let checkpoints = run.checkpoints();
        fs::create_dir_all(&checkpoints).map_err(|e| write_error(&checkpoints, e))?;
        run.write_json("config.json", config)?;
        Ok(run)
    }

    /// Opens the folder of a run that was started before.
    ///
    /// # Errors
    ///
    /// [`TrainError::BrokenRun`] if its configuration cannot be read.
    pub fn open(path: &Path) -> Result<(Self, TrainConfig), TrainError> {
        let run = Self {
            path: path.to_owned(),
        };
        let config = read_json(
            &run.file("config.json"),
            "the configuration of a run (JSON)",
        )?;
        // What a process that was killed while it wrote a checkpoint has left behind.
        for entry in fs::read_dir(run.checkpoints())
            .into_iter()
            .flatten()
            .flatten()
        {
            if entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
                let _ = fs::remove_dir_all(entry.path());
            }
        }
        Ok((run, config))
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Path of a file of the run.
    pub fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Writes `value` as JSON to a file of the run, atomically.
    ///
    /// # Errors
    ///
    /// [`TrainError::Write`] naming the file.
    pub fn write_json(&self, name: &str, value: &impl Serialize) -> Result<(), TrainError> {
        write_json(&self.file(name), value)
    }

    /// Reads a JSON file of the run; `expected` says what it should hold.
    ///
    /// # Errors
    ///
    /// [`TrainError::BrokenRun`] naming the file.
    pub fn read_json<T: DeserializeOwned>(
        &self,
        name: &str,
        expected: &'static str,
    ) -> Result<T, TrainError> {
        read_json(&self.file(name), expected)
    }

    fn checkpoints(&self) -> PathBuf {
        self.path.join("checkpoints")
    }

    /// Folders of the checkpoints, oldest first.
    fn list(&self) -> Result<Vec<PathBuf>, TrainError> {
        let folder = self.checkpoints();
        let broken = |reason: String| TrainError::BrokenRun {
            path: folder.clone(),
            expected: "a folder of checkpoints",
            reason,
        };
        let mut found = Vec::new();
        for entry in fs::read_dir(&folder).map_err(|e| broken(e.to_string()))? {
            let path = entry.map_err(|e| broken(e.to_string()))?.path();
            let is_checkpoint =
                path.file_name()
                    .and_then(|name| name.to_str())
                    .is_some_and(|name| {
                        name.strip_prefix("step-")
                            .is_some_and(|n| n.bytes().all(|b| b.is_ascii_digit()))
                    });
            if is_checkpoint {
                found.push(path);
            }
        }
        found.sort();
        Ok(found)
    }

    /// Writes a checkpoint and removes those that are older than the one before it.
    pub(crate) fn save(
        &self,
        network: &Checkpoint,
        optimizer: &ModuleOptimizer,
        state: &State,
    ) -> Result<PathBuf, TrainError> {
        let folder = self.checkpoints();
        let place = folder.join(format!("step-{:08}", state.history.steps.len()));
        let written = tempfile::Builder::new()
            .prefix(UNFINISHED)
            .tempdir_in(&folder)
            .map_err(|e| write_error(&folder, e))?;
        network.save(&written.path().join("network.bpk"))?;
        let optimizer_file = written.path().join("optimizer.bpk");
        optimizer
            .save(&optimizer_file)
            .map_err(|e| write_error(&optimizer_file, e))?;
        let optimizer_crc32 =
            crc32(&optimizer_file).map_err(|e| write_error(&optimizer_file, e))?;
        let saved = Saved {
            optimizer_crc32,
            state,
        };
        write_json(&written.path().join("state.json"), &saved)?;
        if place.exists() {
            fs::remove_dir_all(&place).map_err(|e| write_error(&place, e))?;
        }
        fs::rename(written.keep(), &place).map_err(|e| write_error(&place, e))?;

        let all = self.list()?;
        for old in &all[..all.len().saturating_sub(KEPT)] {
            fs::remove_dir_all(old).map_err(|e| write_error(old, e))?;
        }
        Ok(place)
    }

    /// Reads the newest checkpoint.
    pub(crate) fn load(
        &self,
        config: &TrainConfig,
        optimizer: ModuleOptimizer,
        device: &Device,
    ) -> Result<(FaceNet, ModuleOptimizer, State), TrainError> {
        let mut all = self.list()?;
        let Some(newest) = all.pop() else {
            return Err(TrainError::BrokenRun {
                path: self.checkpoints(),
                expected: "at least one checkpoint",
                reason: "there is none".to_owned(),
            });
        };
        match load_checkpoint(&newest, config, optimizer.clone(), device) {
            Err(error) => {
                let older = all
                    .pop()
                    .map(|older| load_checkpoint(&older, config, optimizer, device));
                Err(match older {
                    Some(Ok(_)) => TrainError::BrokenCheckpoint {
                        broken: newest,
                        reason: error.to_string(),
                    },
                    _ => error,
                })
            }
            whole => whole,
        }
    }
}

fn load_checkpoint(
    folder: &Path,
    config: &TrainConfig,
    optimizer: ModuleOptimizer,
    device: &Device,
) -> Result<(FaceNet, ModuleOptimizer, State), TrainError> {
    let Saved::<State> {
        optimizer_crc32,
        state,
    } = read_json(&folder.join("state.json"), "the state of a run (JSON)")?;
    let path = folder.join("network.bpk");
    let checkpoint = Checkpoint::load(&path, device)?;
    if checkpoint.config != config.model {
        return Err(TrainError::BrokenRun {
            path,
            expected: "the network that the run's config.json describes",
            reason: format!("it holds {:?}", checkpoint.config),
        });
    }
    let file = folder.join("optimizer.bpk");
    let broken = |reason: String| TrainError::BrokenRun {
        path: file.clone(),
        expected: "the state of the optimizer (burnpack)",
        reason,
    };
    if crc32(&file).map_err(|e| broken(e.to_string()))? != optimizer_crc32 {
        return Err(broken("its checksum says that it is damaged".to_owned()));
    }
    let optimizer = optimizer.load(&file).map_err(|e| broken(e.to_string()))?;
    Ok((checkpoint.network, optimizer, state))
}

fn crc32(path: &Path) -> std::io::Result<u32> {
    Ok(crc32fast::hash(&fs::read(path)?))
}

fn write_error(
    path: &Path,
    error: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> TrainError {
    TrainError::Write {
        path: path.to_owned(),
        source: error.into(),
    }
}

/// Writes a temporary file in the same folder and renames it into place.
fn write_json(path: &Path, value: &impl Serialize) -> Result<(), TrainError> {
    let text = serde_json::to_string_pretty(value).map_err(|e| write_error(path, e))?;
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(|e| write_error(path, e))?;
    file.write_all(text.as_bytes())
        .map_err(|e| write_error(path, e))?;
    file.as_file()
        .sync_all()
        .map_err(|e| write_error(path, e))?;
    file.persist(path).map_err(|e| write_error(path, e))?;
    Ok(())
}

fn read_json<T: DeserializeOwned>(path: &Path, expected: &'static str) -> Result<T, TrainError> {
    let broken = |reason: String| TrainError::BrokenRun {
        path: path.to_owned(),
        expected,
        reason,
    };
    let text = fs::read_to_string(path).map_err(|e| broken(e.to_string()))?;
    serde_json::from_str(&text).map_err(|e| broken(e.to_string()))
}
