//! Faces on disk, from the bytes of a file to the batch.

mod augment;
mod bytes;
mod crop;
mod decode;
mod degradation;
mod folder;
mod lists;
mod loader;
mod message;
mod packs;
mod real;
mod shared;
mod subset;
mod toy;
mod tree;
