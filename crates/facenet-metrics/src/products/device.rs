use std::cell::RefCell;
use std::ops::Range;

use burn::tensor::{DType, Device, Tensor, TensorData};
use ndarray::{ArrayView1, ArrayView2, ArrayViewMut2};

thread_local! {
    static DEVICE: RefCell<Option<Device>> = const { RefCell::new(None) };
}

/// Runs `work` with the matrix products of its evaluations on a Burn device; what is made of the products stays on
/// the processor, with rayon.
///
/// It applies to whatever is begun by `work` in this thread and takes all distances: [`DistanceTiles`],
/// [`Scores::all_pairs`], [`AllPairsProtocol`], [`Neighbors`], [`RetrievalReport`], [`IdentificationReport`],
/// [`OpenSetReport`] and the clusterings. Lists of neighbors, and what is made of them, are the same as
/// without a device: its products only tell which distances are taken exactly. The other numbers are as exact as
/// the device multiplies `f32`.
///
/// Memory on the device: the embeddings, and 8 MiB (tiles of distances) or 16 MiB (neighbors) for each thread
/// of rayon; as much again in memory.
///
/// # Panics
///
/// Where the device does, for want of memory for instance.
///
/// ```
/// use burn::tensor::Device;
/// use facenet_metrics::{DistanceKind, Neighbors, on_device};
/// use ndarray::array;
///
/// let faces = array![[1.0, 0.0], [0.8, 0.6], [0.0, 1.0]];
/// let near = on_device(&Device::default(), || {
///     Neighbors::leave_one_out(faces.view(), DistanceKind::SquaredEuclidean, 1)
/// })?;
/// assert_eq!(near.of(0)[0].index, 1);
/// # Ok::<(), facenet_metrics::MetricsError>(())
/// ```
///
/// [`DistanceTiles`]: crate::DistanceTiles
/// [`Scores::all_pairs`]: crate::Scores::all_pairs
/// [`AllPairsProtocol`]: crate::AllPairsProtocol
/// [`Neighbors`]: crate::Neighbors
/// [`RetrievalReport`]: crate::RetrievalReport
/// [`IdentificationReport`]: crate::IdentificationReport
/// [`OpenSetReport`]: crate::OpenSetReport
pub fn on_device<T>(device: &Device, work: impl FnOnce() -> T) -> T {
    // Gives the place back even where `work` panics.
    struct Before(Option<Device>);
    impl Drop for Before {
        fn drop(&mut self) {
            let before = self.0.take();
            DEVICE.with(|place| *place.borrow_mut() = before);
        }
    }
    let before = DEVICE.with(|place| place.borrow_mut().replace(device.clone()));
    let _before = Before(before);
    work()
}

/// Rows on a device.
#[derive(Clone, Debug)]
pub(super) struct Copy {
    rows: Tensor<2>,
}

/// Copies rows to the device of this thread, where it has one.
pub(super) fn copy(rows: ArrayView2<'_, f32>) -> Option<Copy> {
    copy_to(&DEVICE.with(|place| place.borrow().clone())?, rows)
}

fn copy_to(device: &Device, rows: ArrayView2<'_, f32>) -> Option<Copy> {
    if rows.is_empty() {
        // Nothing to multiply, and not every device has arrays of no length.
        return None;
    }
    let values: Vec<f32> = rows.iter().copied().collect();
    let data = TensorData::new(values, [rows.nrows(), rows.ncols()]);
    Some(Copy {
        rows: Tensor::from_data(data, (device, DType::F32)),
    })
}

impl Copy {
    pub(super) fn beside(&self, rows: ArrayView2<'_, f32>) -> Option<Copy> {
        copy_to(&self.rows.device(), rows)
    }

    fn part(&self, range: Range<usize>) -> Tensor<2> {
        self.rows.clone().slice(range)
    }

    pub(super) fn products(
        &self,
        rows: Range<usize>,
        other: &Copy,
        columns: Range<usize>,
        out: &mut ArrayViewMut2<'_, f32>,
    ) {
        if out.is_empty() {
            return;
        }
        let (a, b) = (self.part(rows), other.part(columns));
        let data = a.matmul(b.transpose()).into_data().convert::<f32>();
        let values = data.as_slice::<f32>().unwrap_or_default();
        assert_eq!(values.len(), out.len(), "products that came back");
        let lines = values.chunks_exact(out.ncols());
        for (mut to, from) in out.rows_mut().into_iter().zip(lines) {
            to.assign(&ArrayView1::from(from));
        }
    }
}
