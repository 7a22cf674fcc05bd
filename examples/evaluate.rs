//! Evaluates a network, embeddings or distances on a list of pairs.
//!
//! `cargo run --release --example evaluate -- --model inception-resnet-v1 --weights FILE --lfw DIR --boxes CSV`

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use clap::{ArgGroup, Parser};
use facenet_core::data::{MissingImages, PairDistances, read_distances, read_names};
use facenet_core::eval::{FaceCut, FoldedPairs, LfwFaces, LfwFacesConfig, MARGIN, PairsReport};
use facenet_core::eval::{calibration_beside, save_calibration};
use facenet_core::metrics::plot::{DetPlot, FarAxis, HistogramPlot, RocPlot};
use facenet_core::metrics::{
    Calibration, DeLong, DistanceKind, Folds, Interval, LfwProtocol, Scores, quantize,
};
use facenet_core::prelude::*;
use facenet_examples::{
    Failure, NetworkArguments, Sweep, SweepTable, degraded, distance, embed_all, open_lfw,
    print_figures, rate, read_embeddings, region, run, say,
};
use image::RgbImage;
use ndarray::Array2;
use serde::Serialize;

/// Evaluates on pairs by LFW's protocol: accuracy over the folds, VAL at FAR, AUC, EER; a network on
/// photographs (--lfw), embeddings made elsewhere (--embeddings), or distances alone (--distances).
#[derive(Parser)]
#[command(group(ArgGroup::new("subject").required(true).args(["lfw", "embeddings", "distances"])))]
struct Arguments {
    #[command(flatten)]
    network: NetworkArguments,
    /// Folder of Labeled Faces in the Wild: name/name_0001.jpg in it or in its folder `images`
    #[arg(long, value_name = "DIR")]
    lfw: Option<PathBuf>,
    /// Embeddings made elsewhere: a NumPy array, [images, dimensions]
    #[arg(long, value_name = "FILE.npy", requires = "names", requires = "pairs")]
    embeddings: Option<PathBuf>,
    /// Names of the embeddings' images, one a line, as `embed` writes them
    #[arg(long, value_name = "FILE", requires = "embeddings")]
    names: Option<PathBuf>,
    /// Distances of pairs: CSV with distance,same in the order of the pairs
    #[arg(long, value_name = "FILE.csv", conflicts_with_all = ["pairs", "subtract_mean", "sweep"])]
    distances: Option<PathBuf>,
    /// Folds of equal size that the distances are cut into
    #[arg(long, requires = "distances", default_value_t = 10)]
    folds: usize,
    /// List of the pairs; by default pairs.txt in the folder of LFW
    #[arg(long, value_name = "FILE")]
    pairs: Option<PathBuf>,
    /// Face boxes: CSV with file,x1,y1,x2,y2; without it, the middle of the image is taken
    #[arg(long, value_name = "CSV", requires = "lfw")]
    boxes: Option<PathBuf>,
    /// Pixels that a box grows by, half of it on each side
    #[arg(long, requires = "boxes", default_value_t = MARGIN)]
    margin: f32,
    /// The same region of each image instead: left,top,right,bottom in pixels
    #[arg(long, value_name = "X0,Y0,X1,Y1", value_parser = region, requires = "lfw",
          conflicts_with = "boxes")]
    crop: Option<[u32; 4]>,
    /// The mirror image of each face: none, sum (added, unit length), concat (side by side)
    #[arg(long, value_name = "HOW", default_value_t, requires = "lfw")]
    flip: Flip,
    /// Distance: squared (Euclidean) or angle
    #[arg(long, value_name = "KIND", default_value = "squared", value_parser = distance)]
    distance: DistanceKind,
    /// Subtract the mean embedding of the other folds; it changes angles alone
    #[arg(long)]
    subtract_mean: bool,
    /// False accept rates that VAL is reported at
    #[arg(long, value_name = "RATES", value_delimiter = ',', value_parser = rate,
          default_value = "1e-3")]
    fars: Vec<f64>,
    /// Leave out pairs whose image is missing, and count them
    #[arg(long)]
    skip_missing: bool,
    /// Evaluates again with something varied: jpeg=10,50,90, pixels=…, blur=…, noise=…, occlusion=…,
    /// brightness=…, bits=8,4 (stored embeddings), dims=FILE,FILE (weights); may be repeated
    #[arg(long, value_name = "NAME=LEVELS")]
    sweep: Vec<Sweep>,
    /// Calibrates the network to a false accept rate on these pairs: the threshold, and a probability for
    /// each distance, go to a file beside the weights, which `verify` reads
    #[arg(long, value_name = "FAR", value_parser = rate, requires = "lfw", requires = "weights")]
    calibrate: Option<f64>,
    /// Writes the report to FILE
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Draws figures into the folder, as PNG and SVG
    #[arg(long, value_name = "DIR")]
    plots: Option<PathBuf>,
    /// An earlier report to print and draw beside this one; may be repeated
    #[arg(long, value_name = "NAME=FILE.json", value_parser = earlier)]
    beside: Vec<(String, PathBuf)>,
}

/// Of the intervals that are printed.
const CONFIDENCE: f64 = 0.95;

/// Faces between two movements of the progress bar.
const BATCH: usize = 64;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    run(|| {
        let beside = arguments.open_beside()?;
        if let Some(folder) = &arguments.plots {
            std::fs::create_dir_all(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
        }
        let measured = match (&arguments.lfw, &arguments.embeddings, &arguments.distances) {
            (Some(folder), _, _) => arguments.network_on_lfw(folder)?,
            (_, Some(path), _) => arguments.embeddings(path)?,
            (_, _, Some(path)) => arguments.distances(path)?,
            _ => return Err("expected --lfw, --embeddings or --distances".into()),
        };
        arguments.print(&measured, &beside);
        for sweep in &measured.sweeps {
            sweep.print();
        }
        if let Some(folder) = &arguments.plots {
            draw(folder, &measured, &beside)?;
        }
        if let Some(path) = &arguments.json {
            let json = serde_json::to_vec_pretty(&measured)?;
            std::fs::write(path, json).map_err(|e| format!("{}: {e}", path.display()))?;
        }
        Ok(())
    })
}

/// What was evaluated and what came of it; the JSON that the program writes.
#[derive(Serialize)]
struct Measured {
    /// The network, the file of embeddings or of distances.
    name: String,
    distance: DistanceKind,
    #[serde(flatten)]
    report: PairsReport,
    /// DeLong's interval of the exact AUC; absent where one kind of pair is, or where all are told apart.
    #[serde(skip_serializing_if = "Option::is_none")]
    auc_interval: Option<Interval>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    sweeps: Vec<SweepTable>,
    /// The distances of all pairs, before any mean is subtracted.
    #[serde(skip)]
    scores: Scores,
}

impl Measured {
    fn new(
        name: String,
        arguments: &Arguments,
        report: PairsReport,
        sweeps: Vec<SweepTable>,
        scores: Scores,
    ) -> Result<Self, Failure> {
        let auc = DeLong::new(&scores).map(|auc| auc.logit_interval(CONFIDENCE));
        Ok(Self {
            name,
            distance: arguments.distance,
            report,
            auc_interval: auc.transpose()?.flatten(),
            sweeps,
            scores,
        })
    }
}

impl Arguments {
    fn missing(&self) -> MissingImages {
        match self.skip_missing {
            true => MissingImages::Skip,
            false => MissingImages::Refuse,
        }
    }

    /// The protocol, for embeddings whose squared distances go up to `range`.
    fn protocol(&self, folds: &Folds, range: f64) -> LfwProtocol {
        let protocol = LfwProtocol::new(folds.clone())
            .with_distance(self.distance)
            .with_mean_subtracted(self.subtract_mean)
            .with_fars(self.fars.clone());
        match self.distance {
            DistanceKind::SquaredEuclidean => protocol.with_range(range),
            _ => protocol,
        }
    }

    fn network_on_lfw(&self, folder: &Path) -> Result<Measured, Failure> {
        let device = self.network.device()?;
        let checkpoint = self.network.open(&device)?;
        let name = checkpoint.config.architecture.name().to_owned();
        let mut options = LfwFacesConfig::new(folder)
            .with_missing(self.missing())
            .with_cut(self.cut());
        if let Some(pairs) = &self.pairs {
            options = options.with_pairs(pairs);
        }
        let size = checkpoint.config.input_size;
        let lfw = open_lfw(&options, size)?;
        let embedder = Embedder::of(checkpoint, &device).with_flip(self.flip);
        let protocol = self.protocol(lfw.pairs().folds(), self.flip.largest_squared_distance());

        let started = Instant::now();
        let embeddings = embed(&embedder, lfw.faces())?;
        let speed = lfw.faces().len() as f64 / started.elapsed().as_secs_f64();
        say!("{speed:.1} faces a second on {}.", self.network.device);
        let report = lfw.pairs().evaluate(embeddings.view(), &protocol)?;

        let network = OnLfw {
            arguments: self,
            device: &device,
            options: &options,
            embedder: &embedder,
            faces: &lfw,
            embeddings: &embeddings,
            protocol: &protocol,
        };
        let sweeps = self.sweep.iter().map(|sweep| network.sweep(sweep, &report));
        let sweeps = sweeps.collect::<Result<_, _>>()?;
        let scores = self.scores(lfw.pairs(), &embeddings)?;
        if let (Some(far), Some(weights)) = (self.calibrate, &self.network.weights) {
            if self.flip != Flip::None || self.distance != DistanceKind::SquaredEuclidean {
                return Err(
                    "--calibrate: verdicts are by the squared distance of plain faces; \
                            expected no --flip and no other --distance"
                        .into(),
                );
            }
            let calibration = Calibration::logistic(&scores, self.distance, far)?;
            let path = calibration_beside(weights);
            save_calibration(&path, &calibration)?;
            say!(
                "{}: threshold {:.4}",
                path.display(),
                calibration.threshold()
            );
        }
        Measured::new(name, self, report, sweeps, scores)
    }

    fn embeddings(&self, path: &Path) -> Result<Measured, Failure> {
        let (Some(names), Some(pairs)) = (&self.names, &self.pairs) else {
            return Err("expected --names and --pairs with --embeddings".into());
        };
        let embeddings = read_embeddings(path)?;
        let images = read_names(names)?;
        if images.len() != embeddings.nrows() {
            return Err(format!(
                "{}: {} names, expected one for each of the {} embeddings of {}",
                names.display(),
                images.len(),
                embeddings.nrows(),
                path.display()
            )
            .into());
        }
        let pairs = FoldedPairs::of_names(pairs, &images, self.missing())?;
        let range = range_of(&embeddings);
        let protocol = self.protocol(pairs.folds(), range);
        let report = pairs.evaluate(embeddings.view(), &protocol)?;
        let mut sweeps = Vec::new();
        for sweep in &self.sweep {
            let Sweep::Bits(levels) = sweep else {
                return Err(format!("--sweep {sweep}: needs photographs and a network").into());
            };
            let mut table = SweepTable::new(sweep, Some(&report));
            for &bits in levels {
                table.push(bits.into(), self.stored(&pairs, &embeddings, range, bits)?);
            }
            sweeps.push(table);
        }
        let scores = self.scores(&pairs, &embeddings)?;
        Measured::new(path.display().to_string(), self, report, sweeps, scores)
    }

    fn distances(&self, path: &Path) -> Result<Measured, Failure> {
        let PairDistances { distances, same } = read_distances(path)?;
        let folds = Folds::contiguous(distances.len(), self.folds)
            .map_err(|error| format!("{}: {error}", path.display()))?;
        let largest = distances.iter().copied().fold(0.0, f64::max);
        let lfw = self
            .protocol(&folds, fitting_range(largest))
            .evaluate_distances(&distances, &same)
            .map_err(|error| format!("{}: {error}", path.display()))?;
        let report = PairsReport {
            pairs: same.len(),
            folds: self.folds,
            skipped: 0,
            repeated: 0,
            lfw,
        };
        let scores = Scores::new(&distances, &same)?;
        Measured::new(path.display().to_string(), self, report, Vec::new(), scores)
    }

    /// The report of embeddings stored in so many bits a number, whose squared distances went up to `range`.
    fn stored(
        &self,
        pairs: &FoldedPairs,
        embeddings: &Array2<f32>,
        range: f64,
        bits: u32,
    ) -> Result<PairsReport, Failure> {
        let stored = quantize(embeddings.view(), bits)?;
        let kind = DistanceKind::SquaredEuclidean;
        // Rounding may carry opposite embeddings past the range.
        let distances = pairs.list().distances(stored.view(), kind)?;
        let range = distances.into_iter().fold(range, f64::max);
        Ok(pairs.evaluate(stored.view(), &self.protocol(pairs.folds(), range))?)
    }

    fn scores(&self, pairs: &FoldedPairs, embeddings: &Array2<f32>) -> Result<Scores, Failure> {
        let pairs = pairs.list();
        let distances = pairs.distances(embeddings.view(), self.distance)?;
        Ok(Scores::new(&distances, pairs.same())?)
    }

    fn cut(&self) -> FaceCut {
        match (&self.boxes, self.crop) {
            (Some(list), _) => FaceCut::Boxes {
                list: list.clone(),
                margin: self.margin,
            },
            (None, Some(region)) => FaceCut::Region(region),
            (None, None) => FaceCut::Center,
        }
    }

    fn open_beside(&self) -> Result<Vec<(&str, PairsReport)>, Failure> {
        let open = |(name, path): &'_ (String, PathBuf)| -> Result<PairsReport, Failure> {
            let failed = |e: &dyn std::fmt::Display| {
                format!(
                    "{name}: {}: expected a report that --json has written: {e}",
                    path.display()
                )
            };
            let json = std::fs::read(path).map_err(|e| failed(&e))?;
            Ok(serde_json::from_slice(&json).map_err(|e| failed(&e))?)
        };
        let reports = self.beside.iter();
        reports
            .map(|earlier| Ok((earlier.0.as_str(), open(earlier)?)))
            .collect()
    }

    fn print(&self, measured: &Measured, beside: &[(&str, PairsReport)]) {
        let reports: Vec<(&str, &PairsReport)> =
            std::iter::once((&*measured.name, &measured.report))
                .chain(beside.iter().map(|(name, report)| (*name, report)))
                .collect();
        let names: Vec<&str> = reports.iter().map(|(name, _)| *name).collect();
        let mut rows = Vec::new();
        let mut row = |name: String, value: &dyn Fn(&PairsReport) -> Option<f64>| {
            rows.push((
                name,
                reports.iter().map(|(_, report)| value(report)).collect(),
            ));
        };
        row("accuracy".to_owned(), &|r| Some(r.lfw.accuracy.mean));
        row("    standard error".to_owned(), &|r| {
            Some(r.lfw.accuracy.sem)
        });
        row("AUC".to_owned(), &|r| r.lfw.auc);
        row("EER (lower is better)".to_owned(), &|r| r.lfw.eer);
        let mut below = Vec::new();
        for val in &measured.report.lfw.val {
            row(format!("VAL at FAR {:e}", val.far), &|report| {
                let mut vals = report.lfw.val.iter();
                vals.find(|other| other.far == val.far)?.mean
            });
            if val.below_resolution {
                below.push(format!("{:e}", val.far));
            }
        }
        print_figures(&names, &rows);
        if !below.is_empty() {
            say!(
                "FAR {}: below resolution, less than one impostor pair of those that choose a threshold.",
                below.join(", ")
            );
        }
        if let (Some(auc), Some(interval)) = (measured.scores.auc(), measured.auc_interval) {
            say!(
                "AUC without folds and grids: {auc:.5}, between {:.5} and {:.5} (DeLong, 95 %).",
                interval.low,
                interval.high
            );
        }
        let thresholds = &measured.report.lfw.accuracy.thresholds;
        let mean = thresholds.iter().sum::<f64>() / thresholds.len().max(1) as f64;
        let kind = match self.distance {
            DistanceKind::Angle => "angle / pi",
            _ => "squared distance",
        };
        say!("Threshold, mean over the folds: {mean:.3} ({kind}).");
        if measured.report.skipped > 0 {
            say!("{} pairs skipped.", measured.report.skipped);
        }
    }
}

/// A network on LFW, to be evaluated again with something varied.
struct OnLfw<'a> {
    arguments: &'a Arguments,
    device: &'a Device,
    options: &'a LfwFacesConfig,
    embedder: &'a Embedder,
    faces: &'a LfwFaces,
    embeddings: &'a Array2<f32>,
    protocol: &'a LfwProtocol,
}

impl OnLfw<'_> {
    fn sweep(&self, sweep: &Sweep, unchanged: &PairsReport) -> Result<SweepTable, Failure> {
        let pairs = self.faces.pairs();
        match sweep {
            Sweep::Degradation(degradation, levels) => {
                let mut table = SweepTable::new(sweep, Some(unchanged));
                for &level in levels {
                    let faces = self.faces.faces();
                    let embeddings = embed_all(self.embedder, faces.len(), BATCH, |range| {
                        let first = range.start;
                        let worse = degraded(&faces[range], first, *degradation, level)?;
                        Ok(Cow::Owned(worse))
                    })?;
                    table.push(level, pairs.evaluate(embeddings.view(), self.protocol)?);
                }
                Ok(table)
            }
            Sweep::Bits(levels) => {
                let mut table = SweepTable::new(sweep, Some(unchanged));
                let range = self.embedder.flip().largest_squared_distance();
                for &bits in levels {
                    let report = self.arguments.stored(pairs, self.embeddings, range, bits)?;
                    table.push(bits.into(), report);
                }
                Ok(table)
            }
            Sweep::Dims(files) => {
                let mut table = SweepTable::new(sweep, None);
                for path in files {
                    let checkpoint =
                        Checkpoint::open(path, self.arguments.network.model, self.device)?;
                    let size = checkpoint.config.input_size;
                    let dims = checkpoint.config.embedding_dim;
                    let other;
                    let faces = if size == self.embedder.config().input_size {
                        self.faces
                    } else {
                        other = open_lfw(self.options, size)?;
                        &other
                    };
                    let embedder =
                        Embedder::of(checkpoint, self.device).with_flip(self.arguments.flip);
                    let embeddings = embed(&embedder, faces.faces())?;
                    let report = faces.pairs().evaluate(embeddings.view(), self.protocol)?;
                    table.push(dims as f64, report);
                }
                Ok(table)
            }
        }
    }
}

fn embed(embedder: &Embedder, faces: &[RgbImage]) -> Result<Array2<f32>, Failure> {
    embed_all(embedder, faces.len(), BATCH, |range| {
        Ok(Cow::Borrowed(&faces[range]))
    })
}

/// The range of squared distances between rows as long as these.
fn range_of(embeddings: &Array2<f32>) -> f64 {
    let lengths = embeddings
        .rows()
        .into_iter()
        .map(|row| f64::from(row.dot(&row)));
    fitting_range(4.0 * lengths.fold(0.0, f64::max))
}

/// The range of distances up to `largest`: 4 for unit embeddings and 8 for two of them side by side,
/// which rounding may have made a little longer; else `largest` itself.
fn fitting_range(largest: f64) -> f64 {
    let fits = |range: &f64| largest <= range * (1.0 + 1e-4);
    [4.0, 8.0].into_iter().find(fits).unwrap_or(largest)
}

fn draw(folder: &Path, measured: &Measured, beside: &[(&str, PairsReport)]) -> Result<(), Failure> {
    let curves = std::iter::once((&*measured.name, &measured.report))
        .chain(beside.iter().map(|(name, report)| (*name, report)));
    let mut roc = RocPlot::new("ROC, averaged over the folds").with_axis(FarAxis::Log);
    for (name, report) in curves {
        if let Some(curve) = &report.lfw.roc {
            roc = roc.with_curve(name, curve);
        }
    }
    let scores = &measured.scores;
    let thresholds = &measured.report.lfw.accuracy.thresholds;
    let threshold = thresholds.iter().sum::<f64>() / thresholds.len().max(1) as f64;
    let histogram = HistogramPlot::new("Distances of the pairs").with_run(
        &*measured.name,
        scores.genuine(),
        scores.impostor(),
        Some(threshold),
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

fn earlier(text: &str) -> Result<(String, PathBuf), String> {
    match text.split_once('=') {
        Some((name, path)) if !name.is_empty() => Ok((name.to_owned(), path.into())),
        _ => Err("expected NAME=FILE.json".to_owned()),
    }
}
