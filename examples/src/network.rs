use std::path::PathBuf;

use clap::Args;
use facenet_core::Error;
use facenet_core::eval::{calibration_beside, load_calibration};
use facenet_core::metrics::on_device;
use facenet_core::prelude::*;

use crate::Failure;

/// A network with its weights, and the device that it runs on.
#[derive(Args)]
pub struct NetworkArguments {
    /// Network, where the weight file does not say it: nn1, nn2, nn3, nn4, nns1, nns2, nn4.small2,
    /// inception-resnet-v1, mobilefacenet
    #[arg(long, value_name = "NAME")]
    pub model: Option<Architecture>,
    /// Weight file: one that `train` wrote, safetensors, or a PyTorch checkpoint
    #[arg(long, value_name = "FILE")]
    pub weights: Option<PathBuf>,
    #[command(flatten)]
    published: Published,
    /// Device: flex (the CPU), and with their features wgpu, vulkan, metal, webgpu, cuda, rocm
    #[arg(long, value_name = "NAME", default_value = "flex")]
    pub device: DeviceName,
}

const NO_WEIGHTS: &str = "expected weights: --weights FILE or --pretrained NAME";

#[cfg(feature = "pretrained")]
#[derive(Args)]
struct Published {
    /// Published weights, fetched where the cache has them not: inception-resnet-v1-vggface2,
    /// mobilefacenet-casia
    #[arg(long, value_name = "NAME", conflicts_with_all = ["weights", "model"])]
    pretrained: Option<facenet_core::models::Pretrained>,
}

#[cfg(not(feature = "pretrained"))]
#[derive(Args)]
struct Published {
    /// Published weights by name; this program was built without the feature `pretrained`
    #[arg(long, value_name = "NAME", conflicts_with_all = ["weights", "model"])]
    pretrained: Option<String>,
}

impl NetworkArguments {
    /// Opens the device.
    ///
    /// # Errors
    ///
    /// It is not there, or this program was built without it.
    pub fn device(&self) -> Result<Device, Failure> {
        Ok(self.device.open()?)
    }

    /// Runs `work` with the matrix products of its evaluations on the device, if that is not the processor.
    ///
    /// # Errors
    ///
    /// As [`device`](Self::device) and `work`.
    pub fn products<T>(&self, work: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
        match self.device.is_cpu() {
            true => work(),
            false => on_device(&self.device()?, work),
        }
    }

    /// Builds the network with its weights on `device`.
    ///
    /// # Errors
    ///
    /// As [`Checkpoint::open`]; also where no weights are named, and where published ones cannot be fetched.
    pub fn open(&self, device: &Device) -> Result<Checkpoint, Failure> {
        match &self.weights {
            Some(path) => Ok(Checkpoint::open(path, self.model, device)?),
            None => self.published.open(device),
        }
    }

    /// The network with its threshold and the calibration beside its weights, on its device; `threshold` decides where
    /// it is given.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open), and for a calibration that cannot be used.
    pub fn recognizer(&self, threshold: Option<f32>) -> Result<Recognizer, Failure> {
        let device = self.device()?;
        let mut facenet = Recognizer::from_checkpoint(self.open(&device)?, &device);
        let beside = self.weights.as_deref().map(calibration_beside);
        if let Some(path) = beside.filter(|path| path.exists()) {
            facenet = facenet.with_calibration(load_calibration(&path)?)?;
        }
        Ok(match threshold {
            Some(threshold) => facenet.with_threshold(threshold),
            None => facenet,
        })
    }
}

/// Says how a threshold is given, where a network has none.
pub fn ask_for_threshold(error: Error) -> Failure {
    match error {
        Error::NoThreshold => format!("{error}: --threshold DISTANCE").into(),
        error => error.into(),
    }
}

impl Published {
    #[cfg(feature = "pretrained")]
    fn open(&self, device: &Device) -> Result<Checkpoint, Failure> {
        let Some(pretrained) = self.pretrained else {
            return Err(NO_WEIGHTS.into());
        };
        let bar = crate::bar("fetching", 0);
        let path = pretrained.fetch(&mut |done, total| {
            bar.set_length(total.unwrap_or(done));
            bar.set_position(done);
        })?;
        bar.finish_and_clear();
        crate::say!("{pretrained}: {}", pretrained.terms());
        Ok(Checkpoint::import(&path, &pretrained.config(), device)?)
    }

    #[cfg(not(feature = "pretrained"))]
    fn open(&self, _device: &Device) -> Result<Checkpoint, Failure> {
        Err(match &self.pretrained {
            None => NO_WEIGHTS.into(),
            Some(name) => {
                format!("{name}: build this program with `--features pretrained` to fetch weights")
                    .into()
            }
        })
    }
}
