use std::cell::{Cell, RefCell};
use std::fmt;

use burn::tensor::Tensor;
use facenet_kernels::Operations;
use serde::{Deserialize, Serialize};

/// What goes through a network beside the images: who looks at its stages, whose operations compute it, and the count
/// of what it costs.
///
/// ```
/// # #[cfg(feature = "flex")] {
/// use burn::tensor::{Device, Tensor};
/// use facenet_models::{Architecture, FaceNetConfig, ForwardPass, Stage};
///
/// let device = Device::flex();
/// let network = FaceNetConfig::new(Architecture::Nns2).init(&device)?;
/// let mut shapes = Vec::new();
/// let mut look = |stage: &Stage<'_>| shapes.push((stage.name.to_owned(), stage.output.dims()));
/// let pass = ForwardPass::new().observed_by(&mut look);
/// network.forward_with(Tensor::zeros([1, 3, 140, 116], &device), &pass);
/// assert_eq!(shapes[0], ("conv1".to_owned(), [1, 16, 70, 58]));
/// # }
/// # Ok::<(), facenet_models::ModelError>(())
/// ```
#[derive(Default)]
pub struct ForwardPass<'a> {
    observer: RefCell<Option<Observer<'a>>>,
    operations: Operations,
    cost: Cell<Cost>,
    told: Cell<Cost>,
}

type Observer<'a> = &'a mut dyn FnMut(&Stage<'_>);

/// A layer or a block of a network's forward pass, named as its paper or the reference implementation names it.
#[derive(Debug)]
#[non_exhaustive]
pub struct Stage<'a> {
    /// The name.
    pub name: &'a str,
    /// Its output, `[batch, channels, height, width]`; what comes from fully connected layers has height and width 1.
    pub output: &'a Tensor<4>,
    /// What it costs.
    pub cost: Cost,
}

/// What layers cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cost {
    /// Parameters; running statistics of batch normalization are none.
    pub parameters: usize,
    /// Multiply-adds for one image: those of convolutions and fully connected layers, with one for the bias of each
    /// output, as the paper counts them. A batch normalization counts as the bias that it becomes at inference.
    pub multiply_adds: usize,
}

impl<'a> ForwardPass<'a> {
    /// A pass that nobody looks at, by the fastest operations there are.
    pub fn new() -> Self {
        Self::default()
    }

    /// `observer` gets each stage, in order.
    pub fn observed_by(self, observer: &'a mut dyn FnMut(&Stage<'_>)) -> Self {
        Self {
            observer: RefCell::new(Some(observer)),
            ..self
        }
    }

    /// Computes with these operations.
    pub fn with_operations(self, operations: Operations) -> Self {
        Self { operations, ..self }
    }

    /// The operations to compute with.
    pub fn operations(&self) -> Operations {
        self.operations
    }

    /// What all layers so far have cost.
    pub fn cost(&self) -> Cost {
        self.cost.get()
    }

    /// A stage that gives maps, `[batch, channels, height, width]`; passes them on.
    pub fn maps(&self, name: &str, output: Tensor<4>) -> Tensor<4> {
        self.tell(name, || output.clone());
        output
    }

    /// A stage that gives vectors, `[batch, features]`; passes them on.
    pub fn vectors(&self, name: &str, output: Tensor<2>) -> Tensor<2> {
        self.tell(name, || {
            let [batch, channels] = output.dims();
            output.clone().reshape([batch, channels, 1, 1])
        });
        output
    }

    /// Counts a layer that ran: `weights` and a bias for each of `outputs` channels at each of `positions`.
    ///
    /// A batch normalization after the layer is part of it: at inference it is that bias, and it takes part with its
    /// `parameters`.
    pub fn count(&self, parameters: usize, weights: usize, outputs: usize, positions: usize) {
        let before = self.cost.get();
        self.cost.set(Cost {
            parameters: before.parameters + parameters,
            multiply_adds: before.multiply_adds + (weights + outputs) * positions,
        });
    }

    fn tell(&self, name: &str, output: impl FnOnce() -> Tensor<4>) {
        let (now, before) = (self.cost.get(), self.told.replace(self.cost.get()));
        if let Some(observer) = &mut *self.observer.borrow_mut() {
            observer(&Stage {
                name,
                output: &output(),
                cost: Cost {
                    parameters: now.parameters - before.parameters,
                    multiply_adds: now.multiply_adds - before.multiply_adds,
                },
            });
        }
    }
}

impl fmt::Debug for ForwardPass<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ForwardPass")
            .field("operations", &self.operations)
            .field("cost", &self.cost)
            .finish_non_exhaustive()
    }
}
