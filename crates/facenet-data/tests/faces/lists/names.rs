use facenet_data::{DataError, parse_names, read_names};
use proptest::prelude::*;

use crate::message::assert_message;

#[track_caller]
fn refused(text: impl AsRef<[u8]>, line: usize, parts: &[&str]) {
    let error = parse_names(text.as_ref(), "names.txt").expect_err("names to refuse");
    assert_message(&error, &[&format!("names.txt:{line}: ")]);
    assert_message(&error, parts);
}

#[test]
fn names_are_read_in_order() {
    for text in [
        "Bob\nAnn Lee\n\u{e9}\n",
        "\u{feff}Bob\r\n  Ann Lee\t\r\n\u{e9}",
        "Bob\nAnn Lee\n\u{e9}\n\n \r\n",
    ] {
        assert_eq!(
            parse_names(text.as_bytes(), "").unwrap(),
            ["Bob", "Ann Lee", "\u{e9}"]
        );
    }
    for text in ["", "\u{feff}", "\r\n\n"] {
        assert!(parse_names(text.as_bytes(), "").unwrap().is_empty());
    }
}

#[test]
fn names_that_come_twice_and_lines_without_one_are_refused() {
    refused("Ann\nBob\nAnn\n", 3, &["\"Ann\" again", "each name once"]);
    refused("Ann\r\nAnn \r\n", 2, &["\"Ann\" again"]);
    refused("Ann\n\nBob\n", 2, &["a blank line", "one name a line"]);
    refused("\nAnn\n", 1, &["a blank line"]);
    refused(b"Ann\nB\xFF\n", 2, &["not UTF-8"]);
    let error = read_names("nowhere/names.txt").unwrap_err();
    assert!(matches!(error, DataError::Io { .. }), "{error}");
    assert_message(&error, &["names.txt", "expected one name a line"]);
}

proptest! {
    #[test]
    fn what_was_written_is_read(names in prop::collection::btree_set("[a-z][a-z ]{0,5}[a-z]", 0..20), end in "\r?\n") {
        let names: Vec<String> = names.into_iter().rev().collect();
        prop_assert_eq!(parse_names(names.join(&end).as_bytes(), "").unwrap(), names);
    }
}
