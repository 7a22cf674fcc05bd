//! What holds for every list: it is read alike from a file and from bytes, whatever becomes of it.

use std::fmt::Debug;
use std::path::Path;

use facenet_data::*;
use proptest::prelude::*;

use crate::message::assert_message;
use crate::tree::list;

struct Kind {
    /// A list that is read.
    valid: &'static str,
    /// Reads bytes, which may be refused.
    parse: fn(&[u8]),
    /// Whether parser and reader agree on these bytes.
    agree: fn(&[u8]),
}

fn parsed<T>(bytes: &[u8], parse: impl Fn(&[u8], &str) -> Result<T, DataError>) {
    if let Err(error) = parse(bytes, "list.txt") {
        assert!(matches!(error, DataError::Line { .. }), "{error}");
        assert_message(&error, &["list.txt:"]);
    }
}

fn agree<T: Debug + PartialEq>(
    bytes: &[u8],
    parse: impl Fn(&[u8], &str) -> Result<T, DataError>,
    read: impl Fn(&Path) -> Result<T, DataError>,
) {
    let (_folder, path) = list(bytes);
    let parsed = parse(bytes, path.to_str().unwrap());
    match (parsed, read(&path)) {
        (Ok(parsed), Ok(read)) => assert_eq!(parsed, read),
        (Err(parsed), Err(read)) => {
            assert!(matches!(parsed, DataError::Line { .. }), "{parsed}");
            assert_eq!(parsed.to_string(), read.to_string());
            assert_message(&parsed, &["list.txt:"]);
        }
        (parsed, read) => panic!("{parsed:?} from bytes and {read:?} from a file"),
    }
}

const KINDS: [Kind; 8] = [
    Kind {
        valid: "2\t1\nAnn\t1\t2\nAnn\t3\tBob\t1\nCid\t4\t1\nCid\t1\tDee\t12\n",
        parse: |bytes| parsed(bytes, parse_pairs),
        agree: |bytes| agree(bytes, parse_pairs, |path| read_pairs(path)),
    },
    Kind {
        valid: "2\n2\nAnn\t3\nBob\t1\n1\nCid\t40\n",
        parse: |bytes| parsed(bytes, parse_people),
        agree: |bytes| agree(bytes, parse_people, |path| read_people(path)),
    },
    Kind {
        valid: "file,x1,y1,x2,y2,prob\na,1,2,30,40,0.5\nb,1,2,3,4,1\n",
        parse: |bytes| parsed(bytes, parse_boxes),
        agree: |bytes| agree(bytes, parse_boxes, |path| read_boxes(path)),
    },
    Kind {
        valid: "Ann Lee\nBob\nCid\n",
        parse: |bytes| parsed(bytes, parse_names),
        agree: |bytes| agree(bytes, parse_names, |path| read_names(path)),
    },
    Kind {
        valid: "distance,same\n0.25,1\n1.5,false\n",
        parse: |bytes| parsed(bytes, parse_distances),
        agree: |bytes| agree(bytes, parse_distances, |path| read_distances(path)),
    },
    Kind {
        valid: "split, pair, first, second, same\n1, 1, A/0, A/1, 1\n2, 1, B/0, C/0, 0\n",
        parse: |bytes| parsed(bytes, parse_video_pairs),
        agree: |bytes| agree(bytes, parse_video_pairs, |path| read_video_pairs(path)),
    },
    Kind {
        valid: "TEMPLATE_ID,SUBJECT_ID,FILENAME,SIGHTING_ID\n1,5,img/1.jpg,9\n2,6,img/3.jpg,9\n",
        parse: |bytes| parsed(bytes, parse_template_images),
        agree: |bytes| {
            agree(bytes, parse_template_images, |path| {
                read_template_images(path)
            })
        },
    },
    Kind {
        valid: "1 11065 1\n1 11066 0\n",
        parse: |bytes| parsed(bytes, parse_template_pairs),
        agree: |bytes| {
            agree(bytes, parse_template_pairs, |path| {
                read_template_pairs(path)
            })
        },
    },
];

#[test]
fn a_file_and_its_bytes_are_the_same_list() {
    for kind in KINDS {
        for text in [
            kind.valid.to_owned(),
            kind.valid.replace('\n', "\r\n"),
            format!("\u{feff}{}", kind.valid),
            String::new(),
            format!("{}{}", kind.valid, kind.valid),
        ] {
            (kind.agree)(text.as_bytes());
        }
    }
}

proptest! {
    #[test]
    fn a_list_that_was_changed_is_read_or_refused(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..5), 1..4),
    ) {
        for kind in KINDS {
            let mut bytes = kind.valid.as_bytes().to_vec();
            let mut lines: Vec<&str> = kind.valid.lines().collect();
            for &(at, byte, how) in &changes {
                let line = at.index(lines.len());
                let at = at.index(bytes.len());
                match how {
                    0 => bytes[at] = byte,
                    1 => bytes.insert(at, byte),
                    2 => bytes.truncate(at.max(1)),
                    3 => lines.swap(0, line),
                    _ => lines.push(lines[line]),
                }
            }
            (kind.parse)(&bytes);
            (kind.parse)(lines.join("\n").as_bytes());
        }
    }

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
        for kind in KINDS {
            (kind.parse)(&bytes);
        }
    }
}
