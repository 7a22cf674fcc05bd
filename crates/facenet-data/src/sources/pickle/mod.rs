//! Pickles, Python's serialized values, as far as packs of faces hold them.
//!
//! A pickle is a program for a small stack machine, and some of its opcodes import and call what the
//! file names. Nothing is imported or called here. The opcodes that only build values are carried
//! out; of those that name something, what the writers of packs need is known as itself
//! ([`global`]): a way to write bytes down, and NumPy's arrays of bytes and of booleans. All else is
//! refused by name.

mod blob;
mod global;
mod machine;
mod opcodes;
mod value;

pub(crate) use blob::Blob;
pub(crate) use machine::load;
pub(crate) use value::{Element, Loaded, Value};
