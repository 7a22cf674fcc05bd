//! One backend, one file.

mod autodiff;
mod flex;
