use std::fmt;
use std::str::FromStr;

use burn::tensor::{Device, DeviceType};

use crate::Error;

/// A device by the name that programs take: `--device flex`, `--device cuda:1`.
///
/// A backend that was compiled in and a device that is there are two things, and the errors tell
/// them apart.
///
/// ```
/// # #[cfg(feature = "flex")] {
/// let device = "flex".parse::<facenet_core::DeviceName>()?.open()?;
/// assert!("abacus".parse::<facenet_core::DeviceName>().is_err());
/// # }
/// # Ok::<(), facenet_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeviceName {
    backend: Backend,
    index: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Backend {
    Flex,
    Cuda,
    Rocm,
    Metal,
    Vulkan,
    WebGpu,
    Wgpu,
}

impl Backend {
    const ALL: [Self; 7] = [
        Self::Flex,
        Self::Cuda,
        Self::Rocm,
        Self::Metal,
        Self::Vulkan,
        Self::WebGpu,
        Self::Wgpu,
    ];

    /// The name, which is that of the Cargo feature too.
    fn name(self) -> &'static str {
        match self {
            Self::Flex => "flex",
            Self::Cuda => "cuda",
            Self::Rocm => "rocm",
            Self::Metal => "metal",
            Self::Vulkan => "vulkan",
            Self::WebGpu => "webgpu",
            Self::Wgpu => "wgpu",
        }
    }

    /// Burn's name for it, where this build has it.
    fn device_type(self) -> Option<DeviceType> {
        match self {
            #[cfg(feature = "flex")]
            Self::Flex => Some(DeviceType::Flex),
            #[cfg(feature = "cuda")]
            Self::Cuda => Some(DeviceType::Cuda),
            #[cfg(feature = "rocm")]
            Self::Rocm => Some(DeviceType::Rocm),
            #[cfg(feature = "metal")]
            Self::Metal => Some(DeviceType::Metal),
            #[cfg(feature = "vulkan")]
            Self::Vulkan => Some(DeviceType::Vulkan),
            #[cfg(feature = "webgpu")]
            Self::WebGpu => Some(DeviceType::WebGpu),
            #[cfg(feature = "wgpu")]
            Self::Wgpu => Some(DeviceType::Wgpu),
            #[allow(unreachable_patterns)]
            _ => None,
        }
    }
}

impl DeviceName {
    /// Whether it is the processor.
    pub fn is_cpu(self) -> bool {
        self.backend == Backend::Flex
    }

    /// Names of the backends that this build has.
    pub fn compiled() -> Vec<&'static str> {
        Backend::ALL
            .into_iter()
            .filter(|b| b.device_type().is_some())
            .map(Backend::name)
            .collect()
    }

    /// Opens the device.
    ///
    /// # Errors
    ///
    /// [`Error::BackendNotCompiled`] names the feature that would bring it;
    /// [`Error::DeviceNotPresent`] says how many devices of the kind there are.
    pub fn open(self) -> Result<Device, Error> {
        let name = self.backend.name();
        let device_type = self
            .backend
            .device_type()
            .ok_or_else(|| Error::BackendNotCompiled {
                name,
                compiled: Self::compiled().join(", "),
            })?;
        let mut devices = Device::enumerate(device_type).into_vec();
        if self.index >= devices.len() {
            return Err(Error::DeviceNotPresent {
                name,
                index: self.index,
                found: devices.len(),
            });
        }
        Ok(devices.swap_remove(self.index))
    }
}

impl fmt::Display for DeviceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.index {
            0 => f.write_str(self.backend.name()),
            index => write!(f, "{}:{index}", self.backend.name()),
        }
    }
}

impl FromStr for DeviceName {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let unknown = || Error::UnknownDevice {
            name: text.to_owned(),
            known: Backend::ALL.map(Backend::name).join(", "),
        };
        let (name, index) = match text.split_once(':') {
            Some((name, index)) => (name, index.parse().map_err(|_| unknown())?),
            None => (text, 0),
        };
        let backend = Backend::ALL
            .into_iter()
            .find(|b| b.name() == name)
            .ok_or_else(unknown)?;
        Ok(Self { backend, index })
    }
}
