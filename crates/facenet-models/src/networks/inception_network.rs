use burn::{
    module::Module,
    tensor::{Device, Tensor},
};

use crate::{
    ForwardPass,
    blocks::{
        ConvStyle, FullyConnected, FullyConnectedActivation, FullyConnectedConfig, InceptionRow,
        InceptionStack, Stem, StemConfig, halved, l2_normalize,
    },
};

/// What the Inception networks of Schroff et al. 2015 have in common: NN2, NN3, NN4, NNS1, NNS2 and
/// OpenFace's nn4.small2 differ in their tables and in how they end.
///
/// Made by [`Nn2Config`](crate::Nn2Config) and its like.
#[derive(Module, Debug)]
pub struct InceptionNetwork {
    stem: Stem,
    inceptions: InceptionStack,
    hidden: Option<FullyConnected>,
    fc: FullyConnected,
}

/// How the last map becomes a vector.
#[derive(Clone, Copy, Debug)]
pub(super) enum End {
    /// Its mean, which takes images of any size with the same parameters.
    GlobalAverage,
    /// A fully connected layer of `units` on the whole map, as large as images of `input_size` make
    /// it.
    Hidden {
        units: usize,
        input_size: [usize; 2],
    },
}

/// Everything but the weights of an [`InceptionNetwork`].
#[derive(Clone, Debug)]
pub(super) struct Design {
    pub(super) stem: StemConfig,
    pub(super) table: Vec<(&'static str, InceptionRow)>,
    pub(super) end: End,
    pub(super) embedding_dim: usize,
}

impl Design {
    pub(super) fn init(&self, device: &Device) -> InceptionNetwork {
        let style = self.stem.style;
        let (inceptions, channels) =
            InceptionStack::new(&self.table, self.stem.two[1], style, device);
        let (hidden, features) = match self.end {
            End::GlobalAverage => (None, channels),
            End::Hidden { units, input_size } => {
                let halvings = 3 + self.table.iter().filter(|(_, row)| row.stride == 2).count();
                let [height, width] = halved(input_size, halvings);
                let hidden = FullyConnectedConfig::new([height * width * channels, units], style)
                    .with_activation(FullyConnectedActivation::Relu);
                (Some(hidden.init(device)), units)
            }
        };
        InceptionNetwork {
            stem: self.stem.init(device),
            inceptions,
            hidden,
            fc: FullyConnectedConfig::new([features, self.embedding_dim], ConvStyle::PLAIN)
                .init(device),
        }
    }
}

impl InceptionNetwork {
    /// Embeds a batch of preprocessed faces.
    ///
    /// # Shapes
    ///
    /// - input: `[batch, 3, height, width]`, standardized as the network's preprocessing says
    /// - output: `[batch, embedding_dim]`, rows of unit length
    pub fn forward(&self, images: Tensor<4>) -> Tensor<2> {
        self.forward_with(images, &ForwardPass::new())
    }

    /// As [`forward`](Self::forward); `pass` sees the rows of the table.
    pub fn forward_with(&self, images: Tensor<4>, pass: &ForwardPass<'_>) -> Tensor<2> {
        let x = self.stem.forward_with(images, pass);
        let x = self.inceptions.forward_with(x, pass);
        let x = match &self.hidden {
            Some(hidden) => pass.vectors("hidden", hidden.forward_with(x.flatten(1, 3), pass)),
            None => pass.vectors("avg pool", pass.operations().global_avg_pool2d(x)),
        };
        let x = pass.vectors("fully conn", self.fc.forward_with(x, pass));
        pass.vectors("L2", l2_normalize(x))
    }

    /// The same network for inference, with batch normalization folded into the layers before it.
    pub fn fold(self) -> Self {
        Self {
            stem: self.stem.fold(),
            inceptions: self.inceptions.fold(),
            hidden: self.hidden.map(FullyConnected::fold),
            fc: self.fc.fold(),
        }
    }

    /// Whether [`fold`](Self::fold) made it.
    pub(crate) fn is_folded(&self) -> bool {
        self.stem.is_folded()
    }
}
