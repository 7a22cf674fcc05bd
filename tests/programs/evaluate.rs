//! `evaluate` on distances, on embeddings, and on photographs with a small network.

use std::path::Path;

use facenet_core::prelude::*;
use serde_json::Value;

use crate::{program, refusal, succeeded, text};

fn write(path: &Path, text: &str) {
    std::fs::write(path, text).unwrap();
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// A NumPy array, version 1.0 of the format, of 32-bit floats.
fn npy(path: &Path, rows: &[&[f32]]) {
    let shape = format!("({}, {})", rows.len(), rows[0].len());
    let mut header = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}");
    while (header.len() + 11) % 64 != 0 {
        header.push(' ');
    }
    header.push('\n');
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.bytes());
    for value in rows.iter().flat_map(|row| row.iter()) {
        bytes.extend(value.to_le_bytes());
    }
    std::fs::write(path, bytes).unwrap();
}

#[test]
fn distances_alone_are_enough() {
    let folder = tempfile::tempdir().unwrap();
    let (list, report) = (folder.path().join("d.csv"), folder.path().join("r.json"));
    let mut lines = "distance,same\n".to_owned();
    for _fold in 0..4 {
        for pair in 0..3 {
            let near = 0.3 + 0.1 * f64::from(pair);
            lines += &format!("{near},1\n{},0\n", near + 1.5);
        }
    }
    write(&list, &lines);
    let evaluate = |fars: &str| {
        let mut evaluate = program("evaluate");
        evaluate.arg("--distances").arg(&list);
        evaluate.args(["--folds", "4", "--fars", fars, "--json"]);
        evaluate.arg(&report).output().unwrap()
    };
    let printed = succeeded(&evaluate("0.5,1e-3"));
    assert!(printed.contains("VAL at FAR 1e-3"), "{printed}");
    assert!(printed.contains("below resolution"), "{printed}");
    let report = json(&report);
    assert_eq!(
        (&report["pairs"], &report["folds"]),
        (&24.into(), &4.into())
    );
    assert_eq!(report["accuracy"]["mean"], 1.0);
    assert_eq!(report["accuracy"]["per_fold"].as_array().unwrap().len(), 4);
    assert_eq!(report["auc"], 1.0);
    assert_eq!(report["val"][0]["far"], 0.5);
    assert_eq!(report["val"][1]["below_resolution"], true);
    assert_eq!(report["exact"]["genuine"], 12);

    let said = text(&evaluate("2").stderr);
    assert!(said.contains("a rate between 0 and 1"), "{said}");
    write(&list, "distance,same\n0.5,1\n-1,0\n");
    let said = refusal(&evaluate("0.1"));
    assert!(said.contains("d.csv:3:"), "{said}");
    write(&list, "0.5,1\n0.7,0\n");
    let said = refusal(&evaluate("0.1"));
    assert!(said.contains("4 of 2 pairs"), "{said}");
}

#[test]
fn embeddings_made_elsewhere_are_found_by_their_names() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    npy(
        &at("e.npy"),
        &[&[1.0, 0.0], &[0.8, 0.6], &[0.0, 1.0], &[-0.6, 0.8]],
    );
    let names = "Ada/Ada_0001.jpg\nAda/Ada_0002.jpg\nBo/Bo_0001.jpg\nBo/Bo_0002.jpg\n";
    write(&at("names.txt"), names);
    write(
        &at("pairs.txt"),
        "2 1\nAda 1 2\nAda 1 Bo 1\nBo 1 2\nAda 1 Bo 2\n",
    );
    let evaluate = |more: &[&str]| {
        let mut evaluate = program("evaluate");
        evaluate.arg("--embeddings").arg(at("e.npy"));
        evaluate.arg("--names").arg(at("names.txt"));
        evaluate.arg("--pairs").arg(at("pairs.txt"));
        evaluate.arg("--json").arg(at("r.json"));
        evaluate.args(more).output().unwrap()
    };
    let plots = at("plots");
    succeeded(&evaluate(&[
        "--sweep",
        "bits=8,2",
        "--plots",
        plots.to_str().unwrap(),
    ]));
    let report = json(&at("r.json"));
    assert_eq!(report["accuracy"]["mean"], 1.0);
    assert_eq!(report["exact"]["auc"], 1.0);
    let rows = report["sweeps"][0]["rows"].as_array().unwrap();
    let levels: Vec<&Value> = rows.iter().map(|row| &row["level"]).collect();
    assert_eq!(levels, [&Value::Null, &8.0.into(), &2.0.into()]);
    for figure in ["roc", "det", "distances", "sweep-bits"] {
        image::open(plots.join(figure).with_extension("png")).unwrap();
        assert!(plots.join(figure).with_extension("svg").exists());
    }

    // Earlier reports stand beside the new one.
    let beside = format!("earlier={}", at("r.json").display());
    let angles = succeeded(&evaluate(&[
        "--distance",
        "angle",
        "--subtract-mean",
        "--beside",
        &beside,
    ]));
    assert!(angles.contains("earlier"), "{angles}");

    let said = refusal(&evaluate(&["--sweep", "jpeg=10"]));
    assert!(said.contains("needs photographs"), "{said}");
    write(&at("names.txt"), "a\nb\nc\n");
    let said = refusal(&evaluate(&[]));
    assert!(
        said.contains("3 names, expected one for each of the 4"),
        "{said}"
    );
    write(&at("names.txt"), &names.replace("Bo_0002", "Bo_0003"));
    let said = refusal(&evaluate(&[]));
    assert!(said.contains("no embedding is named Bo_0002"), "{said}");
    std::fs::write(at("e.npy"), b"not an array").unwrap();
    let said = refusal(&evaluate(&[]));
    assert!(said.contains("e.npy") && said.contains("NumPy"), "{said}");
}

#[test]
fn a_network_is_swept_over_degraded_photographs() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    for person in 0..4u8 {
        let own = at(&format!("P_{person}"));
        std::fs::create_dir(&own).unwrap();
        for number in 1..=2u8 {
            let face = image::RgbImage::from_fn(50, 60, |x, y| {
                image::Rgb([60 * person + x as u8 / 2, 90 + y as u8, 40 + number])
            });
            let name = format!("P_{person}_000{number}.png");
            face.save(own.join(name)).unwrap();
        }
    }
    let mut pairs = "2 2\n".to_owned();
    for first in [0, 2] {
        let second = first + 1;
        pairs += &format!("P_{first} 1 2\nP_{second} 1 2\n");
        pairs += &format!("P_{first} 1 P_{second} 1\nP_{first} 2 P_{second} 2\n");
    }
    write(&at("pairs.txt"), &pairs);
    let config = FaceNetConfig::new(Architecture::Nns2).with_input_size([40, 34]);
    let device = Device::flex();
    device.seed(1);
    let weights = at("network.bpk");
    Checkpoint {
        network: config.init(&device).unwrap(),
        config,
        threshold: None,
    }
    .save(&weights)
    .unwrap();
    let evaluate = |more: &[&str]| {
        let mut evaluate = program("evaluate");
        evaluate.arg("--weights").arg(&weights);
        evaluate.arg("--lfw").arg(folder.path());
        evaluate.arg("--json").arg(at("r.json"));
        evaluate.args(more).output().unwrap()
    };
    let dims = format!("dims={}", weights.display());
    let printed = succeeded(&evaluate(&[
        "--flip",
        "concat",
        "--crop",
        "5,5,45,55",
        "--sweep",
        "jpeg=5,90",
        "--sweep",
        "occlusion=0.5",
        "--sweep",
        "bits=4",
        "--sweep",
        &dims,
    ]));
    assert!(printed.contains("as it is"), "{printed}");
    let report = json(&at("r.json"));
    let sweeps = report["sweeps"].as_array().unwrap();
    let names: Vec<&Value> = sweeps.iter().map(|sweep| &sweep["name"]).collect();
    assert_eq!(names, ["jpeg", "occlusion", "bits", "dims"]);
    assert_eq!(sweeps[0]["rows"].as_array().unwrap().len(), 3);
    assert_eq!(sweeps[3]["rows"][0]["level"], 128.0);

    // A calibration lies beside the weights, and verdicts have a probability then. Whatever the weights, photographs
    // that differ by one gray level are nearer than those of another color.
    succeeded(&evaluate(&["--calibrate", "0.5"]));
    assert!(at("network.calibration.json").exists());
    let mut verify = program("verify");
    verify.arg("--weights").arg(&weights);
    verify
        .arg(at("P_0/P_0_0001.png"))
        .arg(at("P_0/P_0_0002.png"));
    let verdict = succeeded(&verify.output().unwrap());
    assert!(verdict.contains("probability"), "{verdict}");
    let said = refusal(&evaluate(&["--calibrate", "0.5", "--flip", "sum"]));
    assert!(
        said.contains("--calibrate") && said.contains("mirrored"),
        "{said}"
    );
    write(&at("network.calibration.json"), "{}");
    let said = refusal(&verify.output().unwrap());
    assert!(said.contains("network.calibration.json"), "{said}");
    std::fs::remove_file(at("network.calibration.json")).unwrap();

    let said = refusal(&evaluate(&["--sweep", "jpeg=500"]));
    assert!(said.contains("1 to 100"), "{said}");
    let said = refusal(&evaluate(&["--crop", "0,0,500,50"]));
    assert!(said.contains("does not fit"), "{said}");
    std::fs::remove_file(at("P_3/P_3_0002.png")).unwrap();
    let said = refusal(&evaluate(&[]));
    assert!(said.contains("P_3"), "{said}");
    let printed = succeeded(&evaluate(&["--skip-missing"]));
    assert!(printed.contains("2 pairs skipped"), "{printed}");
}
