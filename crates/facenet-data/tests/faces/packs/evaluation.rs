use facenet_data::{DataError, DecodeLimits, EvaluationPack, FaceDataset, FacePair};
use proptest::prelude::*;

use crate::message::assert_message;
use crate::packs::gray;
use crate::packs::pickled::{STYLES, Style, pickled};

fn read(bytes: impl Into<Vec<u8>>) -> Result<EvaluationPack, DataError> {
    EvaluationPack::from_bytes(bytes.into(), "lfw.bin", DecodeLimits::default())
}

/// Asserts that the pack is refused, by byte and by what is found there.
#[track_caller]
fn refused(bytes: impl Into<Vec<u8>>, parts: &[&str]) {
    let error = read(bytes).expect_err("a pack that should be refused");
    assert!(matches!(error, DataError::Pack { .. }), "{error}");
    assert_message(&error, &["lfw.bin: byte "]);
    assert_message(&error, parts);
}

fn four() -> Vec<Vec<u8>> {
    [b"'\"\\\n", b"\0\xFF\x80\x1A", b"\r\t~\x7F", b"\n\n'\xD8"]
        .map(|pixels| gray(pixels))
        .to_vec()
}

#[test]
fn images_and_pairs_are_in_the_order_of_the_file() {
    for style in STYLES {
        let pack = read(pickled(&four(), &[true, false], style)).unwrap();
        let pair = |first, same, fold| FacePair {
            first,
            second: first + 1,
            same,
            fold,
        };
        assert_eq!(pack.pairs(), [pair(0, true, 0), pair(2, false, 1)]);
        assert_eq!((pack.len(), pack.folds()), (4, 2));
        assert_eq!(pack.labels(), [0, 0, 1, 2]);
        let names = ["pair 1", "pair 2, first", "pair 2, second"];
        assert_eq!(pack.identities(), names);
        for (index, image) in four().iter().enumerate() {
            assert_eq!(*pack.encoded(index).unwrap(), image[..], "{style:?}");
            let gray = &image[image.len() - 4..];
            let expected: Vec<u8> = gray.iter().flat_map(|&gray| [gray; 3]).collect();
            assert_eq!(*pack.image(index).unwrap().as_raw(), expected);
        }
        assert_eq!(pack.describe(3), "lfw.bin, image 3");
        assert_message(&pack.image(4).unwrap_err(), &["index 4", "0..4"]);
    }
}

#[test]
fn pairs_fall_into_ten_folds() {
    let folds = |pairs: usize| {
        let images = vec![b""; 2 * pairs];
        let pack = read(pickled(&images, &vec![true; pairs], Style::Bytes)).unwrap();
        let mut sizes = vec![0; pack.folds()];
        let folds: Vec<usize> = pack.pairs().iter().map(|pair| pair.fold).collect();
        assert!(folds.is_sorted());
        folds.iter().for_each(|&fold| sizes[fold] += 1);
        sizes
    };
    assert_eq!(folds(6000), [600; 10]);
    assert_eq!(folds(23), [3, 3, 3, 2, 2, 2, 2, 2, 2, 2]);
    assert_eq!(folds(10), [1; 10]);
    assert_eq!(folds(3), [1; 3]);
}

#[test]
fn a_bad_image_is_told_when_it_is_read() {
    let images = [gray(b"a"), b"no image".to_vec(), Vec::new(), gray(b"b")];
    let pack = read(pickled(&images, &[true, true], Style::Strings)).unwrap();
    assert!(pack.image(0).is_ok() && pack.image(3).is_ok());
    assert_message(
        &pack.image(1).unwrap_err(),
        &["lfw.bin, image 1", "starts like no image"],
    );
    assert_message(
        &pack.image(2).unwrap_err(),
        &["lfw.bin, image 2", "0 bytes"],
    );
    let limits = DecodeLimits::default().with_max_pixels(2);
    let bytes = pickled(&four(), &[true, true], Style::Strings);
    let pack = EvaluationPack::from_bytes(bytes, "lfw.bin", limits).unwrap();
    assert_message(&pack.image(0).unwrap_err(), &["4 x 1 pixels"]);
}

#[test]
fn what_a_file_holds_is_not_called() {
    // os.system("true"), by each way of naming and calling it.
    let calls: [(&[u8], &str); 14] = [
        (b"cos\nsystem\n(S'true'\ntR.", "GLOBAL \"os.system\""),
        (
            b"\x80\x02cposix\nsystem\nU\x04true\x85R.",
            "GLOBAL \"posix.system\"",
        ),
        (
            b"\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x04true\x85R.",
            "STACK_GLOBAL \"os.system\"",
        ),
        (
            b"c__builtin__\neval\n(S'1'\ntR.",
            "GLOBAL \"__builtin__.eval\"",
        ),
        (b"(S'true'\nios\nsystem\n.", "the opcode INST"),
        (b"(cos\nsystem\nS'true'\no.", "GLOBAL \"os.system\""),
        (b"(N)o.", "the opcode OBJ"),
        (b"\x80\x02N)\x81.", "the opcode NEWOBJ;"),
        (b"\x80\x04N)}\x92.", "the opcode EMPTY_DICT"),
        (b"\x80\x04N))\x92.", "the opcode NEWOBJ_EX"),
        (b"\x80\x02\x82\x01.", "the opcode EXT1"),
        (b"Pos.system\n.", "the opcode PERSID"),
        (b"NQ.", "the opcode BINPERSID"),
        (b"\x80\x05\x97.", "the opcode NEXT_BUFFER"),
    ];
    for (bytes, part) in calls {
        refused(bytes, &[part]);
    }
    // What is known is still no function.
    let array = b"cnumpy.core.multiarray\n_reconstruct\n";
    refused(
        [&array[..], b"(cnumpy\ndtype\nI0\nS'b'\ntR."].concat(),
        &["REDUCE of Reconstruct"],
    );
    refused(&b"cnumpy\ndtype\n(S'O'\ntR."[..], &["REDUCE of Dtype"]);
    refused(&b"cnumpy\ndtype\n(S'f4'\ntR."[..], &["REDUCE of Dtype"]);
    refused(
        &b"c_codecs\nencode\n(Va\nVrot13\ntR."[..],
        &["REDUCE of Encode"],
    );
    refused(
        &b"c_codecs\nencode\n(S'a'\nVlatin1\ntR."[..],
        &["REDUCE of Encode"],
    );
    refused(&b"c__builtin__\nbytes\n(I5\ntR."[..], &["REDUCE of Bytes"]);
    refused(&b"(lI1\nb."[..], &["BUILD without a tuple"]);
    refused(&b"(l)b."[..], &["BUILD on a list"]);
    refused(&b"(l)R."[..], &["REDUCE on no name"]);
}

#[test]
fn every_opcode_is_carried_out_or_refused_by_name() {
    let reads_on = b"012(.N)]tlaepqrghjKMJILSUTCBVXcRb\x80\x85\x86\x87\x88\x89\x8a\x8c\x8d\x8e\x93\x94\x95\x96";
    for opcode in 0..=255u8 {
        let error = read([opcode]).unwrap_err().to_string();
        let known = !error.contains("opcode") || error.contains("an opcode that needs");
        assert_eq!(known, reads_on.contains(&opcode), "{opcode:#04x}: {error}");
    }
    refused([b'3'], &["0x33, which is no opcode"]);
}

#[test]
fn other_values_than_a_pack_has_are_refused() {
    refused(&b"N."[..], &["None where two lists should be"]);
    refused(&b"(l."[..], &["0 value(s) where two lists"]);
    refused(&b"((l(l(lt."[..], &["3 value(s) where two lists"]);
    refused(&b"(NNt."[..], &["None where images should be"]);
    refused(&b"((lNt."[..], &["None where booleans should be"]);
    refused(&b"((l(lt."[..], &["0 image(s) for 0 pair(s)"]);
    refused(&b"((lI1\na(lt."[..], &["a number as image 0"]);
    refused(&b"((lVa\na(lt."[..], &["text as image 0"]);
    refused(&b"((l(lI2\nat."[..], &["a number as boolean 0"]);
    refused(&b"((lS'a'\na(lI01\nat."[..], &["1 image(s) for 1 pair(s)"]);
    refused(
        pickled(&four(), &[true], Style::Strings),
        &["4 image(s) for 1 pair(s)"],
    );
    refused(
        pickled(&four(), &[true; 3], Style::Strings),
        &["4 image(s) for 3 pair(s)"],
    );
    refused(
        pickled(&four()[..3], &[true, false], Style::Latin1),
        &["3 image(s) for 2 pair(s)"],
    );
    // The lists in the other order.
    refused(
        &b"((lI01\na(lS'a'\naS'b'\nat."[..],
        &["a boolean as image 0"],
    );
    // A list in itself is no image, and is not walked for ever.
    refused(&b"((lp0\ng0\na(lt."[..], &["a list as image 0"]);
}

#[test]
fn numbers_may_stand_for_booleans() {
    for same in [
        &b"I1\naI0\na"[..],
        b"K\x01aM\0\0a",
        b"\x8a\x01\x01a\x8a\x00a",
        b"L1L\naL0\na",
    ] {
        let images = b"((lS'a'\naS'b'\naS'c'\naS'd'\na(l";
        let pack = read([&images[..], same, b"t."].concat()).unwrap();
        let same: Vec<bool> = pack.pairs().iter().map(|pair| pair.same).collect();
        assert_eq!(same, [true, false]);
    }
}

#[test]
fn broken_values_are_refused() {
    refused(&b""[..], &["byte 0: the end of the file"]);
    refused(&b"."[..], &["STOP without a value"]);
    refused(&b"NN."[..], &["STOP with 2 values"]);
    refused(&b"N(."[..], &["STOP without a value"]);
    refused(&b"N.."[..], &["byte 2: 1 byte(s) after STOP"]);
    refused(&b"\x80\x06N."[..], &["protocol 6", "0 to 5"]);
    refused(
        &b"\x80\x04\x95\xFF\0\0\0\0\0\0\0N."[..],
        &["a frame of 255 bytes"],
    );
    refused(&b"h\x05."[..], &["value 5 of the memo"]);
    refused(&b"ganything\n."[..], &["no number"]);
    refused(&b"(Na."[..], &["an opcode that needs a value"]);
    refused(&b"N(e."[..], &["an item after None"]);
    refused(&b"e."[..], &["an opcode that needs a mark"]);
    refused(&b"N(\x85."[..], &["an opcode that needs a value"]);
    refused(&b"S'a\n."[..], &["STRING without its quotes"]);
    refused(&b"S\n."[..], &["STRING without its quotes"]);
    refused(&b"S'\n."[..], &["STRING without its quotes"]);
    refused(&b"Iten\n."[..], &["a number that is none"]);
    refused(&b"\x8a\x09123456789."[..], &["a number of 9 bytes"]);
    refused(&b"NN\x93."[..], &["STACK_GLOBAL without names"]);
    let image = |image: &[u8]| [b"((l", image, b"aS'b'\na(lI01\nat."].concat();
    refused(
        image(b"S'\\q'\n"),
        &["an escape that Python does not write"],
    );
    refused(
        image(b"S'\\x0'\n"),
        &["an escape that Python does not write"],
    );
    let encoded = |text: &str| format!("c_codecs\nencode\n(V{text}\nVlatin1\ntR").into_bytes();
    refused(image(&encoded("\\u01ff")), &["beyond Latin-1"]);
    refused(image(&encoded("\\u00f")), &["a broken escape"]);
    let encoded = b"c_codecs\nencode\n(X\x02\0\0\0\xC8\x80Vlatin1\ntR";
    refused(image(encoded), &["beyond Latin-1"]);
    let encoded = b"c_codecs\nencode\n(X\x01\0\0\0\xFFVlatin1\ntR";
    refused(image(encoded), &["not UTF-8"]);
}

#[test]
fn lengths_beyond_the_file_take_no_memory() {
    refused(&b"T\xFF\xFF\xFF\x7F."[..], &["the end of the file"]);
    refused(&b"B\xFF\xFF\xFF\xFFabc."[..], &["the end of the file"]);
    refused(
        &b"\x8e\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFFabc."[..],
        &["the end of the file"],
    );
    refused(&b"\x96\0\0\0\0\0\0\0\x80abc."[..], &["the end of the file"]);
    refused(
        &b"Nr\xFF\xFF\xFF\xFFp18446744073709551615\nN."[..],
        &["STOP with 2 values"],
    );
    refused(vec![b']'; 200_000], &["byte 68661: too many values"]);
    refused(vec![b'('; 200_000], &["too many values"]);
    let memo = [&b"N"[..], &b"\x94".repeat(200_000)].concat();
    refused(memo, &["too many values"]);
    // One long text as many images.
    let text = format!("c_codecs\nencode\n(V{}\nVlatin1\ntRp0\n", "a".repeat(500));
    let pickle = format!("((l{text}a{}(lt.", "g0\na".repeat(1000));
    refused(pickle, &["text that was there before as image 9"]);
}

#[test]
fn a_pack_that_is_absent_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let open = |path| EvaluationPack::open(path, DecodeLimits::default()).unwrap_err();
    let error = open(folder.path().join("gone.bin"));
    assert!(matches!(error, DataError::Io { .. }), "{error}");
    assert_message(&error, &["gone.bin", "an evaluation pack"]);
    assert_message(&open(folder.path().to_path_buf()), &["no regular file"]);
}

#[test]
fn a_pack_on_disk_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cfp.bin");
    std::fs::write(&path, pickled(&four(), &[true, false], Style::Strings)).unwrap();
    let pack = EvaluationPack::open(&path, DecodeLimits::default()).unwrap();
    assert_eq!(pack.len(), 4);
    assert!(pack.describe(0).ends_with("cfp.bin, image 0"));
}

fn style() -> impl Strategy<Value = Style> {
    prop::sample::select(STYLES.to_vec())
}

fn pack() -> impl Strategy<Value = (Vec<Vec<u8>>, Vec<bool>)> {
    (1usize..6).prop_flat_map(|pairs| {
        let image = prop::collection::vec(any::<u8>(), 0..300);
        let images = prop::collection::vec(image, 2 * pairs);
        (images, prop::collection::vec(any::<bool>(), pairs))
    })
}

proptest! {
    #[test]
    fn what_was_written_is_read((images, same) in pack(), style in style()) {
        let pack = read(pickled(&images, &same, style)).unwrap();
        for (index, image) in images.iter().enumerate() {
            prop_assert_eq!(&*pack.encoded(index).unwrap(), &image[..]);
        }
        let read: Vec<bool> = pack.pairs().iter().map(|pair| pair.same).collect();
        prop_assert_eq!(read, same);
    }

    #[test]
    fn a_pack_cut_short_is_refused((images, same) in pack(), style in style(), at: prop::sample::Index) {
        let mut bytes = pickled(&images, &same, style);
        bytes.truncate(at.index(bytes.len()));
        let error = read(bytes).unwrap_err();
        assert_message(&error, &["lfw.bin: byte "]);
    }

    #[test]
    fn a_pack_that_was_changed_is_read_or_refused(
        (images, same) in pack(), style in style(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..3), 1..5),
    ) {
        let mut bytes = pickled(&images, &same, style);
        for (at, byte, kind) in changes {
            let at = at.index(bytes.len());
            match kind {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                _ => drop(bytes.remove(at)),
            }
        }
        let length = bytes.len();
        match read(bytes) {
            Err(error) => assert_message(&error, &["lfw.bin: byte "]),
            Ok(pack) => {
                for index in 0..pack.len() {
                    prop_assert!(pack.encoded(index).unwrap().len() <= length);
                    let _ = pack.image(index);
                }
            }
        }
    }

    #[test]
    fn no_bytes_panic(
        bytes in prop::collection::vec(
            prop::sample::select(b"(l]te)\x85\x86aN\x88\x89h\x00q\x01K2U\x02TCXBRbcS'\n\x80\x94.IJ".to_vec()),
            0..60,
        ),
        any in prop::collection::vec(any::<u8>(), 0..60),
    ) {
        for bytes in [bytes, any] {
            if let Err(error) = read(bytes) {
                assert_message(&error, &["lfw.bin: byte "]);
            }
        }
    }
}
