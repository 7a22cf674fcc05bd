//! Faces on disk, from the bytes of a file to the batch.

mod align;
mod augment;
mod bytes;
mod cache;
mod crop;
mod decode;
mod degradation;
mod folder;
mod inspect;
mod lists;
mod loader;
mod message;
mod open;
mod packs;
mod real;
mod reduced;
mod replaced_faces;
mod subset;
mod toy;
mod training;
mod tree;
