//! What people would rather see than read: curves and sheets of faces.

use std::collections::BTreeMap;

use facenet_data::{ContactSheet, group_color};
use facenet_metrics::plot::{LineChart, LinePanel};
use image::RgbImage;

use crate::History;

/// Steps that a point of the loss curve averages over, so that a curve of many steps stays legible.
const POINTS: usize = 200;

/// The training curve: the loss, the share of triplets that still violate the margin, and what the
/// evaluations measured, over optimization steps.
pub fn training_curve(history: &History) -> LineChart {
    let window = history.steps.len().div_ceil(POINTS).max(1);
    let averaged = |value: fn(&crate::StepRecord) -> f64| -> Vec<(f64, f64)> {
        history
            .steps
            .chunks(window)
            .map(|steps| {
                let mean = steps.iter().map(value).sum::<f64>() / steps.len() as f64;
                (steps[steps.len() - 1].step as f64, mean)
            })
            .collect()
    };
    let mut measured: BTreeMap<&str, Vec<(f64, f64)>> = BTreeMap::new();
    for evaluation in &history.evaluations {
        for (name, &value) in &evaluation.values {
            let points = measured.entry(name).or_default();
            points.push((evaluation.step as f64, value));
        }
    }
    let mut chart = LineChart::new("Training", "optimization step")
        .with_panel(
            LinePanel::new("triplet loss").with_series("training", averaged(|step| step.loss)),
        )
        .with_panel(
            LinePanel::new("share of triplets")
                .with_series("within the margin", averaged(|step| step.violating_share)),
        );
    if !measured.is_empty() {
        let panel = measured
            .into_iter()
            .fold(LinePanel::new("evaluation"), |panel, (name, points)| {
                panel.with_series(name, points)
            });
        chart = chart.with_panel(panel);
    }
    chart
}

/// A sheet of clustered faces: a row for each of the largest `rows` clusters, at most `columns` faces
/// in it, each in a border of its true identity's color. A row of one color is a pure cluster.
///
/// # Panics
///
/// If `labels` or `clusters` are fewer than `faces`.
pub fn cluster_sheet(
    faces: &[RgbImage],
    labels: &[u32],
    clusters: &[u32],
    rows: usize,
    columns: usize,
) -> RgbImage {
    let mut members: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (face, &cluster) in clusters[..faces.len()].iter().enumerate() {
        members.entry(cluster).or_default().push(face);
    }
    let mut clusters: Vec<Vec<usize>> = members.into_values().collect();
    // Stable, so that among clusters of one size the first to appear comes first.
    clusters.sort_by_key(|members| std::cmp::Reverse(members.len()));
    let (height, width) = faces
        .first()
        .map_or((1, 1), |face| (face.height(), face.width()));
    let mut sheet = ContactSheet::new(height, width);
    for members in clusters.iter_mut().take(rows) {
        members.sort_by_key(|&face| labels[face]);
        // Evenly out of the whole cluster, so that a sheet does not hide who else is in it.
        let shown = members.len().min(columns);
        let faces = (0..shown).map(|place| {
            let face = members[place * members.len() / shown];
            (&faces[face], Some(group_color(labels[face])))
        });
        sheet.row(None, faces);
    }
    sheet.draw()
}
