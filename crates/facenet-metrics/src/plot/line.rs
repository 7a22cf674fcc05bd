use std::path::Path;

use plotters::coord::Shift;
use plotters::prelude::{DrawingArea, DrawingBackend};

use super::output::{Figure, save};
use super::panel::{Axis, Line, Panel, Sides, titled};
use super::ticks;
use super::values::{drawable, range, roomy, runs};
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
        // There is nothing between two epochs to be labeled.
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
                        .map(|(name, points)| Line::new(name, runs(points)))
                        .collect(),
                    guides: Vec::new(),
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
