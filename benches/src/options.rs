use std::path::PathBuf;

use clap::Parser;
use facenet_core::DeviceName;

use crate::runs::Runs;

/// Options of every benchmark.
#[derive(Clone, Debug, Parser)]
#[command(version, about = "Times FaceNet on one device", long_about = None)]
pub struct Options {
    /// Device: flex (the CPU), and with their features wgpu, vulkan, metal, webgpu, cuda, rocm
    #[arg(long, value_name = "NAME", default_value = "flex")]
    pub device: DeviceName,
    /// Runs before the first timed one [default: 3, with --quick 1]
    #[arg(long, value_name = "N")]
    warmup: Option<u32>,
    /// Timed runs [default: 15, with --quick 3; fewer, at least 3, of slow cases of triplet_loss and data]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    runs: Option<u32>,
    /// Fewest sizes and fewest runs: does it work, rather than how fast is it
    #[arg(long)]
    pub quick: bool,
    /// Only cases with TEXT in their names
    #[arg(long, value_name = "TEXT")]
    pub filter: Option<String>,
    /// Writes machine, device, commit and every run's time to FILE
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
    /// Measures the peer beside ours, PyTorch or a library on it, with the Python interpreter PYTHON
    #[arg(long, value_name = "PYTHON")]
    pub peer: Option<PathBuf>,
    /// Also training steps with the convolutions, and with all operations, of Burn's backend (networks)
    #[arg(long)]
    pub stock: bool,
    /// Folder with a folder of JPEG files for each identity; rendered faces by default (data)
    #[arg(long, value_name = "DIR")]
    pub images: Option<PathBuf>,
    /// What `cargo bench` passes to every benchmark.
    #[arg(long, hide = true)]
    bench: bool,
}

impl Options {
    /// Runs before the first timed one.
    pub fn warmup(&self) -> u32 {
        self.warmup.unwrap_or(if self.quick { 1 } else { 3 })
    }

    /// Timed runs, at least one.
    pub fn runs(&self) -> u32 {
        self.runs.unwrap_or(if self.quick { 3 } else { 15 })
    }

    /// Runs of a case with a limit in seconds, which does not hold where runs are asked for.
    pub(crate) fn runs_within(&self, seconds: Option<f64>) -> Runs {
        Runs {
            warmup: self.warmup(),
            runs: self.runs(),
            seconds: seconds.filter(|_| self.runs.is_none()),
        }
    }

    /// Whether a case of this name is asked for.
    pub fn wants(&self, name: &str) -> bool {
        self.filter.as_ref().is_none_or(|text| name.contains(text))
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::Options;

    fn parse(arguments: &[&str]) -> Result<Options, clap::Error> {
        Options::try_parse_from([&["networks"], arguments].concat())
    }

    #[test]
    fn defaults_are_those_of_the_help_and_cargos_argument_is_taken() {
        let options = parse(&["--bench"]).unwrap();
        assert_eq!(options.device.to_string(), "flex");
        assert_eq!((options.warmup(), options.runs()), (3, 15));
        assert!(options.wants("anything"));
    }

    #[test]
    fn quick_changes_what_is_not_given() {
        let options = parse(&["--quick", "--warmup", "0"]).unwrap();
        assert_eq!((options.warmup(), options.runs()), (0, 3));
    }

    #[test]
    fn runs_that_are_asked_for_have_no_limit() {
        let limit = |arguments: &[&str]| parse(arguments).unwrap().runs_within(Some(5.0)).seconds;
        assert_eq!(limit(&["--quick"]), Some(5.0));
        assert_eq!(limit(&["--runs", "15"]), None);
    }

    #[test]
    fn a_filter_is_a_part_of_the_name() {
        let options = parse(&["--filter", "forward"]).unwrap();
        assert!(options.wants("nns2/forward/batch=1"));
        assert!(!options.wants("nns2/train/batch=8"));
    }

    #[test]
    fn a_peer_is_an_interpreter() {
        assert_eq!(parse(&[]).unwrap().peer, None);
        let options = parse(&["--peer", "python3"]).unwrap();
        assert_eq!(options.peer, Some("python3".into()));
    }

    #[test]
    fn wrong_options_are_errors() {
        for wrong in [
            &["--runs", "0"][..],
            &["--runs", "many"],
            &["--warmup", "-1"],
            &["--device", "abacus"],
            &["--jsn", "x"],
            &["networks"],
            &["--peer"],
        ] {
            assert!(parse(wrong).is_err(), "{wrong:?}");
        }
    }
}
