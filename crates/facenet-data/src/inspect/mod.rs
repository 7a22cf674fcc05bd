//! What a data set holds: how many of whom, how large, what cannot be read, what is there twice.

mod display;
mod duplicates;
mod hash;
mod inspection;
mod sheet;
mod unreadable;

pub use duplicates::{DuplicateGroup, Duplicates};
pub use inspection::{BadImage, InspectConfig, Inspection, SizeCount, Spread, inspect};
pub use unreadable::{Unreadable, unreadable};
