//! The table that people read. Rows come one by one, so columns have fixed widths.

use crate::{CaseReport, Report};

/// What was measured on what.
pub(crate) fn title(report: &Report) -> String {
    let machine = &report.machine;
    let unknown = || "unknown".to_owned();
    let cores = machine.cores.map_or_else(unknown, |n| n.to_string());
    let commit = report.commit.as_ref().map_or_else(unknown, |commit| {
        let changed = match commit.changed {
            Some(true) => ", changed",
            _ => "",
        };
        let short: String = commit.hash.chars().take(12).collect();
        format!("{short}{changed}")
    });
    let accelerator = machine
        .accelerator
        .as_ref()
        .map_or_else(String::new, |name| format!(" ({name})"));
    format!(
        "{} {} (commit {commit}) on {}{accelerator}\ncpu {}, {cores} cores, {} {}\n",
        report.benchmark,
        report.version,
        report.device,
        machine.cpu.clone().unwrap_or_else(unknown),
        machine.os,
        machine.architecture,
    )
}

/// The names of the columns.
pub(crate) fn header() -> String {
    line(
        "case",
        ["median", "min", "max", "mad"].map(str::to_owned),
        "throughput",
        "ratio",
        "peak memory",
    )
}

/// The row of a case.
pub(crate) fn row(case: &CaseReport) -> String {
    let s = case.statistics;
    let none = || "-".to_owned();
    line(
        &case.name,
        [s.median, s.min, s.max, s.mad].map(time),
        &case.throughput.as_ref().map_or_else(none, |throughput| {
            format!("{} {}", digits(throughput.value), throughput.unit)
        }),
        &case
            .ratio
            .as_ref()
            .map_or_else(none, |ratio| digits(ratio.value)),
        &case.peak_resident_bytes.map_or_else(none, |bytes| {
            format!("{:.0} MiB", bytes as f64 / f64::from(1 << 20))
        }),
    )
}

fn line(name: &str, times: [String; 4], throughput: &str, ratio: &str, memory: &str) -> String {
    let times = times.map(|time| format!("{time:>11}")).concat();
    format!("{name:40}{times}{throughput:>18}{ratio:>9}{memory:>13}")
}

fn time(seconds: f64) -> String {
    match seconds {
        s if s >= 1.0 => format!("{} s", digits(s)),
        s if s >= 1e-3 => format!("{} ms", digits(s * 1e3)),
        s => format!("{} µs", digits(s * 1e6)),
    }
}

/// Four significant digits at least, and no more than three decimals.
fn digits(value: f64) -> String {
    let decimals = match value.abs() {
        v if v >= 1000.0 => 0,
        v if v >= 100.0 => 1,
        v if v >= 10.0 => 2,
        _ => 3,
    };
    format!("{value:.decimals$}")
}

#[cfg(test)]
mod tests {
    use super::{digits, time};

    #[test]
    fn times_have_the_unit_that_fits() {
        assert_eq!(time(2.5), "2.500 s");
        assert_eq!(time(0.012_345), "12.35 ms");
        assert_eq!(time(0.000_012), "12.00 µs");
        assert_eq!(time(0.0), "0.000 µs");
    }

    #[test]
    fn large_numbers_have_no_decimals() {
        assert_eq!(digits(12_345.6), "12346");
        assert_eq!(digits(0.5), "0.500");
    }
}
