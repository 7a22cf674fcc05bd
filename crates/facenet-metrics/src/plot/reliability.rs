use std::path::Path;

use plotters::coord::Shift;
use plotters::prelude::{DrawingArea, DrawingBackend};

use super::output::{Figure, save};
use super::panel::{Axis, Line, Panel};
use super::ticks;
use super::values::runs;
use crate::MetricsError;

/// Reliability of a calibration: how often pairs are genuine, over how often they are said to be. A
/// calibration that can be believed lies on the diagonal.
///
/// ```no_run
/// # use facenet_metrics::plot::ReliabilityPlot;
/// ReliabilityPlot::new("Calibration")
///     .with_run("logistic", &[(0.05, 0.04), (0.5, 0.47), (0.95, 0.97)])
///     .save("reliability.svg")?;
/// # Ok::<(), facenet_metrics::MetricsError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct ReliabilityPlot {
    title: String,
    runs: Vec<(String, Vec<(f64, f64)>)>,
}

impl ReliabilityPlot {
    /// A figure without runs yet.
    pub fn new(title: impl Into<String>) -> ReliabilityPlot {
        ReliabilityPlot {
            title: title.into(),
            runs: Vec::new(),
        }
    }

    /// Adds the points (predicted probability, observed share) of a run, one for each bin, and its name in
    /// the legend. A point that is no pair of probabilities leaves a gap.
    pub fn with_run(mut self, name: impl Into<String>, points: &[(f64, f64)]) -> ReliabilityPlot {
        let within = |value: f64| match (0.0..=1.0).contains(&value) {
            true => value,
            false => f64::NAN,
        };
        let points = points.iter().map(|&(x, y)| (within(x), within(y)));
        self.runs.push((name.into(), points.collect()));
        self
    }

    /// Writes the figure, 1,600 pixels wide, as `.png` or `.svg` by the name.
    ///
    /// # Errors
    ///
    /// [`MetricsError::FigureFormat`] for another name, [`MetricsError::Figure`] where it cannot be
    /// drawn, [`MetricsError::Write`] where the file cannot be written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), MetricsError> {
        save(self, path.as_ref())
    }
}

impl Figure for ReliabilityPlot {
    fn size(&self) -> (u32, u32) {
        (1600, 1400)
    }

    fn draw<DB: DrawingBackend>(
        &self,
        area: &DrawingArea<DB, Shift>,
        scale: f64,
    ) -> Result<(), String> {
        let axis = |title: &str| Axis {
            title: title.to_owned(),
            low: 0.0,
            high: 1.0,
            ticks: ticks::linear(0.0, 1.0, 10, 0.0),
            label: ticks::label,
        };
        let lines = self
            .runs
            .iter()
            .map(|(name, points)| {
                let mut line = Line::new(name, runs(points));
                line.marked = true;
                line
            })
            .collect();
        let panel = Panel {
            x: axis("predicted probability of a genuine pair"),
            y: axis("observed share of genuine pairs"),
            lines,
            guides: vec![[(0.0, 0.0), (1.0, 1.0)]],
        };
        panel.draw_alone(&self.title, area, scale)
    }
}
