//! Distances between embeddings: of listed pairs, and of all pairs in tiles.

mod kind;
mod pairs;
mod tiles;
mod video;

pub use kind::DistanceKind;
pub use pairs::pair_distances;
pub use tiles::{DistanceTiles, Strip, Tile};
pub use video::{VIDEO_FRAMES, video_distance, video_distances};

pub(crate) use tiles::squared_norms;
