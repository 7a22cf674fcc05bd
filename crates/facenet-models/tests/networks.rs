//! Every network: unit embeddings, gradients, learning, folding, weight files.

use std::sync::{Mutex, MutexGuard, PoisonError};

use burn::{
    module::{Module, ModuleMapper, ModuleVisitor, Param, ParamId},
    tensor::{Device, Distribution, Gradients, Tensor},
};
use facenet_models::{
    Architecture, Checkpoint, Embedder, FaceNet, FaceNetConfig, Flip, InceptionResnetV1Config,
    ModelError, Precision, blocks::Normalization,
};
use facenet_testing::device;

/// The device with its random numbers at the same start, for one test at a time: all draw from one generator, and what
/// a test finds must not depend on what runs beside it.
fn seeded_device() -> Option<(Device, MutexGuard<'static, ()>)> {
    static TURN: Mutex<()> = Mutex::new(());
    let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let device = device::device()?;
    device.seed(3);
    Some((device, turn))
}

/// Every network with every normalization it has, on images as small as it takes, which keeps the
/// suite short on software GPUs.
fn configurations() -> Vec<FaceNetConfig> {
    let mut configs = Vec::new();
    for architecture in Architecture::ALL {
        let side = architecture.smallest_input_side();
        let config = FaceNetConfig::new(architecture)
            .with_input_size([side, side + 4])
            .with_embedding_dim(16);
        if architecture.has_choice_of_normalization() {
            configs.push(
                config
                    .clone()
                    .with_normalization(Normalization::LocalResponse),
            );
        }
        configs.push(config);
    }
    configs
}

/// Without NN3, which has NN2's table; on a GPU, which here may be software, two that have nearly every kind of
/// layer between them: NNS2 the inception modules and both normalizations, MobileFaceNet the residuals, the depthwise
/// convolutions and PReLU.
fn representatives() -> Vec<FaceNetConfig> {
    let mut configs = configurations();
    configs.retain(|config| match (config.architecture, config.normalization) {
        (Architecture::Nn3, _) => false,
        _ if !device::on_gpu() => true,
        (architecture, _) => matches!(
            architecture,
            Architecture::Nns2 | Architecture::MobileFaceNet
        ),
    });
    configs
}

/// The network without dropout: what it draws depends on what other threads draw.
fn deterministic(config: &FaceNetConfig, device: &Device) -> FaceNet {
    match config.architecture {
        Architecture::InceptionResnetV1 => FaceNet::InceptionResnetV1(
            InceptionResnetV1Config::new()
                .with_embedding_dim(config.embedding_dim)
                .with_dropout(0.0)
                .init(device),
        ),
        _ => config.init(device).unwrap(),
    }
}

fn images(config: &FaceNetConfig, batch: usize, device: &Device) -> Tensor<4> {
    let [height, width] = config.input_size;
    Tensor::random(
        [batch, 3, height, width],
        Distribution::Normal(0.0, 1.0),
        device,
    )
}

fn largest(tensor: Tensor<2>) -> f32 {
    tensor.abs().max().into_scalar::<f32>()
}

#[test]
fn embeddings_have_unit_length_and_do_not_depend_on_the_batch() {
    let Some((device, _turn)) = seeded_device() else {
        return;
    };
    for config in configurations() {
        let network = config.init(&device).unwrap();
        let images = images(&config, 3, &device);
        let together = network.forward(images.clone());
        assert_eq!(together.dims(), [3, 16], "{config}");
        let lengths = together.clone().powi_scalar(2).sum_dim(1);
        assert!(largest(lengths - 1.0) < 1e-5, "{config}");
        let apart = Tensor::cat(
            (0..3)
                .map(|index| network.forward(images.clone().narrow(0, index, 1)))
                .collect(),
            0,
        );
        let difference = largest(together - apart);
        assert!(difference < 1e-4, "{config}: {difference}");
    }
}

/// The parameters that a training step changes, by id.
struct Trained<'a> {
    gradients: &'a Gradients,
    /// Id, name and length of each gradient.
    seen: Vec<(ParamId, String, f32)>,
    path: Vec<String>,
}

impl ModuleVisitor for Trained<'_> {
    fn enter_module(&mut self, name: &str, _container: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if !param.val().is_require_grad() {
            return;
        }
        let name = self.path.join(".");
        let gradient = param.val().grad(self.gradients);
        let gradient = gradient.unwrap_or_else(|| panic!("{name} has no gradient"));
        let length = gradient.powi_scalar(2).sum().sqrt().into_scalar::<f32>();
        assert!(length.is_finite(), "{name} has a gradient of {length}");
        self.seen.push((param.id, name, length));
    }
}

/// Moves one parameter, or all, along the gradient.
struct Move<'a> {
    id: Option<ParamId>,
    gradients: &'a Gradients,
    step: f32,
}

impl ModuleMapper for Move<'_> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        if !param.val().is_require_grad() || self.id.is_some_and(|id| param.id != id) {
            return param;
        }
        let gradient = param.val().grad(self.gradients).expect("a gradient");
        let device = param.val().device();
        let moved = param.val().inner() + gradient.mul_scalar(self.step);
        let id = param.id;
        let moved = Tensor::from_inner(moved).to_device(&device).require_grad();
        Param::initialized(id, moved)
    }
}

/// Central differences along the gradient itself: the loss must change by `2ε‖g‖²`. Through the
/// whole network, that is through convolutions, both normalizations, both poolings, maxout, PReLU,
/// residuals and the normalization to unit length.
#[test]
fn gradients_are_those_of_finite_differences() {
    let Some((device, _turn)) = seeded_device() else {
        return;
    };
    let device = device.autodiff();
    for config in representatives() {
        device.seed(3);
        let network = deterministic(&config, &device);
        let images = images(&config, 4, &device);
        let target = Tensor::<2>::random([4, 16], Distribution::Normal(0.0, 1.0), &device);
        let loss = |network: &FaceNet| {
            (network.forward(images.clone()) - target.clone())
                .powi_scalar(2)
                .sum()
        };
        let gradients = loss(&network).backward();
        let mut trained = Trained {
            gradients: &gradients,
            seen: Vec::new(),
            path: Vec::new(),
        };
        network.visit(&mut trained);
        let seen = trained.seen;
        // The steepest of each part of the network: where nothing changes, nothing is seen.
        let count = if device::on_gpu() { 2 } else { 4 };
        let parts = seen.chunks(seen.len().div_ceil(count));
        let steepest = parts.filter_map(|part| {
            let lengths = part.iter();
            lengths.max_by(|(.., a), (.., b)| a.total_cmp(b)).cloned()
        });
        for (id, name, length) in steepest {
            // The loss changes by about a hundredth: far above rounding, far below its curvature.
            let step = 5e-3 / (length * length);
            let moved = |step: f32| {
                let mut mapper = Move {
                    id: Some(id),
                    gradients: &gradients,
                    step,
                };
                loss(&network.clone().map(&mut mapper)).into_scalar::<f32>()
            };
            let change = (moved(step) - moved(-step)) / (2.0 * step);
            let ratio = change / (length * length);
            assert!((ratio - 1.0).abs() < 0.08, "{config}, {name}: {ratio}");
        }
    }
}

#[test]
fn five_steps_on_one_batch_bring_the_loss_down() {
    let Some((device, _turn)) = seeded_device() else {
        return;
    };
    let device = device.autodiff();
    for config in representatives() {
        device.seed(7);
        let mut network = deterministic(&config, &device);
        let images = images(&config, 4, &device);
        let target = Tensor::<2>::random([4, 16], Distribution::Normal(0.0, 1.0), &device);
        let target = target.clone() / target.powi_scalar(2).sum_dim(1).sqrt();
        let loss = |network: &FaceNet| {
            (network.forward(images.clone()) - target.clone())
                .powi_scalar(2)
                .sum()
        };
        let mut current = loss(&network);
        let mut losses = vec![current.clone().into_scalar::<f32>()];
        for _ in 0..5 {
            let before = losses[losses.len() - 1];
            let gradients = current.backward();
            let mut trained = Trained {
                gradients: &gradients,
                seen: Vec::new(),
                path: Vec::new(),
            };
            network.visit(&mut trained);
            let squared: f32 = trained
                .seen
                .iter()
                .map(|(.., length)| length * length)
                .sum();
            // A step that would take a tenth of the loss away if the network were linear, halved until it takes a
            // tenth of what its length promises: batch normalization over few values is far from linear, and how
            // far differs with the rounding of a machine.
            let tried = (0..12).map(|halved| 0.1 * before / squared / (1 << halved) as f32);
            let taken = tried.into_iter().find_map(|step| {
                let mut mapper = Move {
                    id: None,
                    gradients: &gradients,
                    step: -step,
                };
                let moved = network.clone().map(&mut mapper);
                let loss = loss(&moved);
                let after = loss.clone().into_scalar::<f32>();
                (after < before - 0.1 * step * squared).then_some((moved, loss, after))
            });
            let Some((moved, loss, after)) = taken else {
                panic!("{config}: no step of any length along the gradient helps after {losses:?}");
            };
            (network, current) = (moved, loss);
            losses.push(after);
        }
    }
}

/// Sets batch normalization to statistics that are not those of a new layer.
struct Shake;

impl ModuleMapper for Shake {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        if D != 1 {
            return param;
        }
        param.map(|tensor| {
            let [values] = tensor.shape().dims();
            let noise =
                Tensor::<1>::random([values], Distribution::Uniform(0.1, 0.4), &tensor.device());
            tensor + noise.reshape(tensor_shape::<D>(values))
        })
    }
}

fn tensor_shape<const D: usize>(values: usize) -> [usize; D] {
    let mut shape = [1; D];
    shape[0] = values;
    shape
}

#[test]
fn folding_changes_nothing_but_rounding() {
    let Some((device, _turn)) = seeded_device() else {
        return;
    };
    for config in configurations() {
        let network = config.init(&device).unwrap().map(&mut Shake);
        let images = images(&config, 2, &device);
        let before = network.forward(images.clone());
        let folded = network.fold();
        assert!(folded.is_folded());
        let difference = largest(before - folded.forward(images));
        assert!(difference < 1e-4, "{config}: {difference}");
    }
}

#[test]
fn an_embedder_takes_mirror_images_on_request() {
    let Some((device, _turn)) = seeded_device() else {
        return;
    };
    let config = FaceNetConfig::new(Architecture::Nns2).with_input_size([70, 58]);
    let network = config.init(&device).unwrap();
    let face = image::RgbImage::from_fn(58, 70, |x, y| image::Rgb([(3 * x) as u8, y as u8, 90]));
    let faces = [face.clone(), image::imageops::flip_horizontal(&face)];
    let embed = |flip: Flip| {
        let embedder = Embedder::new(network.clone(), config.clone(), &device).with_flip(flip);
        assert_eq!(embedder.flip(), flip);
        embedder.embed(&faces).unwrap()
    };
    let [plain, sum, concat] = Flip::ALL.map(embed);
    let both = &plain.row(0) + &plain.row(1);
    let mean = &both / both.dot(&both).sqrt();
    for (value, expected) in sum.row(0).iter().zip(&mean) {
        assert!((value - expected).abs() < 1e-5);
    }
    for (a, b) in sum.row(0).iter().zip(sum.row(1)) {
        assert!((a - b).abs() < 1e-5, "a face and its mirror image are one");
    }
    let dim = plain.ncols();
    assert_eq!(concat.ncols(), Flip::Concat.dim(dim));
    for (value, expected) in concat.row(0).iter().zip(plain.iter()) {
        assert!(
            (value - expected).abs() < 1e-5,
            "the face, then its mirror image"
        );
    }
}

#[test]
fn flips_have_names() {
    for flip in Flip::ALL {
        assert_eq!(flip.to_string().parse::<Flip>().unwrap(), flip);
    }
    let error = "both".parse::<Flip>().unwrap_err().to_string();
    assert!(
        error.contains("expected one of none, sum, concat"),
        "{error}"
    );
}

/// Where the device has them; elsewhere the request is refused.
#[test]
fn half_precision_gives_nearly_the_same_embeddings() {
    let Some((device, _turn)) = seeded_device() else {
        return;
    };
    let config = FaceNetConfig::new(Architecture::Nns2).with_input_size([70, 58]);
    let network = config.init(&device).unwrap();
    let faces: Vec<_> = (0..3u8)
        .map(|k| image::RgbImage::from_fn(58, 70, |x, y| image::Rgb([x as u8, y as u8, 80 * k])))
        .collect();
    let embedder = Embedder::new(network, config, &device);
    let single = embedder.embed(&faces).unwrap();
    match embedder.in_half_precision() {
        Ok(embedder) => {
            let half = embedder.embed(&faces).unwrap();
            for (a, b) in single.rows().into_iter().zip(half.rows()) {
                assert!((b.dot(&b) - 1.0).abs() < 1e-5);
                assert!(a.dot(&b) > 0.999, "cosine {}", a.dot(&b));
            }
        }
        Err(error) => assert!(matches!(error, ModelError::NoHalfPrecision), "{error}"),
    }
}

#[test]
fn weight_files_of_every_network_come_back_bit_by_bit() {
    if device::on_gpu() {
        return device::say_skipped("files are the same everywhere; weights.rs reads one on GPUs");
    }
    let Some((device, _turn)) = seeded_device() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    for config in configurations() {
        // NN1 is large: once, with its local response normalization, is enough.
        if config.architecture == Architecture::Nn1 && config.normalization == Normalization::Batch
        {
            continue;
        }
        let network = config.init(&device).unwrap().map(&mut Shake);
        let images = images(&config, 1, &device);
        let before = network.forward(images.clone()).into_data();
        let checkpoint = Checkpoint {
            network,
            config: config.clone(),
            threshold: None,
        };
        let own = folder.path().join("network.bpk");
        checkpoint.save(&own).unwrap();
        let exported = folder.path().join("network.safetensors");
        checkpoint.export_safetensors(&exported).unwrap();
        let half = folder.path().join("half.bpk");
        checkpoint.save_as(&half, Precision::Half).unwrap();

        let loaded = Checkpoint::load(&own, &device).unwrap();
        assert_eq!(loaded.config, config);
        assert_eq!(loaded.network.forward(images.clone()).into_data(), before);
        let imported = Checkpoint::import(&exported, &config, &device).unwrap();
        assert_eq!(imported.network.forward(images.clone()).into_data(), before);

        let rounded = Checkpoint::load(&half, &device).unwrap();
        let after = rounded.network.forward(images);
        let difference = largest(after - Tensor::from_data(before, &device));
        assert!(difference < 2e-2, "{config}: {difference}");
        let size = |path: &std::path::Path| std::fs::metadata(path).unwrap().len() as f64;
        assert!(size(&half) < 0.6 * size(&own));
    }
}

#[test]
fn a_folded_network_is_not_saved() {
    let Some((device, _turn)) = seeded_device() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let config = FaceNetConfig::new(Architecture::Nns2).with_input_size([70, 58]);
    let checkpoint = Checkpoint {
        network: config.init(&device).unwrap().fold(),
        config,
        threshold: None,
    };
    let path = folder.path().join("network.bpk");
    let error = checkpoint.save(&path).unwrap_err();
    assert!(matches!(error, ModelError::Folded { .. }), "{error}");
    assert!(!path.exists());
}

#[test]
fn names_are_read_back_and_unknown_ones_list_the_known() {
    for architecture in Architecture::ALL {
        assert_eq!(
            architecture.name().parse::<Architecture>().unwrap(),
            architecture
        );
        let json = serde_json::to_string(&architecture).unwrap();
        assert_eq!(json, format!("\"{architecture}\""));
    }
    let error = "resnet".parse::<Architecture>().unwrap_err().to_string();
    for architecture in Architecture::ALL {
        assert!(error.contains(architecture.name()), "{error}");
    }
}

#[test]
fn configurations_out_of_range_are_refused() {
    let config = FaceNetConfig::new(Architecture::InceptionResnetV1);
    let refused = |config: &FaceNetConfig, words: &str| {
        let error = config.validate().unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    };
    refused(&config.clone().with_input_size([74, 160]), "75 to 1024");
    refused(&config.clone().with_embedding_dim(0), "embedding_dim");
    refused(
        &config.with_normalization(Normalization::LocalResponse),
        "inception-resnet-v1",
    );
}

/// Burn panics on a display whose parts are mixed.
#[test]
fn networks_are_printed() {
    let Some((device, _turn)) = seeded_device() else {
        return;
    };
    for config in representatives() {
        let text = config.init(&device).unwrap().to_string();
        assert!(text.contains("kernel_size"), "{config}: {text}");
    }
}

/// Whose operations compute a network changes its embeddings by rounding alone.
#[test]
fn operations_of_burn_give_the_same_embeddings() {
    use facenet_kernels::Operations;
    use facenet_models::ForwardPass;

    let Some((device, _turn)) = seeded_device() else {
        return;
    };
    for config in representatives() {
        let network = config.init(&device).unwrap();
        let [height, width] = config.input_size;
        let images = Tensor::<4>::random([2, 3, height, width], Distribution::Default, &device);
        let ours = network.forward(images.clone());
        for operations in [Operations::BurnConvolutions, Operations::Burn] {
            let pass = ForwardPass::new().with_operations(operations);
            let burns = network.forward_with(images.clone(), &pass);
            let worst = (ours.clone() - burns).abs().max().into_scalar::<f32>();
            assert!(worst < 1e-4, "{config}, {operations:?}: {worst}");
        }
    }
}
