//! What crosses crates: the tests are beside this folder. The code of the README and of the guide is tested here.

/// Tests the code of documents.
macro_rules! documents {
    ($($file:literal as $name:ident),* $(,)?) => {
        $(
            #[cfg(all(doctest, feature = "flex"))]
            #[doc = include_str!(concat!("../../", $file))]
            struct $name;
        )*
    };
}

documents! {
    "README.md" as Readme,
    "docs/src/getting-started.md" as GettingStarted,
    "docs/src/training.md" as Training,
    "docs/src/mining.md" as Mining,
    "docs/src/evaluation.md" as Evaluation,
    "docs/src/weights.md" as Weights,
    "docs/src/networks.md" as Networks,
    "docs/src/backends.md" as Backends,
    "docs/src/building.md" as Building,
    "docs/src/benchmarks.md" as Benchmarks,
    "docs/src/extending.md" as Extending,
    "docs/src/releasing.md" as Releasing,
}
