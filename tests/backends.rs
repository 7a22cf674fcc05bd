//! One network, one loss, one step: every backend gives what Flex gives.
#![cfg(feature = "flex")]

use facenet_core::burn::module::Module;
use facenet_core::burn::tensor::TensorData;
use facenet_core::prelude::*;

/// Pixels without a pattern that pooling could hide.
fn faces(count: usize, [height, width]: [usize; 2]) -> Vec<u8> {
    let mut state = 12345u32;
    (0..count * height * width * 3)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        })
        .collect()
}

fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().iter::<f32>().collect()
}

fn close(found: &[f32], expected: &[f32], tolerance: f32) {
    assert_eq!(found.len(), expected.len());
    for (index, (a, b)) in found.iter().zip(expected).enumerate() {
        assert!(
            (a - b).abs() <= tolerance * (1.0 + b.abs()),
            "value {index}: {a}, expected {b}"
        );
    }
}

/// What one training step computes.
struct Step {
    loss: f32,
    embeddings: Vec<f32>,
    /// The gradient of every parameter, by its name.
    gradients: Vec<(String, Vec<f32>)>,
}

fn step(device: &Device, weights: &std::path::Path) -> Step {
    let device = device.clone().autodiff();
    let Checkpoint {
        network, config, ..
    } = Checkpoint::load(weights, &device).unwrap();
    let images = pixels_to_tensor(faces(8, config.input_size), &config, &device);
    let labels = Tensor::<1, Int>::from_data(TensorData::from([0, 0, 1, 1, 2, 2, 3, 3]), &device);
    let loss = TripletLossConfig::new()
        .with_mining(Mining::BatchAll)
        .init();
    let embeddings = network.forward(images);
    let output = loss.forward(embeddings.clone(), labels);
    let value = output.loss.clone().into_scalar::<f32>();
    let gradients = GradientsParams::from_grads(output.loss.backward(), &network);

    struct Collect<'a> {
        gradients: &'a GradientsParams,
        path: Vec<String>,
        found: Vec<(String, Vec<f32>)>,
    }
    use facenet_core::burn::module::{ModuleVisitor, Param};
    impl ModuleVisitor for Collect<'_> {
        fn enter_module(&mut self, name: &str, _container: &str) {
            self.path.push(name.to_owned());
        }
        fn exit_module(&mut self, _name: &str, _container: &str) {
            self.path.pop();
        }
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            if let Some(gradient) = self.gradients.get::<D>(param.id) {
                self.found.push((self.path.join("."), values(gradient)));
            }
        }
    }
    let mut collect = Collect {
        gradients: &gradients,
        path: Vec::new(),
        found: Vec::new(),
    };
    network.visit(&mut collect);
    Step {
        loss: value,
        embeddings: values(embeddings),
        gradients: collect.found,
    }
}

#[test]
fn a_training_step_is_the_same_as_on_flex() {
    let Some(device) = facenet_testing::device() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let weights = folder.path().join("network.bpk");
    let config = FaceNetConfig::new(Architecture::Nns2).with_input_size([70, 58]);
    let flex = Device::flex();
    flex.seed(3);
    let network = config.init(&flex).unwrap();
    Checkpoint {
        network,
        config,
        threshold: None,
    }
    .save(&weights)
    .unwrap();

    let found = step(&device, &weights);
    let expected = step(&flex, &weights);
    assert!(expected.loss > 0.0);
    close(&[found.loss], &[expected.loss], 1e-4);
    close(&found.embeddings, &expected.embeddings, 1e-4);
    assert!(expected.gradients.len() > 40);
    assert_eq!(found.gradients.len(), expected.gradients.len());
    for ((name, found), (_, expected)) in found.gradients.iter().zip(&expected.gradients) {
        let length = |v: &[f32]| v.iter().map(|x| f64::from(x * x)).sum::<f64>().sqrt();
        let difference: Vec<f32> = found.iter().zip(expected).map(|(a, b)| a - b).collect();
        // Sums over thousands of positions in another order: relative to the whole gradient.
        let off = length(&difference) / length(expected).max(1e-3);
        assert!(off < 1e-3, "gradient of {name} is off by {off}");
    }
}
