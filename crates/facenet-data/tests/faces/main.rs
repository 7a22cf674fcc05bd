//! Faces on disk, from the bytes of a file to the batch.

mod align;
mod augment;
mod bytes;
mod crop;
mod decode;
mod folder;
mod lists;
mod loader;
mod message;
mod real;
mod reduced;
mod shared;
mod subset;
mod toy;
mod tree;
