use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use burn::{
    module::Module,
    store::{BurnToPyTorchAdapter, ModuleSnapshot, PyTorchToBurnAdapter, bridge, burn_pack},
    tensor::{DType, TensorData},
};

use super::{expected::Expected, layout::Layout, mismatch::TensorMismatch};
use crate::{FaceNet, ModelError};

/// The tensors of `network`, in its order.
pub(super) fn tensors_of(network: &FaceNet, layout: Layout) -> Vec<burn_pack::Tensor> {
    match layout {
        Layout::Burn => network.collect(None, None, false),
        Layout::PyTorch => network.collect(None, Some(Box::new(BurnToPyTorchAdapter)), true),
    }
}

/// Gives `network` the tensors of the file at `path`: each one exactly once, of the right shape,
/// finite. Half precision and double precision become single precision.
///
/// Returns the CRC-32 of all values.
pub(super) fn fill(
    network: &mut FaceNet,
    tensors: Vec<burn_pack::Tensor>,
    layout: Layout,
    path: &Path,
    name: &str,
) -> Result<u32, ModelError> {
    let unreadable = |reason: String| ModelError::UnreadableWeights {
        path: path.to_owned(),
        reason,
    };
    let mut found = BTreeMap::new();
    let mut twice = Vec::new();
    for tensor in tensors {
        let name = tensor.name.clone();
        if found.insert(name.clone(), tensor).is_some() {
            twice.push(format!("{name} (a second time)"));
        }
    }
    let mut expected = Expected::new(layout);
    network.visit(&mut expected);
    let expected = expected.into_tensors();
    let mut mismatch = compare(&expected, &found);
    mismatch.extra.extend(twice);
    if !mismatch.is_empty() {
        return Err(ModelError::WrongTensors {
            path: path.to_owned(),
            network: name.to_owned(),
            mismatch: Box::new(mismatch),
        });
    }

    let mut checksum = crc32fast::Hasher::new();
    let mut not_finite = Vec::new();
    let mut values = Vec::with_capacity(expected.len());
    for wanted in &expected {
        let Some(tensor) = found.remove(&wanted.name) else {
            continue;
        };
        let id = tensor.param_id;
        let data = bridge::into_data(tensor)
            .map_err(|e| unreadable(format!("tensor '{}': {e}", wanted.name)))?;
        let data = single_precision(data);
        if !is_finite(&data) {
            not_finite.push(wanted.name.clone());
        }
        checksum.update(data.as_bytes());
        values.push(bridge::from_data(data, wanted.name.clone(), id));
    }
    if !not_finite.is_empty() {
        return Err(ModelError::NonFinite {
            path: path.to_owned(),
            tensors: not_finite,
        });
    }

    let result = match layout {
        Layout::Burn => network.apply(values, None, None, false),
        Layout::PyTorch => network.apply(values, None, Some(Box::new(PyTorchToBurnAdapter)), true),
    };
    if let Some(error) = result.errors.first() {
        return Err(unreadable(error.to_string()));
    }
    if let Some(missing) = result.missing.first() {
        return Err(unreadable(format!(
            "tensor '{missing:?}' could not be read"
        )));
    }
    Ok(checksum.finalize())
}

fn compare(
    expected: &[burn_pack::Tensor],
    found: &BTreeMap<String, burn_pack::Tensor>,
) -> TensorMismatch {
    let mut mismatch = TensorMismatch::default();
    let mut known = BTreeSet::new();
    for wanted in expected {
        known.insert(wanted.name.as_str());
        let Some(tensor) = found.get(&wanted.name) else {
            mismatch.missing.push(wanted.name.clone());
            continue;
        };
        let (shape, wanted_shape) = (tensor.shape.as_slice(), wanted.shape.as_slice());
        if shape != wanted_shape {
            mismatch.misshapen.push(format!(
                "{} (expected {wanted_shape:?}, found {shape:?})",
                wanted.name
            ));
        }
        if !is_supported(tensor.dtype) {
            let found = tensor.dtype.name();
            mismatch.mistyped.push(format!("{} ({found})", wanted.name));
        }
    }
    let unknown = found.keys().filter(|name| !known.contains(name.as_str()));
    mismatch.extra.extend(unknown.cloned());
    mismatch
}

fn is_supported(dtype: DType) -> bool {
    matches!(dtype, DType::F64 | DType::F32 | DType::F16 | DType::BF16)
}

/// What loading makes of stored numbers.
pub(super) fn single_precision(data: TensorData) -> TensorData {
    match data.dtype() {
        DType::F64 | DType::F16 | DType::BF16 => data.convert::<f32>(),
        _ => data,
    }
}

/// Whether all numbers are finite; other things than single precision are no numbers here.
pub(super) fn is_finite(data: &TensorData) -> bool {
    match data.as_slice::<f32>() {
        Ok(values) => values.iter().all(|value| value.is_finite()),
        Err(_) => true,
    }
}
