use facenet_data::{DataError, PairDistances, parse_distances, read_distances};
use proptest::prelude::*;

use crate::message::assert_message;

#[track_caller]
fn refused(text: impl AsRef<[u8]>, line: usize, parts: &[&str]) {
    let error = parse_distances(text.as_ref(), "d.csv").expect_err("distances to refuse");
    assert_message(&error, &[&format!("d.csv:{line}: ")]);
    assert_message(&error, parts);
}

#[test]
fn distances_are_read_with_and_without_a_header() {
    let expected = PairDistances {
        distances: vec![0.25, 0.0, 4.0, 1e-3],
        same: vec![true, false, true, false],
    };
    let text = "0.25,1\n0,0\n4,true\n1e-3,False\n";
    for text in [
        text.to_owned(),
        format!("distance,same\n{text}"),
        format!(
            "\u{feff}Distance , Same\r\n\r\n{}",
            text.replace('\n', " \r\n")
        ),
        text.trim_end().replace(',', " , "),
    ] {
        assert_eq!(parse_distances(text.as_bytes(), "").unwrap(), expected);
    }
}

#[test]
fn bad_distances_are_refused_in_their_line() {
    for value in ["nan", "inf", "-inf", "-0.5", "", "1e999", "0.5x"] {
        let text = format!("distance,same\n0.5,1\n{value},1\n");
        refused(text, 3, &[&format!("the distance {value:?}"), "at least 0"]);
    }
    for value in ["", "2", "yes", "-1", "1.0"] {
        refused(
            format!("0.5,{value}\n"),
            1,
            &[&format!("{value:?}"), "0, 1, true or false"],
        );
    }
    refused("0.5\n", 1, &["1 field(s)", "`distance,same`"]);
    refused("0.5,1,2\n", 1, &["3 field(s)"]);
    refused("0.5 1\n", 1, &["1 field(s)"]);
    // A header is the first line alone.
    refused("0.5,1\ndistance,same\n", 2, &["the distance \"distance\""]);
    refused("same,distance\n1,0.5\n", 1, &["the distance \"same\""]);
    for text in ["", "distance,same\n", "\r\n"] {
        refused(text, 1, &["no pair"]);
    }
    let error = read_distances("nowhere/d.csv").unwrap_err();
    assert!(matches!(error, DataError::Io { .. }), "{error}");
    assert_message(&error, &["d.csv", "expected `distance,same`"]);
}

proptest! {
    #[test]
    fn what_was_written_is_read(
        pairs in prop::collection::vec((0.0..1e6f64, any::<bool>()), 1..20), header: bool,
    ) {
        let mut text = if header { "distance,same\n".to_owned() } else { String::new() };
        for (distance, same) in &pairs {
            text += &format!("{distance},{}\n", u8::from(*same));
        }
        let (distances, same) = pairs.into_iter().unzip();
        prop_assert_eq!(parse_distances(text.as_bytes(), "").unwrap(), PairDistances { distances, same });
    }
}
