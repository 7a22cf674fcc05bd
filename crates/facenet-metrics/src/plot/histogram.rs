use std::path::Path;

use plotters::coord::Shift;
use plotters::prelude::{DrawingArea, DrawingBackend};

use super::output::{Figure, save};
use super::panel::{Axis, Line, Panel, Sides, titled};
use super::ticks;
use super::values::{range, roomy};
use crate::MetricsError;

/// Bars over the whole range, unless told otherwise.
const BINS: usize = 80;

/// Histograms of the distances of genuine and of impostor pairs, and the threshold between them. Each run
/// has a chart of its own, all with the same horizontal axis.
///
/// The heights are shares: those of genuine pairs add up to 1, and those of impostor pairs, which are many
/// more.
///
/// ```no_run
/// # use facenet_metrics::{Scores, plot::HistogramPlot};
/// # let scores = Scores::new(&[0.3, 1.2], &[true, false])?;
/// HistogramPlot::new("LFW")
///     .with_run("NN2", scores.genuine(), scores.impostor(), scores.threshold_at_far(1e-3)?)
///     .save("distances.svg")?;
/// # Ok::<(), facenet_metrics::MetricsError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct HistogramPlot {
    title: String,
    x_title: String,
    bins: usize,
    runs: Vec<Run>,
}

#[derive(Clone, Debug, PartialEq)]
struct Run {
    name: String,
    genuine: Vec<f64>,
    impostor: Vec<f64>,
    threshold: Option<f64>,
}

impl HistogramPlot {
    /// A figure without runs yet.
    pub fn new(title: impl Into<String>) -> HistogramPlot {
        HistogramPlot {
            title: title.into(),
            x_title: "distance".to_owned(),
            bins: BINS,
            runs: Vec::new(),
        }
    }

    /// Adds the distances of a run and its name. Distances that are NaN or infinite are left out.
    pub fn with_run<T: Copy + Into<f64>>(
        mut self,
        name: impl Into<String>,
        genuine: &[T],
        impostor: &[T],
        threshold: Option<f64>,
    ) -> HistogramPlot {
        let finite = |list: &[T]| -> Vec<f64> {
            let numbers = list.iter().map(|&distance| distance.into());
            numbers
                .filter(|distance: &f64| distance.abs() < 1e300)
                .collect()
        };
        self.runs.push(Run {
            name: name.into(),
            genuine: finite(genuine),
            impostor: finite(impostor),
            threshold: threshold.filter(|threshold| threshold.abs() < 1e300),
        });
        self
    }

    /// Names what is measured, "distance" unless set.
    pub fn with_x_title(mut self, x_title: impl Into<String>) -> HistogramPlot {
        self.x_title = x_title.into();
        self
    }

    /// Sets the number of bars over the whole range, 80 unless set, from 1 to 1,000.
    pub fn with_bins(mut self, bins: usize) -> HistogramPlot {
        self.bins = bins.clamp(1, 1000);
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

    /// The panel of a run.
    fn panel(&self, run: &Run, (low, high): (f64, f64)) -> Panel {
        let named = |kind: &str| match run.name.is_empty() {
            true => kind.to_owned(),
            false => format!("{}: {kind}", run.name),
        };
        let mut lines = Vec::new();
        for (kind, list) in [("genuine", &run.genuine), ("impostor", &run.impostor)] {
            let mut line = Line::new(&named(kind), outline(list, low, high, self.bins));
            line.filled = true;
            lines.push(line);
        }
        let tops = lines.iter().flat_map(|line| line.runs.iter().flatten());
        let (_, top) = roomy(range(tops.map(|&(_, share)| share).chain([0.0])));
        if let Some(threshold) = run.threshold {
            let name = format!(
                "threshold {}",
                ticks::label((threshold * 1e4).round() / 1e4)
            );
            lines.push(Line::new(
                &name,
                vec![vec![(threshold, 0.0), (threshold, top)]],
            ));
        }
        Panel {
            x: Axis {
                title: self.x_title.clone(),
                low,
                high,
                ticks: ticks::linear(low, high, 10, 0.0),
                label: ticks::label,
            },
            y: Axis {
                title: "share of the pairs".to_owned(),
                low: 0.0,
                high: top,
                ticks: ticks::linear(0.0, top, 6, 0.0),
                label: ticks::label,
            },
            lines,
            guides: Vec::new(),
        }
    }
}

/// The outline of the bars, whose heights add up to 1.
fn outline(values: &[f64], low: f64, high: f64, bins: usize) -> Vec<Vec<(f64, f64)>> {
    if values.is_empty() {
        return Vec::new();
    }
    let mut counts = vec![0u64; bins];
    for value in values {
        let at = ((value - low) / (high - low) * bins as f64) as usize;
        counts[at.min(bins - 1)] += 1;
    }
    let edge = |at: usize| low + (high - low) * at as f64 / bins as f64;
    let mut points = vec![(low, 0.0)];
    for (at, count) in counts.into_iter().enumerate() {
        let height = count as f64 / values.len() as f64;
        points.extend([(edge(at), height), (edge(at + 1), height)]);
    }
    points.push((high, 0.0));
    vec![points]
}

impl Figure for HistogramPlot {
    fn size(&self) -> (u32, u32) {
        match self.runs.len() {
            0 | 1 => (1600, 1000),
            runs => (1600, 700 * runs.min(8) as u32),
        }
    }

    fn draw<DB: DrawingBackend>(
        &self,
        area: &DrawingArea<DB, Shift>,
        scale: f64,
    ) -> Result<(), String> {
        let rest = titled(area, &self.title, scale)?;
        let values = self.runs.iter().flat_map(|run| {
            let distances = run.genuine.iter().chain(&run.impostor);
            distances.copied().chain(run.threshold)
        });
        let ends = range(values);
        let empty = Run {
            name: String::new(),
            genuine: Vec::new(),
            impostor: Vec::new(),
            threshold: None,
        };
        let runs = match self.runs.is_empty() {
            true => std::slice::from_ref(&empty),
            false => &self.runs[..],
        };
        let panels: Vec<Panel> = runs.iter().map(|run| self.panel(run, ends)).collect();
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
    fn heights_are_shares() {
        let line = outline(&[0.0, 0.1, 0.9, 1.0], 0.0, 1.0, 2);
        assert_eq!(
            line,
            [vec![
                (0.0, 0.0),
                (0.0, 0.5),
                (0.5, 0.5),
                (0.5, 0.5),
                (1.0, 0.5),
                (1.0, 0.0)
            ]]
        );
        assert!(outline(&[], 0.0, 1.0, 2).is_empty());
    }
}
