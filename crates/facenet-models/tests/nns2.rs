//! NNS2 against its budget, its gradients, its weight file.

#[path = "../../../tests/src/device.rs"]
mod device;

use burn::{
    module::Module,
    tensor::{Distribution, Tensor},
};
use facenet_models::{
    Architecture, Checkpoint, Embedder, FaceNetConfig, ModelError, pixels_to_tensor,
};

fn config() -> FaceNetConfig {
    FaceNetConfig::new(Architecture::Nns2).with_input_size([70, 58])
}

/// The paper's budget (section 3.3): 4.3 M parameters.
#[test]
fn nns2_meets_the_parameter_budget() {
    let Some(device) = device::device() else {
        return;
    };
    let network = FaceNetConfig::new(Architecture::Nns2)
        .init(&device)
        .unwrap();
    // Running means and variances are counted by Burn and are no parameters.
    let parameters = network.num_params() as f64;
    assert!(
        (parameters / 4.3e6 - 1.0).abs() < 0.05,
        "{parameters} parameters"
    );
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
fn every_parameter_gets_a_finite_gradient() {
    let Some(device) = device::device() else {
        return;
    };
    let device = device.autodiff();
    let config = config();
    let network = config.init(&device).unwrap();
    let images = Tensor::random([4, 3, 70, 58], Distribution::Normal(0.0, 1.0), &device);
    let target = Tensor::<2>::random([4, 128], Distribution::Normal(0.0, 1.0), &device);
    let loss = (network.forward(images) - target).powi_scalar(2).sum();
    let gradients = loss.backward();

    struct Visitor<'a> {
        gradients: &'a burn::tensor::Gradients,
        seen: usize,
    }
    impl burn::module::ModuleVisitor for Visitor<'_> {
        fn visit_float<const D: usize>(&mut self, param: &burn::module::Param<Tensor<D>>) {
            if !param.val().is_require_grad() {
                return;
            }
            let gradient = param.val().grad(self.gradients).expect("a gradient");
            let norm = gradient.powi_scalar(2).sum().into_scalar::<f32>();
            assert!(
                norm.is_finite() && norm > 0.0,
                "{} has gradient norm {norm}",
                param.id
            );
            self.seen += 1;
        }
    }
    let mut visitor = Visitor {
        gradients: &gradients,
        seen: 0,
    };
    network.visit(&mut visitor);
    assert!(visitor.seen > 60, "{} parameters", visitor.seen);
}

#[test]
fn a_weight_file_brings_back_the_same_network() {
    let Some(device) = device::device() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("nns2.bpk");
    let config = config();
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
    let Some(device) = device::device() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("weights.bpk");
    let message = |path: &std::path::Path| Checkpoint::load(path, &device).unwrap_err().to_string();

    assert!(message(&path).contains("weights.bpk"), "absent");
    std::fs::write(&path, b"").unwrap();
    assert!(message(&path).contains("weights.bpk"), "empty");
    std::fs::write(&path, vec![0xff; 4096]).unwrap();
    assert!(message(&path).contains("burnpack"), "noise");

    let config = config();
    let network = config.init(&device).unwrap();
    Checkpoint {
        network,
        config,
        threshold: None,
    }
    .save(&path)
    .unwrap();
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
    let Some(device) = device::device() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("weights.bpk");
    let config = config();
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
    let Some(device) = device::device() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("weights.bpk");
    let config = config();
    let network = config.init(&device).unwrap();
    Checkpoint {
        network,
        config,
        threshold: None,
    }
    .save(&path)
    .unwrap();
    let whole = std::fs::read(&path).unwrap();
    for at in [whole.len() / 2, whole.len() - 1] {
        let mut damaged = whole.clone();
        damaged[at] ^= 1;
        std::fs::write(&path, damaged).unwrap();
        let error = Checkpoint::load(&path, &device).unwrap_err().to_string();
        assert!(error.contains("damaged"), "{error}");
    }
}

#[test]
fn an_unknown_name_lists_the_known_ones() {
    let error = "resnet".parse::<Architecture>().unwrap_err().to_string();
    assert!(
        error.contains("resnet") && error.contains("nns2"),
        "{error}"
    );
}
