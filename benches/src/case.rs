use serde_json::Value;

/// One thing to measure: its name, and what a run of it gets done.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    pub(crate) name: String,
    pub(crate) work: Option<(f64, &'static str)>,
    pub(crate) baseline: Option<(String, f64)>,
    pub(crate) seconds: Option<f64>,
    pub(crate) peer: Option<Value>,
}

impl Case {
    /// A case with a name of parts, from the general to the particular: `network/forward/batch=8`.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            work: None,
            baseline: None,
            seconds: None,
            peer: None,
        }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// A run does `amount` of work; `unit` is the unit of its rate: `(8.0, "images/s")`.
    pub fn throughput(mut self, amount: f64, unit: &'static str) -> Self {
        self.work = Some((amount, unit));
        self
    }

    /// Reports the median as a multiple of `seconds`, the median of the case named `of`.
    pub fn relative_to(mut self, of: impl Into<String>, seconds: f64) -> Self {
        self.baseline = Some((of.into(), seconds));
        self
    }

    /// Fewer runs where they are slow: warm-up and timed runs each end once they have taken `seconds`, but
    /// for the first to warm up and the first three to be timed. So it is for the peer. `--runs` lifts
    /// the limit.
    pub fn limit(mut self, seconds: f64) -> Self {
        self.seconds = Some(seconds);
        self
    }

    /// What the benchmark's peer script needs to know, a JSON object, to do the same work. Warm-up and
    /// runs are added to it.
    pub fn peer(mut self, request: Value) -> Self {
        self.peer = Some(request);
        self
    }
}
