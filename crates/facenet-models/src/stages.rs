use burn::tensor::Tensor;

/// Looks at the output of each stage of a network's forward pass: for summaries, for comparison
/// with another implementation, for features from the middle of a network.
///
/// ```
/// # #[cfg(feature = "flex")] {
/// use burn::tensor::{Device, Tensor};
/// use facenet_models::{Architecture, FaceNetConfig, Stages};
///
/// let device = Device::flex();
/// let network = FaceNetConfig::new(Architecture::Nns2).init(&device)?;
/// let mut shapes = Vec::new();
/// let mut look = |name: &str, output: &Tensor<4>| shapes.push((name.to_owned(), output.dims()));
/// network.forward_stages(Tensor::zeros([1, 3, 140, 116], &device), &mut Stages::observed_by(&mut look));
/// assert_eq!(shapes[0], ("conv1".to_owned(), [1, 16, 70, 58]));
/// # }
/// # Ok::<(), facenet_models::ModelError>(())
/// ```
pub struct Stages<'a> {
    observer: Option<Observer<'a>>,
}

type Observer<'a> = &'a mut dyn FnMut(&str, &Tensor<4>);

impl<'a> Stages<'a> {
    /// Nobody looks.
    pub fn unobserved() -> Self {
        Self { observer: None }
    }

    /// `observer` gets the name and the output of each stage, in order. What comes from fully
    /// connected layers has height and width 1.
    pub fn observed_by(observer: &'a mut dyn FnMut(&str, &Tensor<4>)) -> Self {
        Self {
            observer: Some(observer),
        }
    }

    /// A stage that gives maps.
    pub(crate) fn maps(&mut self, name: &str, output: Tensor<4>) -> Tensor<4> {
        if let Some(observer) = &mut self.observer {
            observer(name, &output);
        }
        output
    }

    /// A stage that gives vectors.
    pub(crate) fn vectors(&mut self, name: &str, output: Tensor<2>) -> Tensor<2> {
        if let Some(observer) = &mut self.observer {
            let [batch, channels] = output.dims();
            observer(name, &output.clone().reshape([batch, channels, 1, 1]));
        }
        output
    }
}
