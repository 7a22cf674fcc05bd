//! Embeddings of one side, as the kernels take them.

use burn::backend::TensorMetadata;
use burn::tensor::{DType, Shape};
use burn_cubecl::ops::numeric::empty_device_contiguous_dtype;
use burn_cubecl::{kernel::into_contiguous, tensor::CubeTensor};

use super::launch;
use crate::Distance;

/// The embeddings of one side; their directions, and lengths, for the cosine distance.
#[derive(Clone)]
pub(super) struct Embeddings {
    /// `[rows, dim]`, contiguous.
    pub(super) rows: CubeTensor,
    /// `[rows]`.
    pub(super) lengths: Option<CubeTensor>,
}

impl Embeddings {
    pub(super) fn new(x: CubeTensor, distance: Distance) -> Self {
        let plain = Self {
            rows: into_contiguous(x),
            lengths: None,
        };
        if distance != Distance::Cosine {
            return plain;
        }
        let (count, dim) = (plain.count(), plain.dim());
        let directions = plain.empty([count, dim]);
        let lengths = plain.empty([count]);
        launch::unit_rows(&plain.rows, &directions, &lengths, count, dim);
        Self {
            rows: directions,
            lengths: Some(lengths),
        }
    }

    pub(super) fn count(&self) -> usize {
        self.rows.shape()[0]
    }

    pub(super) fn dim(&self) -> usize {
        self.rows.shape()[1]
    }

    /// Memory on the device, with anything in it.
    pub(super) fn empty<const D: usize>(&self, shape: [usize; D]) -> CubeTensor {
        self.empty_of(shape, DType::F32)
    }

    pub(super) fn empty_of<const D: usize>(&self, shape: [usize; D], dtype: DType) -> CubeTensor {
        let (client, device) = (self.rows.client.clone(), self.rows.device.clone());
        empty_device_contiguous_dtype(client, device, Shape::new(shape), dtype)
    }
}

/// Both sides; the same one twice where the candidates are the anchors.
pub(super) fn sides(
    x: CubeTensor,
    y: CubeTensor,
    distance: Distance,
    same: bool,
) -> (Embeddings, Embeddings) {
    let x = Embeddings::new(x, distance);
    let y = match same {
        true => x.clone(),
        false => Embeddings::new(y, distance),
    };
    (x, y)
}
