//! Figures that are written whole, in the size and the format that was asked for.

use facenet_metrics::plot::{
    CmcPlot, DetPlot, FarAxis, HistogramPlot, LineChart, LinePanel, ReliabilityPlot, RocPlot,
    SweepPlot, SweepPoint,
};
use facenet_metrics::{MeanStd, MetricsError, RocCurve, Scores};

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

/// Distances around a center.
fn bell(count: u32, center: f64, salt: f64) -> Vec<f64> {
    let noise = |i: u32, k: u32| {
        let x = (f64::from(i) * 12.9898 + salt + f64::from(k) * 3.3).sin() * 43758.5453;
        x - x.floor()
    };
    (0..count)
        .map(|i| center + (0..6).map(|k| noise(i, k)).sum::<f64>() / 6.0)
        .collect()
}

/// (FMR, FNMR) of a curve.
fn det_points(curve: &RocCurve) -> Vec<(f64, f64)> {
    curve.points.iter().map(|p| (p.far, 1.0 - p.val)).collect()
}

fn det() -> DetPlot {
    DetPlot::new("Trade-off of the two errors on LFW")
        .with_run(
            "Inception-ResNet-v1 (VGGFace2)",
            &det_points(&curve(100_000, 0.35)),
        )
        .with_run("MobileFaceNet", &det_points(&curve(100_000, 0.5)))
        .with_run("NN2, 40 epochs", &det_points(&curve(3_000, 0.65)))
        .with_run("NNS1", &det_points(&curve(3_000, 0.8)))
}

fn histogram() -> HistogramPlot {
    HistogramPlot::new("Distances on LFW")
        .with_run(
            "NN2",
            &bell(3000, 0.4, 0.3),
            &bell(30_000, 1.0, 7.7),
            Some(1.0823),
        )
        .with_run("NNS1", &bell(3000, 0.7, 0.3), &bell(30_000, 1.0, 7.7), None)
}

fn cmc(ranks: u32) -> CmcPlot {
    let rates = |worst: f64| (1..=ranks).map(move |rank| 1.0 - worst * f64::from(rank).powf(-0.6));
    CmcPlot::new("Closed-set identification")
        .with_run("Inception-ResNet-v1 (VGGFace2)", rates(0.05))
        .with_run("MobileFaceNet", rates(0.12))
        .with_run("NN2, 40 epochs", rates(0.2))
}

fn sweep() -> SweepPlot {
    let run = |best: f64, half: f64| {
        let levels = [10.0, 20.0, 30.0, 50.0, 70.0, 90.0];
        levels.map(|level: f64| (level, best * level / (level + half), 0.02 + 0.2 / level))
    };
    SweepPlot::new("VAL against compression", "JPEG quality", "VAL at FAR 1e-3")
        .with_run("Inception-ResNet-v1 (VGGFace2)", run(0.99, 1.0))
        .with_run("MobileFaceNet", run(0.97, 3.0))
        .with_run("NN2, 40 epochs", run(0.95, 6.0))
        .with_run("NN3", run(0.93, 8.0))
        .with_run("NNS1", run(0.9, 12.0))
}

fn reliability() -> ReliabilityPlot {
    let run = |power: f64| -> Vec<(f64, f64)> {
        (0..10)
            .map(|i| (f64::from(i) + 0.5) / 10.0)
            .map(|p| (p, p.powf(power)))
            .collect()
    };
    ReliabilityPlot::new("Calibration")
        .with_run("logistic", &run(1.1))
        .with_run("isotonic", &run(0.95))
        .with_run("none", &run(2.2))
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
fn a_drawn_line_has_its_color() {
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

#[test]
fn every_figure_is_written_in_both_formats() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    for kind in ["png", "svg"] {
        let file = |name: &str| at(&format!("{name}.{kind}"));
        det().save(file("det")).unwrap();
        histogram().save(file("histogram")).unwrap();
        cmc(20).save(file("cmc")).unwrap();
        cmc(1000).save(file("cmc_many")).unwrap();
        sweep().save(file("sweep")).unwrap();
        reliability().save(file("reliability")).unwrap();
    }
    let sizes = ["det", "histogram", "cmc", "sweep"].map(|name| width(&at(&format!("{name}.png"))));
    assert_eq!(
        sizes,
        [(1600, 1400), (1600, 1400), (1600, 1200), (1600, 1000)]
    );
    for (name, texts) in [
        (
            "det",
            [
                "FMR (false match rate)",
                "FNMR (false non-match rate)",
                "1e-3",
                "NNS1",
            ],
        ),
        (
            "histogram",
            [
                "NN2: genuine",
                "NNS1: impostor",
                "threshold 1.0823",
                "distance",
            ],
        ),
        (
            "cmc",
            ["rank", "identification rate", "MobileFaceNet", "20"],
        ),
        (
            "cmc_many",
            ["1000", "50", "0.8", "Closed-set identification"],
        ),
        ("sweep", ["JPEG quality", "VAL at FAR 1e-3", "NN3", "50"]),
        (
            "reliability",
            ["logistic", "isotonic", "0.5", "Calibration"],
        ),
    ] {
        let svg = std::fs::read_to_string(at(&format!("{name}.svg"))).unwrap();
        assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"));
        for text in texts {
            assert!(svg.contains(text), "{name}: {text}");
        }
        assert!(!svg.contains("NaN") && !svg.contains("inf"), "{name}");
    }
}

#[test]
fn figures_without_a_drawable_point_have_axes() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.svg");
    let drawn = || {
        let svg = std::fs::read_to_string(&file).unwrap();
        assert!(svg.trim_end().ends_with("</svg>") && !svg.contains("NaN"));
    };
    let nan = f64::NAN;
    for points in [
        &[][..],
        &[(0.0, 0.0)],
        &[(1.0, 1.0)],
        &[(0.1, 0.1)],
        &[(0.1, 0.1); 3],
        &[(nan, 0.1), (0.1, nan), (-1.0, 2.0), (f64::INFINITY, 0.5)],
        &[(0.0, 1.0), (0.0, 0.0), (1.0, 0.0)],
        &[(0.9, 0.95), (0.95, 0.9)],
        &[(1e-300, 1.0 - 1e-16)],
    ] {
        DetPlot::new("")
            .with_run("a <&> b", points)
            .save(&file)
            .unwrap();
        drawn();
        ReliabilityPlot::new("")
            .with_run("a", points)
            .save(&file)
            .unwrap();
        drawn();
        SweepPlot::new("", "level", "VAL")
            .with_run("a", points.iter().copied())
            .save(&file)
            .unwrap();
        drawn();
    }
    DetPlot::new("").save(&file).unwrap();
    ReliabilityPlot::new("").save(&file).unwrap();
    SweepPlot::new("", "", "").save(&file).unwrap();
    CmcPlot::new("").save(&file).unwrap();
    HistogramPlot::new("").save(&file).unwrap();
    drawn();
    for rates in [
        vec![],
        vec![Some(0.5)],
        vec![None; 3],
        vec![Some(nan), Some(2.0)],
        vec![Some(1.0); 100],
    ] {
        CmcPlot::new("").with_run("a", rates).save(&file).unwrap();
        drawn();
    }
    for list in [
        vec![],
        vec![0.5f32],
        vec![1.0; 9],
        vec![f32::NAN, f32::INFINITY],
        vec![-1e30, 1e30],
    ] {
        for threshold in [None, Some(nan), Some(0.5)] {
            HistogramPlot::new("")
                .with_bins(0)
                .with_run("a", &list, &[], threshold)
                .with_run("", &[], &list, threshold)
                .save(&file)
                .unwrap();
            drawn();
        }
    }
    let missing = SweepPoint {
        level: 3.0,
        value: None,
        error: Some(0.1),
    };
    SweepPlot::new("", "", "")
        .with_run(
            "a",
            [missing, (1.0, 0.5, nan).into(), (2.0, 0.5, -1.0).into()],
        )
        .with_run(
            "b",
            [(1.0, MeanStd::new(&[])), (2.0, MeanStd::new(&[0.5, 0.6]))],
        )
        .with_run("c", [(nan, 0.5, 0.1), (1.0, nan, 0.1), (1.0, 1e299, 1e299)])
        .save(&file)
        .unwrap();
    drawn();
    let error = DetPlot::new("")
        .save(folder.path().join("a.pdf"))
        .unwrap_err();
    assert!(matches!(error, MetricsError::FigureFormat { .. }));
}
