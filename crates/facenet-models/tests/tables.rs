//! Networks against the tables of their papers: rows, totals, budgets.

use burn::store::ModuleSnapshot;
use facenet_models::{Architecture, FaceNetConfig, NetworkSummary, blocks::Normalization};
use facenet_testing::device;

/// A row of the paper: output, parameters and multiply-adds as printed, empty where the paper
/// prints nothing.
type Row = (&'static str, [usize; 3], &'static str, &'static str);

/// Table 1.
const NN1: [Row; 20] = [
    ("conv1", [110, 110, 64], "9K", "115M"),
    ("pool1", [55, 55, 64], "", ""),
    ("rnorm1", [55, 55, 64], "", ""),
    ("conv2a", [55, 55, 64], "4K", "13M"),
    ("conv2", [55, 55, 192], "111K", "335M"),
    ("rnorm2", [55, 55, 192], "", ""),
    ("pool2", [28, 28, 192], "", ""),
    ("conv3a", [28, 28, 192], "37K", "29M"),
    ("conv3", [28, 28, 384], "664K", "521M"),
    ("pool3", [14, 14, 384], "", ""),
    ("conv4a", [14, 14, 384], "148K", "29M"),
    ("conv4", [14, 14, 256], "885K", "173M"),
    ("conv5a", [14, 14, 256], "66K", "13M"),
    ("conv5", [14, 14, 256], "590K", "116M"),
    ("conv6a", [14, 14, 256], "66K", "13M"),
    ("conv6", [14, 14, 256], "590K", "116M"),
    ("pool4", [7, 7, 256], "", ""),
    ("fc1", [1, 1, 4096], "103M", "103M"),
    ("fc2", [1, 1, 4096], "34M", "34M"),
    ("fc7128", [1, 1, 128], "524K", "0.5M"),
];

/// Table 2.
const NN2: [Row; 18] = [
    ("conv1", [112, 112, 64], "9K", "119M"),
    ("pool1", [56, 56, 64], "", ""),
    ("norm1", [56, 56, 64], "", ""),
    ("inception (2)", [56, 56, 192], "115K", "360M"),
    ("norm2", [56, 56, 192], "", ""),
    ("pool2", [28, 28, 192], "", ""),
    ("inception (3a)", [28, 28, 256], "164K", "128M"),
    ("inception (3b)", [28, 28, 320], "228K", "179M"),
    ("inception (3c)", [14, 14, 640], "398K", "108M"),
    ("inception (4a)", [14, 14, 640], "545K", "107M"),
    ("inception (4b)", [14, 14, 640], "595K", "117M"),
    ("inception (4c)", [14, 14, 640], "654K", "128M"),
    ("inception (4d)", [14, 14, 640], "722K", "142M"),
    ("inception (4e)", [7, 7, 1024], "717K", "56M"),
    ("inception (5a)", [7, 7, 1024], "1.6M", "78M"),
    ("inception (5b)", [7, 7, 1024], "1.6M", "78M"),
    ("avg pool", [1, 1, 1024], "", ""),
    ("fully conn", [1, 1, 128], "131K", "0.1M"),
];

/// Whether the number is what the paper prints, within a unit of its last digit: the paper cuts off
/// here and rounds there.
fn prints_as(number: usize, printed: &str) -> bool {
    if printed.is_empty() {
        return number == 0;
    }
    let (digits, unit) = printed.split_at(printed.len() - 1);
    let unit = match unit {
        "K" => 1e3,
        "M" => 1e6,
        other => panic!("{other} is no unit"),
    };
    let last_digit = match digits.split_once('.') {
        Some((_, decimals)) => 0.1f64.powi(decimals.len() as i32),
        None => 1.0,
    };
    let value: f64 = digits.parse().unwrap();
    (number as f64 / unit - value).abs() < last_digit
}

fn summary(config: FaceNetConfig) -> Option<NetworkSummary> {
    if device::on_gpu() {
        device::say_skipped("what a network costs does not depend on the device");
        return None;
    }
    let device = device::device()?;
    let summary = config.summary(&device).unwrap();
    // Nothing is left out: what the layers use is all that there is.
    let network = config.init(&device).unwrap();
    let parameters = network.collect(None, None, false).into_iter();
    let learnt = parameters.filter(|tensor| !tensor.name.contains("running_"));
    let count: usize = learnt.map(|tensor| tensor.shape.num_elements()).sum();
    assert_eq!(summary.parameters, count, "{config}");
    let layers = summary.layers.iter();
    assert_eq!(
        summary.parameters,
        layers.map(|layer| layer.parameters).sum::<usize>()
    );
    Some(summary)
}

fn paper(architecture: Architecture) -> FaceNetConfig {
    FaceNetConfig::new(architecture).with_normalization(Normalization::LocalResponse)
}

fn assert_rows(summary: &NetworkSummary, rows: &[Row]) {
    // The normalization to unit length has no row in the tables.
    assert_eq!(summary.layers.len(), rows.len() + 1);
    for (layer, (name, output, parameters, multiply_adds)) in summary.layers.iter().zip(rows) {
        assert_eq!((layer.name.as_str(), layer.output), (*name, *output));
        assert!(
            prints_as(layer.parameters, parameters)
                && prints_as(layer.multiply_adds, multiply_adds),
            "{name}: {parameters} parameters and {multiply_adds} multiply-adds in the paper, {} and {} here",
            layer.parameters,
            layer.multiply_adds
        );
    }
}

fn assert_within(number: usize, budget: f64, tolerance: f64, what: &str) {
    let ratio = number as f64 / budget;
    assert!(
        (ratio - 1.0).abs() <= tolerance,
        "{what}: {number} for {budget}"
    );
}

#[test]
fn nn1_is_table_1() {
    let Some(summary) = summary(paper(Architecture::Nn1)) else {
        return;
    };
    assert_rows(&summary, &NN1);
    assert!(
        prints_as(summary.parameters, "140M"),
        "{}",
        summary.parameters
    );
    assert!(
        prints_as(summary.multiply_adds, "1600M") || prints_as(summary.multiply_adds / 100, "16M")
    );
}

#[test]
fn nn2_is_table_2() {
    let Some(summary) = summary(paper(Architecture::Nn2)) else {
        return;
    };
    assert_rows(&summary, &NN2);
    assert!(
        prints_as(summary.parameters, "7.5M"),
        "{}",
        summary.parameters
    );
    assert!(
        prints_as(summary.multiply_adds / 100, "16M"),
        "{}",
        summary.multiply_adds
    );
}

#[test]
fn nn3_is_nn2_on_smaller_images() {
    let Some(nn3) = summary(paper(Architecture::Nn3)) else {
        return;
    };
    let nn2 = paper(Architecture::Nn2).with_input_size([64, 64]);
    let Some(nn2) = summary(nn2) else { return };
    assert_eq!(nn3.parameters, nn2.parameters);
    let last_map = |summary: &NetworkSummary, name: &str| {
        let mut layers = summary.layers.iter();
        layers.find(|layer| layer.name == name).unwrap().output
    };
    assert_eq!(last_map(&nn3, "inception (5b)"), [5, 5, 1024]);
}

#[test]
fn nn4_meets_the_papers_285_m_multiply_adds() {
    let Some(summary) = summary(paper(Architecture::Nn4)) else {
        return;
    };
    assert_within(summary.multiply_adds, 285e6, 0.02, "multiply-adds");
    let mut layers = summary.layers.iter();
    let last = layers.find(|layer| layer.name == "inception (5b)").unwrap();
    assert_eq!(last.output, [3, 3, 896]);
}

/// §3.3 gives budgets for the two small networks and no tables.
#[test]
fn the_small_networks_meet_their_budgets() {
    for (architecture, parameters, multiply_adds) in [
        (Architecture::Nns1, 26e6, 220e6),
        (Architecture::Nns2, 4.3e6, 20e6),
    ] {
        for config in [FaceNetConfig::new(architecture), paper(architecture)] {
            let Some(summary) = summary(config) else {
                return;
            };
            assert_within(summary.parameters, parameters, 0.05, "parameters");
            assert_within(summary.multiply_adds, multiply_adds, 0.05, "multiply-adds");
        }
    }
}

#[test]
fn deployed_networks_have_their_published_sizes() {
    for (architecture, parameters) in [
        (Architecture::Nn4Small2, 3_733_968),
        (Architecture::InceptionResnetV1, 23_482_624),
    ] {
        let Some(summary) = summary(FaceNetConfig::new(architecture)) else {
            return;
        };
        assert_eq!(summary.parameters, parameters, "{architecture}");
    }
    let Some(mobile) = summary(FaceNetConfig::new(Architecture::MobileFaceNet)) else {
        return;
    };
    assert_within(mobile.parameters, 1e6, 0.05, "MobileFaceNet's parameters");
    let Some(resnet) = summary(FaceNetConfig::new(Architecture::InceptionResnetV1)) else {
        return;
    };
    assert_within(resnet.multiply_adds, 1.43e9, 0.02, "multiply-adds");
}

#[test]
fn a_summary_prints_its_rows_and_total() {
    let Some(summary) = summary(FaceNetConfig::new(Architecture::Nns2)) else {
        return;
    };
    let text = summary.to_string();
    assert!(text.starts_with("nns2: 140 x 116 pixels"), "{text}");
    assert!(text.contains("70 x 58 x 16"), "{text}");
    assert_eq!(text.lines().count(), summary.layers.len() + 3);
}
