use burn::{
    module::{ModuleVisitor, Param},
    store::{BurnToPyTorchAdapter, ModuleAdapter, ModuleContext, bridge, burn_pack},
    tensor::{DType, Tensor},
};

use super::layout::Layout;

/// What a network wants from a file: names and shapes of its tensors, in its order.
///
/// Its parameters are not drawn for that: a file that does not fit costs no memory, however large
/// the network that it claims to hold.
pub(super) struct Expected {
    layout: Layout,
    path: Vec<String>,
    containers: Vec<String>,
    tensors: Vec<burn_pack::Tensor>,
}

impl Expected {
    /// A visitor that sees nothing yet.
    pub(super) fn new(layout: Layout) -> Self {
        Self {
            layout,
            path: Vec::new(),
            containers: Vec::new(),
            tensors: Vec::new(),
        }
    }

    /// What it has seen. The tensors have no values.
    pub(super) fn into_tensors(self) -> Vec<burn_pack::Tensor> {
        self.tensors
    }

    /// PyTorch has no enums, so their variants are no part of a name.
    fn is_named(&self, container: &str) -> bool {
        self.layout == Layout::Burn || !container.starts_with("Enum:")
    }
}

impl ModuleVisitor for Expected {
    fn enter_module(&mut self, name: &str, container: &str) {
        self.containers.push(container.to_owned());
        if self.is_named(container) {
            self.path.push(name.to_owned());
        }
    }

    fn exit_module(&mut self, _name: &str, container: &str) {
        self.containers.pop();
        if self.is_named(container) {
            self.path.pop();
        }
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let no_values = || {
            let reason = "a tensor that is expected has no values".to_owned();
            Err(burn_pack::Error::ValidationError(reason))
        };
        let name = self.path.join(".");
        let shape = param.lazy_shape();
        let tensor = bridge::deferred(name, DType::F32, shape, None, no_values);
        self.tensors.push(match self.layout {
            Layout::Burn => tensor,
            Layout::PyTorch => {
                BurnToPyTorchAdapter.adapt(tensor, ModuleContext::new(&self.containers))
            }
        });
    }
}
