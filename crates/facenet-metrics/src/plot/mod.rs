//! Figures as SVG and PNG.
//!
//! | figure | |
//! |---|---|
//! | ROC, with FAR on a logarithmic axis | [`RocPlot`] |
//! | DET, both errors on normal deviate axes | [`DetPlot`] |
//! | distances of genuine and of impostor pairs, with the threshold | [`HistogramPlot`] |
//! | CMC, identification over ranks | [`CmcPlot`] |
//! | a metric against a level, with error bars | [`SweepPlot`] |
//! | a calibration: observed against predicted | [`ReliabilityPlot`] |
//! | training curves | [`LineChart`] |
//!
//! A figure holds several runs, which differ in color, dashes and marks, so that they can be told apart in
//! black and white. What is NaN is left out, and a figure without points shows its axes.
//!
//! The font is embedded, no font of the system is read. A figure is written beside its name first and
//! then renamed, so that a reader never finds half of one.

mod cmc;
mod det;
mod deviate;
mod histogram;
mod line;
mod output;
mod panel;
mod reliability;
mod roc;
mod style;
mod sweep;
mod ticks;
mod values;

pub use cmc::CmcPlot;
pub use det::DetPlot;
pub use histogram::HistogramPlot;
pub use line::{LineChart, LinePanel};
pub use reliability::ReliabilityPlot;
pub use roc::{FarAxis, RocPlot};
pub use sweep::{SweepPlot, SweepPoint};
