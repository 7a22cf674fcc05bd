use std::path::Path;

use plotters::coord::Shift;
use plotters::prelude::{DrawingArea, DrawingBackend};

use super::output::{Figure, save};
use super::panel::{Axis, Line, Panel};
use super::ticks::{self, Ticks};
use crate::MetricsError;

/// Ranks up to which the axis is linear and points have marks.
const FEW: usize = 30;

/// Cumulative match characteristics: the share of probes whose identity is among the first k of the
/// gallery, over k.
///
/// The axis of ranks is logarithmic for more than 30.
///
/// ```no_run
/// # use facenet_metrics::plot::CmcPlot;
/// CmcPlot::new("Identification")
///     .with_run("NN2", [0.81, 0.9, 0.93, 0.95])
///     .save("cmc.svg")?;
/// # Ok::<(), facenet_metrics::MetricsError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct CmcPlot {
    title: String,
    runs: Vec<(String, Vec<Option<f64>>)>,
}

impl CmcPlot {
    /// A figure without runs yet.
    pub fn new(title: impl Into<String>) -> CmcPlot {
        CmcPlot {
            title: title.into(),
            runs: Vec::new(),
        }
    }

    /// Adds the identification rates of a run at rank 1, 2, …, and its name in the legend.
    ///
    /// A rate that is `None`, or no rate, leaves a gap in the line.
    pub fn with_run(
        mut self,
        name: impl Into<String>,
        rates: impl IntoIterator<Item = impl Into<Option<f64>>>,
    ) -> CmcPlot {
        let rate = |rate: Option<f64>| rate.filter(|rate| (0.0..=1.0).contains(rate));
        let rates = rates.into_iter().map(|given| rate(given.into())).collect();
        self.runs.push((name.into(), rates));
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
        let most = self.runs.iter().map(|(_, rates)| rates.len()).max();
        let most = most.unwrap_or(0).max(2);
        let few = most <= FEW;
        let position = |rank: usize| match few {
            true => rank as f64,
            false => (rank as f64).log10(),
        };
        let x = Axis {
            title: "rank".to_owned(),
            low: position(1),
            high: position(most),
            ticks: match few {
                true => few_ranks(most),
                false => ranks(most),
            },
            label: match few {
                true => ticks::label,
                false => |logarithm| ticks::label(10f64.powf(logarithm).round()),
            },
        };
        let rates = self
            .runs
            .iter()
            .flat_map(|(_, rates)| rates.iter().flatten());
        let worst = rates.copied().fold(1.0, f64::min);
        // A round number below, and some room below a rate that is one.
        let low = ((worst * 20.0 - 0.2).floor() / 20.0).clamp(0.0, 0.95);
        let lines = self
            .runs
            .iter()
            .map(|(name, rates)| {
                let points: Vec<Option<(f64, f64)>> = rates
                    .iter()
                    .zip(1..)
                    .map(|(rate, rank)| rate.map(|rate| (position(rank), rate)))
                    .collect();
                let runs = points
                    .split(Option::is_none)
                    .map(|run| run.iter().flatten().copied().collect::<Vec<_>>())
                    .filter(|run| !run.is_empty())
                    .collect();
                let mut line = Line::new(name, runs);
                line.marked = few;
                line
            })
            .collect();
        Panel {
            x,
            y: Axis {
                title: "identification rate".to_owned(),
                low,
                high: 1.0,
                ticks: ticks::linear(low, 1.0, 10, 0.0),
                label: ticks::label,
            },
            lines,
            guides: Vec::new(),
        }
    }
}

/// Whole ranks, the first of them too.
fn few_ranks(most: usize) -> Ticks {
    let mut ticks = ticks::linear(1.0, most as f64, 15, 1.0);
    if ticks.bold.first().is_none_or(|&first| first > 1.0) {
        ticks.bold.insert(0, 1.0);
    }
    ticks
}

/// The logarithms of 1, 2, 5, 10, 20, … and of what is between.
fn ranks(most: usize) -> Ticks {
    let end = (most as f64).log10();
    let decades = 0..=end as i32;
    let of = |factors: &[f64]| -> Vec<f64> {
        decades
            .clone()
            .flat_map(|decade| factors.iter().map(move |f| f64::from(decade) + f.log10()))
            .filter(|position| *position <= end + 1e-9)
            .collect()
    };
    Ticks {
        bold: of(&[1.0, 2.0, 5.0]),
        fine: of(&[3.0, 4.0, 6.0, 7.0, 8.0, 9.0]),
    }
}

impl Figure for CmcPlot {
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

    #[test]
    fn many_ranks_are_logarithmic() {
        let panel = |count| CmcPlot::new("").with_run("a", vec![0.75; count]).panel();
        let many = panel(100);
        let labels: Vec<String> = many
            .x
            .ticks
            .bold
            .iter()
            .map(|&t| (many.x.label)(t))
            .collect();
        assert_eq!(labels, ["1", "2", "5", "10", "20", "50", "100"]);
        assert_eq!((many.x.low, many.x.high, many.y.low), (0.0, 2.0, 0.7));
        assert_eq!((panel(20).x.high, panel(1).x.high), (20.0, 2.0));
    }

    #[test]
    fn what_is_no_rate_is_a_gap() {
        let plot = CmcPlot::new("").with_run("a", [Some(0.5), None, Some(1.5), Some(0.9)]);
        assert_eq!(
            plot.panel().lines[0].runs,
            [vec![(1.0, 0.5)], vec![(4.0, 0.9)]]
        );
    }
}
