//! `identify` and `cluster` on embeddings made elsewhere, and on photographs with a small network.

use std::path::{Path, PathBuf};

use facenet_core::eval::NamedEmbeddings;
use facenet_core::prelude::*;
use image::{Rgb, RgbImage};
use serde_json::Value;
use tempfile::TempDir;

use crate::{program, refusal, succeeded};

fn json(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// Embeddings of faces in folders by person.
fn embeddings(folder: &TempDir, name: &str, faces: &[(&str, [f32; 2])]) -> PathBuf {
    let path = folder.path().join(name).with_extension("npy");
    let rows = faces.iter().flat_map(|(_, row)| *row).collect();
    let rows = ndarray::Array2::from_shape_vec((faces.len(), 2), rows).unwrap();
    let names = faces.iter().map(|(name, _)| (*name).to_owned()).collect();
    NamedEmbeddings::new(rows, names)
        .unwrap()
        .write(&path)
        .unwrap();
    path
}

/// Two people with two faces each, on a circle.
const KNOWN: [(&str, [f32; 2]); 4] = [
    ("Ann/1.jpg", [1.0, 0.0]),
    ("Ann/2.jpg", [0.96, 0.28]),
    ("Bo/1.jpg", [0.0, 1.0]),
    ("Bo/2.jpg", [-0.28, 0.96]),
];

#[test]
fn embeddings_are_looked_up_among_known_people() {
    let folder = tempfile::tempdir().unwrap();
    let gallery = embeddings(&folder, "gallery", &KNOWN);
    let probes = [
        ("Ann/3.jpg", [0.8, 0.6]),
        ("Bo/3.jpg", [0.28, 0.96]),
        ("Cec/1.jpg", [-1.0, 0.0]),
    ];
    let probes = embeddings(&folder, "probes", &probes);
    let report = folder.path().join("report.json");
    let identify = |more: &[&str]| {
        let mut identify = program("identify");
        identify.arg("--gallery").arg(&gallery).args(more);
        identify.arg("--json").arg(&report).output().unwrap()
    };
    let probes = probes.to_str().unwrap();

    let printed = succeeded(&identify(&[
        "--probes",
        probes,
        "--threshold",
        "1",
        "--top",
        "1",
    ]));
    // Ann/3 is nearest to Ann/2: 0.16² + 0.32². Nobody is nearer to Cec/1 than Bo/2: 0.72² + 0.96².
    for line in [
        "Ann/3.jpg: Ann 0.128",
        "Bo/3.jpg: Bo 0.080",
        "Cec/1.jpg: nobody; nearest Bo 1.440",
        "2 faces of 2 people in the gallery: rank 1 1.0000, rank 5 1.0000; 1 of nobody in it",
        "DIR at FPIR 1e-1: 1.0000",
        "too few strangers",
    ] {
        assert!(printed.contains(line), "{line}: {printed}");
    }
    let found = json(&report);
    assert_eq!(found["matches"][2]["known"], false);
    assert_eq!(found["open_set"]["dir"].as_array().unwrap().len(), 3);
    // The threshold itself is a stranger's: 1.44 is 1.44 in both precisions or neither.
    let distance = found["matches"][2]["nearest"][0][1].to_string();
    let printed = succeeded(&identify(&["--probes", probes, "--threshold", &distance]));
    assert!(printed.contains("Cec/1.jpg: nobody"), "{printed}");

    // The mean of Ann's faces, and each face among the others.
    let printed = succeeded(&identify(&["--probes", probes, "--enrollment", "mean"]));
    assert!(printed.contains("Ann/3.jpg: Ann 0."), "{printed}");
    let printed = succeeded(&identify(&["--show", "1"]));
    assert!(printed.contains("Ann/1.jpg: Ann 0.080"), "{printed}");
    assert!(printed.contains("… and 3 more"), "{printed}");

    // Without folders nobody can say how well it goes, and means cannot be taken.
    let nameless = embeddings(
        &folder,
        "nameless",
        &[("1.jpg", [1.0, 0.0]), ("2.jpg", [0.0, 1.0])],
    );
    let mut identify = program("identify");
    identify
        .arg("--gallery")
        .arg(&nameless)
        .args(["--probes", probes]);
    let printed = succeeded(&identify.output().unwrap());
    assert!(printed.contains("Ann/3.jpg: 1.jpg"), "{printed}");
    assert!(!printed.contains("rank"), "{printed}");
    let said = refusal(&identify.args(["--enrollment", "mean"]).output().unwrap());
    assert!(said.contains("folder for each person"), "{said}");
}

#[test]
fn photographs_are_named_by_a_gallery() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let face = |gray: u8, path: &Path| {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let shade = |x: u32, y: u32| Rgb([gray, gray / 2 + x as u8, y as u8]);
        RgbImage::from_fn(34, 40, shade).save(path).unwrap();
    };
    face(20, &at("gallery/Ann/1.png"));
    face(220, &at("gallery/Bo/1.png"));
    face(221, &at("bo.png"));

    let config = FaceNetConfig::new(Architecture::Nns2).with_input_size([40, 34]);
    let device = Device::flex();
    device.seed(1);
    let network = config.init(&device).unwrap();
    let weights = at("network.bpk");
    let (threshold, untold) = (Some(4.0), at("untold.bpk"));
    let checkpoint = Checkpoint {
        network,
        config,
        threshold,
    };
    checkpoint.save(&weights).unwrap();
    let checkpoint = Checkpoint {
        threshold: None,
        ..checkpoint
    };
    checkpoint.save(&untold).unwrap();

    let identify = |weights: &Path, more: &[&str]| {
        let mut identify = program("identify");
        identify.arg("--weights").arg(weights).args(more);
        identify
            .arg("--gallery")
            .arg(at("gallery"))
            .arg(at("bo.png"));
        identify.output().unwrap()
    };
    let printed = succeeded(&identify(&weights, &[]));
    assert!(printed.contains("bo.png: Bo, the same person"), "{printed}");
    let printed = succeeded(&identify(&weights, &["--threshold", "0"]));
    assert!(printed.contains("bo.png: nobody; nearest Bo"), "{printed}");
    let said = refusal(&identify(&untold, &[]));
    assert!(said.contains("--threshold"), "{said}");
    let printed = succeeded(&identify(&untold, &["--threshold", "4"]));
    assert!(printed.contains("bo.png: Bo"), "{printed}");
}

#[test]
fn embeddings_are_grouped_and_compared_with_their_folders() {
    let folder = tempfile::tempdir().unwrap();
    let faces = embeddings(&folder, "faces", &KNOWN);
    let report = folder.path().join("report.json");
    let mut cluster = program("cluster");
    cluster.arg("--embeddings").arg(&faces);
    cluster.arg("--json").arg(&report);
    let printed = succeeded(&cluster.output().unwrap());
    assert!(
        printed.contains("4 faces in 2 groups by average at 1.00"),
        "{printed}"
    );
    assert!(printed.contains("Against 2 folders"), "{printed}");
    let found = json(&report);
    assert_eq!(
        found["groups"],
        serde_json::json!([["Ann/1.jpg", "Ann/2.jpg"], ["Bo/1.jpg", "Bo/2.jpg"]])
    );
    assert_eq!(found["scores"]["pairwise"]["f"], 1.0);
    // Ann/2 and Bo/1 are 1.44 apart: enough for a chain.
    let printed = succeeded(
        &cluster
            .args(["--algorithm", "single", "--threshold", "1.5"])
            .output()
            .unwrap(),
    );
    assert!(
        printed.contains("4 faces in 1 groups by single"),
        "{printed}"
    );
}
