//! Figures that are written whole, in the size and the format that was asked for.
#![cfg(feature = "plot")]

use facenet_metrics::plot::{FarAxis, LineChart, LinePanel, RocPlot};
use facenet_metrics::{MetricsError, RocCurve, Scores};

/// Genuine pairs around one distance, impostor pairs around another.
fn curve(impostors: u32, overlap: f64) -> RocCurve {
    let noise = |i: u32, salt: f64| {
        let x = (f64::from(i) * 12.9898 + salt).sin() * 43758.5453;
        x - x.floor()
    };
    let bell = |i: u32, salt: f64| (0..6).map(|k| noise(i, salt + f64::from(k))).sum::<f64>() / 6.0;
    let (mut distances, mut same) = (vec![], vec![]);
    for i in 0..3000 {
        distances.push(overlap + bell(i, 0.3));
        same.push(true);
    }
    for i in 0..impostors {
        distances.push(1.0 + bell(i, 7.7));
        same.push(false);
    }
    Scores::new(&distances, &same).unwrap().roc().unwrap()
}

fn roc() -> RocPlot {
    RocPlot::new("Verification on LFW")
        .with_curve("Inception-ResNet-v1 (VGGFace2)", &curve(100_000, 0.35))
        .with_curve("MobileFaceNet", &curve(100_000, 0.5))
        .with_curve("NN2, 40 epochs", &curve(3_000, 0.65))
        .with_curve("NNS1", &curve(3_000, 0.8))
}

fn training() -> LineChart {
    let series = |f: &dyn Fn(f64) -> f64| -> Vec<(f64, f64)> {
        (1..=200).map(f64::from).map(|x| (x * 50.0, f(x))).collect()
    };
    LineChart::new("Training", "step")
        .with_panel(
            LinePanel::new("triplet loss")
                .with_series(
                    "train",
                    series(&|x| 0.2 * (-x / 60.0).exp() + 0.01 * (x * 0.9).sin().abs()),
                )
                .with_series(
                    "validation",
                    series(&|x| {
                        if (100.0..110.0).contains(&x) {
                            f64::NAN
                        } else {
                            0.2 * (-x / 80.0).exp() + 0.02
                        }
                    }),
                ),
        )
        .with_panel(
            LinePanel::new("share")
                .with_series("VAL at FAR 1e-3", series(&|x| 1.0 - (-x / 50.0).exp()))
                .with_series("accuracy", series(&|x| 1.0 - 0.5 * (-x / 40.0).exp()))
                .with_series("active triplets", series(&|x| 0.9 * (-x / 70.0).exp())),
        )
}

fn width(png: &std::path::Path) -> (u32, u32) {
    image::open(png).unwrap().into_rgb8().dimensions()
}

#[test]
fn figures_are_written_whole() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    roc().save(at("log.png")).unwrap();
    roc().save(at("log.svg")).unwrap();
    roc()
        .with_axis(FarAxis::Linear)
        .save(at("linear.PNG"))
        .unwrap();
    training().save(at("training.png")).unwrap();
    training().save(at("training.svg")).unwrap();
    // Over a file that is there.
    training().save(at("training.svg")).unwrap();
    assert_eq!(width(&at("log.png")), (1600, 1200));
    assert_eq!(width(&at("training.png")), (1600, 1400));
    let svg = std::fs::read_to_string(at("log.svg")).unwrap();
    assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"));
    for text in [
        "Verification on LFW",
        "MobileFaceNet",
        "FAR (false accept rate)",
        "1e-5",
    ] {
        assert!(svg.contains(text), "{text}");
    }
    // Nothing temporary stays behind.
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 5);
}

#[test]
fn a_drawn_line_has_its_colour() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.png");
    let count = |plot: RocPlot| {
        plot.save(&file).unwrap();
        let image = image::open(&file).unwrap().into_rgb8();
        image.pixels().filter(|p| p.0 == [0, 114, 178]).count()
    };
    assert_eq!(count(RocPlot::new("none")), 0);
    assert!(count(RocPlot::new("one").with_curve("a", &curve(1000, 0.5))) > 2000);
}

#[test]
fn empty_and_broken_series_can_be_drawn() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.svg");
    let empty = RocCurve {
        genuine: 0,
        impostor: 0,
        points: vec![],
    };
    for axis in [FarAxis::Log, FarAxis::Linear] {
        RocPlot::new("").with_axis(axis).save(&file).unwrap();
        RocPlot::new("")
            .with_axis(axis)
            .with_curve("", &empty)
            .save(&file)
            .unwrap();
    }
    LineChart::new("", "").save(&file).unwrap();
    let nothing: Vec<(f64, f64)> = vec![];
    let odd = [
        (f64::NAN, 1.0),
        (1.0, f64::INFINITY),
        (f64::MAX, f64::MIN),
        (1e299, -1e299),
    ];
    for series in [nothing, odd.to_vec(), vec![(1.0, 1.0)], vec![(0.0, 0.0); 3]] {
        LineChart::new("", "step")
            .with_panel(LinePanel::new("loss").with_series("a <&> b", series))
            .save(&file)
            .unwrap();
    }
}

#[test]
fn text_fits_the_figure() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.svg");
    let long = "a name that goes on ".repeat(20);
    LineChart::new(long.clone(), "epoch")
        .with_panel(
            LinePanel::new("loss")
                .with_series(long.clone(), [(1.0, 123_456.7), (2.0, 123_456.95)])
                .with_series("short", [(1.0, 123_456.8)]),
        )
        .save(&file)
        .unwrap();
    let svg = std::fs::read_to_string(&file).unwrap();
    assert!(!svg.contains(&long));
    assert_eq!(svg.matches('…').count(), 2);
    // Epochs are whole.
    assert!(!svg.contains("1.5"));
    // The widest label ends where the axis begins, and has room for its letters.
    let end = |label: &str| -> f64 {
        let tag = svg
            .split("<text")
            .find(|t| t.trim_end_matches("</text>").contains(label));
        let x = tag.and_then(|t| t.split("x=\"").nth(1)).unwrap();
        x.split('"').next().unwrap().parse().unwrap()
    };
    assert!(end("123456.75") > 9.0 * 12.0 + 30.0);
}

#[test]
fn what_cannot_be_written_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["a.jpg", "a", "png", ".svg"] {
        let error = roc().save(folder.path().join(name)).unwrap_err();
        assert!(matches!(error, MetricsError::FigureFormat { .. }));
        assert!(
            error
                .to_string()
                .ends_with("expected a name that ends in .png or .svg")
        );
    }
    let missing = folder.path().join("none").join("a.svg");
    let error = roc().save(&missing).unwrap_err();
    assert!(matches!(error, MetricsError::Write { .. }));
    assert!(error.to_string().contains("a.svg"));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}
