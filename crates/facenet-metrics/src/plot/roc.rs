use std::path::Path;

use plotters::coord::Shift;
use plotters::prelude::{DrawingArea, DrawingBackend};

use super::output::{Figure, save};
use super::panel::{Axis, Line, Panel};
use super::ticks;
use crate::MetricsError;
use crate::verification::{RocCurve, RocPoint};

/// The scale of the FAR axis.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum FarAxis {
    /// Logarithmic, as FaceNet draws it (figure 4): the curve is a staircase that begins at one
    /// impostor pair, `1 / impostor`, below which it could show nothing.
    #[default]
    Log,
    /// From 0 to 1, with straight lines between the points.
    Linear,
}

/// ROC curves in one figure: VAL over FAR (FaceNet §4 and figures 4 and 5).
///
/// ```no_run
/// # use facenet_metrics::{Scores, plot::RocPlot};
/// # let scores = Scores::new(&[0.3, 1.2], &[true, false])?;
/// let mut plot = RocPlot::new("Hold-out set");
/// if let Some(roc) = scores.roc() {
///     plot = plot.with_curve("NN2", &roc);
/// }
/// plot.save("roc.svg")?;
/// # Ok::<(), facenet_metrics::MetricsError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct RocPlot {
    title: String,
    axis: FarAxis,
    curves: Vec<(String, RocCurve)>,
}

impl RocPlot {
    /// A figure without curves yet.
    pub fn new(title: impl Into<String>) -> RocPlot {
        RocPlot {
            title: title.into(),
            axis: FarAxis::default(),
            curves: Vec::new(),
        }
    }

    /// Adds a curve and its name in the legend.
    pub fn with_curve(mut self, name: impl Into<String>, curve: &RocCurve) -> RocPlot {
        self.curves.push((name.into(), curve.simplified()));
        self
    }

    /// Sets the scale of the FAR axis.
    pub fn with_axis(mut self, axis: FarAxis) -> RocPlot {
        self.axis = axis;
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
        let val = Axis {
            title: "VAL (true accept rate)".to_owned(),
            low: 0.0,
            high: 1.0,
            ticks: ticks::linear(0.0, 1.0, 10, 0.0),
            label: ticks::label,
        };
        let lowest = self.lowest_decade();
        let far = match self.axis {
            FarAxis::Linear => Axis {
                title: "FAR (false accept rate)".to_owned(),
                low: 0.0,
                high: 1.0,
                ticks: ticks::linear(0.0, 1.0, 10, 0.0),
                label: ticks::label,
            },
            FarAxis::Log => Axis {
                title: "FAR (false accept rate)".to_owned(),
                low: f64::from(lowest),
                high: 0.0,
                ticks: ticks::decades(lowest),
                label: ticks::power_label,
            },
        };
        let lines = self
            .curves
            .iter()
            .map(|(name, curve)| {
                let points = match self.axis {
                    FarAxis::Linear => curve.points.iter().map(|p| (p.far, p.val)).collect(),
                    FarAxis::Log => staircase(curve, f64::from(lowest)),
                };
                Line::new(name, vec![points])
            })
            .collect();
        Panel {
            x: far,
            y: val,
            lines,
            guides: Vec::new(),
        }
    }

    /// The power of ten at or below one impostor pair of the largest curve, −9 at the lowest.
    fn lowest_decade(&self) -> i32 {
        let pairs = self.curves.iter().map(|(_, curve)| curve.impostor).max();
        let decade = -(pairs.unwrap_or(0).max(1) as f64).log10().ceil();
        (decade as i32).clamp(-9, -2)
    }
}

/// VAL at each FAR over log₁₀ FAR: the largest VAL of a point with no larger FAR.
fn staircase(curve: &RocCurve, low: f64) -> Vec<(f64, f64)> {
    let start = (1.0 / curve.impostor.max(1) as f64).log10().max(low);
    let position = |point: &RocPoint| {
        if point.far > 0.0 {
            point.far.log10().max(start)
        } else {
            start
        }
    };
    let mut steps: Vec<(f64, f64)> = Vec::new();
    for point in &curve.points {
        let x = position(point);
        match steps.last().copied() {
            // All that lies left of the start is the start.
            Some((last, _)) if x <= last && steps.len() == 1 => steps.clear(),
            Some((last, _)) if x <= last => {}
            Some((_, val)) => steps.push((x, val)),
            None => {}
        }
        steps.push((x, point.val));
    }
    steps
}

impl Figure for RocPlot {
    fn size(&self) -> (u32, u32) {
        (1600, 1200)
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

    fn curve(impostor: usize, points: &[(f64, f64)]) -> RocCurve {
        RocCurve {
            genuine: 10,
            impostor,
            points: points
                .iter()
                .map(|&(far, val)| RocPoint {
                    threshold: None,
                    far,
                    val,
                })
                .collect(),
        }
    }

    #[test]
    fn the_staircase_begins_at_one_impostor_pair() {
        let roc = curve(
            100,
            &[(0.0, 0.0), (0.0, 0.5), (0.1, 0.5), (0.1, 0.9), (1.0, 1.0)],
        );
        assert_eq!(
            staircase(&roc, -4.0),
            [
                (-2.0, 0.5),
                (-1.0, 0.5),
                (-1.0, 0.5),
                (-1.0, 0.9),
                (0.0, 0.9),
                (0.0, 1.0)
            ]
        );
        // A first false accept that comes before any true one.
        let roc = curve(100, &[(0.0, 0.0), (0.01, 0.2), (1.0, 1.0)]);
        assert_eq!(staircase(&roc, -2.0), [(-2.0, 0.2), (0.0, 0.2), (0.0, 1.0)]);
        assert!(staircase(&curve(0, &[]), -2.0).is_empty());
    }

    #[test]
    fn the_axis_reaches_one_impostor_pair() {
        let lowest = |impostor| {
            RocPlot::new("")
                .with_curve("a", &curve(impostor, &[]))
                .lowest_decade()
        };
        assert_eq!(
            [lowest(0), lowest(100), lowest(101), lowest(3000)],
            [-2, -2, -3, -4]
        );
        assert_eq!(lowest(usize::MAX), -9);
        assert_eq!(RocPlot::new("").lowest_decade(), -2);
    }
}
