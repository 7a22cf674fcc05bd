use facenet_data::{DataError, VideoPair, parse_video_pairs, read_video_pairs};
use proptest::prelude::*;

use crate::message::assert_message;
use facenet_testing::shared;

fn read(text: &str) -> Result<Vec<VideoPair>, DataError> {
    parse_video_pairs(text.as_bytes(), "splits.txt")
}

#[track_caller]
fn refused(text: impl AsRef<str>, line: usize, parts: &[&str]) {
    let error = read(text.as_ref()).expect_err("pairs that should be refused");
    assert_message(&error, &[&format!("splits.txt:{line}: ")]);
    assert_message(&error, parts);
}

const TWO: &str = "1, 1, Ann/0, Ann/3, 1\n1, 2, Ann/0, Bob/1, 0\n\
                   2, 1, Cid/2, Dee/0, 0\n2, 2, Dee/1, Dee/0, 1\n";

#[test]
fn pairs_fall_into_splits() {
    let pairs = read(TWO).unwrap();
    let folds: Vec<_> = pairs
        .iter()
        .map(|pair| (pair.fold, pair.same, pair.line))
        .collect();
    assert_eq!(
        folds,
        [(0, true, 1), (0, false, 2), (1, false, 3), (1, true, 4)]
    );
    assert_eq!(
        (&pairs[1].first[..], &pairs[1].second[..]),
        ("Ann/0", "Bob/1")
    );

    let header = format!("split number, pair number, first name, second name, is same\n{TWO}");
    for text in [
        TWO.replace('\n', "\r\n"),
        TWO.replace(", ", ","),
        format!("\u{feff}{TWO}\n\n"),
        TWO.trim_end().to_owned(),
        header,
    ] {
        let mut read = read(&text).unwrap();
        read.iter_mut()
            .zip(&pairs)
            .for_each(|(read, pair)| read.line = pair.line);
        assert_eq!(read, pairs);
    }
}

#[test]
fn lines_that_are_missing_doubled_or_moved_are_found() {
    let lines: Vec<&str> = TWO.lines().collect();
    let text = |order: &[usize]| {
        order
            .iter()
            .map(|&line| lines[line])
            .collect::<Vec<_>>()
            .join("\n")
    };
    refused(
        text(&[1, 2, 3]),
        1,
        &["split 1, pair 2", "expected split 1, pair 1"],
    );
    refused(
        text(&[0, 2, 3]),
        3,
        &["split 2, pair 2", "expected split 3, pair 1"],
    );
    refused(
        text(&[0, 1, 3]),
        3,
        &["split 2, pair 2", "split 1, pair 3, or split 2, pair 1"],
    );
    refused(
        text(&[0, 1, 2]),
        3,
        &[
            "the end of the file after 1 pair(s) of split 2",
            "expected 2",
        ],
    );
    refused(text(&[0, 0, 1, 2, 3]), 2, &["split 1, pair 1"]);
    refused(text(&[1, 0, 2, 3]), 1, &["split 1, pair 2"]);
    refused(text(&[2, 3, 0, 1]), 1, &["split 2, pair 1"]);
    let third = format!("{TWO}2, 3, Ann/0, Ann/1, 1\n");
    refused(third, 5, &["split 2, pair 3", "expected split 3, pair 1"]);
    let early = format!("{TWO}3, 1, A/0, A/1, 1\n4, 1, A/0, A/1, 1\n");
    refused(early, 6, &["split 4, pair 1", "expected split 3, pair 2"]);
}

#[test]
fn bad_fields_are_refused_in_their_line() {
    refused("", 1, &["no pair", "`split, pair, first, second, same`"]);
    refused("split,pair,first,second,same\n", 1, &["no pair"]);
    refused("1,1,A/0,A/1\n", 1, &["4 field(s)"]);
    refused("1,1,A/0,A/1,1,\n", 1, &["6 field(s)"]);
    refused("0,1,A/0,A/1,1\n", 1, &["\"0\"", "at least 1"]);
    refused("1,4294967296,A/0,A/1,1\n", 1, &["a whole number"]);
    refused("1,1,A/0,A/1,2\n", 1, &["\"2\"", "0, 1, true or false"]);
    refused("1,1,A,A/1,1\n", 1, &["video \"A\"", "`name/number`"]);
    refused("1,1,/0,/1,1\n", 1, &["video \"/0\""]);
    refused("1,1,A/x,A/1,1\n", 1, &["\"x\"", "a whole number"]);
    refused("1,1,A/0/1,A/1,1\n", 1, &["\"0/1\""]);
    refused("1,1,../0,../1,1\n", 1, &["name \"..\""]);
    let expected = "same 1 for two videos of one person";
    refused(
        "1,1,A/0,B/1,1\n",
        1,
        &["\"A/0\" and \"B/1\" with same 1", expected],
    );
    refused("1,1,A/0,A/1,0\n", 1, &["with same 0", expected]);
    let error = read_video_pairs("nowhere/splits.txt").unwrap_err();
    assert!(matches!(error, DataError::Io { .. }), "{error}");
}

#[test]
fn the_list_of_youtube_faces_is_read() {
    let Some(path) = shared("data/ytf/splits.txt") else {
        return;
    };
    let pairs = read_video_pairs(path).unwrap();
    assert_eq!(pairs.len(), 5000);
    for fold in 0..10 {
        let split = pairs.iter().filter(|pair| pair.fold == fold);
        assert_eq!(split.clone().count(), 500);
        assert_eq!(split.filter(|pair| pair.same).count(), 250);
    }
    assert_eq!(pairs[0].first, "Sadie_Frost/1");
    assert_eq!(pairs[4999].second, "Hank_Stram/4");
}

proptest! {
    #[test]
    fn what_was_written_is_read(
        splits in (1usize..5).prop_flat_map(|size| {
            let pair = ("[A-C]", 0u32..9, "[A-C]", 0u32..9);
            prop::collection::vec(prop::collection::vec(pair, size), 1..5)
        }),
    ) {
        let (mut text, mut expected) = (String::new(), Vec::new());
        for (fold, split) in splits.into_iter().enumerate() {
            for (number, (a, i, b, j)) in split.into_iter().enumerate() {
                let (first, second, same) = (format!("{a}/{i}"), format!("{b}/{j}"), a == b);
                text += &format!("{}, {}, {first}, {second}, {}\n", fold + 1, number + 1, u8::from(same));
                let line = expected.len() + 1;
                expected.push(VideoPair { fold, first, second, same, line });
            }
        }
        prop_assert_eq!(read(&text).unwrap(), expected);
    }
}
