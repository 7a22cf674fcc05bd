use facenet_core::DeviceName;

use crate::Failure;

/// The name that PyTorch has for a device.
pub(crate) fn peer_device(device: DeviceName) -> Result<String, Failure> {
    let name = device.to_string();
    let (backend, index) = match name.split_once(':') {
        Some((backend, index)) => (backend, Some(index)),
        None => (name.as_str(), None),
    };
    let backend = match backend {
        "flex" => return Ok("cpu".to_owned()),
        // PyTorch for ROCm calls its devices so too.
        "cuda" | "rocm" => "cuda",
        _ => {
            return Err(format!(
                "no peer runs on device {name}: expected flex, cuda or rocm with --peer"
            )
            .into());
        }
    };
    Ok(index.map_or_else(|| backend.to_owned(), |index| format!("{backend}:{index}")))
}

#[cfg(test)]
mod tests {
    use super::peer_device;

    #[test]
    fn a_device_has_the_name_that_pytorch_gives_it() {
        for (ours, theirs) in [
            ("flex", "cpu"),
            ("cuda", "cuda"),
            ("cuda:1", "cuda:1"),
            ("rocm:2", "cuda:2"),
        ] {
            assert_eq!(peer_device(ours.parse().unwrap()).unwrap(), theirs);
        }
    }

    #[test]
    fn a_device_without_a_peer_is_named() {
        let error = peer_device("wgpu".parse().unwrap()).unwrap_err();
        assert!(error.to_string().contains("device wgpu"), "{error}");
    }
}
