//! Published weights against values that PyTorch computed from them, where the shared data is at
//! hand (`FACENET_SHARED`, by default `../shared` beside the repository).

use burn::tensor::{Tensor, TensorData};
use facenet_models::{
    Architecture, Checkpoint, Embedder, FaceNetConfig, ForwardPass, blocks::l2_normalize,
};
use facenet_testing::{device, shared};
use image::RgbImage;
use ndarray::{Array2, ArrayView1};
use serde::Deserialize;

#[derive(Deserialize)]
struct Golden {
    images: Vec<Image>,
    embeddings: Vec<Vec<f32>>,
    pairwise_squared_l2: Vec<Vec<f32>>,
    synthetic: Option<Synthetic>,
}

#[derive(Deserialize)]
struct Image {
    png160: String,
    png96x112: String,
}

/// An input given by a formula, and what each stage makes of it.
#[derive(Deserialize)]
struct Synthetic {
    stages: Vec<Stage>,
    embedding: Vec<f32>,
}

#[derive(Deserialize)]
struct Stage {
    stage: String,
    shape: Vec<usize>,
    mean: f32,
    std: f32,
    first8: Vec<f32>,
}

fn golden(name: &str) -> Option<Golden> {
    let path = shared(&format!("golden/{name}.json"))?;
    Some(serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap())
}

fn crop(name: &str) -> RgbImage {
    let path = shared(&format!("golden/crops/{name}")).expect("a crop");
    image::open(path).unwrap().into_rgb8()
}

/// Embeddings within 1e-4 (cosine at least 0.99999), their squared distances within 1e-3.
fn assert_embeddings(found: &Array2<f32>, golden: &Golden) {
    let unit = |row: &[f32]| {
        let row = ArrayView1::from(row);
        &row / row.dot(&row).sqrt()
    };
    for (row, expected) in found.rows().into_iter().zip(&golden.embeddings) {
        let expected = unit(expected);
        let largest = (&row - &expected).fold(0.0f32, |largest, d| largest.max(d.abs()));
        assert!(largest < 1e-4, "an embedding differs by {largest}");
        assert!(row.dot(&expected) >= 0.99999);
    }
    for (i, a) in found.rows().into_iter().enumerate() {
        for (j, b) in found.rows().into_iter().enumerate() {
            let difference = &a - &b;
            let distance = difference.dot(&difference);
            let expected = golden.pairwise_squared_l2[i][j];
            assert!(
                (distance - expected).abs() < 1e-3,
                "{i} and {j}: {distance}, expected {expected}"
            );
        }
    }
}

#[test]
fn inception_resnet_v1_embeds_as_facenet_pytorch_does() {
    let (Some(device), Some(golden)) = (device::device(), golden("inception_resnet_v1_vggface2"))
    else {
        return;
    };
    let weights = shared("weights/inception_resnet_v1_vggface2.safetensors").unwrap();
    let config = FaceNetConfig::new(Architecture::InceptionResnetV1);
    let checkpoint = Checkpoint::import(&weights, &config, &device).unwrap();

    let synthetic = golden.synthetic.as_ref().unwrap();
    let mut values = Vec::with_capacity(3 * 160 * 160);
    for c in 0..3 {
        for y in 0..160 {
            for x in 0..160 {
                let angle = 0.7 * f64::from(c) + 0.031 * f64::from(y) + 0.053 * f64::from(x);
                values.push(angle.sin() as f32);
            }
        }
    }
    let input = Tensor::<4>::from_data(TensorData::new(values, [1, 3, 160, 160]), &device);
    let mut stages = synthetic.stages.iter();
    let mut compare = |given: &facenet_models::Stage<'_>| {
        let (name, output) = (given.name, given.output);
        if name == "L2" {
            return;
        }
        let stage = stages.next().expect("a stage");
        assert_eq!(stage.stage, name);
        assert_eq!(output.dims()[1], stage.shape[1]);
        let values: Vec<f32> = output.to_data().try_to_vec::<f32>().unwrap();
        assert_eq!(values.len(), stage.shape.iter().product::<usize>());
        let count = values.len() as f64;
        let mean = values.iter().map(|&x| f64::from(x)).sum::<f64>() / count;
        let squares = values.iter().map(|&x| (f64::from(x) - mean).powi(2));
        let std = (squares.sum::<f64>() / count).sqrt();
        let close = |found: f64, expected: f32| {
            (found - f64::from(expected)).abs() <= 1e-4 * f64::from(stage.std.abs()).max(1e-3)
        };
        assert!(
            close(mean, stage.mean),
            "{name}: mean {mean}, expected {}",
            stage.mean
        );
        assert!(
            close(std, stage.std),
            "{name}: std {std}, expected {}",
            stage.std
        );
        for (&found, &expected) in values.iter().zip(&stage.first8) {
            assert!(
                (found - expected).abs() <= 1e-3 * stage.std,
                "{name}: {found}, expected {expected}"
            );
        }
    };
    let embedding = checkpoint
        .network
        .forward_with(input, &ForwardPass::new().observed_by(&mut compare));
    assert!(stages.next().is_none());
    let values: Vec<f32> = embedding.into_data().try_to_vec::<f32>().unwrap();
    for (found, expected) in values.iter().zip(&synthetic.embedding) {
        assert!(
            (found - expected).abs() < 1e-4,
            "{found}, expected {expected}"
        );
    }

    // Folded, as the embedder has it.
    let crops: Vec<_> = golden
        .images
        .iter()
        .map(|image| crop(&image.png160))
        .collect();
    let embedder = Embedder::from_checkpoint(checkpoint, &device);
    assert_embeddings(&embedder.embed(&crops).unwrap(), &golden);
}

/// The safetensors file and PyTorch's legacy pickle hold the same network.
#[test]
fn mobilefacenet_embeds_as_the_original_does() {
    let (Some(device), Some(golden)) = (device::device(), golden("mobilefacenet_casia")) else {
        return;
    };
    let config = FaceNetConfig::new(Architecture::MobileFaceNet);
    let crops: Vec<_> = golden
        .images
        .iter()
        .map(|image| crop(&image.png96x112))
        .collect();
    for file in [
        "mobilefacenet_casia.safetensors",
        "mobilefacenet_casia.ckpt",
    ] {
        let weights = shared(&format!("weights/{file}")).unwrap();
        let checkpoint = Checkpoint::import(&weights, &config, &device).unwrap();
        // Not folded, and folded.
        let pixels = crops
            .iter()
            .flat_map(|crop| crop.as_raw().clone())
            .collect();
        let images = facenet_models::pixels_to_tensor(pixels, &config, &device);
        let unfolded = l2_normalize(checkpoint.network.forward(images));
        let values = unfolded.into_data().try_to_vec::<f32>().unwrap();
        assert_embeddings(&Array2::from_shape_vec((10, 128), values).unwrap(), &golden);
        let embedder = Embedder::from_checkpoint(checkpoint, &device);
        assert_embeddings(&embedder.embed(&crops).unwrap(), &golden);
    }
}

/// Weights of one network are not taken for another's.
#[test]
fn published_weights_fit_their_own_network_alone() {
    let (Some(device), Some(weights)) = (
        device::device(),
        shared("weights/mobilefacenet_casia.safetensors"),
    ) else {
        return;
    };
    let config = FaceNetConfig::new(Architecture::Nn4);
    let error = Checkpoint::import(&weights, &config, &device)
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("nn4") && error.contains("missing"),
        "{error}"
    );
    let config = FaceNetConfig::new(Architecture::MobileFaceNet).with_embedding_dim(64);
    let error = Checkpoint::import(&weights, &config, &device)
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("linear1.conv.weight (expected [64, 512, 1, 1], found [128, 512, 1, 1])"),
        "{error}"
    );
}
