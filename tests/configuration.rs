//! One idiom of configuration in all crates: `XConfig::new(required).with_field(..).init(..)`.

use std::path::{Path, PathBuf};

/// Types that do not follow the idiom, and why.
const EXCEPTIONS: [(&str, &str); 9] = [
    (
        "AugmentConfig",
        "changes come from `default`, `none` and ranges checked in `validate`",
    ),
    (
        "BatchNormSettings",
        "what a kernel is called with, and no user fills",
    ),
    ("InspectConfig", "taken by `inspect`, a function"),
    ("OfflineConfig", "a part of `TrainConfig`"),
    ("OptimizerConfig", "a part of `TrainConfig`"),
    ("PkSamplerConfig", "a rank and a world are set together"),
    (
        "ResponseSettings",
        "what a kernel is called with, and no user fills",
    ),
    ("SyntheticFacesConfig", "height and width are set together"),
    (
        "TripletSettings",
        "what a kernel is called with, and no user fills",
    ),
];

/// A public struct of configuration as its source has it.
struct Configuration {
    name: String,
    derived: bool,
    public_fields: Vec<String>,
}

/// What is wrong with the configurations of one crate, given the text of its files.
fn violations(files: &[String]) -> Vec<String> {
    let mut wrong = Vec::new();
    for text in files {
        for found in configurations(text) {
            let name = &found.name;
            if !name.ends_with("Config") {
                wrong.push(format!(
                    "{name}: a struct that users fill is called …Config"
                ));
                continue;
            }
            let (methods, required) = methods(files, name);
            let has = |method: &str| methods.iter().any(|known| known == method);
            if !found.derived && !has("new") {
                wrong.push(format!("{name}: has no `new`"));
            }
            if !has("init") {
                wrong.push(format!("{name}: has no `init`"));
            }
            for field in &found.public_fields {
                if !found.derived && !has(&format!("with_{field}")) && !required.contains(field) {
                    wrong.push(format!("{name}: has no `with_{field}`"));
                }
            }
        }
    }
    wrong
}

/// The public structs of a file whose names say that they configure something.
fn configurations(text: &str) -> Vec<Configuration> {
    let mut found = Vec::new();
    let mut derived = false;
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if line.starts_with("#[derive(") {
            let names = line.trim_start_matches("#[derive(");
            derived = names.split([',', ' ', ')']).any(|name| name == "Config");
        }
        let Some(rest) = line.strip_prefix("pub struct ") else {
            if !line.starts_with(['#', '/']) {
                derived = false;
            }
            continue;
        };
        let name: String = rest
            .chars()
            .take_while(|letter| letter.is_alphanumeric())
            .collect();
        let kinds = ["Config", "Options", "Settings"];
        if kinds.iter().any(|kind| name.ends_with(kind)) {
            let body = lines.by_ref().take_while(|line| *line != "}");
            let public_fields = body
                .filter_map(|line| line.strip_prefix("    pub ")?.split_once(':'))
                .map(|(field, _)| field.to_owned())
                .collect();
            found.push(Configuration {
                name,
                derived,
                public_fields,
            });
        }
        derived = false;
    }
    found
}

/// The public methods of a type, and the names of what its `new` takes.
fn methods(files: &[String], name: &str) -> (Vec<String>, Vec<String>) {
    let (mut methods, mut required) = (Vec::new(), Vec::new());
    for text in files {
        let heads = [format!("impl {name} {{"), format!("impl {name}{{")];
        let blocks = text.split("\nimpl ").skip(1);
        for block in blocks.map(|block| format!("impl {block}")) {
            if !heads.iter().any(|head| block.starts_with(head.as_str())) {
                continue;
            }
            let end = block.find("\n}").unwrap_or(block.len());
            for method in block[..end].split("    pub fn ").skip(1) {
                let method_name = method.split(['(', '<']).next().unwrap_or_default();
                methods.push(method_name.to_owned());
                if method_name == "new" {
                    let arguments = method.split(')').next().unwrap_or_default();
                    let names = arguments.split(['(', ',']).skip(1);
                    let names = names.filter_map(|argument| argument.split_once(':'));
                    required.extend(names.map(|(name, _)| name.trim().to_owned()));
                }
            }
        }
    }
    (methods, required)
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn configurations_of_all_crates_follow_one_idiom() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates");
    let mut wrong = Vec::new();
    let mut known = 0;
    for entry in std::fs::read_dir(crates).unwrap() {
        let mut paths = Vec::new();
        sources(&entry.unwrap().path().join("src"), &mut paths);
        let files: Vec<String> = paths
            .iter()
            .map(|path| std::fs::read_to_string(path).unwrap())
            .collect();
        known += files
            .iter()
            .map(|text| configurations(text).len())
            .sum::<usize>();
        wrong.extend(violations(&files));
    }
    assert!(known > 20, "{known} configurations were found");
    let excepted = |problem: &String| {
        let mut names = EXCEPTIONS.iter().map(|(name, _)| *name);
        names.any(|name| problem.starts_with(&format!("{name}: ")))
    };
    wrong.retain(|problem| !excepted(problem));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_planted_violation_is_found() {
    let good = "
/// A thing.
#[derive(Clone, Debug)]
pub struct ThingConfig {
    /// What it needs.
    pub size: usize,
    /// What it may have.
    pub color: u8,
}

impl ThingConfig {
    pub fn new(size: usize) -> Self {
        todo!()
    }

    pub fn with_color(mut self, color: u8) -> Self {
        todo!()
    }

    pub fn init(&self) -> Thing {
        todo!()
    }
}
"
    .to_owned();
    assert!(violations(std::slice::from_ref(&good)).is_empty());
    for (part, planted, expected) in [
        (
            "fn with_color",
            "fn set_color",
            "ThingConfig: has no `with_color`",
        ),
        ("fn init", "fn build", "ThingConfig: has no `init`"),
        ("fn new(size", "fn of(size", "ThingConfig: has no `new`"),
        (
            "fn new(size",
            "fn new(length",
            "ThingConfig: has no `with_size`",
        ),
        (
            "ThingConfig",
            "ThingOptions",
            "ThingOptions: a struct that users fill",
        ),
    ] {
        let found = violations(&[good.replace(part, planted)]);
        let told = found.iter().any(|problem| problem.starts_with(expected));
        assert!(told, "{planted}: {found:?}");
    }
    // Burn's derive brings `new` and the setters, not `init`.
    let derived = "#[derive(Config, Debug)]\npub struct NetConfig {\n    pub width: usize,\n}\n";
    assert_eq!(
        violations(&[derived.to_owned()]),
        ["NetConfig: has no `init`"]
    );
}
