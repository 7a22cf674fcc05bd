//! Depthwise convolutions: a kernel for each channel.
//!
//! There is no product to speak of, so the aim is to touch memory once. A plane is laid out with its padding, split by
//! the stride into phases, so that a kernel element meets every output position at one constant distance: the plane is
//! convolved as one line of numbers, whatever its width. All three passes are such lines.

mod forward;
mod input_grad;
mod layout;
mod line;
mod weight_grad;

pub(super) use forward::forward;
pub(super) use input_grad::input_grad;
pub(super) use weight_grad::weight_grad;
