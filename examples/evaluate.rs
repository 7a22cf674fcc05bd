//! Evaluates a network, embeddings or distances on a list of pairs.
//!
//! `cargo run --release --example evaluate -- --model inception-resnet-v1 --weights FILE --lfw DIR --boxes CSV`

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use clap::{ArgGroup, Parser};
use facenet_core::data::MissingImages;
use facenet_core::eval::{
    EvalError, LfwFacesConfig, LfwNetwork, Measurement, NamedEmbeddings, PairsProtocolConfig,
    PairsReport, Sweep, calibration_beside, save_calibration,
};
use facenet_core::metrics::DistanceKind;
use facenet_core::prelude::*;
use facenet_examples::{
    Failure, LfwArguments, NetworkArguments, distance, named_file, open_lfw, rate, run, say,
    with_bar,
};

/// Evaluates on pairs by LFW's protocol: accuracy over the folds, VAL at FAR, AUC, EER; a network on
/// photographs (--lfw), embeddings made elsewhere (--embeddings), or distances alone (--distances).
#[derive(Parser)]
#[command(group(ArgGroup::new("subject").required(true).args(["lfw", "embeddings", "distances"])))]
struct Arguments {
    #[command(flatten)]
    network: NetworkArguments,
    #[command(flatten)]
    faces: LfwArguments,
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
    #[arg(long, value_name = "NAME=FILE.json", value_parser = named_file)]
    beside: Vec<(String, PathBuf)>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    run(|| {
        let beside = arguments.open_beside()?;
        if let Some(folder) = &arguments.plots {
            std::fs::create_dir_all(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
        }
        let config = PairsProtocolConfig::new()
            .with_distance(arguments.distance)
            .with_mean_subtracted(arguments.subtract_mean)
            .with_fars(arguments.fars.clone());
        let measured = match (
            &arguments.faces.lfw,
            &arguments.embeddings,
            &arguments.distances,
        ) {
            (Some(folder), _, _) => arguments.network_on_lfw(folder, &config)?,
            (_, Some(path), _) => arguments.embeddings(path, &config)?,
            (_, _, Some(path)) => Measurement::from_distances(path, arguments.folds, &config)?,
            _ => return Err("expected --lfw, --embeddings or --distances".into()),
        };
        let comparison = measured.beside(&beside);
        say!("{comparison}");
        for sweep in &measured.sweeps {
            say!("\n{sweep}");
        }
        if let Some(folder) = &arguments.plots {
            comparison.draw(folder)?;
        }
        if let Some(path) = &arguments.json {
            let json = serde_json::to_vec_pretty(&measured)?;
            std::fs::write(path, json).map_err(|e| format!("{}: {e}", path.display()))?;
        }
        Ok(())
    })
}

impl Arguments {
    fn missing(&self) -> MissingImages {
        match self.skip_missing {
            true => MissingImages::Skip,
            false => MissingImages::Refuse,
        }
    }

    fn network_on_lfw(
        &self,
        folder: &Path,
        config: &PairsProtocolConfig,
    ) -> Result<Measurement, Failure> {
        let device = self.network.device()?;
        let checkpoint = self.network.open(&device)?;
        let name = checkpoint.config.architecture.name();
        let mut options = LfwFacesConfig::new(folder)
            .with_missing(self.missing())
            .with_cut(self.faces.cut());
        if let Some(pairs) = &self.pairs {
            options = options.with_pairs(pairs);
        }
        let lfw = open_lfw(&options, checkpoint.config.input_size)?;
        let embedder = Embedder::from_checkpoint(checkpoint, &device).with_flip(self.flip);

        let started = Instant::now();
        let network = with_bar("embedding", |progress| {
            LfwNetwork::new(&embedder, &lfw, config, progress)
        })?;
        let speed = lfw.faces().len() as f64 / started.elapsed().as_secs_f64();
        say!("{speed:.1} faces a second on {}.", self.network.device);
        let (report, scores) = network.measure()?;

        let mut sweeps = Vec::new();
        for sweep in &self.sweep {
            let open = |path: &Path| -> Result<_, EvalError> {
                let other = Checkpoint::open(path, self.network.model, &device)?;
                Ok(Embedder::from_checkpoint(other, &device).with_flip(self.flip))
            };
            let faces = |size| open_lfw(&options, size);
            sweeps.push(with_bar("embedding", |progress| {
                network.sweep(sweep, &report, open, faces, progress)
            })?);
        }
        if let (Some(far), Some(weights)) = (self.calibrate, &self.network.weights) {
            let calibration = network.calibrate(&scores, far);
            let calibration = calibration.map_err(|e| format!("--calibrate: {e}"))?;
            let path = calibration_beside(weights);
            save_calibration(&path, &calibration)?;
            let threshold = calibration.threshold();
            say!("{}: threshold {threshold:.4}", path.display());
        }
        let mut measured = Measurement::new(name, self.distance, report, scores)?;
        measured.sweeps = sweeps;
        Ok(measured)
    }

    fn embeddings(
        &self,
        path: &Path,
        config: &PairsProtocolConfig,
    ) -> Result<Measurement, Failure> {
        let (Some(names), Some(pairs)) = (&self.names, &self.pairs) else {
            return Err("expected --names and --pairs with --embeddings".into());
        };
        let bits = self.sweep.iter().map(|sweep| match sweep {
            Sweep::Bits(levels) => Ok(levels.clone()),
            _ => Err(format!("--sweep {sweep}: needs photographs and a network")),
        });
        let bits = bits.collect::<Result<Vec<_>, _>>()?;
        let embeddings = NamedEmbeddings::read(path, Some(names))?;
        let (name, missing) = (path.display().to_string(), self.missing());
        let measured =
            Measurement::from_embeddings(name, embeddings, pairs, missing, &bits, config);
        Ok(measured?)
    }

    fn open_beside(&self) -> Result<Vec<(String, PairsReport)>, Failure> {
        let open = |(name, path): &(String, PathBuf)| -> Result<_, Failure> {
            let report = PairsReport::read(path).map_err(|e| format!("{name}: {e}"))?;
            Ok((name.clone(), report))
        };
        self.beside.iter().map(open).collect()
    }
}
