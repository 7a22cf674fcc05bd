//! The triplet loss as a user calls it, on the device under test.

mod common;

mod brute_force;
mod candidates;
mod configuration;
mod edges;
mod facts;
mod finite_differences;
mod peers;
mod properties;
