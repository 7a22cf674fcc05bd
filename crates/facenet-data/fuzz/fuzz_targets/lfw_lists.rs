//! Lists of LFW and YouTube Faces on the same bytes: pairs, people, names, pairs of videos.

#![no_main]

mod checks;

use std::collections::HashSet;

use checks::check_error;
use facenet_data::{
    NamedPair, VideoPair, parse_names, parse_pairs, parse_people, parse_video_pairs,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    match parse_names(bytes, "list") {
        Ok(names) => check_names(&names, &lines(bytes)),
        Err(error) => check_error(bytes, &error),
    }
    match parse_people(bytes, "list") {
        Ok(sets) => {
            assert!(!sets.is_empty());
            assert!(sets.iter().all(|people| !people.is_empty()));
            for person in sets.iter().flatten() {
                check_folder(&person.name);
                assert!(person.images >= 1);
            }
        }
        Err(error) => check_error(bytes, &error),
    }
    match parse_pairs(bytes, "list") {
        Ok(pairs) => check_pairs(&pairs, &lines(bytes)),
        Err(error) => check_error(bytes, &error),
    }
    match parse_video_pairs(bytes, "list") {
        Ok(pairs) => check_videos(&pairs, &lines(bytes)),
        Err(error) => check_error(bytes, &error),
    }
});

/// The lines of a list that was read, without the white space around them.
fn lines(bytes: &[u8]) -> Vec<&str> {
    let text = str::from_utf8(bytes).expect("a list that was read is UTF-8");
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    text.lines().map(str::trim).collect()
}

/// The number of lines that are not blank.
fn filled(lines: &[&str]) -> usize {
    lines.iter().filter(|line| !line.is_empty()).count()
}

/// A name that is used as a folder does not lead out of the images.
fn check_folder(name: &str) {
    assert!(!name.is_empty() && name != "." && name != "..");
    assert!(!name.contains(['/', '\\', ':', '\0']));
}

/// Each line is a name, each name comes once, and only the end may be blank.
fn check_names(names: &[String], lines: &[&str]) {
    assert_eq!(names, &lines[..filled(lines)]);
    assert!(names.iter().all(|name| !name.is_empty()));
    let different: HashSet<_> = names.iter().collect();
    assert_eq!(different.len(), names.len());
}

/// Folds are as the first line says, or as genuine and impostor pairs follow each other.
fn check_pairs(pairs: &[NamedPair], lines: &[&str]) {
    check_order(pairs.iter().map(|pair| (pair.fold, pair.line)));
    for pair in pairs {
        let fields: Vec<_> = lines[pair.line - 1].split_whitespace().collect();
        assert_eq!(fields.len(), if pair.same { 3 } else { 4 });
        assert_eq!(fields[0], pair.first.name);
        assert_eq!(fields[if pair.same { 0 } else { 2 }], pair.second.name);
        for image in [&pair.first, &pair.second] {
            check_folder(&image.name);
            assert!(image.number >= 1);
        }
    }
    let first = lines.iter().find(|line| !line.is_empty());
    let header: Vec<_> = first
        .into_iter()
        .flat_map(|line| line.split_whitespace())
        .collect();
    let number = |field: &str| {
        field
            .parse::<usize>()
            .expect("a number of folds or of pairs")
    };
    let (folds, size) = match header[..] {
        [size] => (1, number(size)),
        [folds, size] => (number(folds), number(size)),
        _ => {
            assert_eq!(pairs.len(), filled(lines));
            for next in pairs.windows(2) {
                let begins = next[1].same && !next[0].same;
                assert_eq!(next[1].fold, next[0].fold + usize::from(begins));
            }
            return;
        }
    };
    assert_eq!(pairs.len(), filled(lines) - 1);
    assert_eq!(pairs.len(), folds * 2 * size);
    for fold in pairs.chunk_by(|pair, next| pair.fold == next.fold) {
        let genuine = fold.iter().filter(|pair| pair.same).count();
        assert_eq!((genuine, fold.len()), (size, 2 * size));
    }
}

/// All splits have one size, and the names say whether a pair is genuine.
fn check_videos(pairs: &[VideoPair], lines: &[&str]) {
    check_order(pairs.iter().map(|pair| (pair.fold, pair.line)));
    assert!(filled(lines) - pairs.len() <= 1);
    for pair in pairs {
        let fields: Vec<_> = lines[pair.line - 1].split(',').map(str::trim).collect();
        assert_eq!(fields.len(), 5);
        assert_eq!(fields[2..4], [&pair.first, &pair.second]);
        let people = [&pair.first, &pair.second].map(|video| {
            let (person, number) = video.split_once('/').expect("a video as `name/number`");
            check_folder(person);
            assert!(number.parse::<u32>().is_ok());
            person
        });
        assert_eq!(pair.same, people[0] == people[1]);
    }
    let mut splits = pairs.chunk_by(|pair, next| pair.fold == next.fold);
    let size = splits.next().map_or(0, <[_]>::len);
    assert!(splits.all(|split| split.len() == size));
}

/// There is a pair, folds are numbered from 0 without a gap, and lines ascend.
fn check_order(pairs: impl Iterator<Item = (usize, usize)>) {
    let mut last = None;
    for (fold, line) in pairs {
        match last {
            None => assert!(fold == 0 && line >= 1),
            Some((before, above)) => {
                assert!((before..=before + 1).contains(&fold));
                assert!(line > above);
            }
        }
        last = Some((fold, line));
    }
    assert!(last.is_some());
}
