use facenet_data::{FaceFolderConfig, InspectConfig, Inspection, inspect, resize};
use image::imageops::{brighten, flip_horizontal};
use image::{ImageFormat, Rgb, RgbImage};

use crate::bytes::encoded;
use crate::message::assert_message;
use crate::toy::{Toy, broken};
use facenet_testing::shared;

/// A scene of waves that only this number has.
fn scene(number: u32, width: u32, height: u32) -> RgbImage {
    let turn = number as f32 * 2.4;
    RgbImage::from_fn(width, height, |x, y| {
        let (u, v) = (x as f32 / width as f32, y as f32 / height as f32);
        let wave = |a: f32, b: f32| (a * u + b * v + turn * a).sin() * 40.0;
        let value = 120.0
            + wave(7.0 + turn.sin() * 5.0, 9.0 * turn.cos())
            + wave(12.0 * turn.cos(), 11.0 + 3.0 * turn.sin());
        Rgb([value as u8, (value * 0.8) as u8, (value * 0.6) as u8 + 30])
    })
}

fn look(labels: &[u32], images: Vec<RgbImage>) -> Inspection {
    let toy = Toy::new(labels).with(move |index| Ok(images[index].clone()));
    inspect(&toy, &InspectConfig::default(), |_| {}).unwrap()
}

/// The images of each group: exact across and within, near across and within.
fn groups(found: &Inspection) -> [Vec<Vec<usize>>; 4] {
    let all = [
        &found.exact.across,
        &found.exact.within,
        &found.near.across,
        &found.near.within,
    ];
    all.map(|groups| groups.iter().map(|group| group.images.clone()).collect())
}

#[test]
fn counts_sizes_and_bad_images_are_told() {
    let labels = [0, 0, 0, 0, 1, 2, 2];
    let toy = Toy::new(&labels).with(|index| match index {
        3 => Err(broken(index)),
        4 => panic!("no image"),
        5 => Ok(scene(5, 20, 40)),
        _ => Ok(scene(index as u32, 30, 40)),
    });
    let done = std::sync::atomic::AtomicUsize::new(0);
    let told = |_| {
        done.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    };
    let found = inspect(&toy, &InspectConfig::default(), told).unwrap();
    assert_eq!(done.into_inner(), 7);
    assert_eq!((found.images, found.identities, found.single), (7, 3, 1));
    let spread = found.per_identity.unwrap();
    assert_eq!((spread.min, spread.median, spread.max), (1, 2.0, 4));
    assert_eq!(found.histogram, [[1, 1], [2, 1], [4, 1]]);
    let (height, width) = (found.height.unwrap(), found.width.unwrap());
    assert_eq!((height.min, height.median, height.max), (40, 40.0, 40));
    assert_eq!((width.min, width.median, width.max), (20, 30.0, 30));
    let sizes: Vec<_> = found
        .sizes
        .iter()
        .map(|s| (s.height, s.width, s.images))
        .collect();
    assert_eq!(sizes, [(40, 30, 4), (40, 20, 1)]);
    let bad: Vec<_> = found.unreadable.iter().map(|bad| bad.index).collect();
    assert_eq!(bad, [3, 4]);
    assert!(found.unreadable[0].error.contains("toy 3: is broken"));
    assert!(groups(&found).iter().all(Vec::is_empty));

    let text = found.to_string();
    for line in [
        "images        7",
        "identities    3, 1 with one image only",
        "per identity  1 to 4, median 2",
        "  30 x 40: 4",
        "unreadable    2",
        "the same      0 groups (0 images too many): 0 across identities, 0 within one",
    ] {
        assert!(
            text.lines().any(|found| found == line),
            "no {line:?} in\n{text}"
        );
    }
    let json = serde_json::to_value(&found).unwrap();
    assert_eq!(json["per_identity"]["max"], 4);
    assert_eq!(json["unreadable"][0]["index"], 3);
}

#[test]
fn duplicates_are_found_within_and_across_identities() {
    let compressed = |image: &RgbImage| {
        let bytes = encoded(image, ImageFormat::Jpeg);
        image::load_from_memory(&bytes).unwrap().into_rgb8()
    };
    let images = vec![
        scene(0, 60, 60),
        scene(1, 60, 60),
        scene(1, 60, 60), // the same, one identity
        scene(2, 60, 60),
        scene(3, 60, 60),
        scene(2, 60, 60),              // the same, two identities
        compressed(&scene(0, 60, 60)), // nearly so, two identities
        resize(&scene(4, 60, 60), 90, 80).unwrap(),
        scene(4, 60, 60), // nearly so, one identity
        brighten(&scene(4, 60, 60), 9),
        flip_horizontal(&scene(3, 60, 60)), // something else
    ];
    let labels = [0, 0, 0, 0, 1, 1, 1, 2, 2, 2, 2];
    let found = look(&labels, images.clone());
    assert_eq!(
        groups(&found),
        [
            vec![vec![3, 5]],
            vec![vec![1, 2]],
            vec![vec![0, 6]],
            vec![vec![7, 8, 9]]
        ]
    );
    assert_eq!(found.exact.across[0].names, ["toy 3", "toy 5"]);
    assert_eq!((found.exact.groups(), found.exact.surplus()), (2, 2));
    assert_eq!((found.near.groups(), found.near.surplus()), (2, 3));
    let text = found.to_string();
    assert!(text.contains("  across: toy 0 = toy 6"), "{text}");

    // A row for each group, those across identities first; a strip, then three faces.
    let toy = Toy::new(&labels).with(move |index| Ok(images[index].clone()));
    let sheet = found.sheet(&toy, 10).unwrap().draw();
    assert_eq!(
        sheet.dimensions(),
        (13 + 3 * (96 + 11) + 3, 4 * (96 + 11) + 3)
    );
    assert_eq!(sheet.get_pixel(5, 5).0, [200, 30, 30]);
    assert_eq!(sheet.get_pixel(5, 5 + 3 * 107).0, [150, 150, 150]);
    assert_eq!(found.sheet(&toy, 1).unwrap().draw().height(), 96 + 14);
}

#[test]
fn an_exact_duplicate_is_near_to_others_too() {
    let other = brighten(&scene(1, 50, 50), 5);
    let found = look(&[0, 1, 1], vec![scene(1, 50, 50), scene(1, 50, 50), other]);
    assert_eq!(
        groups(&found),
        [vec![vec![0, 1]], vec![], vec![vec![0, 1, 2]], vec![]]
    );
}

#[test]
fn nothing_and_settings_that_cannot_work() {
    let found = look(&[], vec![]);
    assert_eq!((found.images, found.identities), (0, 0));
    assert!(found.per_identity.is_none() && found.height.is_none());
    assert!(found.to_string().starts_with("images        0\n"));
    let options = InspectConfig::default().with_near(32);
    let error = inspect(&Toy::new(&[0]), &options, |_| {}).unwrap_err();
    assert_message(&error, &["near: 32; expected 0 to 31 bits"]);
}

#[test]
fn a_real_folder_is_inspected() {
    let Some(path) = shared("data/lfw/images") else {
        return;
    };
    let faces = FaceFolderConfig::new().init(path).unwrap();
    let found = inspect(&faces, &InspectConfig::default(), |_| {}).unwrap();
    assert!(found.unreadable.is_empty());
    assert_eq!((found.sizes[0].height, found.sizes[0].width), (250, 250));
    // Few photographs of thousands are there twice: the hash tells people apart.
    let twice = found.exact.surplus() + found.near.surplus();
    assert!(twice * 100 < found.images, "{found}");
}
