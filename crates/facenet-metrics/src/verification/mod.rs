//! Verification: are two photographs of one person? ROC, VAL at FAR, and the ten folds of LFW.

mod all_pairs;
mod calibration;
mod det;
mod far;
mod folds;
mod grid;
mod lfw;
mod listed;
mod report;
mod roc;
mod scores;
mod splits;
pub mod uncertainty;

pub use all_pairs::{
    AllPairsProgress, AllPairsProtocol, AllPairsReport, AllPairsSplits, Bounds, identity_splits,
};
pub use calibration::Calibration;
pub use det::{DetCurve, DetPoint, FnmrAtFmr};
pub use far::{DEFAULT_FARS, ValAtFar};
pub use folds::Folds;
pub use lfw::{LfwAccuracy, LfwProtocol, LfwReport, LfwVal};
pub use listed::PairList;
pub use report::{BalancedAccuracy, OperatingPoint, VerificationReport};
pub use roc::{RocCurve, RocPoint};
pub use scores::{DistanceValue, Scores};
pub use splits::{SplitReport, SplitVal};
pub use uncertainty::{AucDifference, Bootstrap, BootstrapReport, DeLong, Interval};
