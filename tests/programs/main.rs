//! The programs as a person runs them: what they write, and how they refuse what is wrong.
#![cfg(feature = "flex")]

mod evaluate;
mod groups;

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use facenet_testing::shared;
use image::{Rgb, RgbImage};
use tempfile::TempDir;

/// The built program. `cargo test` builds examples; `cargo test --test programs` alone does not.
fn program(name: &str) -> Command {
    let mut folder = std::env::current_exe().expect("a test has a path");
    folder.pop();
    folder.pop();
    let path = folder
        .join("examples")
        .join(name)
        .with_extension(std::env::consts::EXE_EXTENSION);
    assert!(
        path.exists(),
        "{} is missing: run `cargo build --examples` first",
        path.display()
    );
    let mut command = Command::new(path);
    command.stdin(Stdio::null());
    command
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("programs write UTF-8")
}

/// The one line that a failing program writes.
fn refusal(output: &Output) -> String {
    let said = text(&output.stderr);
    assert!(
        !output.status.success(),
        "succeeded: {}",
        text(&output.stdout)
    );
    assert!(!said.contains("panicked"), "{said}");
    let lines: Vec<&str> = said
        .lines()
        .filter(|line| line.starts_with("error: "))
        .collect();
    assert_eq!(lines.len(), 1, "{said}");
    lines[0].to_owned()
}

fn succeeded(output: &Output) -> String {
    assert!(
        output.status.success(),
        "{}{}",
        text(&output.stdout),
        text(&output.stderr)
    );
    text(&output.stdout)
}

/// `people` folders of `images` faces each, of a color for each person.
fn faces(folder: &Path, people: u8, images: u8) {
    for person in 0..people {
        let own = folder.join(format!("person_{person}"));
        std::fs::create_dir_all(&own).unwrap();
        for number in 0..images {
            let face = RgbImage::from_fn(40, 48, |x, y| {
                Rgb([
                    person * 37 + x as u8,
                    200 - person * 11,
                    number * 9 + y as u8,
                ])
            });
            face.save(own.join(format!("{number}.png"))).unwrap();
        }
    }
}

/// A small training on `data`.
fn train(data: &Path, run: &Path) -> Command {
    let mut command = program("train");
    command.arg("--data").arg(data).arg("--run").arg(run);
    command.args([
        "--input-size",
        "40x34",
        "--p",
        "4",
        "--k",
        "2",
        "--epochs",
        "2",
    ]);
    command
}

fn scratch() -> (TempDir, PathBuf, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let (data, run) = (folder.path().join("faces"), folder.path().join("run"));
    std::fs::create_dir(&data).unwrap();
    (folder, data, run)
}

#[test]
fn quickstart_writes_a_run_folder_and_its_network_gives_a_verdict() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    let mut quickstart = program("quickstart");
    quickstart.arg("--run").arg(&run);
    quickstart.args([
        "--people",
        "12",
        "--unseen",
        "6",
        "--photographs",
        "5",
        "--epochs",
        "2",
    ]);
    let printed = succeeded(&quickstart.output().unwrap());
    for figure in [
        "verification accuracy",
        "AUC",
        "EER",
        "VAL at FAR 1e-2",
        "VAL at FAR 1e-3",
    ] {
        assert!(printed.contains(figure), "{printed}");
    }
    for file in [
        "config.json",
        "metrics.json",
        "history.json",
        "checkpoints",
        "network.bpk",
    ] {
        assert!(run.join(file).exists(), "{file}");
    }
    for picture in ["training.png", "roc.png", "clusters.png"] {
        image::open(run.join(picture)).unwrap_or_else(|error| panic!("{picture}: {error}"));
    }
    let metrics = std::fs::read(run.join("metrics.json")).unwrap();
    let metrics: serde_json::Value = serde_json::from_slice(&metrics).unwrap();
    assert!(metrics["trained"]["verification"]["auc"].is_number());

    // Again: the first run stays, the second has a number.
    succeeded(&quickstart.output().unwrap());
    assert!(folder.path().join("run-2/network.bpk").exists());

    let face = folder.path().join("face.png");
    RgbImage::from_pixel(58, 70, Rgb([180, 140, 120]))
        .save(&face)
        .unwrap();
    let mut verify = program("verify");
    verify
        .arg("--weights")
        .arg(run.join("network.bpk"))
        .arg(&face)
        .arg(&face);
    assert!(succeeded(&verify.output().unwrap()).starts_with("the same person"));
}

#[test]
fn train_refuses_data_that_it_cannot_train_on() {
    let (folder, data, run) = scratch();
    // An empty folder, and no folder.
    let said = refusal(&train(&data, &run).output().unwrap());
    assert!(said.contains(data.to_str().unwrap()), "{said}");
    let missing = folder.path().join("missing");
    let said = refusal(&train(&missing, &run).output().unwrap());
    assert!(said.contains(missing.to_str().unwrap()), "{said}");
    // Every identity has one image.
    faces(&data, 6, 1);
    let said = refusal(&train(&data, &run).output().unwrap());
    assert!(said.contains("at least 2 image(s)"), "{said}");
    // Fewer identities than a batch needs.
    faces(&data, 3, 4);
    let said = refusal(&train(&data, &run).arg("--hold-out=0").output().unwrap());
    assert!(said.contains("expected at least P = 4"), "{said}");
    assert!(!run.exists());
}

#[test]
fn train_skips_unreadable_images_only_when_asked() {
    let (_folder, data, run) = scratch();
    faces(&data, 6, 4);
    let bad = data.join("person_2/bad.jpg");
    std::fs::write(&bad, b"this is no image").unwrap();
    std::fs::write(data.join("person_3/empty.png"), b"").unwrap();
    let said = refusal(&train(&data, &run).output().unwrap());
    assert!(
        said.contains(bad.to_str().unwrap()) && said.contains("and 1 more"),
        "{said}"
    );
    assert!(!run.exists());
    let printed = succeeded(
        &train(&data, &run)
            .args(["--bad-images", "skip", "--hold-out", "0"])
            .output()
            .unwrap(),
    );
    assert!(
        printed.contains("2 unreadable images are skipped"),
        "{printed}"
    );
    assert!(run.join("network.bpk").exists());
}

#[test]
fn train_lets_others_stand_in_for_unreadable_images() {
    let (_folder, data, run) = scratch();
    faces(&data, 6, 4);
    std::fs::write(data.join("person_2/bad.jpg"), b"this is no image").unwrap();
    let output = train(&data, &run)
        .args(["--bad-images", "replace", "--hold-out", "0"])
        // So that every image has its turn.
        .args(["--epochs", "3"])
        .output()
        .unwrap();
    let printed = succeeded(&output);
    let said = text(&output.stderr);
    assert!(printed.contains("1 images could not be read"), "{printed}");
    assert!(
        said.contains("replaced: ") && said.contains("bad.jpg"),
        "{said}"
    );
}

#[test]
fn train_with_a_cache_computes_the_same() {
    let (folder, data, run) = scratch();
    faces(&data, 6, 4);
    succeeded(&train(&data, &run).output().unwrap());
    let history = |run: &Path| std::fs::read_to_string(run.join("history.json")).unwrap();
    let without = history(&run);
    let cache = folder.path().join("cache");
    for (name, expected) in [("first", " 24 made"), ("second", " 0 made")] {
        let run = folder.path().join(name);
        let mut cached = train(&data, &run);
        let printed = succeeded(&cached.arg("--cache").arg(&cache).output().unwrap());
        assert!(printed.contains(expected), "{printed}");
        assert_eq!(history(&run), without);
    }
}

#[test]
fn train_takes_a_table_with_boxes() {
    let (folder, data, run) = scratch();
    faces(&data, 6, 4);
    let mut table = "path,identity,x1,y1,x2,y2\n".to_owned();
    for person in 0..6 {
        // All images of a person in one folder, twice each, with two boxes.
        let mut files: Vec<_> = std::fs::read_dir(data.join(format!("person_{person}")))
            .unwrap()
            .map(|file| file.unwrap().path())
            .collect();
        files.sort();
        for file in files {
            let file = file
                .strip_prefix(&data)
                .unwrap()
                .to_str()
                .unwrap()
                .to_owned();
            table += &format!("{file},p{person},2,2,30,30\n{file},p{person},4,6,28,29\n");
        }
    }
    let list = data.join("faces.csv");
    std::fs::write(&list, &table).unwrap();
    let cache = folder.path().join("cache");
    let printed = succeeded(
        &train(&list, &run)
            .args(["--margin", "4", "--cache"])
            .arg(&cache)
            .output()
            .unwrap(),
    );
    assert!(
        printed.contains(" 48 made, 0 of these not kept"),
        "{printed}"
    );
    let said = refusal(&train(&list, &run).arg("--align").output().unwrap());
    assert!(said.contains("landmarks"), "{said}");
    // A box outside of its image names the image.
    std::fs::write(&list, table.replace("2,2,30,30", "900,900,930,930")).unwrap();
    let said = refusal(&train(&list, &run).output().unwrap());
    assert!(said.contains(".png") && said.contains("box"), "{said}");
}

#[test]
fn inspect_looks_at_folders_and_tables() {
    let (folder, data, _run) = scratch();
    faces(&data, 3, 2);
    let twin = data.join("person_0/twin.png");
    std::fs::copy(data.join("person_0/0.png"), &twin).unwrap();
    let sheet = folder.path().join("sheet.png");
    let mut of_folder = program("inspect");
    of_folder.arg(&data).arg("--sheet").arg(&sheet);
    let printed = succeeded(&of_folder.output().unwrap());
    assert!(printed.contains("twin.png"), "{printed}");
    assert!(sheet.exists());
    let list = data.join("list.csv");
    std::fs::write(
        &list,
        "path,identity\nperson_1/0.png,Ann\nperson_2/1.png,Bob\n",
    )
    .unwrap();
    let printed = succeeded(&program("inspect").arg(&list).output().unwrap());
    assert!(
        printed.contains("identities    2, 2 with one image only"),
        "{printed}"
    );
    let missing = data.join("nothing.csv");
    let said = refusal(&program("inspect").arg(&missing).output().unwrap());
    assert!(said.contains("nothing.csv"), "{said}");
}

#[test]
fn train_refuses_wrong_options_by_name() {
    let (_folder, data, run) = scratch();
    faces(&data, 6, 4);
    for (option, value, expected) in [
        ("--device", "abacus", "flex"),
        ("--device", "cuda", "--features cuda"),
        ("--device", "flex:7", "not present"),
        ("--model", "nn99", "nns2"),
        ("--mining", "hardest", "semi-hard"),
        ("--input-size", "40", "height x width"),
        ("--learning-rate", "0", "above 0"),
        ("--k", "0", "at least 2"),
        ("--k", "1", "two images of an identity"),
        ("--crop", "0..2", "above 0"),
    ] {
        if cfg!(feature = "cuda") && value == "cuda" {
            continue;
        }
        let output = train(&data, &run).arg(option).arg(value).output().unwrap();
        let said = text(&output.stderr);
        assert!(
            !output.status.success() && said.contains(expected),
            "{option} {value}: {said}"
        );
        assert!(!said.contains("panicked"), "{said}");
        assert!(!run.exists(), "{option} {value}");
    }
}

#[test]
fn train_refuses_a_missing_image_of_lfw_unless_it_is_to_be_skipped() {
    let (folder, data, run) = scratch();
    faces(&data, 6, 4);
    let lfw = folder.path().join("lfw");
    let pairs = "2 1\nann 1 2\nann 1 bob 1\ncec 1 2\ncec 1 ann 2\n";
    for name in ["ann_0001", "ann_0002", "bob_0001", "cec_0001"] {
        let (person, _) = name.split_once('_').unwrap();
        std::fs::create_dir_all(lfw.join(person)).unwrap();
        let face = RgbImage::from_fn(50, 50, |x, y| Rgb([x as u8, y as u8, name.as_bytes()[0]]));
        face.save(lfw.join(person).join(format!("{name}.jpg")))
            .unwrap();
    }
    std::fs::write(lfw.join("pairs.txt"), pairs).unwrap();
    let said = refusal(&train(&data, &run).arg("--lfw").arg(&lfw).output().unwrap());
    assert!(
        said.contains("pairs.txt:4") && said.contains("cec_0002"),
        "{said}"
    );
    let mut skipping = train(&data, &run);
    let printed = succeeded(
        &skipping
            .arg("--lfw")
            .arg(&lfw)
            .arg("--skip-missing")
            .output()
            .unwrap(),
    );
    assert!(printed.contains("1 pairs skipped"), "{printed}");
    assert!(printed.contains("LFW accuracy"), "{printed}");
}

#[test]
fn a_run_that_cannot_be_resumed_says_why() {
    let (folder, data, run) = scratch();
    faces(&data, 6, 4);
    succeeded(
        &train(&data, &run)
            .args(["--hold-out", "0"])
            .output()
            .unwrap(),
    );
    let resume = || {
        let mut command = program("train");
        command.arg("--resume").arg(&run);
        command
    };
    let said = refusal(&resume().args(["--k", "3"]).output().unwrap());
    assert!(
        said.contains("sampler.k = 2, and is resumed with 3"),
        "{said}"
    );
    let elsewhere = folder.path().join("nothing");
    let said = refusal(
        &program("train")
            .arg("--resume")
            .arg(&elsewhere)
            .output()
            .unwrap(),
    );
    assert!(said.contains(elsewhere.to_str().unwrap()), "{said}");
    // A finished run has nothing left to do, and says what it came to again.
    succeeded(&resume().output().unwrap());
    // A configuration that is cut short.
    let config = std::fs::read(run.join("config.json")).unwrap();
    std::fs::write(run.join("config.json"), &config[..config.len() / 2]).unwrap();
    let said = refusal(&resume().output().unwrap());
    assert!(said.contains("config.json"), "{said}");
}

#[test]
fn verify_refuses_a_threshold_that_is_no_distance() {
    for threshold in ["nan", "inf", "-1", "4.5", "x"] {
        let mut verify = program("verify");
        verify.args(["--weights", "w.bpk", "a.png", "b.png"]);
        let output = verify
            .arg(format!("--threshold={threshold}"))
            .output()
            .unwrap();
        assert!(text(&output.stderr).contains("0 to 4"), "{threshold}");
        assert!(!output.status.success());
    }
}

#[test]
fn a_file_in_the_place_of_the_run_folder_is_refused_and_stays() {
    let (_folder, data, run) = scratch();
    faces(&data, 6, 4);
    std::fs::write(&run, "mine").unwrap();
    let said = refusal(&train(&data, &run).output().unwrap());
    assert!(said.contains(run.to_str().unwrap()), "{said}");
    assert_eq!(std::fs::read(&run).unwrap(), b"mine");
}

#[test]
fn skipping_bad_images_says_so_where_none_is_left() {
    let (_folder, data, run) = scratch();
    for person in ["a", "b"] {
        std::fs::create_dir(data.join(person)).unwrap();
        for number in 0..3 {
            std::fs::write(data.join(person).join(format!("{number}.jpg")), b"no image").unwrap();
        }
    }
    let said = refusal(
        &train(&data, &run)
            .args(["--bad-images", "skip"])
            .output()
            .unwrap(),
    );
    assert!(said.contains(data.to_str().unwrap()), "{said}");
    assert!(!run.exists());
}

/// `train | head` goes on to its end.
#[cfg(unix)]
#[test]
fn a_reader_that_goes_away_does_not_end_the_training() {
    let (_folder, data, run) = scratch();
    faces(&data, 6, 4);
    let mut command = train(&data, &run);
    let mut child = command
        .args(["--hold-out", "0"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    assert!(child.wait().unwrap().success());
    assert!(run.join("network.bpk").exists());
}

/// Ctrl-C ends after the current step with a checkpoint, and `--resume` goes on.
#[cfg(unix)]
#[test]
fn an_interrupted_run_is_resumed() {
    use std::time::{Duration, Instant};

    let (_folder, data, run) = scratch();
    faces(&data, 8, 6);
    let mut long = train(&data, &run);
    let mut child = long
        .args(["--epochs", "100000", "--hold-out", "0"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let begun = Instant::now();
    // A checkpoint is written every five epochs: then steps are being made.
    while !std::fs::read_dir(run.join("checkpoints")).is_ok_and(|mut e| e.next().is_some()) {
        assert!(
            child.try_wait().unwrap().is_none(),
            "the training ended by itself"
        );
        assert!(
            begun.elapsed() < Duration::from_secs(120),
            "no checkpoint was written"
        );
        std::thread::sleep(Duration::from_millis(50));
    }
    let interrupted = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(interrupted.unwrap().success());
    let output = child.wait_with_output().unwrap();
    let printed = succeeded(&output);
    assert!(printed.contains("--resume"), "{printed}");

    let state = |run: &Path| -> u64 {
        let mut checkpoints: Vec<_> = std::fs::read_dir(run.join("checkpoints"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        checkpoints.sort();
        let newest = checkpoints.last().unwrap();
        newest.strip_prefix("step-").unwrap().parse().unwrap()
    };
    let before = state(&run);
    let mut resumed = program("train")
        .arg("--resume")
        .arg(&run)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let begun = Instant::now();
    while state(&run) <= before {
        assert!(
            resumed.try_wait().unwrap().is_none(),
            "the resumed training ended by itself"
        );
        assert!(
            begun.elapsed() < Duration::from_secs(120),
            "no step was made"
        );
        std::thread::sleep(Duration::from_millis(50));
    }
    resumed.kill().unwrap();
    resumed.wait().unwrap();
}

#[test]
fn summary_prints_a_table_and_writes_it_as_json() {
    let folder = tempfile::tempdir().unwrap();
    let json = folder.path().join("nn2.json");
    let mut summary = program("summary");
    summary.args(["nn4", "--normalization", "local-response", "--json"]);
    let printed = succeeded(&summary.arg(&json).output().unwrap());
    assert!(printed.contains("inception (5b)"), "{printed}");
    let table: serde_json::Value = serde_json::from_slice(&std::fs::read(&json).unwrap()).unwrap();
    assert_eq!(table["config"]["architecture"], "nn4");
    assert_eq!(
        table["layers"].as_array().unwrap().len(),
        printed.lines().count() - 3
    );

    let unknown = program("summary").arg("resnet50").output().unwrap();
    let said = text(&unknown.stderr);
    assert!(
        !unknown.status.success() && said.contains("inception-resnet-v1"),
        "{said}"
    );
}

/// Weights of another program, embedded by ours, are what their own program makes of them.
#[test]
fn embed_gives_the_golden_embeddings() {
    let (Some(weights), Some(crops), Some(golden)) = (
        shared("weights/mobilefacenet_casia.ckpt"),
        shared("golden/crops"),
        shared("golden/mobilefacenet_casia.json"),
    ) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("faces.npy");
    let mut embed = program("embed");
    embed
        .args(["--model", "mobilefacenet", "--weights"])
        .arg(&weights);
    embed.arg("--images").arg(&crops).arg("--out").arg(&out);
    let printed = succeeded(&embed.output().unwrap());
    assert!(printed.contains("20 x 128 numbers"), "{printed}");

    // The format by hand: magic, version, length of the header, header, numbers.
    let bytes = std::fs::read(&out).unwrap();
    assert_eq!(&bytes[..6], b"\x93NUMPY");
    let header = usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
    let described = std::str::from_utf8(&bytes[10..10 + header]).unwrap();
    assert!(
        described.contains("'<f4'") && described.contains("(20, 128)"),
        "{described}"
    );
    let values: Vec<f32> = bytes[10 + header..]
        .chunks_exact(4)
        .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
        .collect();
    let names = std::fs::read_to_string(folder.path().join("faces.txt")).unwrap();
    let names: Vec<&str> = names.lines().collect();
    let golden: serde_json::Value =
        serde_json::from_slice(&std::fs::read(golden).unwrap()).unwrap();
    for (image, expected) in golden["images"]
        .as_array()
        .unwrap()
        .iter()
        .zip(golden["embeddings"].as_array().unwrap())
    {
        let name = image["png96x112"].as_str().unwrap();
        let row = names.iter().position(|&n| n == name).unwrap();
        let expected = expected.as_array().unwrap();
        let expected: Vec<f64> = expected.iter().map(|v| v.as_f64().unwrap()).collect();
        let length = expected.iter().map(|v| v * v).sum::<f64>().sqrt();
        for (found, expected) in values[row * 128..][..128].iter().zip(expected) {
            assert!(
                (f64::from(*found) - expected / length).abs() < 1e-4,
                "{name}"
            );
        }
    }
}

#[test]
fn weights_that_do_not_fit_are_refused_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("weights.pt");
    std::fs::write(&path, "no weights").unwrap();
    let face = folder.path().join("face.png");
    RgbImage::new(8, 8).save(&face).unwrap();
    let embed = |arguments: &[&str]| {
        let mut embed = program("embed");
        embed
            .arg("--images")
            .arg(folder.path())
            .arg("--out")
            .arg(folder.path().join("out.npy"));
        embed.args(arguments).output().unwrap()
    };
    let file = path.to_str().unwrap();
    let said = refusal(&embed(&["--model", "nn4", "--weights", file]));
    assert!(said.contains("weights.pt"), "{said}");
    let said = refusal(&embed(&["--weights", "absent.bpk"]));
    assert!(said.contains("absent.bpk"), "{said}");
    assert!(!folder.path().join("out.npy").exists());
    // Without weights there is nothing to do.
    let none = embed(&["--model", "nn4"]);
    assert!(
        text(&none.stderr).contains("--weights"),
        "{}",
        text(&none.stderr)
    );
    if let Some(mobile) = shared("weights/mobilefacenet_casia.safetensors") {
        let mobile = mobile.to_str().unwrap();
        let said = refusal(&embed(&["--weights", mobile]));
        assert!(
            said.contains("mobilefacenet") && said.contains("name it"),
            "{said}"
        );
        let said = refusal(&embed(&[
            "--model",
            "inception-resnet-v1",
            "--weights",
            mobile,
        ]));
        assert!(said.contains("missing"), "{said}");
    }
}
