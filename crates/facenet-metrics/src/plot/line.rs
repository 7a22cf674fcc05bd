use std::path::Path;

use plotters::coord::Shift;
use plotters::prelude::{DrawingArea, DrawingBackend};

use super::output::{Figure, save};
use super::panel::{Axis, Line, Panel, Sides, titled};
use super::ticks;
use crate::MetricsError;

/// One chart of a [`LineChart`]: a quantity, and its course in one or more series.
#[derive(Clone, Debug, PartialEq)]
pub struct LinePanel {
    quantity: String,
    series: Vec<(String, Vec<(f64, f64)>)>,
}

impl LinePanel {
    /// A chart of `quantity`, the title of its vertical axis, without series yet.
    pub fn new(quantity: impl Into<String>) -> LinePanel {
        LinePanel {
            quantity: quantity.into(),
            series: Vec::new(),
        }
    }

    /// Adds a series of (step, value) and its name in the legend.
    ///
    /// A value that is NaN or infinite, as of a training that diverged, leaves a gap in the line.
    pub fn with_series(
        mut self,
        name: impl Into<String>,
        points: impl Into<Vec<(f64, f64)>>,
    ) -> LinePanel {
        self.series.push((name.into(), points.into()));
        self
    }

    fn finite(&self) -> impl Iterator<Item = (f64, f64)> + '_ {
        self.series
            .iter()
            .flat_map(|(_, points)| points)
            .copied()
            .filter(drawable)
    }
}

/// Training curves: series over steps or epochs, in one chart or in several, one below the other,
/// that share the horizontal axis.
///
/// ```no_run
/// # use facenet_metrics::plot::{LineChart, LinePanel};
/// LineChart::new("Training", "epoch")
///     .with_panel(LinePanel::new("loss").with_series("train", [(1.0, 0.2), (2.0, 0.1)]))
///     .with_panel(LinePanel::new("VAL at FAR 1e-3").with_series("LFW", [(1.0, 0.5), (2.0, 0.7)]))
///     .save("training.png")?;
/// # Ok::<(), facenet_metrics::MetricsError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct LineChart {
    title: String,
    x_title: String,
    panels: Vec<LinePanel>,
}

impl LineChart {
    /// A figure without charts yet; `x_title` names the horizontal axis, "step" or "epoch".
    pub fn new(title: impl Into<String>, x_title: impl Into<String>) -> LineChart {
        LineChart {
            title: title.into(),
            x_title: x_title.into(),
            panels: Vec::new(),
        }
    }

    /// Adds a chart below those that are there.
    pub fn with_panel(mut self, panel: LinePanel) -> LineChart {
        self.panels.push(panel);
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

/// Numbers beyond this have no distance between them that is a number.
fn drawable(point: &(f64, f64)) -> bool {
    point.0.abs() < 1e300 && point.1.abs() < 1e300
}

/// The runs of drawable points.
fn runs(points: &[(f64, f64)]) -> Vec<Vec<(f64, f64)>> {
    points
        .split(|point| !drawable(point))
        .filter(|run| !run.is_empty())
        .map(<[_]>::to_vec)
        .collect()
}

/// The range of the values; where that is none or a point, something around it.
fn range(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
        (low.min(value), high.max(value))
    });
    if low > high {
        (0.0, 1.0)
    } else if high - low <= low.abs().max(high.abs()) * 1e-9 {
        let half = (low.abs() * 0.1).max(0.5);
        (low - half, high + half)
    } else {
        (low, high)
    }
}

/// The range with some room, but none beyond 0 where all values are on one side of it.
fn roomy((low, high): (f64, f64)) -> (f64, f64) {
    let room = (high - low) * 0.05;
    let below = low - room;
    let above = high + room;
    (
        if low >= 0.0 { below.max(0.0) } else { below },
        if high <= 0.0 { above.min(0.0) } else { above },
    )
}

impl Figure for LineChart {
    fn size(&self) -> (u32, u32) {
        (
            1600,
            if self.panels.len() < 2 {
                1000
            } else {
                700 * self.panels.len().min(8) as u32
            },
        )
    }

    fn draw<DB: DrawingBackend>(
        &self,
        area: &DrawingArea<DB, Shift>,
        scale: f64,
    ) -> Result<(), String> {
        let rest = titled(area, &self.title, scale)?;
        let steps = || self.panels.iter().flat_map(LinePanel::finite).map(|p| p.0);
        let (x_low, x_high) = range(steps());
        // There is nothing between two epochs to be labelled.
        let least = if steps().all(|x| x.fract() == 0.0) {
            1.0
        } else {
            0.0
        };
        let x_ticks = ticks::linear(x_low, x_high, 10, least);
        let panels: Vec<Panel> = self
            .panels
            .iter()
            .map(|panel| {
                let (low, high) = roomy(range(panel.finite().map(|p| p.1)));
                Panel {
                    x: Axis {
                        title: self.x_title.clone(),
                        low: x_low,
                        high: x_high,
                        ticks: x_ticks.clone(),
                        label: ticks::label,
                    },
                    y: Axis {
                        title: panel.quantity.clone(),
                        low,
                        high,
                        ticks: ticks::linear(low, high, 6, 0.0),
                        label: ticks::label,
                    },
                    lines: panel
                        .series
                        .iter()
                        .map(|(name, points)| Line {
                            name: name.clone(),
                            runs: runs(points),
                        })
                        .collect(),
                }
            })
            .collect();
        // The widest labels decide for all, so that equal steps lie below each other.
        let mut sides = Sides::default();
        for panel in &panels {
            sides = sides.or_wider(panel.sides(area, scale)?);
        }
        let areas = rest.split_evenly((panels.len().max(1), 1));
        for (panel, area) in panels.iter().zip(&areas) {
            panel.draw(&area.use_screen_coord(), area, sides, scale)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_never_empty() {
        assert_eq!(range([].into_iter()), (0.0, 1.0));
        assert_eq!(range([3.0].into_iter()), (2.5, 3.5));
        assert_eq!(range([2000.0, 2000.0].into_iter()), (1800.0, 2200.0));
        assert_eq!(range([0.0, 2.0, 1.0].into_iter()), (0.0, 2.0));
        assert_eq!(roomy((0.0, 2.0)), (0.0, 2.1));
        assert_eq!(roomy((-2.0, 0.0)), (-2.1, 0.0));
    }

    #[test]
    fn values_that_are_no_numbers_leave_gaps() {
        let line = [
            (1.0, 2.0),
            (2.0, f64::NAN),
            (3.0, 1.0),
            (4.0, f64::INFINITY),
        ];
        assert_eq!(runs(&line), [vec![(1.0, 2.0)], vec![(3.0, 1.0)]]);
    }
}
