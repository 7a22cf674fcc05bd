//! One or two lists of images of templates, a list of pairs, and the protocol of them: two bytes
//! say how long the first list is, which follows, then the same for the second; the pairs are last.

#![no_main]

mod checks;

use std::collections::BTreeMap;

use checks::check_error;
use facenet_data::{
    TemplateImage, TemplatePair, TemplateProtocol, parse_template_images, parse_template_pairs,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some((first, rest)) = part(bytes) else {
        return;
    };
    let Some((second, list)) = part(rest) else {
        return;
    };
    let mut images = read_images(first);
    images.extend(read_images(second));
    let pairs = match parse_template_pairs(list, "pairs") {
        Ok(pairs) => {
            assert!(!pairs.is_empty() && pairs.len() <= list.len());
            Some(pairs)
        }
        Err(error) => {
            check_error(list, &error);
            None
        }
    };
    match TemplateProtocol::from_bytes(images.clone(), list, "pairs") {
        Ok(protocol) => {
            let pairs = pairs.expect("the pairs of a protocol are pairs");
            check_protocol(&protocol, &images, &pairs);
        }
        Err(error) => check_error(list, &error),
    }
});

/// A part with its length before it, and what is after it.
fn part(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (&length, rest) = bytes.split_first_chunk::<2>()?;
    let length = usize::from(u16::from_le_bytes(length)).min(rest.len());
    Some(rest.split_at(length))
}

/// The images of a list; none where it cannot be read.
fn read_images(list: &[u8]) -> Vec<TemplateImage> {
    match parse_template_images(list, "images") {
        Ok(images) => {
            assert!(!images.is_empty() && images.len() <= list.len());
            assert!(images.iter().all(|image| !image.image.is_empty()));
            // One of the two forms says the subjects, of all images.
            let said = images
                .iter()
                .filter(|image| image.subject.is_some())
                .count();
            assert!(said == 0 || said == images.len());
            subjects(&images);
            images
        }
        Err(error) => {
            check_error(list, &error);
            Vec::new()
        }
    }
}

/// The subject of each template, which has one.
fn subjects(images: &[TemplateImage]) -> BTreeMap<u32, Option<u32>> {
    let mut subjects = BTreeMap::new();
    for image in images {
        let subject = *subjects.entry(image.template).or_insert(image.subject);
        assert_eq!(subject, image.subject);
    }
    subjects
}

/// All templates of the pairs have images, and neither list nor subjects say other than the pairs.
fn check_protocol(protocol: &TemplateProtocol, images: &[TemplateImage], listed: &[TemplatePair]) {
    assert_eq!(protocol.images(), images);
    let subjects = subjects(images);
    assert!(protocol.templates().iter().eq(subjects.keys()));
    assert_eq!(protocol.pairs().len(), listed.len());
    for (pair, listed) in protocol.pairs().iter().zip(listed) {
        assert_eq!((pair.first, pair.second), (listed.first, listed.second));
        let same = pair.same.expect("it is known whether a pair is genuine");
        let by_subjects = subjects[&pair.first].zip(subjects[&pair.second]);
        let by_subjects = by_subjects.map(|(first, second)| first == second);
        assert!(listed.same.is_some() || by_subjects.is_some());
        assert!(listed.same.is_none_or(|listed| listed == same));
        assert!(by_subjects.is_none_or(|by_subjects| by_subjects == same));
    }
}
