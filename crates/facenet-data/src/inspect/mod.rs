//! What a data set holds that it should not.

mod unreadable;

pub use unreadable::{Unreadable, unreadable};
