//! What the papers and the tests of other libraries state, restated for our names.

use crate::common;
use crate::common::{Batch, batch, close};
use burn::tensor::{Device, FloatDType, Int, Tensor, TensorData};
use facenet_loss::{Distance, Margin, Mining, Pick, Reduction, TripletLossConfig, TripletSummary};

/// Loss and statistics of points on a line.
fn on_a_line(
    config: &TripletLossConfig,
    points: &[f32],
    labels: &[i32],
    device: &Device,
) -> (f64, TripletSummary) {
    let embeddings = Tensor::from_data(TensorData::new(points.to_vec(), [points.len(), 1]), device);
    let labels =
        Tensor::<1, Int>::from_data(TensorData::new(labels.to_vec(), [labels.len()]), device);
    let output = config.init().forward(embeddings, labels);
    (common::scalar(output.loss), output.stats.read())
}

fn line(mining: Mining) -> TripletLossConfig {
    TripletLossConfig::new()
        .with_distance(Distance::Euclidean)
        .with_mining(mining)
        .with_margin(Margin::Hinge(1.0))
        .with_reduction(Reduction::Sum)
}

#[test]
fn the_batch_of_the_paper_has_123_552_000_valid_triplets() {
    let Some(device) = common::device::device() else {
        return;
    };
    let labels: Vec<i32> = (0..1800).map(|index| index / 40).collect();
    let points: Vec<f32> = (0..1800)
        .map(|index| (index * 7 % 1800) as f32 / 1800.0)
        .collect();
    let (_, summary) = on_a_line(&line(Mining::BatchHard), &points, &labels, &device);
    assert_eq!(summary.valid_anchors, 1800);
    assert_eq!(summary.valid_triplets, 123_552_000);
    assert_eq!(summary.selected_triplets, 1800);
}

#[test]
fn p_identities_of_k_images_have_pk_k1_pkk_triplets() {
    let Some(device) = common::device::device() else {
        return;
    };
    let (p, k) = (5, 4);
    let batch = batch::pk(p, k);
    let per_rule = |mining: Mining| {
        let config = TripletLossConfig::new().with_mining(mining);
        common::run(&config, &batch, FloatDType::F32, &device)
            .summary
            .selected_triplets as usize
    };
    assert_eq!(per_rule(Mining::BatchAll), p * k * (k - 1) * (p * k - k));
    assert_eq!(per_rule(Mining::HardestNegative), p * k * (k - 1));
    assert_eq!(per_rule(Mining::NearestFarther), p * k * (k - 1));
    assert_eq!(per_rule(Mining::BatchHard), p * k);
}

/// Hermans et al. 2017, §3: a network that maps everything to one point is left with the margin, or with ln 2.
#[test]
fn a_collapsed_batch_costs_the_margin_or_ln_2() {
    let Some(device) = common::device::device() else {
        return;
    };
    let batch = batch::collapsed(17);
    for distance in common::DISTANCES {
        for mining in [Mining::BatchHard, Mining::BatchAll, Mining::HardestNegative] {
            let loss = |margin| {
                let config = TripletLossConfig::new()
                    .with_distance(distance)
                    .with_mining(mining)
                    .with_margin(margin);
                common::run(&config, &batch, FloatDType::F32, &device).loss
            };
            close("hinge", loss(Margin::Hinge(0.5)), 0.5, 1e-6);
            close("soft", loss(Margin::Soft), std::f64::consts::LN_2, 1e-6);
        }
    }
}

/// For unit vectors ‖x − y‖² = 2 (1 − cos), so the losses are the same but for a factor of 2.
#[test]
fn squared_euclidean_is_twice_cosine_on_the_sphere() {
    let Some(device) = common::device::device() else {
        return;
    };
    let batch = batch::clustered(17);
    for mining in [
        Mining::BatchAll,
        Mining::BatchHard,
        Mining::SemiHardBand(Pick::Nearest),
    ] {
        let run = |distance, alpha| {
            let config = TripletLossConfig::new()
                .with_distance(distance)
                .with_mining(mining)
                .with_margin(Margin::Hinge(alpha));
            common::run(&config, &batch, FloatDType::F32, &device)
        };
        let (squared, cosine) = (
            run(Distance::SquaredEuclidean, 0.4),
            run(Distance::Cosine, 0.2),
        );
        close("loss", squared.loss, 2.0 * cosine.loss, 1e-5);
        assert_eq!(
            squared.summary.selected_triplets,
            cosine.summary.selected_triplets
        );
        close(
            "mean d_ap",
            squared.summary.mean_d_ap.unwrap(),
            2.0 * cosine.summary.mean_d_ap.unwrap(),
            1e-5,
        );
    }
}

/// The reason for naming the divisor.
#[test]
fn means_over_active_and_over_selected_differ_by_the_share_of_active() {
    let Some(device) = common::device::device() else {
        return;
    };
    let batch = batch::clustered(17);
    let run = |reduction| {
        let config = TripletLossConfig::new()
            .with_mining(Mining::BatchAll)
            .with_reduction(reduction);
        common::run(&config, &batch, FloatDType::F32, &device)
    };
    let (active, selected, sum) = (
        run(Reduction::MeanActive),
        run(Reduction::MeanSelected),
        run(Reduction::Sum),
    );
    let summary = active.summary;
    assert!(summary.active_triplets < summary.selected_triplets);
    close(
        "active",
        active.loss * summary.active_triplets as f64,
        sum.loss,
        1e-5,
    );
    close(
        "selected",
        selected.loss * summary.selected_triplets as f64,
        sum.loss,
        1e-5,
    );
    close(
        "anchors",
        run(Reduction::MeanAnchors).loss * summary.valid_anchors as f64,
        sum.loss,
        1e-5,
    );
}

/// "Semi-hard" of TF-addons and sentence-transformers is another rule than FaceNet's.
#[test]
fn two_rules_are_called_semi_hard() {
    let Some(device) = common::device::device() else {
        return;
    };
    let loss = |mining, points: &[f32], labels: &[i32]| {
        on_a_line(&line(mining), points, labels, &device).0
    };
    let band = Mining::SemiHardBand(Pick::Nearest);

    // Anchor 0 with its positive at 3; negatives at 1 and 2 are nearer. The positive at 3 sees them at 2 and 1.
    let (points, labels) = ([0.0, 3.0, 1.0, 2.0], [1, 1, 2, 3]);
    assert_eq!(loss(band, &points, &labels), 0.0);
    // Both fall back on the farthest negative, at distance 2: 3 − 2 + 1 each.
    assert_eq!(loss(Mining::NearestFarther, &points, &labels), 4.0);

    // A negative beyond the margin: the nearest farther one, which costs nothing, and outside the band.
    let (points, labels) = ([0.0, 1.0, 3.5], [1, 1, 2]);
    let select = |mining| {
        on_a_line(&line(mining), &points, &labels, &device)
            .1
            .selected_triplets
    };
    assert_eq!(select(band), 0);
    assert_eq!(select(Mining::NearestFarther), 2);
}

#[test]
fn the_band_is_open_at_both_ends() {
    let Some(device) = common::device::device() else {
        return;
    };
    let selected = |mining, negative: f32| {
        // Anchor 0, positive at 1; the positive as an anchor has its negative far away on the other side.
        let points = [0.0, 1.0, -negative];
        on_a_line(&line(mining), &points, &[1, 1, 2], &device)
            .1
            .selected_triplets
    };
    let band = Mining::SemiHardBand(Pick::All);
    let counts: Vec<u64> = [0.5, 1.0, 1.5, 2.0]
        .map(|negative| selected(band, negative))
        .to_vec();
    // At 0.5 anchor 1 sees the negative at 1.5, inside its band.
    assert_eq!(counts, [1, 0, 1, 0]);
    let violators = Mining::Violators(Pick::All);
    let counts: Vec<u64> = [0.5, 1.0, 1.5, 2.0]
        .map(|negative| selected(violators, negative))
        .to_vec();
    assert_eq!(counts, [2, 1, 1, 0]);
}

/// What violates the margin is in the band or not farther than the positive.
#[test]
fn violators_are_the_band_and_the_hard_ones() {
    let Some(device) = common::device::device() else {
        return;
    };
    for distance in common::DISTANCES {
        let count = |mining, batch: &Batch| {
            let config = TripletLossConfig::new()
                .with_distance(distance)
                .with_mining(mining);
            common::run(&config, batch, FloatDType::F32, &device).summary
        };
        for batch in [batch::clustered(64), batch::tied(64), batch::duplicates(64)] {
            let all = count(Mining::BatchAll, &batch);
            let violators = count(Mining::Violators(Pick::All), &batch);
            let band = count(Mining::SemiHardBand(Pick::All), &batch);
            assert_eq!(violators.selected_triplets, violators.active_triplets);
            assert_eq!(violators.selected_triplets, all.active_triplets);
            assert_eq!(band.selected_triplets, band.active_triplets);
            assert!(band.selected_triplets <= violators.selected_triplets);
            assert_eq!(band.violating_triplets, violators.selected_triplets);
        }
    }
}
