use serde::Serialize;

use crate::Failure;

/// How often a case is run, as the peer is told too.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Runs {
    /// Runs before the first timed one, at most where there is a limit.
    pub(crate) warmup: u32,
    /// Timed runs, at most where there is a limit.
    pub(crate) runs: u32,
    /// Limit in seconds: warm-up and timed runs each end once they have taken so long.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) seconds: Option<f64>,
}

impl Runs {
    /// Timed runs that no limit leaves out.
    const LEAST: u32 = 3;

    /// Runs `once`, which gives its seconds, to warm up and then to be timed: the seconds of the timed
    /// runs.
    ///
    /// # Errors
    ///
    /// The first of `once`.
    pub(crate) fn times(
        &self,
        mut once: impl FnMut() -> Result<f64, Failure>,
    ) -> Result<Vec<f64>, Failure> {
        self.repeat(self.warmup, 1, &mut once)?;
        self.repeat(self.runs, Self::LEAST, &mut once)
    }

    /// Whether there may be so many timed runs.
    pub(crate) fn allow(&self, count: usize) -> bool {
        let fewest = match self.seconds {
            Some(_) => self.runs.min(Self::LEAST),
            None => self.runs,
        };
        (fewest as usize..=self.runs as usize).contains(&count)
    }

    fn repeat(
        &self,
        most: u32,
        least: u32,
        once: &mut impl FnMut() -> Result<f64, Failure>,
    ) -> Result<Vec<f64>, Failure> {
        let mut seconds = Vec::new();
        for run in 0..most {
            let taken: f64 = seconds.iter().sum();
            if run >= least && self.seconds.is_some_and(|limit| taken >= limit) {
                break;
            }
            seconds.push(once()?);
        }
        Ok(seconds)
    }
}

#[cfg(test)]
mod tests {
    use super::Runs;

    /// Warm-up and timed runs of a case whose every run takes a second.
    fn made(warmup: u32, runs: u32, seconds: Option<f64>) -> (usize, usize) {
        let mut all = 0;
        let timed = Runs {
            warmup,
            runs,
            seconds,
        }
        .times(|| {
            all += 1;
            Ok(1.0)
        })
        .unwrap()
        .len();
        (all - timed, timed)
    }

    #[test]
    fn a_limit_ends_warm_up_and_timed_runs() {
        assert_eq!(made(3, 15, None), (3, 15));
        assert_eq!(made(3, 15, Some(100.0)), (3, 15));
        assert_eq!(made(9, 15, Some(5.0)), (5, 5));
        assert_eq!(made(3, 15, Some(0.5)), (1, 3));
        // It asks for no more than the options do.
        assert_eq!(made(0, 2, Some(0.5)), (0, 2));
    }

    #[test]
    fn a_limit_allows_fewer_runs() {
        let mut runs = Runs {
            warmup: 3,
            runs: 15,
            seconds: None,
        };
        assert_eq!(
            [3, 14, 15, 16].map(|n| runs.allow(n)),
            [false, false, true, false]
        );
        runs.seconds = Some(5.0);
        assert_eq!(
            [2, 3, 15, 16].map(|n| runs.allow(n)),
            [false, true, true, false]
        );
    }
}
