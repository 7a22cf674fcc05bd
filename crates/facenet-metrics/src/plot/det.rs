use std::path::Path;

use plotters::coord::Shift;
use plotters::prelude::{DrawingArea, DrawingBackend};

use super::deviate::{deviate, deviate_label, deviate_ticks, labeled_below};
use super::output::{Figure, save};
use super::panel::{Axis, Line, Panel};
use crate::MetricsError;

/// The lowest rate that an axis shows.
const LOWEST: f64 = 1e-9;

/// Detection error trade-off curves: FNMR over FMR, both on normal deviate axes (Martin et al. 1997), on
/// which normally distributed distances give a straight line.
///
/// The thin line is where both errors are equal. The axes end at one half, or at 0.99 where a run is worse
/// than that; a rate of 0 is drawn on the edge.
///
/// ```no_run
/// # use facenet_metrics::plot::DetPlot;
/// DetPlot::new("LFW")
///     .with_run("NN2", &[(1e-3, 0.08), (1e-2, 0.03), (1e-1, 0.004)])
///     .save("det.svg")?;
/// # Ok::<(), facenet_metrics::MetricsError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct DetPlot {
    title: String,
    runs: Vec<(String, Vec<(f64, f64)>)>,
}

impl DetPlot {
    /// A figure without runs yet.
    pub fn new(title: impl Into<String>) -> DetPlot {
        DetPlot {
            title: title.into(),
            runs: Vec::new(),
        }
    }

    /// Adds the points (FMR, FNMR) of a run, ordered by threshold, and its name in the legend.
    ///
    /// A point that is no pair of rates is left out.
    pub fn with_run(mut self, name: impl Into<String>, points: &[(f64, f64)]) -> DetPlot {
        let is_rate = |rate: f64| (0.0..=1.0).contains(&rate);
        let rates = |&(fmr, fnmr): &(f64, f64)| is_rate(fmr) && is_rate(fnmr);
        let points = points.iter().copied().filter(rates).collect();
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
        let points = || self.runs.iter().flat_map(|(_, points)| points).copied();
        // A run that never has both errors below one half would not be seen.
        let seen = |(_, points): &(String, Vec<(f64, f64)>)| {
            points.is_empty() || points.iter().any(|&(fmr, fnmr)| fmr.max(fnmr) < 0.5)
        };
        let high = deviate(if self.runs.iter().all(seen) {
            0.5
        } else {
            0.99
        });
        let low = |rates: &mut dyn Iterator<Item = f64>| {
            let smallest = rates.filter(|&rate| rate > 0.0).fold(0.01, f64::min);
            deviate(labeled_below(smallest.max(LOWEST)))
        };
        let x_low = low(&mut points().map(|(fmr, _)| fmr));
        let y_low = low(&mut points().map(|(_, fnmr)| fnmr));
        let axis = |title: &str, low: f64| Axis {
            title: title.to_owned(),
            low,
            high,
            ticks: deviate_ticks(low, high),
            label: deviate_label,
        };
        let lines = self
            .runs
            .iter()
            .map(|(name, points)| {
                let points: Vec<(f64, f64)> = points
                    .iter()
                    .map(|&(fmr, fnmr)| (deviate(fmr).max(x_low), deviate(fnmr).max(y_low)))
                    .collect();
                Line::new(name, cut(&points, high))
            })
            .collect();
        let equal = x_low.max(y_low);
        Panel {
            x: axis("FMR (false match rate)", x_low),
            y: axis("FNMR (false non-match rate)", y_low),
            lines,
            guides: vec![[(equal, equal), (high, high)]],
        }
    }
}

/// What of a line has both coordinates up to `high`.
fn cut(points: &[(f64, f64)], high: f64) -> Vec<Vec<(f64, f64)>> {
    let inside = |point: (f64, f64)| point.0 <= high && point.1 <= high;
    // Where the line from a point inside to one outside leaves.
    let edge = |inside: (f64, f64), outside: (f64, f64)| {
        let share = |from: f64, to: f64| match to > high {
            // A rate of 1 is infinitely far away.
            true if to.is_infinite() => 0.0,
            true => (high - from) / (to - from),
            false => 1.0,
        };
        let share = share(inside.0, outside.0).min(share(inside.1, outside.1));
        let at = |from: f64, to: f64| match to.is_infinite() {
            true => from,
            false => from + share * (to - from),
        };
        (at(inside.0, outside.0), at(inside.1, outside.1))
    };
    let mut runs: Vec<Vec<(f64, f64)>> = Vec::new();
    let mut run = Vec::new();
    for (at, &point) in points.iter().enumerate() {
        let before = at.checked_sub(1).map(|before| points[before]);
        match (inside(point), before) {
            (true, Some(before)) if !inside(before) => run.extend([edge(point, before), point]),
            (true, _) => run.push(point),
            (false, Some(before)) if inside(before) => {
                run.push(edge(before, point));
                runs.push(std::mem::take(&mut run));
            }
            (false, _) => {}
        }
    }
    runs.push(run);
    runs.retain(|run| !run.is_empty());
    runs
}

impl Figure for DetPlot {
    fn size(&self) -> (u32, u32) {
        (1600, 1400)
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
    fn a_line_ends_at_the_edge() {
        let line = [(-3.0, 2.0), (-1.0, -2.0), (1.0, -4.0), (2.0, -9.0)];
        assert_eq!(
            cut(&line, 0.0),
            [vec![(-2.0, 0.0), (-1.0, -2.0), (0.0, -3.0)]]
        );
        let far = [(-3.0, f64::INFINITY), (-1.0, -2.0), (f64::INFINITY, -3.0)];
        assert_eq!(cut(&far, 0.0), [vec![(-1.0, -2.0); 3]]);
        assert!(cut(&[(1.0, 1.0)], 0.0).is_empty() && cut(&[], 0.0).is_empty());
        let twice = [(-1.0, -1.0), (1.0, -1.0), (-1.0, -1.0)];
        assert_eq!(cut(&twice, 0.0).len(), 2);
    }
}
