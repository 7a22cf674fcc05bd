//! Random numbers, as the rest of the crate draws them.

use cubecl::prelude::*;

/// [`draw`](crate::mining::draw) with a seed in two halves.
#[cube]
pub(super) fn draw(seed_low: u32, seed_high: u32, anchor: u32, rank: u32) -> f32 {
    let hash = finalize(0x9e37_79b9u32 ^ seed_low);
    let hash = finalize(hash ^ seed_high);
    let hash = finalize(hash ^ anchor);
    let hash = finalize(hash ^ rank);
    f32::cast_from(hash >> 8u32) / 16_777_216.0f32
}

#[cube]
fn finalize(hash: u32) -> u32 {
    let hash = (hash ^ (hash >> 16u32)) * 0x85eb_ca6bu32;
    let hash = (hash ^ (hash >> 13u32)) * 0xc2b2_ae35u32;
    hash ^ (hash >> 16u32)
}
