use std::path::Path;

use facenet_metrics::plot::{DetPlot, FarAxis, HistogramPlot, RocPlot};

use crate::{Comparison, EvalError};

impl Comparison<'_> {
    /// Draws the figures of the measurement into a folder that is there, as PNG and SVG: `roc` with the
    /// earlier reports, `distances`, `det`, and `sweep-NAME` for each sweep.
    ///
    /// # Errors
    ///
    /// A file that cannot be written.
    #[cfg_attr(docsrs, doc(cfg(feature = "plot")))]
    pub fn draw(&self, folder: &Path) -> Result<(), EvalError> {
        let mut roc = RocPlot::new("ROC, averaged over the folds").with_axis(FarAxis::Log);
        for (name, report) in self.reports() {
            if let Some(curve) = &report.lfw.roc {
                roc = roc.with_curve(name, curve);
            }
        }
        let measured = self.measured();
        let scores = &measured.scores;
        let histogram = HistogramPlot::new("Distances of the pairs").with_run(
            &*measured.name,
            scores.genuine(),
            scores.impostor(),
            Some(measured.report.mean_threshold),
        );
        let mut det = DetPlot::new("Detection error tradeoff");
        if let Some(curve) = scores.det() {
            let points: Vec<(f64, f64)> = curve.points.iter().map(|p| (p.fmr, p.fnmr)).collect();
            det = det.with_run(&*measured.name, &points);
        }
        for ending in ["png", "svg"] {
            roc.save(folder.join(format!("roc.{ending}")))?;
            histogram.save(folder.join(format!("distances.{ending}")))?;
            det.save(folder.join(format!("det.{ending}")))?;
            for table in &measured.sweeps {
                let plot = table.plot();
                plot.save(folder.join(format!("sweep-{}.{ending}", table.name)))?;
            }
        }
        Ok(())
    }
}
