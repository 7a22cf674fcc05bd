use facenet_data::{DataError, Person, read_people};
use proptest::prelude::*;

use crate::message::assert_message;
use crate::tree::list;

fn read(text: impl AsRef<[u8]>) -> Result<Vec<Vec<Person>>, DataError> {
    let (_folder, path) = list(text);
    read_people(path)
}

#[track_caller]
fn refused(text: &str, line: usize, parts: &[&str]) {
    let error = read(text).expect_err("a list that should be refused");
    assert_message(&error, &[&format!("list.txt:{line}: ")]);
    assert_message(&error, parts);
}

fn person(name: &str, images: u32) -> Person {
    Person {
        name: name.to_owned(),
        images,
    }
}

#[test]
fn sets_are_read_one_after_the_other() {
    let text = "2\n2\nAnn\t3\nBob\t1\n1\nCid\t40\n";
    let expected = vec![
        vec![person("Ann", 3), person("Bob", 1)],
        vec![person("Cid", 40)],
    ];
    assert_eq!(read(text).unwrap(), expected);
    assert_eq!(read(text.replace('\n', "\r\n")).unwrap(), expected);
    assert_eq!(read(format!("\u{feff}{text}\n\n")).unwrap(), expected);
}

#[test]
fn a_list_of_view_1_is_one_set() {
    let expected = vec![vec![person("Ann", 3), person("Bob", 1)]];
    assert_eq!(read("2\nAnn 3\nBob 1\n").unwrap(), expected);
}

#[test]
fn sets_of_other_sizes_are_refused() {
    refused("", 1, &["the end of the file"]);
    refused(
        "2\n",
        1,
        &["the end of the file", "the number of people in a set"],
    );
    refused(
        "2\n1\nAnn 3\n",
        3,
        &["the end of the file", "the number of people"],
    );
    refused(
        "1\n2\nAnn 3\n",
        3,
        &["the end of the file", "2 of them in set 1"],
    );
    refused(
        "3\nAnn 3\nBob 1\n",
        3,
        &["the end of the file", "3 of them"],
    );
    refused("1\nAnn 3\nBob 1\n", 3, &["a line after the last set"]);
    refused(
        "2\n1\nAnn 3\nBob 1\n",
        4,
        &["2 field(s)", "the number of people"],
    );
    refused(
        "2\n2\nAnn 3\n1\nBob 1\n",
        4,
        &["1 field(s)", "`name images`"],
    );
}

#[test]
fn bad_fields_are_refused() {
    refused(
        "1\n1\nAnn none\n",
        3,
        &["\"none\"", "a whole number of at least 1"],
    );
    refused("1\n1\nAnn 0\n", 3, &["\"0\"", "at least 1"]);
    refused("0\n", 1, &["\"0\"", "at least 1"]);
    refused("1\n-2\n", 2, &["\"-2\"", "at least 1"]);
    refused(
        "1\n1\n../Ann 2\n",
        3,
        &["name \"../Ann\"", "a name without /"],
    );
    refused("1\n1\nAnn Lee 2\n", 3, &["3 field(s)", "`name images`"]);
    // Neither sets nor people of such a number are made room for.
    refused(
        "4000000000\n4000000000\nAnn 1\n",
        3,
        &["the end of the file"],
    );
}

#[test]
fn a_list_that_is_absent_is_named() {
    let error = read_people("nowhere/people.txt").unwrap_err();
    assert!(matches!(error, DataError::Io { .. }), "{error}");
    assert_message(&error, &["people.txt", "expected the number of sets"]);
}

proptest! {
    #[test]
    fn what_was_written_is_read(
        sets in prop::collection::vec(prop::collection::vec(("[A-Z][a-z_]{0,6}", 1u32..500), 1..5), 1..5),
        end in "\r?\n",
    ) {
        let mut lines = vec![sets.len().to_string()];
        for set in &sets {
            lines.push(set.len().to_string());
            lines.extend(set.iter().map(|(name, images)| format!("{name}\t{images}")));
        }
        let read = read(lines.join(&end)).unwrap();
        let expected: Vec<Vec<_>> = sets
            .iter()
            .map(|set| set.iter().map(|(name, images)| person(name, *images)).collect())
            .collect();
        prop_assert_eq!(read, expected);
    }

    #[test]
    fn no_bytes_panic(
        bytes in prop::collection::vec(prop::sample::select(b"\n\r\t 0129-aZ./\xFF".to_vec()), 0..40),
    ) {
        if let Err(error) = read(bytes) {
            assert_message(&error, &["list.txt:"]);
        }
    }
}
