use std::path::PathBuf;

use clap::Args;
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
