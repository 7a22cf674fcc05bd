//! Weight files: what comes back, and what is refused by name.

use std::collections::BTreeMap;
use std::path::Path;

use burn::{
    module::Module,
    tensor::{Device, Tensor},
};
use facenet_models::{
    Architecture, Checkpoint, Embedder, FaceNetConfig, ModelError, pixels_to_tensor,
};
use facenet_testing::device;
use serde_json::{Value, json};

fn config() -> FaceNetConfig {
    FaceNetConfig::new(Architecture::Nns2).with_input_size([70, 58])
}

/// What a test of files needs.
struct Scratch {
    device: Device,
    folder: tempfile::TempDir,
    config: FaceNetConfig,
}

impl Scratch {
    /// `None` where there is no device.
    fn new() -> Option<Self> {
        Some(Self {
            device: device::device()?,
            folder: tempfile::tempdir().unwrap(),
            config: config(),
        })
    }
}

/// Random weights.
fn checkpoint(config: &FaceNetConfig, device: &Device) -> Checkpoint {
    Checkpoint {
        network: config.init(device).unwrap(),
        config: config.clone(),
        threshold: None,
    }
}

#[test]
fn embeddings_have_unit_length_and_do_not_depend_on_the_batch() {
    let Some(device) = device::device() else {
        return;
    };
    let config = config();
    let network = config.init(&device).unwrap();
    let faces: Vec<image::RgbImage> = (0..5u8)
        .map(|k| image::RgbImage::from_fn(90, 100, |x, y| image::Rgb([x as u8, y as u8, 40 * k])))
        .collect();
    let embedder = Embedder::new(network, config, &device);
    let together = embedder.embed(&faces).unwrap();
    let apart = embedder.clone().with_batch(2).embed(&faces).unwrap();
    assert_eq!(together.dim(), (5, 128));
    for (a, b) in together.iter().zip(&apart) {
        assert!((a - b).abs() < 1e-5, "{a} and {b}");
    }
    for row in together.rows() {
        assert!((row.dot(&row) - 1.0).abs() < 1e-5);
    }
    assert_eq!(embedder.embed(&[]).unwrap().dim(), (0, 128));
}

#[test]
fn a_weight_file_brings_back_the_same_network() {
    let Some(Scratch {
        device,
        folder,
        config,
    }) = Scratch::new()
    else {
        return;
    };
    let path = folder.path().join("nns2.bpk");
    let network = config.init(&device).unwrap();
    let before = Checkpoint {
        network,
        config: config.clone(),
        threshold: Some(1.1),
    };
    before.save(&path).unwrap();
    let after = Checkpoint::load(&path, &device).unwrap();
    assert_eq!(after.config, config);
    assert_eq!(after.threshold, Some(1.1));
    let images = || {
        pixels_to_tensor(
            (0..70 * 58 * 3).map(|i| (i % 251) as u8).collect(),
            &config,
            &device,
        )
    };
    let a = before.network.forward(images()).into_data();
    let b = after.network.forward(images()).into_data();
    assert_eq!(a, b);
}

#[test]
fn broken_weight_files_are_refused_by_name() {
    let Some(Scratch {
        device,
        folder,
        config,
    }) = Scratch::new()
    else {
        return;
    };
    let path = folder.path().join("weights.bpk");
    let message = |path: &std::path::Path| Checkpoint::load(path, &device).unwrap_err().to_string();

    assert!(message(&path).contains("weights.bpk"), "absent");
    std::fs::write(&path, b"").unwrap();
    assert!(message(&path).contains("weights.bpk"), "empty");
    std::fs::write(&path, vec![0xff; 4096]).unwrap();
    assert!(message(&path).contains("weight file"), "noise");

    checkpoint(&config, &device).save(&path).unwrap();
    let whole = std::fs::read(&path).unwrap();
    for keep in [10, 100, whole.len() / 2, whole.len() - 1] {
        std::fs::write(&path, &whole[..keep]).unwrap();
        assert!(
            message(&path).contains("weights.bpk"),
            "cut to {keep} bytes"
        );
    }
}

#[test]
fn weights_that_are_not_finite_are_not_written() {
    let Some(Scratch {
        device,
        folder,
        config,
    }) = Scratch::new()
    else {
        return;
    };
    let path = folder.path().join("weights.bpk");
    struct Poison;
    impl burn::module::ModuleMapper for Poison {
        fn map_float<const D: usize>(
            &mut self,
            param: burn::module::Param<Tensor<D>>,
        ) -> burn::module::Param<Tensor<D>> {
            param.map(|tensor| tensor.mul_scalar(f32::NAN))
        }
    }
    let network = config.init(&device).unwrap().map(&mut Poison);
    let error = Checkpoint {
        network,
        config,
        threshold: None,
    }
    .save(&path)
    .unwrap_err();
    assert!(matches!(error, ModelError::NonFinite { .. }), "{error}");
    assert!(!path.exists());
}

#[test]
fn a_damaged_byte_is_noticed() {
    let Some(Scratch {
        device,
        folder,
        config,
    }) = Scratch::new()
    else {
        return;
    };
    let path = folder.path().join("weights.bpk");
    checkpoint(&config, &device).save(&path).unwrap();
    let whole = std::fs::read(&path).unwrap();
    for at in [whole.len() / 2, whole.len() - 1] {
        let mut damaged = whole.clone();
        damaged[at] ^= 1;
        std::fs::write(&path, damaged).unwrap();
        let error = Checkpoint::load(&path, &device).unwrap_err().to_string();
        assert!(error.contains("damaged"), "{error}");
    }
}

/// A safetensors file made by hand, so that anything can be wrong with it.
struct File {
    tensors: BTreeMap<String, (Value, Vec<u8>)>,
}

impl File {
    /// The file that `config` expects, with zeros.
    fn of(config: &FaceNetConfig, folder: &Path, device: &Device) -> Self {
        let path = folder.join("template.safetensors");
        checkpoint(config, device)
            .export_safetensors(&path)
            .unwrap();
        let bytes = std::fs::read(&path).unwrap();
        let header = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
        let (header, data) = bytes[8..].split_at(header);
        let header: BTreeMap<String, Value> = serde_json::from_slice(header).unwrap();
        let entries = header
            .into_iter()
            .filter(|(name, _)| name != "__metadata__");
        let tensors = entries.map(|(name, entry)| {
            let offsets = &entry["data_offsets"];
            let [start, end] = [0, 1].map(|i| offsets[i].as_u64().unwrap() as usize);
            (name, (entry, data[start..end].to_vec()))
        });
        Self {
            tensors: tensors.collect(),
        }
    }

    fn write(&self, path: &Path) {
        let mut header = serde_json::Map::new();
        let mut data = Vec::new();
        for (name, (entry, bytes)) in &self.tensors {
            let mut entry = entry.clone();
            entry["data_offsets"] = json!([data.len(), data.len() + bytes.len()]);
            data.extend(bytes);
            header.insert(name.clone(), entry);
        }
        let header = serde_json::to_vec(&header).unwrap();
        let length = (header.len() as u64).to_le_bytes();
        std::fs::write(path, [&length[..], &header, &data].concat()).unwrap();
    }
}

/// One error lists all that is wrong.
#[test]
fn wrong_tensors_of_other_programs_are_listed() {
    let Some(Scratch {
        device,
        folder,
        config,
    }) = Scratch::new()
    else {
        return;
    };
    let path = folder.path().join("weights.safetensors");
    let mut file = File::of(&config, folder.path(), &device);
    file.write(&path);
    Checkpoint::import(&path, &config, &device).unwrap();

    let names: Vec<String> = file.tensors.keys().cloned().collect();
    let weight = names
        .iter()
        .find(|name| name.ends_with("conv.weight"))
        .unwrap();
    let bias = names
        .iter()
        .find(|name| name.ends_with("norm.bias"))
        .unwrap();
    let variance = names
        .iter()
        .find(|name| name.ends_with("running_var"))
        .unwrap();
    file.tensors.remove(weight);
    let (entry, bytes) = file.tensors.get_mut(bias).unwrap();
    entry["shape"] = json!([1, bytes.len() / 4]);
    file.tensors.get_mut(variance).unwrap().0["dtype"] = json!("I32");
    let extra = (json!({"dtype": "F32", "shape": [1]}), vec![0; 4]);
    file.tensors.insert("decoder.weight".to_owned(), extra);
    file.write(&path);
    let error = Checkpoint::import(&path, &config, &device).unwrap_err();
    let ModelError::WrongTensors { mismatch, .. } = &error else {
        panic!("{error}");
    };
    assert_eq!(mismatch.missing, std::slice::from_ref(weight));
    assert_eq!(mismatch.extra, ["decoder.weight"]);
    assert!(mismatch.misshapen[0].starts_with(bias.as_str()));
    assert!(mismatch.mistyped[0].starts_with(variance.as_str()));
    let text = error.to_string();
    for name in [
        weight,
        bias,
        variance,
        "decoder.weight",
        "weights.safetensors",
    ] {
        assert!(text.contains(name), "{text}");
    }
}

#[test]
fn tensors_that_are_not_finite_are_listed() {
    let Some(Scratch {
        device,
        folder,
        config,
    }) = Scratch::new()
    else {
        return;
    };
    let path = folder.path().join("weights.safetensors");
    let mut file = File::of(&config, folder.path(), &device);
    let mut spoilt = Vec::new();
    for (name, (_, bytes)) in file.tensors.iter_mut().step_by(20) {
        bytes[..4].copy_from_slice(&f32::NAN.to_le_bytes());
        spoilt.push(name.clone());
    }
    file.write(&path);
    let error = Checkpoint::import(&path, &config, &device).unwrap_err();
    let ModelError::NonFinite { tensors, .. } = &error else {
        panic!("{error}");
    };
    spoilt.sort();
    let mut tensors = tensors.clone();
    tensors.sort();
    assert_eq!(tensors, spoilt);
}

#[test]
fn broken_files_of_other_programs_are_refused_by_name() {
    let Some(Scratch {
        device,
        folder,
        config,
    }) = Scratch::new()
    else {
        return;
    };
    let path = folder.path().join("weights.safetensors");
    let file = File::of(&config, folder.path(), &device);
    file.write(&path);
    let whole = std::fs::read(&path).unwrap();
    let refused = |bytes: &[u8], what: &str| {
        std::fs::write(&path, bytes).unwrap();
        let error = Checkpoint::import(&path, &config, &device).unwrap_err();
        assert!(
            error.to_string().contains("weights.safetensors"),
            "{what}: {error}"
        );
    };
    refused(b"", "empty");
    refused(&whole[..whole.len() / 2], "half of it");
    refused(&whole[..whole.len() - 1], "one byte short");
    refused(&whole[..20], "a cut header");
    let mut huge = whole.clone();
    huge[..8].copy_from_slice(&(u64::MAX / 2).to_le_bytes());
    refused(&huge, "a header of exabytes");
    huge[..8].copy_from_slice(&(8u64 << 30).to_le_bytes());
    refused(&huge, "a header of gigabytes");
    refused(&[0x80, 2, b'.'], "a pickle of nothing");
    refused(b"PK\x03\x04 and no archive", "no archive");
    // A pickle that would run a command: GLOBAL os.system, its argument, REDUCE.
    let flag = folder.path().join("executed");
    let command = format!("touch {}", flag.display());
    let pickle = [
        b"\x80\x02cos\nsystem\nX".as_slice(),
        &(command.len() as u32).to_le_bytes(),
        command.as_bytes(),
        b"\x85R.",
    ]
    .concat();
    refused(&pickle, "a command");
    assert!(!flag.exists(), "the command ran");
}

#[test]
fn a_file_of_another_network_is_refused() {
    let Some(Scratch {
        device,
        folder,
        config,
    }) = Scratch::new()
    else {
        return;
    };
    let path = folder.path().join("nns2.bpk");
    let checkpoint = checkpoint(&config, &device);
    checkpoint.save(&path).unwrap();
    Checkpoint::open(&path, None, &device).unwrap();
    Checkpoint::open(&path, Some(Architecture::Nns2), &device).unwrap();
    Checkpoint::import(&path, &config, &device).unwrap();
    let error = Checkpoint::open(&path, Some(Architecture::MobileFaceNet), &device).unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains("nns2") && text.contains("mobilefacenet"),
        "{text}"
    );
    // Weights and preprocessing do not part.
    let other = config.with_preprocessing(facenet_models::Preprocessing::UnitRange);
    let text = Checkpoint::import(&path, &other, &device)
        .unwrap_err()
        .to_string();
    assert!(
        text.contains("unit-range") && text.contains("fixed"),
        "{text}"
    );

    let foreign = folder.path().join("nns2.safetensors");
    checkpoint.export_safetensors(&foreign).unwrap();
    // What we export says what it is.
    let opened = Checkpoint::open(&foreign, None, &device).unwrap();
    assert_eq!(opened.config, checkpoint.config);
    let text = Checkpoint::import(&foreign, &other, &device)
        .unwrap_err()
        .to_string();
    assert!(
        text.contains("unit-range") && text.contains("fixed"),
        "{text}"
    );
    // What others write does not.
    File::of(&checkpoint.config, folder.path(), &device).write(&foreign);
    let text = Checkpoint::open(&foreign, None, &device)
        .unwrap_err()
        .to_string();
    assert!(
        text.contains("nns2.safetensors") && text.contains("inception-resnet-v1"),
        "{text}"
    );
}

/// Thresholds are part of what a file says; one that is no number is not written.
#[test]
fn a_threshold_comes_back_from_every_format() {
    let Some(Scratch {
        device,
        folder,
        config,
    }) = Scratch::new()
    else {
        return;
    };
    let mut checkpoint = Checkpoint {
        network: config.init(&device).unwrap(),
        config,
        threshold: Some(1.13),
    };
    let (own, exported) = (
        folder.path().join("a.bpk"),
        folder.path().join("a.safetensors"),
    );
    checkpoint.save(&own).unwrap();
    checkpoint.export_safetensors(&exported).unwrap();
    for path in [&own, &exported] {
        let opened = Checkpoint::open(path, None, &device).unwrap();
        assert_eq!(opened.threshold, Some(1.13));
    }
    checkpoint.threshold = Some(f32::NAN);
    let (own, exported) = (
        folder.path().join("b.bpk"),
        folder.path().join("b.safetensors"),
    );
    assert!(
        checkpoint
            .save(&own)
            .unwrap_err()
            .to_string()
            .contains("threshold")
    );
    assert!(checkpoint.export_safetensors(&exported).is_err());
    assert!(!own.exists() && !exported.exists());
}

/// The length of a header may begin like a pickle.
#[test]
fn a_header_of_640_bytes_is_no_pickle() {
    let Some(Scratch {
        device,
        folder,
        config,
    }) = Scratch::new()
    else {
        return;
    };
    let path = folder.path().join("weights.safetensors");
    let header = format!("{:640}", "{}");
    std::fs::write(
        &path,
        [&640u64.to_le_bytes()[..], header.as_bytes()].concat(),
    )
    .unwrap();
    let error = Checkpoint::import(&path, &config, &device)
        .unwrap_err()
        .to_string();
    assert!(error.contains("missing"), "{error}");
}

/// A small file that is said to hold a network of gigabytes is refused before memory is taken for one.
#[test]
fn a_small_file_of_a_huge_network_is_refused() {
    let Some(Scratch {
        device,
        folder,
        config,
    }) = Scratch::new()
    else {
        return;
    };
    let path = folder.path().join("weights.safetensors");
    File::of(&config, folder.path(), &device).write(&path);
    let large = config.with_input_size([1024, 1024]);
    let error = Checkpoint::import(&path, &large, &device)
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("1 of another shape: hidden.linear.weight (expected [896, 229376]"),
        "{error}"
    );
}

#[test]
fn tensors_that_a_file_has_twice_are_listed() {
    let Some(Scratch {
        device,
        folder,
        config,
    }) = Scratch::new()
    else {
        return;
    };
    let path = folder.path().join("weights.safetensors");
    let mut file = File::of(&config, folder.path(), &device);
    let (name, tensor) = file.tensors.iter().next().unwrap();
    let (again, name, tensor) = (format!("state_dict.{name}"), name.clone(), tensor.clone());
    file.tensors.insert(again, tensor);
    file.write(&path);
    let error = Checkpoint::import(&path, &config, &device)
        .unwrap_err()
        .to_string();
    assert!(
        error.contains(&name) && error.contains("a second time"),
        "{error}"
    );
}

#[test]
fn faces_of_any_sizes_keep_their_order_and_an_empty_one_is_refused() {
    let Some(device) = device::device() else {
        return;
    };
    let config = config();
    let embedder = Embedder::new(config.init(&device).unwrap(), config, &device).with_batch(2);
    let faces: Vec<image::RgbImage> = [(90, 100), (58, 70), (31, 12), (200, 300), (58, 70)]
        .into_iter()
        .enumerate()
        .map(|(k, (width, height))| {
            image::RgbImage::from_fn(width, height, |x, y| {
                image::Rgb([x as u8, y as u8, 50 * k as u8])
            })
        })
        .collect();
    let together = embedder.embed(&faces).unwrap();
    for (face, row) in faces.iter().zip(together.rows()) {
        let alone = embedder.embed(std::slice::from_ref(face)).unwrap();
        assert!(alone.row(0).dot(&row) > 0.9999);
    }
    let error = embedder.embed(&[image::RgbImage::new(0, 5)]).unwrap_err();
    assert!(error.to_string().contains("no pixels"), "{error}");
}

/// TensorFlow's formula: each image minus its mean, over `max(std, 1/√n)`.
#[test]
fn whitening_is_tensorflows_formula() {
    let Some(device) = device::device() else {
        return;
    };
    let config = config().with_preprocessing(facenet_models::Preprocessing::PerImageWhitening);
    let count = 70 * 58 * 3;
    let pixels: Vec<u8> = (0..2 * count)
        .map(|i| if i < count { (i % 251) as u8 } else { 90 })
        .collect();
    let found: Vec<f32> = pixels_to_tensor(pixels.clone(), &config, &device)
        .permute([0, 2, 3, 1])
        .into_data()
        .try_to_vec()
        .unwrap();
    let image: Vec<f64> = pixels[..count].iter().map(|&p| f64::from(p)).collect();
    let mean = image.iter().sum::<f64>() / count as f64;
    let std = (image.iter().map(|p| (p - mean).powi(2)).sum::<f64>() / count as f64).sqrt();
    for (found, pixel) in found.iter().zip(&image) {
        assert!((f64::from(*found) - (pixel - mean) / std).abs() < 1e-4);
    }
    // A gray image has no deviation to divide by.
    assert!(found[count..].iter().all(|value| value.abs() < 1e-2));
}
