//! Which of the eligible negatives of a pair a rule takes.

/// Which of the negatives that fit an (anchor, positive) pair are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Pick {
    /// All of them.
    #[default]
    All,
    /// The one nearest to the anchor; among equals the one with the lowest index.
    Nearest,
    /// One of them, each with the same probability.
    ///
    /// The draw is a function of this seed, of the anchor's index and of the positive's rank among the anchor's
    /// positives, and of nothing else: the same batch gives the same triplets twice, on every backend. Change the
    /// seed to draw differently for a batch that comes again.
    Random(u64),
}

/// A number in [0, 1) with 24 random bits, which f32 holds exactly.
///
/// Counters are hashed rather than drawn from a stream, so that every triplet's draw can be made on its own. Each
/// round is the 32-bit finalizer of MurmurHash3, which every GPU can run.
pub(crate) fn draw(seed: u64, anchor: u32, rank: u32) -> f32 {
    let words = [seed as u32, (seed >> 32) as u32, anchor, rank];
    let hash = words
        .iter()
        .fold(0x9e37_79b9_u32, |hash, word| finalize(hash ^ word));
    (hash >> 8) as f32 / (1u32 << 24) as f32
}

fn finalize(hash: u32) -> u32 {
    let hash = (hash ^ (hash >> 16)).wrapping_mul(0x85eb_ca6b);
    let hash = (hash ^ (hash >> 13)).wrapping_mul(0xc2b2_ae35);
    hash ^ (hash >> 16)
}

#[cfg(test)]
mod tests {
    use super::draw;

    #[test]
    fn draws_are_uniform_over_anchors_ranks_and_seeds() {
        let mut cells = [0u32; 16];
        for seed in 0..16 {
            for anchor in 0..64 {
                for rank in 0..16 {
                    let value = draw(seed, anchor, rank);
                    assert!((0.0..1.0).contains(&value));
                    cells[(value * 16.0) as usize] += 1;
                }
            }
        }
        // 16,384 draws: 1024 expected in a cell, with a standard deviation of 31.
        assert!(
            cells.iter().all(|&cell| (900..1150).contains(&cell)),
            "{cells:?}"
        );
    }

    #[test]
    fn every_word_changes_the_draw() {
        let base = draw(7, 3, 1);
        assert_ne!(base, draw(8, 3, 1));
        assert_ne!(base, draw(7 | 1 << 40, 3, 1));
        assert_ne!(base, draw(7, 4, 1));
        assert_ne!(base, draw(7, 3, 2));
    }
}
