//! The table "which option equals which peer's" of the documentation, a number for each row.
//!
//! The numbers are those of `benches/peers/losses.py`, which asks the other libraries (pytorch-metric-learning 2.9.0,
//! sentence-transformers 6.2.0) or follows their definitions.

use crate::common;
use burn::tensor::{Device, Int, Tensor, TensorData};
use facenet_loss::{TripletLossConfig, TripletSummary};

const LABELS: [i32; 9] = [0, 0, 1, 1, 0, 2, 1, 2, 1];
const DEGREES: [f64; 9] = [0.0, 23.0, 37.0, 61.0, 80.0, 104.0, 117.0, 141.0, 163.0];

fn ours(choices: [&str; 4], device: &Device) -> (f64, TripletSummary) {
    let [distance, mining, margin, reduction] = choices;
    let config = TripletLossConfig::new()
        .with_distance(distance.parse().unwrap())
        .with_mining(mining.parse().unwrap())
        .with_margin(margin.parse().unwrap())
        .with_reduction(reduction.parse().unwrap());
    let points: Vec<f32> = DEGREES
        .iter()
        .map(|degrees| degrees.to_radians())
        .flat_map(|angle| [angle.cos() as f32, angle.sin() as f32])
        .collect();
    let embeddings = Tensor::from_data(TensorData::new(points, [9, 2]), device);
    let labels = Tensor::<1, Int>::from_ints(LABELS, device);
    let output = config.init().forward(embeddings, labels);
    (common::scalar(output.loss), output.stats.read())
}

#[test]
fn options_equal_those_of_other_libraries() {
    let Some(device) = common::device::device() else {
        return;
    };
    let squared = "squared-euclidean";
    let (mean_active, mean_anchors) = ("mean-active", "mean-anchors");
    let mut rows = vec![
        // FaceNet §3.2.
        ([squared, "semi-hard", "hinge:0.2", mean_active], 0.07336333),
        // pytorch-metric-learning.
        (
            ["euclidean", "batch-all", "hinge:0.05", mean_active],
            0.61533301,
        ),
        (
            ["euclidean", "batch-all", "soft-plus:0.05", mean_active],
            0.75464123,
        ),
        ([squared, "batch-all", "hinge:0.2", mean_active], 1.20000846),
        (
            ["euclidean", "semi-hard", "hinge:0.2", mean_active],
            0.09350373,
        ),
        (
            ["euclidean", "violators", "hinge:0.2", mean_active],
            0.69703622,
        ),
        (
            ["euclidean", "batch-hard", "hinge:0.2", mean_active],
            1.11113932,
        ),
        // TensorFlow Addons.
        (
            ["euclidean", "nearest-farther", "hinge:1", "mean-selected"],
            0.79717271,
        ),
        (
            ["euclidean", "batch-hard", "hinge:1", mean_anchors],
            1.91113932,
        ),
        // sentence-transformers.
        (
            ["euclidean", "batch-all", "hinge:0.2", mean_active],
            0.69703622,
        ),
        (
            ["euclidean", "batch-hard", "hinge:0.2", mean_anchors],
            1.11113932,
        ),
        (
            ["euclidean", "batch-hard", "soft", mean_anchors],
            1.26664017,
        ),
        (
            ["euclidean", "nearest-farther", "hinge:0.2", "mean-selected"],
            0.07626265,
        ),
    ];
    // pytorch-metric-learning's BatchEasyHardMiner.
    for (mining, value) in [
        ("combined:easy/easy", 0.22352383),
        ("combined:easy/semi-hard", 0.73704194),
        ("combined:easy/hard", 1.26858369),
        ("combined:semi-hard/easy", 0.51857457),
        ("combined:semi-hard/hard", 0.76412656),
        ("combined:hard/easy", 0.65754789),
        ("combined:hard/semi-hard", 0.79599219),
        ("combined:hard/hard", 1.91113932),
    ] {
        rows.push((["euclidean", mining, "hinge:1", mean_active], value));
    }
    for (choices, value) in rows {
        let (loss, _) = ours(choices, &device);
        common::close(&choices.join(", "), loss, value, 1e-6);
    }
}

#[test]
fn violators_are_what_davidsandberg_facenet_draws_from() {
    let Some(device) = common::device::device() else {
        return;
    };
    let (_, summary) = ours(
        ["squared-euclidean", "violators", "hinge:0.2", "sum"],
        &device,
    );
    assert_eq!(summary.selected_triplets, 57);
}

/// Indices that pytorch-metric-learning's tests of its miners expect for nine points on a line.
#[test]
fn miners_pick_the_published_triplets() {
    let Some(device) = common::device::device() else {
        return;
    };
    let embeddings = Tensor::<1, Int>::arange(0..9, &device)
        .float()
        .reshape([9, 1]);
    let labels = Tensor::<1, Int>::from_ints([0, 0, 1, 1, 0, 2, 1, 1, 1], &device);
    let mine = |rule: &str| {
        let config = TripletLossConfig::new()
            .with_distance("euclidean".parse().unwrap())
            .with_mining(rule.parse().unwrap());
        let triplets = config.init().mine(embeddings.clone(), labels.clone(), 100);
        let triplets = triplets.unwrap().into_iter();
        triplets
            .map(|triplet| [triplet.anchor, triplet.positive, triplet.negative])
            .collect::<Vec<_>>()
    };
    let expected = |anchors: &[usize], positives: &[usize], negatives: &[usize]| {
        let others = positives.iter().zip(negatives);
        let all = anchors.iter().zip(others);
        all.map(|(&a, (&p, &n))| [a, p, n]).collect::<Vec<_>>()
    };
    // Where two are equally far their tests allow either; ours is the lower index.
    let anchors = [0, 1, 2, 3, 4, 6, 7, 8];
    let (easy, hard) = ([1, 0, 3, 2, 1, 7, 6, 7], [4, 4, 8, 8, 0, 2, 2, 2]);
    let (far, near) = ([8, 8, 5, 0, 8, 0, 0, 0], [2, 2, 1, 4, 3, 5, 5, 5]);
    assert_eq!(mine("batch-hard"), expected(&anchors, &hard, &near));
    assert_eq!(mine("combined:hard/hard"), expected(&anchors, &hard, &near));
    assert_eq!(mine("combined:easy/hard"), expected(&anchors, &easy, &near));
    assert_eq!(mine("combined:hard/easy"), expected(&anchors, &hard, &far));
    assert_eq!(mine("combined:easy/easy"), expected(&anchors, &easy, &far));
    assert_eq!(
        mine("combined:easy/semi-hard"),
        expected(&anchors, &easy, &[2, 3, 0, 1, 8, 4, 5, 5])
    );
    assert_eq!(
        mine("combined:hard/semi-hard"),
        expected(&[0, 1, 6, 7, 8], &[4, 4, 2, 2, 2], &[5, 5, 1, 1, 1])
    );
    assert_eq!(
        mine("combined:semi-hard/hard"),
        expected(&[0, 7, 8], &[1, 6, 6], &[2, 5, 5])
    );
}

/// TensorFlow Addons documents √2 + 1 (semi-hard) and 1 (hard) for two images of one person; there is no triplet in them.
#[test]
fn two_images_of_one_person_cost_nothing() {
    let Some(device) = common::device::device() else {
        return;
    };
    for mining in ["nearest-farther", "batch-hard"] {
        let config = TripletLossConfig::new()
            .with_distance("euclidean".parse().unwrap())
            .with_mining(mining.parse().unwrap())
            .with_margin("hinge:1".parse().unwrap());
        let points = Tensor::<2>::from_floats([[0.0, 1.0], [1.0, 0.0]], &device);
        let labels = Tensor::<1, Int>::from_ints([0, 0], &device);
        let output = config.init().forward(points, labels);
        assert_eq!(common::scalar(output.loss), 0.0);
        assert_eq!(output.stats.read().valid_triplets, 0);
    }
}
