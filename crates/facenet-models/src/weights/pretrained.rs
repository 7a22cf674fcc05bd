use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use burn::tensor::Device;

use super::{checkpoint::Checkpoint, download::download};
use crate::{Architecture, FaceNetConfig, ModelError};

/// Weights that others have published, fetched on request into a cache and verified.
///
/// The cache is the folder that the variable `FACENET_CACHE` names, by default `facenet` in the
/// user's cache folder. The weights have terms of their own, which [`terms`](Self::terms) says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Pretrained {
    /// davidsandberg/facenet's 20180402-114759 as facenet-pytorch publishes it: LFW 99.65 %.
    InceptionResnetV1Vggface2,
    /// Xiaoccer/MobileFaceNet_Pytorch: LFW 99.3 % on aligned faces.
    MobileFaceNetCasia,
}

impl Pretrained {
    /// All of them, in the order in which they are listed to users.
    pub const ALL: [Self; 2] = [Self::InceptionResnetV1Vggface2, Self::MobileFaceNetCasia];

    /// The name that programs use.
    pub fn name(self) -> &'static str {
        match self {
            Self::InceptionResnetV1Vggface2 => "inception-resnet-v1-vggface2",
            Self::MobileFaceNetCasia => "mobilefacenet-casia",
        }
    }

    /// Where the file is published.
    pub fn url(self) -> &'static str {
        match self {
            Self::InceptionResnetV1Vggface2 => {
                "https://github.com/timesler/facenet-pytorch/releases/download/v2.2.9/20180402-114759-vggface2.pt"
            }
            Self::MobileFaceNetCasia => {
                "https://raw.githubusercontent.com/Xiaoccer/MobileFaceNet_Pytorch/master/model/best/068.ckpt"
            }
        }
    }

    /// SHA-256 of the file, in hexadecimal digits.
    pub fn sha256(self) -> &'static str {
        match self {
            Self::InceptionResnetV1Vggface2 => {
                "281cebca8662831adb987a874bdcb36e73f5b1c6dc5ee5878f305e985625d99b"
            }
            Self::MobileFaceNetCasia => {
                "e839247cdbdfc023fb7cadeaf53a4549d50c8fc24ad154c02e35920ea8910d99"
            }
        }
    }

    /// Under what terms they may be used, in short.
    pub fn terms(self) -> &'static str {
        match self {
            Self::InceptionResnetV1Vggface2 => {
                "code MIT (D. Sandberg, T. Esler); trained on VGGFace2, research use"
            }
            Self::MobileFaceNetCasia => "no license stated; trained on CASIA-WebFace, research use",
        }
    }

    /// The network and its preprocessing.
    pub fn config(self) -> FaceNetConfig {
        FaceNetConfig::new(match self {
            Self::InceptionResnetV1Vggface2 => Architecture::InceptionResnetV1,
            Self::MobileFaceNetCasia => Architecture::MobileFaceNet,
        })
    }

    /// Where the file is, or will be once fetched.
    ///
    /// # Errors
    ///
    /// [`ModelError::NoCacheFolder`] where the system has none and `FACENET_CACHE` names none.
    pub fn path(self) -> Result<PathBuf, ModelError> {
        let named = std::env::var_os("FACENET_CACHE").filter(|folder| !folder.is_empty());
        let folder = match named {
            Some(folder) => PathBuf::from(folder),
            None => dirs::cache_dir()
                .ok_or(ModelError::NoCacheFolder)?
                .join("facenet"),
        };
        let extension = self.url().rsplit('.').next().unwrap_or_default();
        Ok(folder.join(format!("{}.{extension}", self.name())))
    }

    /// Fetches the file unless the cache has it, and gives its path. A download that was cut off
    /// goes on where it ended. `progress` gets the bytes so far, and in all where the server says.
    ///
    /// # Errors
    ///
    /// [`ModelError::Fetch`]: the server cannot be reached, the disk is full, or the file is not
    /// the one that was published. [`ModelError::Cache`] where the cache has another file.
    pub fn fetch(self, progress: &mut dyn FnMut(u64, Option<u64>)) -> Result<PathBuf, ModelError> {
        let path = self.path()?;
        download(self.url(), &path, self.sha256(), progress)?;
        Ok(path)
    }

    /// Fetches the weights unless the cache has them, and builds their network on `device`.
    ///
    /// # Errors
    ///
    /// As [`fetch`](Self::fetch) and [`Checkpoint::import`].
    pub fn load(self, device: &Device) -> Result<Checkpoint, ModelError> {
        let path = self.fetch(&mut |_, _| {})?;
        Checkpoint::import(&path, &self.config(), device)
    }
}

impl fmt::Display for Pretrained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Pretrained {
    type Err = ModelError;

    fn from_str(name: &str) -> Result<Self, ModelError> {
        let found = Self::ALL.into_iter().find(|known| known.name() == name);
        found.ok_or_else(|| ModelError::UnknownPretrained {
            name: name.to_owned(),
            known: Self::ALL.map(Self::name).join(", "),
        })
    }
}
