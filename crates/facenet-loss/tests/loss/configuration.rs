//! Names, files and combinations of the four choices.

use crate::common;
use std::str::FromStr;

use burn::config::{Config, config_to_json};
use facenet_loss::{
    Distance, Hardness, LossError, Margin, Mining, Pick, Reduction, TripletLossConfig,
};

fn round_trip<T: FromStr<Err = LossError> + ToString + PartialEq + std::fmt::Debug>(
    choice: T,
    text: &str,
) {
    assert_eq!(choice.to_string(), text);
    assert_eq!(text.parse::<T>().as_ref(), Ok(&choice));
}

#[test]
fn names_round_trip() {
    round_trip(Distance::SquaredEuclidean, "squared-euclidean");
    round_trip(Distance::Euclidean, "euclidean");
    round_trip(Distance::Cosine, "cosine");
    round_trip(Mining::BatchAll, "batch-all");
    round_trip(Mining::BatchHard, "batch-hard");
    round_trip(Mining::SemiHardBand(Pick::All), "semi-hard");
    round_trip(Mining::SemiHardBand(Pick::Nearest), "semi-hard-nearest");
    round_trip(Mining::SemiHardBand(Pick::Random(7)), "semi-hard-random:7");
    round_trip(Mining::NearestFarther, "nearest-farther");
    round_trip(Mining::Violators(Pick::All), "violators");
    round_trip(Mining::Violators(Pick::Nearest), "violators-nearest");
    round_trip(
        Mining::Violators(Pick::Random(u64::MAX)),
        "violators-random:18446744073709551615",
    );
    round_trip(Mining::HardestNegative, "hardest-negative");
    round_trip(
        Mining::Combined {
            positive: Hardness::Easy,
            negative: Hardness::SemiHard,
        },
        "combined:easy/semi-hard",
    );
    round_trip(Mining::DistanceWeighted { seed: 3 }, "distance-weighted:3");
    round_trip(Margin::Hinge(0.2), "hinge:0.2");
    round_trip(Margin::Hinge(0.1 + 0.2), "hinge:0.30000000000000004");
    round_trip(Margin::Soft, "soft");
    round_trip(Margin::SoftPlus(1.0), "soft-plus:1");
    round_trip(Reduction::MeanActive, "mean-active");
    round_trip(Reduction::MeanSelected, "mean-selected");
    round_trip(Reduction::MeanAnchors, "mean-anchors");
    round_trip(Reduction::Sum, "sum");
}

#[test]
fn unknown_names_list_the_known_ones() {
    let message = |error: LossError| error.to_string();
    assert_eq!(
        message("l2".parse::<Distance>().unwrap_err()),
        "unknown distance `l2`, expected one of: squared-euclidean, euclidean, cosine"
    );
    assert_eq!(
        message("SemiHard".parse::<Mining>().unwrap_err()),
        "unknown mining rule `SemiHard`, expected one of: batch-all, batch-hard, semi-hard, semi-hard-nearest, \
         semi-hard-random:SEED, nearest-farther, violators, violators-nearest, violators-random:SEED, hardest-negative, \
         combined:POSITIVE/NEGATIVE, distance-weighted:SEED"
    );
    assert_eq!(
        message("0.2".parse::<Margin>().unwrap_err()),
        "unknown margin `0.2`, expected one of: hinge:α, soft, soft-plus:α"
    );
    assert_eq!(
        message("mean".parse::<Reduction>().unwrap_err()),
        "unknown reduction `mean`, expected one of: mean-active, mean-selected, mean-anchors, sum"
    );
}

#[test]
fn numbers_are_asked_for_where_they_belong() {
    for text in ["hinge", "hinge:", "hinge:a"] {
        let error = text.parse::<Margin>().unwrap_err().to_string();
        assert_eq!(
            error,
            format!("margin `{text}` cannot be read, expected `hinge:0.2`")
        );
    }
    assert_eq!(
        "soft:0.2".parse::<Margin>().unwrap_err().to_string(),
        "margin `soft:0.2` cannot be read, expected `soft`"
    );
    assert_eq!(
        "semi-hard-random"
            .parse::<Mining>()
            .unwrap_err()
            .to_string(),
        "mining rule `semi-hard-random` cannot be read, expected `semi-hard-random:SEED`"
    );
    assert!("violators-random:-1".parse::<Mining>().is_err());
    assert_eq!(
        "batch-all:3".parse::<Mining>().unwrap_err().to_string(),
        "mining rule `batch-all:3` cannot be read, expected `batch-all`"
    );
}

#[test]
fn the_default_is_facenet() {
    let config = TripletLossConfig::new();
    assert_eq!(config.distance, Distance::default());
    assert_eq!(config.mining, Mining::default());
    assert_eq!(config.margin, Margin::default());
    assert_eq!(config.reduction, Reduction::default());
    let json: String = config_to_json(&config).split_whitespace().collect();
    assert_eq!(
        json,
        r#"{"distance":"squared-euclidean","mining":"semi-hard","margin":"hinge:0.2","reduction":"mean-active"}"#
    );
}

#[test]
fn configurations_round_trip_as_json() {
    for config in common::configurations() {
        let json = config_to_json(&config);
        assert_eq!(
            TripletLossConfig::load_binary(json.as_bytes()).unwrap(),
            config,
            "{json}"
        );
    }
}

#[test]
fn a_bad_name_in_a_file_is_an_error_that_names_it() {
    let json = r#"{"distance":"squared-euclidean","mining":"hard","margin":"hinge:0.2","reduction":"sum"}"#;
    let error = TripletLossConfig::load_binary(json.as_bytes())
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("unknown mining rule `hard`, expected one of: batch-all"),
        "{error}"
    );
}

#[test]
fn margins_that_make_no_sense_are_refused() {
    for alpha in [-0.1, f64::NAN, f64::INFINITY] {
        for margin in [Margin::Hinge(alpha), Margin::SoftPlus(alpha)] {
            let config = TripletLossConfig::new().with_margin(margin);
            let error = config.validate().unwrap_err().to_string();
            assert_eq!(
                error,
                format!("margin {alpha} is not a finite number of at least 0")
            );
        }
    }
}

#[test]
fn a_band_without_width_is_refused() {
    for margin in [Margin::Soft, Margin::SoftPlus(0.0)] {
        let config = TripletLossConfig::new().with_margin(margin);
        let expected = LossError::EmptyBand {
            mining: "semi-hard".to_owned(),
            margin: margin.to_string(),
        };
        assert_eq!(config.validate(), Err(expected));
        assert_eq!(
            config.with_mining(Mining::Violators(Pick::All)).validate(),
            Ok(())
        );
    }
}

#[test]
fn a_hinge_at_zero_is_refused() {
    let config = TripletLossConfig::new()
        .with_margin(Margin::Hinge(0.0))
        .with_mining(Mining::BatchAll);
    assert_eq!(config.validate(), Err(LossError::ZeroHinge));
    assert_eq!(
        LossError::ZeroHinge.to_string(),
        "margin hinge:0 is at its least where all embeddings are the same: use hinge:α with α > 0, or soft"
    );
}

#[test]
fn a_margin_that_no_cosine_keeps_is_refused() {
    let config = TripletLossConfig::new().with_margin(Margin::Hinge(2.0));
    assert_eq!(config.validate(), Ok(()));
    let error = config.with_distance(Distance::Cosine).validate();
    let error = error.unwrap_err().to_string();
    assert!(
        error.starts_with("margin hinge:2 for cosine distances, which lie between 0 and 2"),
        "{error}"
    );
}

#[test]
fn a_rule_without_a_beginning_is_refused() {
    let mining: Mining = "combined:semi-hard/semi-hard".parse().unwrap();
    let error = TripletLossConfig::new().with_mining(mining).validate();
    let error = error.unwrap_err().to_string();
    assert!(
        error.starts_with(
            "mining combined:semi-hard/semi-hard chooses the positive by the negative"
        ),
        "{error}"
    );
}

#[test]
#[should_panic(
    expected = "mining semi-hard keeps the negatives with d_ap < d_an < d_ap + α, and margin soft has α = 0"
)]
fn init_panics_with_the_message_of_validate() {
    TripletLossConfig::new().with_margin(Margin::Soft).init();
}
