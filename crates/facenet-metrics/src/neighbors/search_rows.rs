use std::f64::consts::PI;
use std::ops::Range;

use ndarray::{Array2, ArrayView2, ArrayViewMut2, Axis, CowArray, Ix2};

use crate::MetricsError;
use crate::distance::{DistanceKind, squared_norms};
use crate::products::{Factor, SomeRows, products};

/// Embeddings that are checked and laid out for a search.
///
/// The search orders pairs by the exact [`distance`](SearchRows::distance). What spares it most of them is a
/// lower bound from a matrix product, in the *product's domain*: the squared distance of the rows
/// themselves, or for the angle that of the rows scaled to unit length.
pub(crate) struct SearchRows<'a> {
    kind: DistanceKind,
    rows: CowArray<'a, f32, Ix2>,
    /// What the products are made of where it is not the rows.
    unit: Option<Array2<f32>>,
    /// What the products are made with.
    factor: Factor,
    /// The squared length of each row, summed as [`dot`] sums.
    squares: Vec<f64>,
    /// The squared length of each row of the product, less what rounding may have added.
    bounds: Vec<f32>,
    /// The largest of the bounds.
    longest: f32,
    /// The share of the squared lengths that bounds take off.
    share: f32,
}

impl<'a> SearchRows<'a> {
    /// # Errors
    ///
    /// As `squared_norms`, and [`MetricsError::Setting`] where an index would not fit a `u32`.
    pub(crate) fn new(
        embeddings: ArrayView2<'a, f32>,
        kind: DistanceKind,
    ) -> Result<SearchRows<'a>, MetricsError> {
        if u32::try_from(embeddings.nrows()).is_err() {
            return Err(MetricsError::Setting {
                setting: "embeddings",
                found: embeddings.nrows().to_string(),
                expected: "no more than 4294967295 rows",
            });
        }
        squared_norms(embeddings, kind)?;
        let rows = match embeddings.is_standard_layout() {
            true => CowArray::from(embeddings),
            false => CowArray::from(embeddings.as_standard_layout().into_owned()),
        };
        let all = rows.as_slice().unwrap_or_default();
        let squares: Vec<f64> = match rows.ncols() {
            0 => vec![0.0; rows.nrows()],
            width => all.chunks_exact(width).map(|row| dot(row, row)).collect(),
        };
        let unit = (kind == DistanceKind::Angle).then(|| {
            let mut unit = rows.to_owned();
            for (mut row, &square) in unit.rows_mut().into_iter().zip(&squares) {
                let length = square.sqrt();
                row.mapv_inplace(|x| (f64::from(x) / length) as f32);
            }
            unit
        });
        let factor = Factor::new(unit.as_ref().map_or(rows.view(), |unit| unit.view()));
        let mut made = SearchRows {
            kind,
            unit,
            squares,
            bounds: Vec::new(),
            longest: 0.0,
            // A sum of n products rounds by at most n units of 2⁻²⁴ of the product of the lengths, in
            // whichever order it is made; twice that, and some for what follows.
            share: (rows.ncols() as f32 + 16.0) * f32::EPSILON + factor.rounding(),
            factor,
            rows,
        };
        let underflow = f32::MIN_POSITIVE * made.rows.ncols() as f32;
        made.bounds = made
            .squares
            .iter()
            .map(|&square| match kind {
                DistanceKind::SquaredEuclidean => square as f32,
                DistanceKind::Angle => 1.0,
            })
            .map(|square| square * (1.0 - made.share) - underflow)
            .collect();
        made.longest = made.bounds.iter().copied().fold(0.0, f32::max);
        Ok(made)
    }

    pub(crate) fn len(&self) -> usize {
        self.rows.nrows()
    }

    pub(crate) fn row(&self, index: usize) -> &[f32] {
        let width = self.rows.ncols();
        // The layout is standard, so the slice is there.
        let all = self.rows.as_slice().unwrap_or_default();
        &all[index * width..(index + 1) * width]
    }

    /// The distance of two rows, from sums in `f64`. Equal rows have distance 0, and the order of the
    /// two does not matter.
    pub(crate) fn distance(&self, index: usize, other: &SearchRows<'_>, of_other: usize) -> f32 {
        let (a, b) = (self.row(index), other.row(of_other));
        let distance = match self.kind {
            DistanceKind::SquaredEuclidean => squared_euclidean(a, b),
            DistanceKind::Angle => {
                let lengths = (self.squares[index] * other.squares[of_other]).sqrt();
                (dot(a, b) / lengths).clamp(-1.0, 1.0).acos() / PI
            }
        };
        distance as f32
    }

    /// A distance in the product's domain.
    pub(crate) fn in_product(&self, distance: f32) -> f32 {
        match self.kind {
            DistanceKind::SquaredEuclidean => distance,
            DistanceKind::Angle if distance > 1.0 => f32::INFINITY,
            DistanceKind::Angle => (2.0 - 2.0 * (PI * f64::from(distance)).cos()) as f32,
        }
    }

    /// The most by which a lower bound of a distance from row `index` to a row of `other` falls short of
    /// it.
    pub(crate) fn slack(&self, index: usize, other: &SearchRows<'_>) -> f32 {
        // The bound takes off one share, and the product may be off by as much on the other side.
        2.5 * self.share * (self.bounds[index].max(0.0) + other.longest)
            + 8.0 * f32::MIN_POSITIVE * self.rows.ncols() as f32
    }

    /// What a lower bound of the distance from each row begins with.
    pub(crate) fn bounds(&self, range: Range<usize>) -> &[f32] {
        &self.bounds[range]
    }

    /// The products of some rows with some of `other`'s.
    pub(crate) fn products(
        &self,
        rows: Range<usize>,
        other: &SearchRows<'_>,
        columns: Range<usize>,
        out: &mut ArrayViewMut2<'_, f32>,
    ) {
        products(self.some(rows), other.some(columns), out);
    }

    /// The products of some rows, in any order, with all of `other`'s.
    pub(crate) fn products_of(
        &self,
        rows: &[usize],
        other: &SearchRows<'_>,
        out: &mut ArrayViewMut2<'_, f32>,
    ) {
        let chosen = self.product_rows().select(Axis(0), rows);
        let factor = other.factor.beside(chosen.view());
        let chosen = (chosen.view(), &factor, 0..rows.len());
        products(chosen, other.some(0..other.len()), out);
    }

    /// Whether the products are made on a device.
    pub(crate) fn are_on_device(&self) -> bool {
        self.factor.is_on_device()
    }

    fn some(&self, rows: Range<usize>) -> SomeRows<'_> {
        (self.product_rows(), &self.factor, rows)
    }

    fn product_rows(&self) -> ArrayView2<'_, f32> {
        match &self.unit {
            Some(unit) => unit.view(),
            None => self.rows.view(),
        }
    }
}

/// Sums that are made at once, so that the processor's vectors are used.
const LANES: usize = 8;

fn sum_of(a: &[f32], b: &[f32], term: impl Fn(f64, f64) -> f64) -> f64 {
    let mut sums = [0.0f64; LANES];
    let (heads_a, heads_b) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let rest: f64 = heads_a
        .remainder()
        .iter()
        .zip(heads_b.remainder())
        .map(|(&x, &y)| term(x.into(), y.into()))
        .sum();
    for (x, y) in heads_a.zip(heads_b) {
        for lane in 0..LANES {
            sums[lane] += term(x[lane].into(), y[lane].into());
        }
    }
    sums.iter().sum::<f64>() + rest
}

pub(crate) fn squared_euclidean(a: &[f32], b: &[f32]) -> f64 {
    sum_of(a, b, |x, y| (x - y) * (x - y))
}

fn dot(a: &[f32], b: &[f32]) -> f64 {
    sum_of(a, b, |x, y| x * y)
}
