use facenet_data::{DataError, DecodeLimits, FaceDataset, RecordPack};
use proptest::prelude::*;

use crate::message::assert_message;
use crate::packs::gray;
use crate::packs::recorded::{packed, part, record};

const MAGIC: &[u8] = &[0x0A, 0x23, 0xD7, 0xCE];

fn read(records: &[u8], index: &str) -> Result<RecordPack, DataError> {
    let limits = DecodeLimits::default();
    RecordPack::from_bytes(records.to_vec(), index.as_bytes(), "train", limits)
}

#[track_caller]
fn refused((records, index): (Vec<u8>, String), parts: &[&str]) {
    let error = read(&records, &index).expect_err("a pack that should be refused");
    assert!(matches!(error, DataError::Pack { .. }), "{error}");
    assert_message(&error, &["train: byte "]);
    assert_message(&error, parts);
}

#[track_caller]
fn bad_index(index: &str, line: usize, parts: &[&str]) {
    let error = read(&record(&[0.0], &gray(b"a")), index).expect_err("a bad index");
    assert_message(&error, &[&format!("train:{line}: ")]);
    assert_message(&error, parts);
}

/// Images 1 to 4 of identities 7 and 3, the records of these, and the header, as insightface writes
/// them.
fn ranges() -> Vec<(u64, Vec<u8>)> {
    let mut records: Vec<(u64, Vec<u8>)> = (1..5)
        .map(|number| {
            let label = if number < 4 { 7.0 } else { 3.0 };
            (number, record(&[label, 1.0], &gray(&[number as u8])))
        })
        .collect();
    records.push((5, record(&[1.0, 4.0], b"")));
    records.push((6, record(&[4.0, 5.0], b"")));
    records.push((0, record(&[5.0, 7.0], b"")));
    records
}

#[test]
fn records_with_a_label_each_are_images() {
    let labels = [5.0, 2.0, 5.0, 9.0];
    let records: Vec<_> = (10..)
        .zip(labels)
        .map(|(number, label)| (number, record(&[label], &gray(&[number as u8]))))
        .collect();
    let (bytes, index) = packed(&records);
    let pack = read(&bytes, &index).unwrap();
    assert_eq!(pack.identities(), ["2", "5", "9"]);
    assert_eq!(pack.labels(), [1, 0, 1, 2]);
    for position in 0..4 {
        let gray = 10 + position as u8;
        assert_eq!(pack.image(position).unwrap().as_raw(), &[gray; 3]);
    }
    assert_eq!(pack.describe(0), "train, record at byte 0");
    assert_message(&pack.image(4).unwrap_err(), &["index 4", "0..4"]);
    // Images are in the order of their numbers, wherever they lie and the index names them.
    let mut lines: Vec<&str> = index.lines().collect();
    lines.reverse();
    let mixed = format!("\u{feff}{}\r\n\r\n", lines.join("\r\n"));
    let pack = read(&bytes, &mixed).unwrap();
    assert_eq!(pack.labels(), [1, 0, 1, 2]);
    assert_eq!(pack.image(0).unwrap().as_raw(), &[10; 3]);
}

#[test]
fn a_header_says_which_records_are_images() {
    let (bytes, index) = packed(&ranges());
    let pack = read(&bytes, &index).unwrap();
    assert_eq!(pack.identities(), ["3", "7"]);
    assert_eq!(pack.labels(), [1, 1, 1, 0]);
    for position in 0..4 {
        assert_eq!(
            pack.image(position).unwrap().as_raw(),
            &[position as u8 + 1; 3]
        );
    }
}

#[test]
fn a_record_that_was_cut_at_the_magic_number_is_whole_again() {
    let pixels = [MAGIC, MAGIC, b"cdef", MAGIC, b"ab"].concat();
    // The header ends where a multiple of four begins.
    let image = [&b"P5\n18 1 255\n"[..], &pixels].concat();
    for image in [
        image.clone(),
        [b"P5\n18 1\n\n\n255\n", &pixels[..]].concat(),
    ] {
        let (bytes, index) = packed(&[(0, record(&[4.0], &image))]);
        let pack = read(&bytes, &index).unwrap();
        assert_eq!(pack.identities(), ["4"]);
        let expected: Vec<u8> = pixels.iter().flat_map(|&gray| [gray; 3]).collect();
        assert_eq!(*pack.image(0).unwrap().as_raw(), expected);
    }
    let cut = record(
        &[4.0],
        &[&b"P5 6 3 255\n_"[..], MAGIC, MAGIC, b"cdef"].concat(),
    );
    assert!(cut.windows(4).filter(|&word| word == MAGIC).count() == 3);
}

#[test]
fn packs_that_contradict_themselves_are_refused() {
    let changed = |at: usize, labels: &[f32]| {
        let mut records = ranges();
        records[at].1 = record(labels, b"");
        packed(&records)
    };
    let expected = "the number after the last image";
    refused(
        changed(6, &[5.0, 8.0]),
        &["a header of 5 and 8 with an index of 7", expected],
    );
    refused(changed(6, &[5.0, 6.0]), &["a header of 5 and 6", expected]);
    refused(changed(6, &[0.0, 7.0]), &["a header of 0 and 7", expected]);
    refused(changed(6, &[8.0, 7.0]), &["a header of 8 and 7", expected]);
    refused(changed(6, &[4.5, 7.0]), &["labels 4.5 and 7", expected]);
    refused(
        changed(6, &[f32::NAN, 7.0]),
        &["labels NaN and 7", expected],
    );
    refused(changed(6, &[5.0, -7.0]), &["labels 5 and -7", expected]);
    refused(changed(6, &[7.0]), &["a header of 7 and 0", expected]);
    refused(changed(6, &[7.0, 7.0]), &["image 1 without an identity"]);
    refused(
        changed(5, &[4.0, 6.0]),
        &["identity 6 with images 4 to 6", "among 1 to 5"],
    );
    refused(changed(5, &[0.0, 4.0]), &["identity 6 with images 0 to 4"]);
    refused(changed(5, &[4.0, 3.0]), &["identity 6 with images 4 to 3"]);
    refused(
        changed(5, &[3.0, 5.0]),
        &["identity 6 with an image of another"],
    );
    refused(changed(5, &[4.0, 4.0]), &["image 4 without an identity"]);
    refused(
        changed(5, &[4.0, f32::INFINITY]),
        &["identity 6 from 4 to inf"],
    );
    refused(changed(0, &[7.0, 1.0]), &["a record without an image"]);
    for label in [-1.0, 0.5, f32::NAN, 1e12] {
        let records = [(1, record(&[label], &gray(b"a")))];
        refused(
            packed(&records),
            &[&format!("the label {label}"), "0 or more"],
        );
    }
    let mut records = ranges();
    records.remove(2);
    refused(
        packed(&records),
        &["an index of 6 records, not 0, 1, 2 and so on"],
    );

    // An image whose own label is another is told when it is read.
    let mut records = ranges();
    records[1].1 = record(&[3.0, 1.0], &gray(b"a"));
    let (bytes, index) = packed(&records);
    let pack = read(&bytes, &index).unwrap();
    assert!(pack.image(0).is_ok());
    let error = pack.image(1).unwrap_err();
    assert_message(&error, &["an image of identity 3", "identity 7"]);
}

#[test]
fn broken_records_are_refused() {
    let one = |record: Vec<u8>| packed(&[(1, record)]);
    let good = record(&[1.0], &gray(b"abc"));
    for length in 0..good.len() {
        let (bytes, index) = one(good[..length].to_vec());
        match read(&bytes, &index) {
            // What fills up the last record may be gone.
            Ok(pack) => assert!(pack.image(0).is_ok() && length + 4 > good.len()),
            Err(error) => assert_message(&error, &["train: byte 0: "]),
        }
    }
    refused(
        one(b"\0\0\0\0\0\0\0\0".to_vec()),
        &["0x00000000", "0xced7230a"],
    );
    refused(one(part(0, b"")), &["a record of 0 bytes"]);
    refused(one(part(0, &[0; 23])), &["a record of 23 bytes"]);
    refused(one(part(0, &[1; 24])), &["a record of 24 bytes"]);
    refused(one(part(2, &[0; 24])), &["part 2 of a record", "0 or 1"]);
    refused(one(part(3, &[0; 24])), &["part 3 of a record", "0 or 1"]);
    refused(one(part(5, &[0; 24])), &["part 5 of a record"]);
    refused(one(part(1, &[0; 24])), &["byte 32: the end of the file"]);
    let parts = [part(1, &[0; 24]), part(2, b"abcd")].concat();
    refused(one(parts), &["byte 44: the end of the file"]);
    let parts = [part(1, &[0; 24]), part(0, b"abcd")].concat();
    refused(one(parts), &["byte 32: part 0 of a record", "2 or 3"]);
    let mut long = good.clone();
    long[4..8].copy_from_slice(&0x1FFF_FFFFu32.to_le_bytes());
    refused(
        one(long),
        &["a record of 536870911 bytes where 40 are left"],
    );
    for offset in [1, 4, 1000, u64::MAX] {
        let error = read(&good, &format!("1\t{offset}\n")).unwrap_err();
        assert_message(&error, &[&format!("train: byte {offset}: ")]);
    }

    let (bytes, index) = packed(&[(1, good), (2, record(&[1.0], b"no image"))]);
    let pack = read(&bytes, &index).unwrap();
    let error = pack.image(1).unwrap_err();
    assert_message(
        &error,
        &["train, record at byte 48", "starts like no image"],
    );
    let limits = DecodeLimits::default().with_max_bytes(5);
    let pack = RecordPack::from_bytes(bytes, index.as_bytes(), "train", limits).unwrap();
    assert_message(
        &pack.image(0).unwrap_err(),
        &["too large", "at most 5 bytes"],
    );
}

#[test]
fn a_record_far_above_the_limit_is_not_read() {
    let large = [gray(b"abc"), vec![0; 100_000]].concat();
    let (bytes, index) = packed(&[(1, record(&[1.0], &large))]);
    let limits = DecodeLimits::default().with_max_bytes(1000);
    let pack = RecordPack::from_bytes(bytes, index.as_bytes(), "train", limits).unwrap();
    let error = pack.image(0).unwrap_err();
    assert_message(&error, &["a record of more than 66536 bytes"]);
}

#[test]
fn a_bad_index_is_refused_in_its_line() {
    bad_index("", 1, &["no record"]);
    bad_index("\n0\n", 2, &["1 field(s)", "`number offset`"]);
    bad_index("0\t0\t0\n", 1, &["3 field(s)"]);
    bad_index("0\t0\n1\tx\n", 2, &["\"x\"", "a whole number"]);
    bad_index("-1\t0\n", 1, &["\"-1\"", "a whole number"]);
    bad_index("0\t18446744073709551616\n", 1, &["a whole number"]);
    bad_index(
        "3\t0\n1\t0\n\n3\t4\n",
        4,
        &["record 3 again", "each record once"],
    );
    let error = RecordPack::from_bytes(Vec::new(), b"\xFF", "train", DecodeLimits::default());
    assert_message(&error.unwrap_err(), &["train:1: ", "not UTF-8"]);
}

#[test]
fn packs_on_disk_are_read_from_any_thread() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("train.rec");
    let open = || RecordPack::open(&path, DecodeLimits::default());
    let (bytes, index) = packed(&ranges());
    let error = open().unwrap_err();
    assert!(matches!(error, DataError::Io { .. }), "{error}");
    assert_message(&error, &["train.idx", "expected `number offset`"]);
    std::fs::write(path.with_extension("idx"), &index).unwrap();
    assert_message(&open().unwrap_err(), &["train.rec", "a file of records"]);
    std::fs::write(&path, &bytes).unwrap();
    let pack = open().unwrap();
    assert_eq!(pack.labels(), [1, 1, 1, 0]);
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                for index in (0..4).cycle().take(200) {
                    let gray = index as u8 + 1;
                    assert_eq!(pack.image(index).unwrap().as_raw(), &[gray; 3]);
                }
            });
        }
    });

    std::fs::write(&path, &bytes[..bytes.len() - 4]).unwrap();
    assert_message(
        &open().unwrap_err(),
        &["train.rec: byte ", "a file that is complete"],
    );
    let folder = RecordPack::open_with_index(
        folder.path(),
        path.with_extension("idx"),
        DecodeLimits::default(),
    );
    assert_message(&folder.unwrap_err(), &["no regular file"]);
}

proptest! {
    #[test]
    fn what_was_written_is_read(
        faces in prop::collection::vec(
            (0u32..5, prop::collection::vec(prop_oneof![Just(MAGIC.to_vec()), prop::collection::vec(any::<u8>(), 1..9)], 1..6)),
            1..8,
        ),
        several: bool,
    ) {
        let pixels: Vec<Vec<u8>> = faces.iter().map(|(_, words)| words.concat()).collect();
        let records: Vec<_> = faces
            .iter()
            .zip(&pixels)
            .zip(0..)
            .map(|(((label, _), pixels), number)| {
                let labels = [*label as f32, 1.0];
                let labels = if several { &labels[..] } else { &labels[..1] };
                (number, record(labels, &gray(pixels)))
            })
            .collect();
        let (bytes, index) = packed(&records);
        let pack = read(&bytes, &index).unwrap();
        for (index, ((label, _), pixels)) in faces.iter().zip(&pixels).enumerate() {
            prop_assert_eq!(&pack.identities()[pack.labels()[index] as usize], &label.to_string());
            let expected: Vec<u8> = pixels.iter().flat_map(|&gray| [gray; 3]).collect();
            prop_assert_eq!(pack.image(index).unwrap().into_raw(), expected);
        }
    }

    #[test]
    fn a_pack_that_was_changed_is_read_or_refused(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..3), 1..5),
        in_index: bool,
    ) {
        let (mut bytes, index) = packed(&ranges());
        let mut index = index.into_bytes();
        let target = if in_index { &mut index } else { &mut bytes };
        for (at, byte, kind) in changes {
            let at = at.index(target.len());
            match kind {
                0 => target[at] = byte,
                1 => target.insert(at, byte),
                _ => drop(target.remove(at)),
            }
        }
        match RecordPack::from_bytes(bytes, &index, "train", DecodeLimits::default()) {
            Err(error) => assert_message(&error, &["train:"]),
            Ok(pack) => {
                for index in 0..pack.len() {
                    if let Err(error) = pack.image(index) {
                        assert_message(&error, &["train"]);
                    }
                }
            }
        }
    }

    #[test]
    fn no_bytes_panic(
        bytes in prop::collection::vec(any::<u8>(), 0..80),
        index in prop::collection::vec(prop::sample::select(b"\n\r\t 0128-x\xFF".to_vec()), 0..30),
    ) {
        for bytes in [&bytes[..], &part(0, &bytes), &[part(1, &bytes), part(3, &bytes)].concat()] {
            for index in [&index[..], b"0\t0\n", b"1\t0\n0\t0\n"] {
                let pack = RecordPack::from_bytes(bytes.to_vec(), index, "train", DecodeLimits::default());
                match pack {
                    Err(error) => assert_message(&error, &["train:"]),
                    Ok(pack) => drop(pack.image(0)),
                }
            }
        }
    }
}
