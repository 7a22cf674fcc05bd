use facenet_data::{DataError, NamedImage, NamedPair, read_pairs};
use proptest::prelude::*;

use crate::message::assert_message;
use crate::tree::list;

fn read(text: impl AsRef<[u8]>) -> Result<Vec<NamedPair>, DataError> {
    let (_folder, path) = list(text);
    read_pairs(path)
}

/// Asserts that the list is refused at `line`.
#[track_caller]
fn refused(text: impl AsRef<[u8]>, line: usize, parts: &[&str]) {
    let error = read(text).expect_err("a list that should be refused");
    assert_message(&error, &[&format!("list.txt:{line}: ")]);
    assert_message(&error, parts);
}

fn image(name: &str, number: u32) -> NamedImage {
    NamedImage {
        name: name.to_owned(),
        number,
    }
}

const TWO_FOLDS: &str = "2\t1\nAnn\t1\t2\nAnn\t3\tBob\t1\nCid\t4\t1\nCid\t1\tDee\t12\n";

#[test]
fn genuine_and_impostor_pairs_fall_into_folds() {
    let pair = |first, second, same, fold, line| NamedPair {
        first,
        second,
        same,
        fold,
        line,
    };
    let expected = [
        pair(image("Ann", 1), image("Ann", 2), true, 0, 2),
        pair(image("Ann", 3), image("Bob", 1), false, 0, 3),
        pair(image("Cid", 4), image("Cid", 1), true, 1, 4),
        pair(image("Cid", 1), image("Dee", 12), false, 1, 5),
    ];
    assert_eq!(read(TWO_FOLDS).unwrap(), expected);
}

#[test]
fn line_ends_a_byte_order_mark_and_blank_lines_change_nothing() {
    let plain = read(TWO_FOLDS).unwrap();
    assert_eq!(read(TWO_FOLDS.replace('\n', "\r\n")).unwrap(), plain);
    assert_eq!(read(format!("\u{feff}{TWO_FOLDS}")).unwrap(), plain);
    assert_eq!(read(TWO_FOLDS.replace('\t', "   ")).unwrap(), plain);
    assert_eq!(read(TWO_FOLDS.trim_end()).unwrap(), plain);
    let spread = read(TWO_FOLDS.replace('\n', " \n\n")).unwrap();
    assert_eq!(spread[3].line, 9);
    assert_eq!(spread[3].second, plain[3].second);
}

#[test]
fn a_list_without_a_header_has_the_same_folds() {
    let (_, headless) = TWO_FOLDS.split_once('\n').unwrap();
    let pairs = read(headless).unwrap();
    let folds: Vec<_> = pairs.iter().map(|pair| (pair.fold, pair.line)).collect();
    assert_eq!(folds, [(0, 1), (0, 2), (1, 3), (1, 4)]);
}

#[test]
fn the_lists_of_view_1_are_one_fold() {
    let pairs = read("2\nAnn 1 2\nBob 1 2\nAnn 1 Bob 1\nBob 2 Ann 2\n").unwrap();
    assert_eq!(pairs.len(), 4);
    assert!(pairs.iter().all(|pair| pair.fold == 0));
}

#[test]
fn counts_that_differ_from_the_header_are_refused() {
    let pairs = "Ann 1 2\nAnn 3 Bob 1\nCid 4 1\nCid 1 Dee 1\n";
    refused(
        format!("3 1\n{pairs}"),
        1,
        &["2 fold(s), 4 pairs", "3 fold(s)"],
    );
    refused(
        format!("1 1\n{pairs}"),
        1,
        &["2 fold(s), 4 pairs", "1 fold(s)"],
    );
    let found = "1 genuine and 0 impostor pairs in fold 2";
    refused("2 1\nAnn 1 2\nAnn 3 Bob 1\nCid 4 1\n", 1, &[found]);
    let found = "2 genuine and 0 impostor pairs in fold 1";
    refused(
        "2 1\nAnn 1 2\nCid 4 1\nAnn 3 Bob 1\nCid 1 Dee 1\n",
        1,
        &[found],
    );
    refused(
        "\n2\nAnn 1 2\nAnn 3 Bob 1\n",
        2,
        &["1 genuine", "2 genuine"],
    );
}

#[test]
fn a_list_without_pairs_is_refused() {
    for text in ["", "\u{feff}", "\r\n \r\n", "10 300\n"] {
        refused(text, 1, &["no pair", "`name i j` or `name1 i name2 j`"]);
    }
}

#[test]
fn bad_numbers_are_refused() {
    for number in ["0", "-1", "one", "1.5", "4294967296", "\u{0661}"] {
        let shown = format!("{number:?}");
        let parts = [&shown[..], "a whole number of at least 1"];
        refused(format!("Ann 1 {number}\n"), 1, &parts);
        refused(format!("Ann 1 2\nAnn {number} Bob 1\n"), 2, &parts);
        refused(format!("1 {number}\nAnn 1 2\n"), 1, &parts);
        refused(format!("{number}\nAnn 1 2\n"), 1, &parts);
    }
}

#[test]
fn lines_of_other_lengths_are_refused() {
    let expected = "`name i j` or `name1 i name2 j`";
    refused("Ann 1 2\nAnn\n", 2, &["1 field(s)", expected]);
    refused("Ann 1 2\r\n\r\nAnn 1\r\n", 3, &["2 field(s)", expected]);
    refused("Ann 1 Bob 2 3\n", 1, &["5 field(s)", expected]);
    refused("1 1\n1 1\n", 2, &["2 field(s)", expected]);
}

#[test]
fn names_that_lead_elsewhere_are_refused() {
    for name in ["../Ann", "/etc", "a/b", "a\\b", "C:", "..", ".", "a\0"] {
        let shown = format!("name {name:?}");
        refused(format!("{name} 1 2\n"), 1, &[&shown, "a name without /"]);
        refused(
            format!("Ann 1 {name} 2\n"),
            1,
            &[&shown, "a name without /"],
        );
    }
}

#[test]
fn bytes_that_are_no_text_are_refused() {
    refused(b"Ann 1 2\nB\xE9a 1 2\n", 2, &["not UTF-8"]);
    refused(b"\xFF\xFEA\0n\0n\0", 1, &["not UTF-8"]);
}

#[test]
fn a_list_that_is_absent_is_named() {
    let folder = tempfile::tempdir().unwrap();
    for path in [folder.path().join("gone.txt"), folder.path().to_path_buf()] {
        let error = read_pairs(&path).unwrap_err();
        assert!(matches!(error, DataError::Io { .. }), "{error}");
        assert_message(&error, &[path.to_str().unwrap(), "expected pairs"]);
    }
}

/// Folds of one to three genuine and as many impostor pairs, all with the same number.
fn folds() -> impl Strategy<Value = Vec<Vec<NamedPair>>> {
    let drawn = || ("[A-Z][a-z_.\u{e9}'-]{0,6}", 1u32..10_000);
    (1usize..4).prop_flat_map(move |size| {
        let genuine = prop::collection::vec((drawn(), 1u32..10_000), size);
        let impostor = prop::collection::vec((drawn(), drawn()), size);
        prop::collection::vec((genuine, impostor), 1..5).prop_map(|folds| {
            let folds = folds.into_iter().enumerate();
            folds
                .map(|(fold, (genuine, impostor))| {
                    let genuine = genuine
                        .into_iter()
                        .map(|((name, i), j)| ((name.clone(), i), (name, j), true));
                    let impostor = impostor.into_iter().map(|(a, b)| (a, b, false));
                    let pairs = genuine.chain(impostor);
                    pairs
                        .map(|(first, second, same)| NamedPair {
                            first: image(&first.0, first.1),
                            second: image(&second.0, second.1),
                            same,
                            fold,
                            line: 0,
                        })
                        .collect()
                })
                .collect()
        })
    })
}

proptest! {
    #[test]
    fn what_was_written_is_read(
        folds in folds(), mark: bool, header: bool, end in "\r?\n( \n)?", space in "[ \t]{1,3}",
    ) {
        let mut lines = Vec::new();
        if header {
            lines.push(format!("{}{space}{}", folds.len(), folds[0].len() / 2));
        }
        for NamedPair { first, second, same, .. } in folds.iter().flatten() {
            let mut fields = vec![first.name.clone(), first.number.to_string()];
            if !same {
                fields.push(second.name.clone());
            }
            fields.push(second.number.to_string());
            lines.push(fields.join(&space));
        }
        let text = format!("{}{}", if mark { "\u{feff}" } else { "" }, lines.join(&end));
        let mut read = read(text).unwrap();
        read.iter_mut().for_each(|pair| pair.line = 0);
        prop_assert_eq!(read, folds.concat());
    }

    #[test]
    fn no_bytes_panic(
        bytes in prop::collection::vec(prop::sample::select(b"\n\r\t 0129-aZ./\xFF\xEF\xBB\xBF".to_vec()), 0..60),
    ) {
        if let Err(error) = read(bytes) {
            assert_message(&error, &["list.txt:"]);
        }
    }
}
