//! A memory of earlier batches.

use burn::config::Config;
use burn::tensor::{Int, Tensor};

use crate::{TripletLoss, TripletOutput};

/// Configuration of a [`CrossBatchMemory`].
#[derive(Config, Debug, PartialEq, Eq)]
pub struct CrossBatchMemoryConfig {
    /// How many embeddings are remembered.
    pub capacity: usize,
    /// How many batches pass before anything is remembered: at the beginning of a training embeddings move too fast for
    /// old ones to say anything.
    #[config(default = 0)]
    pub warm_up: usize,
}

impl CrossBatchMemoryConfig {
    /// An empty memory.
    ///
    /// # Panics
    /// Where the capacity is 0.
    pub fn init(&self) -> CrossBatchMemory {
        assert_ne!(
            self.capacity, 0,
            "a cross-batch memory needs a capacity of at least 1"
        );
        CrossBatchMemory {
            config: self.clone(),
            batches: 0,
            stored: None,
        }
    }
}

/// The embeddings of earlier batches as positives and negatives of the present one (Wang et al., CVPR 2020: cross-batch
/// memory).
///
/// A batch is mined against itself and what is remembered, then remembered, without its graph. So a present embedding is
/// a candidate once, never twice. What is remembered gets no gradient. Where the memory is full, new embeddings take the
/// places of the oldest.
///
/// pytorch-metric-learning's memory of that name mines against the memory alone, which holds the present batch then.
///
#[cfg_attr(feature = "flex", doc = "```")]
#[cfg_attr(not(feature = "flex"), doc = "```ignore")]
/// use burn::tensor::{Device, Distribution, Int, Tensor};
/// use facenet_loss::{CrossBatchMemoryConfig, TripletLossConfig};
///
/// let device = Device::flex().autodiff();
/// let loss = TripletLossConfig::new().init();
/// let mut memory = CrossBatchMemoryConfig::new(4096).with_warm_up(1).init();
/// for _step in 0..3 {
///     let embeddings = Tensor::<2>::random([6, 4], Distribution::Default, &device);
///     let labels = Tensor::<1, Int>::from_ints([1, 1, 2, 2, 3, 3], &device);
///     let output = memory.forward(&loss, embeddings, labels);
///     let _ = output.loss;
/// }
/// assert_eq!(memory.len(), 12);
/// ```
#[derive(Debug, Clone)]
pub struct CrossBatchMemory {
    config: CrossBatchMemoryConfig,
    /// Batches seen.
    batches: usize,
    stored: Option<Stored>,
}

#[derive(Debug, Clone)]
struct Stored {
    /// `[capacity, dim]`; the rows in use come first.
    embeddings: Tensor<2>,
    /// `[capacity]`.
    labels: Tensor<1, Int>,
    /// Rows in use.
    len: usize,
    /// The row that is written next.
    next: usize,
}

impl CrossBatchMemory {
    /// How many embeddings are remembered.
    pub fn len(&self) -> usize {
        self.stored.as_ref().map_or(0, |stored| stored.len)
    }

    /// Whether nothing is remembered.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Forgets everything, the batches of the warm-up too.
    pub fn clear(&mut self) {
        *self = self.config.init();
    }

    /// Computes the loss of a batch among itself and what is remembered, and remembers the batch.
    ///
    /// # Shapes
    /// - embeddings: `[batch, dim]`, labels: `[batch]`
    /// - loss: `[1]`
    ///
    /// # Panics
    /// As [`TripletLoss::forward`], and where dim is not that of what is remembered.
    pub fn forward(
        &mut self,
        loss: &TripletLoss,
        embeddings: Tensor<2>,
        labels: Tensor<1, Int>,
    ) -> TripletOutput {
        let (rows, row_labels) = (embeddings.clone(), labels.clone());
        let output = match &self.stored {
            Some(stored) if stored.len > 0 => {
                let ([_, dim], [_, stored_dim]) = (rows.dims(), stored.embeddings.dims());
                assert_eq!(
                    dim, stored_dim,
                    "triplet loss: embeddings of {dim} dimensions and remembered ones of {stored_dim}"
                );
                let old = stored.embeddings.clone().narrow(0, 0, stored.len);
                let old_labels = stored.labels.clone().narrow(0, 0, stored.len);
                // On the graph of the batch where it has one, as a constant.
                let old = match rows.device().is_autodiff() {
                    true => Tensor::from_inner(old),
                    false => old,
                };
                let all = Tensor::cat(vec![rows.clone(), old], 0);
                let all_labels = Tensor::cat(vec![row_labels.clone().inner(), old_labels], 0);
                loss.forward_gathered(embeddings, labels, all, all_labels, 0)
            }
            _ => loss.forward(embeddings, labels),
        };
        self.batches += 1;
        if self.batches > self.config.warm_up {
            self.store(rows.inner(), row_labels.inner());
        }
        output
    }

    fn store(&mut self, rows: Tensor<2>, labels: Tensor<1, Int>) {
        let capacity = self.config.capacity;
        let [count, dim] = rows.dims();
        // Of a batch that is larger than the memory the last rows stay.
        let kept = count.min(capacity);
        if kept == 0 {
            return;
        }
        let rows = rows.narrow(0, count - kept, kept);
        let labels = labels.narrow(0, count - kept, kept);
        let stored = self.stored.get_or_insert_with(|| Stored {
            embeddings: Tensor::zeros([capacity, dim], (&rows.device(), rows.dtype())),
            labels: Tensor::zeros([capacity], (&labels.device(), labels.dtype())),
            len: 0,
            next: 0,
        });
        // Up to the end, then from the beginning on.
        let before_end = kept.min(capacity - stored.next);
        for (from, to, count) in [
            (0, stored.next, before_end),
            (before_end, 0, kept - before_end),
        ] {
            if count == 0 {
                continue;
            }
            stored.embeddings = stored.embeddings.clone().slice_assign(
                [to..to + count, 0..dim],
                rows.clone().narrow(0, from, count),
            );
            stored.labels = stored
                .labels
                .clone()
                .slice_assign(to..to + count, labels.clone().narrow(0, from, count));
        }
        stored.next = (stored.next + kept) % capacity;
        stored.len = (stored.len + kept).min(capacity);
    }
}
