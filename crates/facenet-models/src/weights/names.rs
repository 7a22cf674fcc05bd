//! What tensors are called elsewhere.

use burn::store::{KeyRemapper, burn_pack};

use crate::Architecture;

/// Around a state dictionary: what checkpoints of training programs wrap it in, and what
/// `torch.nn.DataParallel` puts before every name.
const WRAPPERS: [(&str, &str); 2] = [
    (
        r"^(net_state_dict|model_state_dict|state_dict|model|net)\.",
        "",
    ),
    (r"^module\.", ""),
];

/// facenet-pytorch's `InceptionResnetV1`.
const INCEPTION_RESNET_V1: [(&str, &str); 6] = [
    (r"^last_linear\.weight$", "last_linear.linear.weight"),
    (r"^last_bn\.", "last_linear.norm."),
    (r"\.branch(\d)\.(conv|bn)\.", ".branches.${1}.convs.0.${2}."),
    (r"\.branch(\d)\.(\d)\.", ".branches.${1}.convs.${2}."),
    (r"\.conv2d\.(weight|bias)$", ".conv2d.conv.${1}"),
    (r"\.bn\.", ".norm."),
];

/// Xiaoccer/MobileFaceNet_Pytorch and those that follow it.
const MOBILEFACENET: [(&str, &str); 10] = [
    (r"\.bn\.", ".norm."),
    (r"\.prelu\.weight$", ".prelu.alpha"),
    (r"^blocks\.(\d+)\.conv\.0\.", "blocks.${1}.expand.conv."),
    (r"^blocks\.(\d+)\.conv\.1\.", "blocks.${1}.expand.norm."),
    (
        r"^blocks\.(\d+)\.conv\.2\.weight$",
        "blocks.${1}.expand.prelu.alpha",
    ),
    (r"^blocks\.(\d+)\.conv\.3\.", "blocks.${1}.depthwise.conv."),
    (r"^blocks\.(\d+)\.conv\.4\.", "blocks.${1}.depthwise.norm."),
    (
        r"^blocks\.(\d+)\.conv\.5\.weight$",
        "blocks.${1}.depthwise.prelu.alpha",
    ),
    (r"^blocks\.(\d+)\.conv\.6\.", "blocks.${1}.project.conv."),
    (r"^blocks\.(\d+)\.conv\.7\.", "blocks.${1}.project.norm."),
];

/// Gives tensors of a published checkpoint our names, in PyTorch's form, and leaves out what is no
/// part of the network: counters of batch normalization, and the classifier that a network was
/// trained with.
pub(super) fn ours(
    tensors: Vec<burn_pack::Tensor>,
    architecture: Architecture,
) -> Vec<burn_pack::Tensor> {
    let rules: &[(&str, &str)] = match architecture {
        Architecture::InceptionResnetV1 => &INCEPTION_RESNET_V1,
        Architecture::MobileFaceNet => &MOBILEFACENET,
        _ => &[],
    };
    let mut remapper = KeyRemapper::new();
    for (pattern, replacement) in WRAPPERS.iter().chain(rules) {
        remapper = remapper
            .add_pattern(pattern, *replacement)
            .expect("the patterns above are valid, which a test sees");
    }
    let (mut tensors, _) = remapper.remap(tensors);
    tensors.retain(|tensor| !is_no_part(&tensor.name, architecture));
    tensors
}

fn is_no_part(name: &str, architecture: Architecture) -> bool {
    name.ends_with(".num_batches_tracked")
        || (architecture == Architecture::InceptionResnetV1 && name.starts_with("logits."))
}
