use serde::{Deserialize, Serialize};

use super::far::ValAtFar;
use super::report::VerificationReport;
use crate::MeanStd;
use crate::MetricsError;

/// VAL at a FAR over disjoint splits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SplitVal {
    /// The FAR that was asked for.
    pub far_target: f64,
    /// VAL over the splits; `None` where no split has both kinds of pair.
    pub val: Option<MeanStd>,
    /// The number of splits whose pairs are too few for the FAR ([`ValAtFar::below_resolution`]).
    ///
    /// [`ValAtFar::below_resolution`]: super::ValAtFar::below_resolution
    pub below_resolution: usize,
}

/// AUC, equal error rate and VAL at each FAR of a split.
pub(super) type Part<'a> = (Option<f64>, Option<f64>, &'a [ValAtFar]);

/// Verification over disjoint splits: the hold-out protocol of FaceNet §4.1, which quotes the mean of
/// five splits with its standard error.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SplitReport {
    /// The number of splits.
    pub splits: usize,
    /// The area under the ROC over the splits that have both kinds of pair.
    pub auc: Option<MeanStd>,
    /// The equal error rate over the same splits.
    pub eer: Option<MeanStd>,
    /// VAL at each FAR, in the order of the reports.
    pub val: Vec<SplitVal>,
}

impl SplitReport {
    /// The mean over the reports of the splits, all made with the same list of FARs.
    ///
    /// # Errors
    ///
    /// [`MetricsError::Setting`] where the reports differ in their FARs.
    pub fn new(splits: &[VerificationReport]) -> Result<SplitReport, MetricsError> {
        let parts: Vec<Part<'_>> = splits
            .iter()
            .map(|report| (report.auc, report.eer, &report.val[..]))
            .collect();
        SplitReport::of(&parts)
    }

    /// The mean over the numbers of the splits.
    pub(super) fn of(splits: &[Part<'_>]) -> Result<SplitReport, MetricsError> {
        let with_val: Vec<&[ValAtFar]> = splits
            .iter()
            .map(|&(_, _, val)| val)
            .filter(|val| !val.is_empty())
            .collect();
        let fars = |val: &[ValAtFar]| -> Vec<f64> { val.iter().map(|v| v.far_target).collect() };
        let targets = with_val.first().map(|val| fars(val)).unwrap_or_default();
        if let Some(other) = with_val.iter().find(|val| fars(val) != targets) {
            return Err(MetricsError::Setting {
                setting: "FARs of the splits",
                found: format!("{:?} beside {targets:?}", fars(other)),
                expected: "the same list for each split",
            });
        }
        let mean = |pick: &dyn Fn(&Part<'_>) -> Option<f64>| {
            MeanStd::new(&splits.iter().filter_map(pick).collect::<Vec<_>>())
        };
        let val = targets
            .iter()
            .enumerate()
            .map(|(at, &far_target)| SplitVal {
                far_target,
                val: mean(&|(_, _, val)| val.get(at).map(|v| v.val)),
                below_resolution: with_val
                    .iter()
                    .filter(|val| val.get(at).is_some_and(|v| v.below_resolution))
                    .count(),
            })
            .collect();
        Ok(SplitReport {
            splits: splits.len(),
            auc: mean(&|&(auc, _, _)| auc),
            eer: mean(&|&(_, eer, _)| eer),
            val,
        })
    }
}
