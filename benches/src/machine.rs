use std::fs;

use facenet_core::kernels::simd::InstructionSet;
use facenet_core::prelude::Device;
use serde::Serialize;

/// What the numbers were measured on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Machine {
    /// Model of the processor, where `/proc/cpuinfo` has one.
    pub cpu: Option<String>,
    /// Hardware threads that this process may use.
    pub cores: Option<usize>,
    /// Instruction sets for vectors that the processor has, narrowest first.
    pub instruction_sets: Vec<&'static str>,
    /// The set that the kernels of this repository use of them.
    pub kernels: &'static str,
    /// Operating system.
    pub os: &'static str,
    /// Its kernel, where `/proc` names it.
    pub kernel: Option<String>,
    /// Architecture that the program was compiled for.
    pub architecture: &'static str,
    /// The device's own name, where the backend reports one: a GPU's.
    pub accelerator: Option<String>,
}

impl Machine {
    /// This machine, with `device`.
    pub fn this(device: &Device) -> Self {
        let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").ok();
        let cpuinfo = fs::read_to_string("/proc/cpuinfo").ok();
        Self {
            cpu: cpuinfo.as_deref().and_then(model_name),
            cores: std::thread::available_parallelism().ok().map(usize::from),
            instruction_sets: instruction_sets(),
            kernels: InstructionSet::detect().name(),
            os: std::env::consts::OS,
            kernel: kernel.map(|release| release.trim().to_owned()),
            architecture: std::env::consts::ARCH,
            accelerator: accelerator(device),
        }
    }
}

#[cfg(any(
    feature = "wgpu",
    feature = "vulkan",
    feature = "webgpu",
    feature = "metal",
    feature = "cuda",
    feature = "rocm"
))]
fn accelerator(device: &Device) -> Option<String> {
    device.identity().map(|identity| identity.name)
}

#[cfg(not(any(
    feature = "wgpu",
    feature = "vulkan",
    feature = "webgpu",
    feature = "metal",
    feature = "cuda",
    feature = "rocm"
)))]
fn accelerator(_device: &Device) -> Option<String> {
    None
}

#[cfg(target_arch = "x86_64")]
fn instruction_sets() -> Vec<&'static str> {
    let sets = [
        ("sse4.2", is_x86_feature_detected!("sse4.2")),
        ("avx", is_x86_feature_detected!("avx")),
        ("avx2", is_x86_feature_detected!("avx2")),
        ("fma", is_x86_feature_detected!("fma")),
        ("avx512f", is_x86_feature_detected!("avx512f")),
        ("avx512bw", is_x86_feature_detected!("avx512bw")),
        ("avx512vnni", is_x86_feature_detected!("avx512vnni")),
    ];
    sets.into_iter()
        .filter_map(|(name, is_there)| is_there.then_some(name))
        .collect()
}

#[cfg(target_arch = "aarch64")]
fn instruction_sets() -> Vec<&'static str> {
    vec!["neon"]
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
fn instruction_sets() -> Vec<&'static str> {
    Vec::new()
}

fn model_name(cpuinfo: &str) -> Option<String> {
    cpuinfo.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        (key.trim() == "model name").then(|| value.trim().to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::model_name;

    #[test]
    fn the_first_processor_names_the_model() {
        let cpuinfo =
            "processor\t: 0\nmodel\t\t: 17\nmodel name\t: Some CPU: 2.0\n\nmodel name\t: Other\n";
        assert_eq!(model_name(cpuinfo).as_deref(), Some("Some CPU: 2.0"));
        assert_eq!(model_name("processor\t: 0\nBogoMIPS\t: 50.00\n"), None);
    }
}
