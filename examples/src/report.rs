use std::path::{Path, PathBuf};

/// A row of a table: what was measured, and its value for each column.
pub type Figures = (&'static str, Vec<Option<f64>>);

/// Prints measurements side by side, rates with four digits; what could not be measured is a dash.
pub fn print_figures(columns: &[&str], rows: &[Figures]) {
    print!("{:28}", "");
    for column in columns {
        print!("{column:>14}");
    }
    println!();
    for (name, values) in rows {
        print!("{name:28}");
        for value in values {
            match value {
                Some(value) => print!("{value:>14.4}"),
                None => print!("{:>14}", "-"),
            }
        }
        println!();
    }
}

/// `folder`, or `folder-2`, `folder-3`, …: the first that is absent or empty, so that a program can
/// be run again without overwriting what it made before.
pub fn unused_folder(folder: &Path) -> PathBuf {
    let free =
        |path: &Path| std::fs::read_dir(path).map_or(!path.exists(), |mut e| e.next().is_none());
    let numbered = |number: usize| match number {
        1 => folder.to_owned(),
        _ => {
            let mut name = folder.as_os_str().to_owned();
            name.push(format!("-{number}"));
            PathBuf::from(name)
        }
    };
    (1..)
        .map(numbered)
        .find(|path| free(path))
        .unwrap_or_else(|| folder.to_owned())
}
