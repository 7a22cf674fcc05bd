use std::ops::Range;

/// The most bins of a histogram. Most distances lie in half of them, whose counts of 32 KiB the first-level
/// cache holds; with more, each count would have to come from the second level.
pub(super) const BINS: usize = 1 << 14;

/// The end of all keys.
pub(super) const END: i32 = i32::MAX;

/// Distances are 0 or more, and finite: their bits have the order of the numbers.
#[inline(always)]
pub(super) fn key(distance: f32) -> i32 {
    distance.to_bits() as i32
}

/// The distance of a key.
pub(super) fn distance(key: i32) -> f32 {
    f32::from_bits(key as u32)
}

/// Bins of equally many keys, from the first to the last of a range; what lies below it is in bin 0, what
/// lies above it in the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bins {
    base: i32,
    top: i32,
    shift: u32,
}

impl Bins {
    /// Bins over the keys `low..=high`, as fine as can be. Bin 1 begins with `low`.
    pub(super) fn covering(low: i32, high: i32) -> Bins {
        let shift = shift(i64::from(high.max(low)) - i64::from(low));
        let top = i64::from(low) + ((BINS as i64 - 2) << shift);
        Bins {
            base: low - (1 << shift),
            top: top.min(i64::from(END)) as i32,
            shift,
        }
    }

    /// Bins that cut the keys of a bin, none of them reaching beyond it.
    pub(super) fn within(keys: &Range<i32>) -> Bins {
        if keys.start > 0 {
            // Its size is a power of two, or there is no end.
            return Bins::covering(keys.start, keys.end.max(keys.start + 1) - 1);
        }
        let shift = shift(i64::from(keys.end));
        let inner = (i64::from(keys.end) + (1 << shift) - 1) >> shift;
        Bins {
            base: (i64::from(keys.end) - ((inner + 1) << shift)) as i32,
            top: keys.end,
            shift,
        }
    }

    /// The bin of a key.
    #[inline(always)]
    pub(super) fn of(self, key: i32) -> u16 {
        let above = key.max(self.base).min(self.top).wrapping_sub(self.base);
        (above as u32 >> self.shift) as u16
    }

    /// The number of the last bin.
    pub(super) fn last(self) -> u16 {
        self.of(END)
    }

    /// The keys of a bin.
    pub(super) fn keys(self, bin: u16) -> Range<i32> {
        let start =
            |bin: i64| (i64::from(self.base) + (bin << self.shift)).clamp(0, i64::from(END)) as i32;
        let bin_start = if bin == 0 { 0 } else { start(i64::from(bin)) };
        let end = if bin >= self.last() {
            END
        } else {
            start(i64::from(bin) + 1)
        };
        bin_start..end
    }

    /// Whether a bin has a single key, so that its count says all.
    pub(super) fn are_exact(self) -> bool {
        self.shift == 0
    }
}

/// The smallest power of two that cuts `span` keys into few enough bins.
fn shift(span: i64) -> u32 {
    let mut shift = 0;
    while span >> shift >= BINS as i64 - 2 {
        shift += 1;
    }
    shift
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bins: Bins) {
        let mut end = 0;
        for bin in 0..=bins.last() {
            let keys = bins.keys(bin);
            if keys.is_empty() {
                continue;
            }
            assert_eq!(keys.start, end);
            end = keys.end;
            for key in [
                keys.start,
                keys.start + (keys.end - keys.start) / 2,
                keys.end - 1,
            ] {
                assert_eq!(bins.of(key), bin, "{bins:?} {key}");
            }
        }
        assert_eq!(end, END);
    }

    #[test]
    fn bins_follow_each_other_and_cover_all_keys() {
        let two = key(2.0);
        for (low, high) in [
            (0, 0),
            (0, 1),
            (two, two),
            (two, two + BINS as i32 - 3),
            (two, two + BINS as i32 - 2),
            (two - 5_000_000, two + 5_000_001),
            (0, key(f32::MAX)),
            (key(1.0), key(f32::MAX)),
        ] {
            let bins = Bins::covering(low, high);
            check(bins);
            assert!(bins.of(low) == 1 && bins.of(high) < bins.last());
        }
    }

    #[test]
    fn a_bin_is_cut_without_its_neighbors() {
        let bins = Bins::covering(key(0.7), key(3.1));
        for bin in [0, 1, 700, bins.last()] {
            let keys = bins.keys(bin);
            let cut = Bins::within(&keys);
            check(cut);
            // Some bins make up the whole.
            assert!((0..=cut.last()).any(|bin| cut.keys(bin).start == keys.start));
            assert!((0..=cut.last()).any(|bin| cut.keys(bin).end == keys.end));
        }
        assert!(Bins::within(&bins.keys(700)).are_exact());
    }
}
