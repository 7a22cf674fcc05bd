use facenet_data::{
    DataError, TemplateImage, TemplatePair, TemplateProtocol, parse_template_images,
    parse_template_pairs, read_template_images, read_template_pairs,
};
use proptest::prelude::*;

use crate::message::assert_message;

fn images(text: impl AsRef<[u8]>) -> Result<Vec<TemplateImage>, DataError> {
    parse_template_images(text.as_ref(), "list")
}

fn pairs(text: impl AsRef<[u8]>) -> Result<Vec<TemplatePair>, DataError> {
    parse_template_pairs(text.as_ref(), "list")
}

#[track_caller]
fn refused<T: std::fmt::Debug>(read: Result<T, DataError>, line: usize, parts: &[&str]) {
    let error = read.expect_err("a list that should be refused");
    assert_message(&error, &[&format!("list:{line}: ")]);
    assert_message(&error, parts);
}

fn image(image: &str, template: u32, subject: Option<u32>, media: u32) -> TemplateImage {
    TemplateImage {
        image: image.to_owned(),
        template,
        subject,
        media,
    }
}

#[test]
fn images_are_read_in_both_forms() {
    let text = "1.jpg 1 69544\n2.jpg 1 3720\n10.jpg 187955 111105\n";
    let expected = [
        image("1.jpg", 1, None, 69544),
        image("2.jpg", 1, None, 3720),
        image("10.jpg", 187955, None, 111105),
    ];
    for text in [
        text.to_owned(),
        text.replace('\n', "\r\n\r\n"),
        format!("\u{feff}{text}"),
    ] {
        assert_eq!(images(text).unwrap(), expected);
    }
    let text = "TEMPLATE_ID,SUBJECT_ID,FILENAME,SIGHTING_ID,FACE_X\n\
                1,5,img/1.jpg,9,3\n1,5,frames/2.png,10,\n2,6,img/3.jpg,9,1\n";
    let expected = [
        image("img/1.jpg", 1, Some(5), 9),
        image("frames/2.png", 1, Some(5), 10),
        image("img/3.jpg", 2, Some(6), 9),
    ];
    for text in [
        text.to_owned(),
        text.replace('\n', "\r\n"),
        format!("\u{feff}{text}"),
        text.replace("FILENAME", "FILE")
            .replace("SIGHTING", "MEDIA")
            .replace(',', " , "),
    ] {
        assert_eq!(images(text).unwrap(), expected);
    }
}

#[test]
fn pairs_are_read_in_both_forms() {
    let pair = |first, second, same| TemplatePair {
        first,
        second,
        same,
    };
    let expected = [pair(1, 11065, Some(true)), pair(1, 7, Some(false))];
    for text in [
        "1 11065 1\n1 7 0\n",
        "\u{feff}1\t11065 true\r\n\r\n1 7 0",
        "1,11065,1\n1,7,0\n",
    ] {
        assert_eq!(pairs(text).unwrap(), expected);
    }
    let expected = [pair(1, 2, None), pair(3, 4, None)];
    for text in [
        "1,2\n3,4\n",
        "ENROLL_TEMPLATE_ID,VERIF_TEMPLATE_ID\r\n1, 2\r\n3 ,4\r\n",
    ] {
        assert_eq!(pairs(text).unwrap(), expected);
    }
}

#[test]
fn bad_images_are_refused_in_their_line() {
    refused(images(""), 1, &["no image", "`image template media`"]);
    refused(images("1.jpg 1 2\n2.jpg 1\n"), 2, &["2 field(s)"]);
    refused(images("1.jpg 1 2 3\n"), 1, &["4 field(s)"]);
    refused(images("1.jpg -1 2\n"), 1, &["\"-1\"", "a whole number"]);
    refused(images("1.jpg 1 4294967296\n"), 1, &["a whole number"]);
    refused(images(b"1.jpg 1 2\n\xFF 1 2\n"), 2, &["not UTF-8"]);
    let header = "TEMPLATE_ID,SUBJECT_ID,FILENAME,SIGHTING_ID";
    for column in header.split(',') {
        let text = header.replace(column, "OTHER");
        refused(images(text), 1, &[&format!("no column {column:?}")]);
    }
    refused(images(format!("{header}\n")), 1, &["no image"]);
    refused(images(format!("{header}\n1,2,a\n")), 2, &["3 field(s)"]);
    refused(
        images(format!("{header}\n1,2,a,x\n")),
        2,
        &["SIGHTING_ID is \"x\""],
    );
    refused(images(format!("{header}\n1,2,,3\n")), 2, &["no file name"]);
    let text = format!("{header}\n1,2,a,3\n2,3,b,3\n1,3,c,3\n");
    refused(images(text), 4, &["template 1 with a second subject"]);
    let error = read_template_images("nowhere/tid_mid.txt").unwrap_err();
    assert!(matches!(error, DataError::Io { .. }), "{error}");
}

#[test]
fn bad_pairs_are_refused_in_their_line() {
    refused(pairs(""), 1, &["no pair", "`template1 template2 same`"]);
    refused(pairs("a,b\n"), 1, &["no pair"]);
    refused(pairs("1 2\n"), 1, &["2 field(s)"]);
    refused(pairs("1 2 1\n1 2 1 1\n"), 2, &["4 field(s)"]);
    refused(pairs("1,2\n1\n"), 2, &["1 field(s)"]);
    refused(pairs("1 2 3\n"), 1, &["\"3\"", "0, 1, true or false"]);
    refused(pairs("1 x 1\n"), 1, &["\"x\"", "a whole number"]);
    refused(pairs("1,2\na,b\n"), 2, &["\"a\"", "a whole number"]);
    let error = read_template_pairs("nowhere/label.txt").unwrap_err();
    assert!(matches!(error, DataError::Io { .. }), "{error}");
}

#[test]
fn a_protocol_joins_images_and_pairs() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let header = "TEMPLATE_ID,SUBJECT_ID,FILENAME,SIGHTING_ID";
    let enroll = write("enroll.csv", &format!("{header}\n9,5,a,1\n9,5,b,2\n"));
    let verify = write("verify.csv", &format!("{header}\n4,5,c,3\n7,6,a,1\n"));
    let pairs = write("match.csv", "9,4\n9,7\n");
    let protocol = TemplateProtocol::open(&[enroll, verify], pairs).unwrap();
    assert_eq!(protocol.templates(), [4, 7, 9]);
    assert_eq!(protocol.images().len(), 4);
    let same: Vec<_> = protocol.pairs().iter().map(|pair| pair.same).collect();
    assert_eq!(same, [Some(true), Some(false)]);

    let listed = write("tid_mid.txt", "a 9 1\nb 9 2\nc 4 3\n");
    let pairs = write("label.txt", "9 4 1\n4 9 0\n");
    let protocol = TemplateProtocol::open(&[listed], pairs).unwrap();
    let same: Vec<_> = protocol.pairs().iter().map(|pair| pair.same).collect();
    assert_eq!(same, [Some(true), Some(false)]);
}

#[test]
fn a_protocol_that_contradicts_itself_is_refused_in_the_line_of_the_pair() {
    let known = |template| image("a", template, Some(template / 2), 1);
    let protocol = |images: &[TemplateImage], pairs: &str| {
        TemplateProtocol::from_bytes(images.to_vec(), pairs.as_bytes(), "list")
    };
    let images = [known(2), known(3), known(4)];
    let found = "template 5, which has no image";
    refused(
        protocol(&images, "2,3\n2,5\n"),
        2,
        &[found, "templates that have images"],
    );
    refused(protocol(&images, "5,2\n"), 1, &[found]);
    refused(protocol(&[], "5,2\n"), 1, &[found]);
    refused(
        protocol(&images, "2,3,1\n2,4,1\n"),
        2,
        &["other than the subjects"],
    );
    let unknown = [image("a", 2, None, 1), image("a", 3, None, 1)];
    refused(
        protocol(&unknown, "2,3,1\n\n2,3\n"),
        3,
        &["neither the list nor subjects"],
    );
    let two = [known(2), image("b", 2, Some(7), 1)];
    refused(
        protocol(&two, "2,2\n"),
        1,
        &["give template 2 two subjects"],
    );
}

proptest! {
    #[test]
    fn what_was_written_is_read(
        rows in prop::collection::vec(("[a-z]{1,5}\\.jpg", any::<u32>(), any::<u32>(), any::<bool>()), 1..20),
    ) {
        let (mut text, mut expected) = (String::new(), Vec::new());
        let (mut matches, mut pairs_expected) = (String::new(), Vec::new());
        for (name, first, second, same) in rows {
            text += &format!("{name} {first} {second}\n");
            expected.push(image(&name, first, None, second));
            matches += &format!("{first} {second} {}\n", u8::from(same));
            pairs_expected.push(TemplatePair { first, second, same: Some(same) });
        }
        prop_assert_eq!(images(text).unwrap(), expected);
        prop_assert_eq!(pairs(matches).unwrap(), pairs_expected);
    }
}
