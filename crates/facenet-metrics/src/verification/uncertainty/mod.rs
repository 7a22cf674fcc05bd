//! How sure a rate or an area is: the DeLong variance, the bootstrap, the Wilson interval.
//!
//! | question | answer | takes pairs as |
//! |---|---|---|
//! | the AUC, without drawing | [`DeLong`] | independent |
//! | two networks on the same pairs | [`DeLong::compare`] | independent |
//! | AUC, EER, accuracy, VAL at FAR | [`Bootstrap::pairs`] | independent |
//! | the same, for new people | [`Bootstrap::identities`] | those of independent identities |
//! | VAL or FAR at a threshold chosen beforehand | [`Interval::wilson`] | independent |
//!
//! The listed pairs of LFW are nearly independent. All pairs of a set are not: `N` photographs give
//! `N (N − 1) / 2` pairs, and one bad photograph spoils `N − 1` of them. There, only
//! [`Bootstrap::identities`] is honest, which [`Bootstrap::all_pairs`] calls.

mod bootstrap;
mod delong;
mod interval;
mod normal;
mod resample;

pub use bootstrap::{Bootstrap, BootstrapReport, Estimate, ValAtFarEstimate};
pub use delong::{AucDifference, DeLong};
pub use interval::Interval;
