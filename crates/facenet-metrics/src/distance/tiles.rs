use std::ops::Range;

use ndarray::{Array2, ArrayView2, s};

use super::kind::{DistanceKind, angle, exact};
use crate::MetricsError;
use crate::products::{Factor, SomeRows, products};
use facenet_kernels::simd::vectorized;

/// Rows and columns of a tile. The tile (256 KiB) stays in the second-level cache.
const TILE: usize = 256;

/// Columns whose products with the rows of a tile a device makes at once: 8 MiB.
const DEVICE_COLUMNS: usize = 32 * TILE;

/// Below this share of its terms, a difference of large terms has lost too many digits in `f32`.
const CANCELLATION: f32 = 1e-2;

/// All distances of one set of embeddings, or of a probe and a gallery set, tile after tile.
///
/// The matrix of distances never exists as a whole: the rows are cut into [`Strip`]s, which are
/// independent of each other (run them with rayon), and a strip computes its [`Tile`]s one by one as
/// matrix products in `f32`. Where the product loses digits to cancellation (near duplicates), the
/// distance is computed again from the rows in `f64`, so that equal rows have distance 0.
///
/// Memory: 4 bytes an embedding, and 256 KiB for each strip at work.
#[derive(Clone, Debug)]
pub struct DistanceTiles<'a> {
    kind: DistanceKind,
    rows: Side<'a>,
    columns: Side<'a>,
    upper: bool,
}

#[derive(Clone, Debug)]
struct Side<'a> {
    embeddings: ArrayView2<'a, f32>,
    factor: Factor,
    squared_norms: Vec<f32>,
}

impl<'a> Side<'a> {
    fn new(embeddings: ArrayView2<'a, f32>, kind: DistanceKind) -> Result<Self, MetricsError> {
        Ok(Side {
            squared_norms: squared_norms(embeddings, kind)?,
            factor: Factor::new(embeddings),
            embeddings,
        })
    }

    fn some(&self, rows: Range<usize>) -> SomeRows<'_> {
        (self.embeddings, &self.factor, rows)
    }
}

impl<'a> DistanceTiles<'a> {
    /// The `N (N − 1) / 2` unordered pairs of the rows of `embeddings`, `[N, dimensions]`.
    ///
    /// # Errors
    ///
    /// [`MetricsError::NotFinite`] where an embedding holds NaN or infinity,
    /// [`MetricsError::ZeroEmbedding`] where the angle meets an embedding of length 0.
    pub fn all_pairs(
        embeddings: ArrayView2<'a, f32>,
        kind: DistanceKind,
    ) -> Result<DistanceTiles<'a>, MetricsError> {
        let rows = Side::new(embeddings, kind)?;
        Ok(DistanceTiles {
            kind,
            columns: rows.clone(),
            rows,
            upper: true,
        })
    }

    /// Every row of `probe`, `[P, dimensions]`, against every row of `gallery`, `[G, dimensions]`.
    ///
    /// # Errors
    ///
    /// As [`all_pairs`](Self::all_pairs), and [`MetricsError::Length`] where the dimensions differ.
    pub fn probe_gallery(
        probe: ArrayView2<'a, f32>,
        gallery: ArrayView2<'a, f32>,
        kind: DistanceKind,
    ) -> Result<DistanceTiles<'a>, MetricsError> {
        MetricsError::check_length("gallery dimensions", gallery.ncols(), probe.ncols())?;
        Ok(DistanceTiles {
            kind,
            rows: Side::new(probe, kind)?,
            columns: Side::new(gallery, kind)?,
            upper: false,
        })
    }

    /// The strips of rows, first to last.
    pub fn strips(&self) -> Vec<Strip<'_, 'a>> {
        let rows = self.rows.embeddings.nrows();
        (0..rows)
            .step_by(TILE)
            .map(|start| Strip {
                tiles: self,
                rows: start..rows.min(start + TILE),
            })
            .collect()
    }

    fn fill(&self, rows: Range<usize>, columns: Range<usize>, out: &mut Array2<f32>) {
        let mut block = out.slice_mut(s![..rows.len(), ..columns.len()]);
        products(
            self.rows.some(rows.clone()),
            self.columns.some(columns.clone()),
            &mut block,
        );
        let a = self.rows.embeddings.slice(s![rows.clone(), ..]);
        let b = self.columns.embeddings.slice(s![columns.clone(), ..]);
        let norms_a = &self.rows.squared_norms[rows];
        let norms_b = &self.columns.squared_norms[columns];
        for (i, (mut line, &aa)) in block.rows_mut().into_iter().zip(norms_a).enumerate() {
            let again = |j: usize| exact(self.kind, a.row(i), b.row(j)) as f32;
            match (self.kind, line.as_slice_mut()) {
                (DistanceKind::SquaredEuclidean, Some(line)) => {
                    if squared_distances(line, aa, norms_b) {
                        for (j, (value, &bb)) in line.iter_mut().zip(norms_b).enumerate() {
                            if *value <= CANCELLATION * (aa + bb) {
                                *value = again(j);
                            }
                        }
                    }
                }
                _ => {
                    for (j, (value, &bb)) in line.iter_mut().zip(norms_b).enumerate() {
                        let cosine = *value / (aa.sqrt() * bb.sqrt());
                        *value = if 1.0 - cosine.abs() <= CANCELLATION {
                            again(j)
                        } else {
                            angle(f64::from(cosine)) as f32
                        };
                    }
                }
            }
        }
    }
}

/// Makes squared distances of the products of a row of squared length `aa`; whether one of them has lost
/// digits to cancellation.
fn squared_distances(line: &mut [f32], aa: f32, squared_norms: &[f32]) -> bool {
    vectorized(
        #[inline(always)]
        || {
            let mut lossy = false;
            for (value, &bb) in line.iter_mut().zip(squared_norms) {
                let sum = aa + bb;
                *value = sum - 2.0 * *value;
                lossy |= *value <= CANCELLATION * sum;
            }
            lossy
        },
    )
}

/// Some consecutive rows of [`DistanceTiles`].
#[derive(Clone, Debug)]
pub struct Strip<'t, 'a> {
    tiles: &'t DistanceTiles<'a>,
    rows: Range<usize>,
}

impl Strip<'_, '_> {
    /// The rows of the strip.
    pub fn rows(&self) -> Range<usize> {
        self.rows.clone()
    }

    /// Computes the tiles of the strip from left to right and hands each to `visit`.
    pub fn for_each_tile(&self, mut visit: impl FnMut(&Tile<'_>)) {
        let columns = self.tiles.columns.embeddings.nrows();
        let first = if self.tiles.upper { self.rows.start } else { 0 };
        let at_once = match self.tiles.columns.factor.is_on_device() {
            true => DEVICE_COLUMNS,
            false => TILE,
        };
        let mut buffer = Array2::zeros((self.rows.len(), at_once.min(columns)));
        for start in (first..columns).step_by(at_once) {
            let end = columns.min(start + at_once);
            self.tiles.fill(self.rows(), start..end, &mut buffer);
            for tile in (start..end).step_by(TILE) {
                visit(&Tile {
                    first_row: self.rows.start,
                    first_column: tile,
                    upper: self.tiles.upper,
                    distances: buffer.slice(s![.., tile - start..end.min(tile + TILE) - start]),
                });
            }
        }
    }
}

/// A block of the matrix of distances.
#[derive(Debug)]
pub struct Tile<'a> {
    first_row: usize,
    first_column: usize,
    upper: bool,
    distances: ArrayView2<'a, f32>,
}

impl Tile<'_> {
    /// The rows of the tile as (row, first column, distances); of all pairs, what lies above the diagonal.
    pub fn lines(&self) -> impl Iterator<Item = (usize, usize, &[f32])> + '_ {
        self.distances
            .rows()
            .into_iter()
            .zip(self.first_row..)
            .map(|(line, row)| {
                // The rows of the buffer are contiguous.
                let line = line.to_slice().unwrap_or_default();
                let skip = self.below_diagonal(row).min(line.len());
                (row, self.first_column + skip, &line[skip..])
            })
    }

    /// How many of the first columns make no pair with `row`.
    fn below_diagonal(&self, row: usize) -> usize {
        if self.upper {
            (row + 1).saturating_sub(self.first_column)
        } else {
            0
        }
    }

    /// The pairs of the tile as (row, column, distance); of all pairs, those with row < column.
    pub fn pairs(&self) -> impl Iterator<Item = (usize, usize, f32)> + '_ {
        self.distances
            .rows()
            .into_iter()
            .zip(self.first_row..)
            .flat_map(move |(line, row)| {
                let skip = self.below_diagonal(row);
                line.into_iter()
                    .zip(self.first_column..)
                    .skip(skip)
                    .map(move |(&distance, column)| (row, column, distance))
            })
    }
}

/// The squared length of each row; an error where a distance to the row would not be a number.
pub(crate) fn squared_norms(
    embeddings: ArrayView2<'_, f32>,
    kind: DistanceKind,
) -> Result<Vec<f32>, MetricsError> {
    embeddings
        .rows()
        .into_iter()
        .enumerate()
        .map(|(index, row)| {
            let sum = row
                .iter()
                .map(|&x| f64::from(x) * f64::from(x))
                .sum::<f64>();
            // A squared distance reaches four times the larger squared length.
            if !(sum.is_finite() && sum < f64::from(f32::MAX) / 4.0) {
                return Err(MetricsError::NotFinite {
                    what: "embedding",
                    index,
                });
            }
            let norm = sum as f32;
            if kind == DistanceKind::Angle && norm < f32::MIN_POSITIVE {
                return Err(MetricsError::ZeroEmbedding { index });
            }
            Ok(norm)
        })
        .collect()
}
