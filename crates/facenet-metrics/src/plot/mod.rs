//! Figures: ROC curves and training curves, as SVG and PNG.
//!
//! The font is embedded, no font of the system is read. A figure is written beside its name first and
//! then renamed, so that a reader never finds half of one.

mod line;
mod output;
mod panel;
mod roc;
mod style;
mod ticks;

pub use line::{LineChart, LinePanel};
pub use roc::{FarAxis, RocPlot};
