use std::path::Path;

use plotters::coord::Shift;
use plotters::prelude::{DrawingArea, DrawingBackend};

use super::output::{Figure, save};
use super::panel::{Axis, Line, Panel};
use super::ticks;
use super::values::{drawable, range, roomy, runs};
use crate::{MeanStd, MetricsError};

/// A point of a [`SweepPlot`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SweepPoint {
    /// The level, such as the quality of a JPEG file.
    pub level: f64,
    /// The metric there; what is `None` or not finite leaves a gap.
    pub value: Option<f64>,
    /// Half the length of the error bar, such as a standard error.
    pub error: Option<f64>,
}

impl From<(f64, f64)> for SweepPoint {
    fn from((level, value): (f64, f64)) -> SweepPoint {
        SweepPoint {
            level,
            value: Some(value),
            error: None,
        }
    }
}

impl From<(f64, f64, f64)> for SweepPoint {
    fn from((level, value, error): (f64, f64, f64)) -> SweepPoint {
        SweepPoint {
            level,
            value: Some(value),
            error: Some(error),
        }
    }
}

/// The mean and its standard error.
impl From<(f64, Option<MeanStd>)> for SweepPoint {
    fn from((level, value): (f64, Option<MeanStd>)) -> SweepPoint {
        SweepPoint {
            level,
            value: value.map(|value| value.mean),
            error: value.map(|value| value.sem),
        }
    }
}

/// A metric against a level, with error bars: accuracy over JPEG quality, as in table 4 of FaceNet, or over
/// the number of dimensions, as in table 5.
///
/// ```no_run
/// # use facenet_metrics::plot::SweepPlot;
/// SweepPlot::new("Robustness", "JPEG quality", "VAL at FAR 1e-3")
///     .with_run("NN2", [(10.0, 0.672, 0.01), (50.0, 0.852, 0.008), (90.0, 0.862, 0.008)])
///     .save("quality.svg")?;
/// # Ok::<(), facenet_metrics::MetricsError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct SweepPlot {
    title: String,
    x_title: String,
    y_title: String,
    runs: Vec<(String, Vec<SweepPoint>)>,
}

impl SweepPlot {
    /// A figure without runs yet; the two titles name the level and the metric.
    pub fn new(
        title: impl Into<String>,
        x_title: impl Into<String>,
        y_title: impl Into<String>,
    ) -> SweepPlot {
        SweepPlot {
            title: title.into(),
            x_title: x_title.into(),
            y_title: y_title.into(),
            runs: Vec::new(),
        }
    }

    /// Adds the points of a run, in the order of the levels, and its name in the legend.
    ///
    /// A point is (level, value), (level, value, error) or a [`SweepPoint`].
    pub fn with_run(
        mut self,
        name: impl Into<String>,
        points: impl IntoIterator<Item = impl Into<SweepPoint>>,
    ) -> SweepPlot {
        let points = points.into_iter().map(Into::into).collect();
        self.runs.push((name.into(), points));
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

    fn panel(&self) -> Panel {
        let lines: Vec<Line> = self
            .runs
            .iter()
            .map(|(name, points)| {
                let at = |point: &SweepPoint| (point.level, point.value.unwrap_or(f64::NAN));
                let values: Vec<(f64, f64)> = points.iter().map(at).collect();
                let mut line = Line::new(name, runs(&values));
                line.marked = true;
                line.errors = points
                    .iter()
                    .filter(|point| drawable(&at(point)))
                    .filter_map(|point| {
                        let (x, y) = at(point);
                        let error = point.error.filter(|&e| e > 0.0 && e < 1e300)?;
                        Some((x, y - error, y + error))
                    })
                    .collect();
                line
            })
            .collect();
        let points = || lines.iter().flat_map(|line| line.runs.iter().flatten());
        let errors = lines.iter().flat_map(|line| &line.errors);
        let errors = errors.flat_map(|&(_, low, high)| [low, high]);
        let (x_low, x_high) = padded(range(points().map(|point| point.0)));
        let (low, high) = roomy(range(points().map(|point| point.1).chain(errors)));
        let axis = |title: &str, low: f64, high: f64, count: usize| Axis {
            title: title.to_owned(),
            low,
            high,
            ticks: ticks::linear(low, high, count, 0.0),
            label: ticks::label,
        };
        Panel {
            x: axis(&self.x_title, x_low, x_high, 10),
            y: axis(&self.y_title, low, high, 8),
            lines,
            guides: Vec::new(),
        }
    }
}

/// Room for the marks and the stops of the first and the last level.
fn padded((low, high): (f64, f64)) -> (f64, f64) {
    let room = (high - low) * 0.02;
    (low - room, high + room)
}

impl Figure for SweepPlot {
    fn size(&self) -> (u32, u32) {
        (1600, 1000)
    }

    fn draw<DB: DrawingBackend>(
        &self,
        area: &DrawingArea<DB, Shift>,
        scale: f64,
    ) -> Result<(), String> {
        self.panel().draw_alone(&self.title, area, scale)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn error_bars_are_within_the_axes() {
        let plot = SweepPlot::new("", "", "").with_run("a", [(0.0, 0.5, 0.2), (10.0, 0.9, 0.3)]);
        let panel = plot.panel();
        assert_eq!(panel.lines[0].errors.len(), 2);
        assert!(panel.y.low <= 0.3 && panel.y.high >= 1.2);
        assert!(panel.x.low < 0.0 && panel.x.high > 10.0);
    }

    #[test]
    fn what_is_missing_leaves_a_gap() {
        let points = [
            (1.0, MeanStd::new(&[0.5, 0.7])),
            (2.0, None),
            (3.0, MeanStd::new(&[0.9])),
        ];
        let panel = SweepPlot::new("", "", "").with_run("a", points).panel();
        assert_eq!(panel.lines[0].runs, [vec![(1.0, 0.6)], vec![(3.0, 0.9)]]);
        // One value has no error.
        assert_eq!(panel.lines[0].errors.len(), 1);
    }
}
