//! The table that people read. Rows come one by one, so columns have fixed widths.

use crate::{CaseReport, PeerReport, Report};

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
    let peer = report
        .peer
        .as_ref()
        .map_or_else(String::new, |peer| format!("peer: {peer}\n"));
    format!(
        "{} {} (commit {commit}) on {}{accelerator}\ncpu {}, {cores} cores, {} {}\n{peer}",
        report.benchmark,
        report.version,
        report.device,
        machine.cpu.clone().unwrap_or_else(unknown),
        machine.os,
        machine.architecture,
    )
}

/// The names of the columns, with those of a peer where there is one.
pub(crate) fn header(with_peer: bool) -> String {
    let ours = line(
        "case",
        ["median", "min", "max", "mad"].map(str::to_owned),
        "runs",
        "throughput",
        "ratio",
        ["peak memory", "extra memory"].map(str::to_owned),
    );
    match with_peer {
        true => {
            let [median, runs, versus] = ["peer", "peer runs", "vs peer"];
            ours + &peer_columns(
                median,
                runs,
                versus,
                ["peer memory", "peer extra"].map(str::to_owned),
            )
        }
        false => ours,
    }
}

/// The row of a case, with the columns of a peer where there is one.
pub(crate) fn row(case: &CaseReport, with_peer: bool) -> String {
    let s = case.statistics;
    let none = || "-".to_owned();
    let ours = line(
        &case.name,
        [s.median, s.min, s.max, s.mad].map(time),
        &case.times_s.len().to_string(),
        &case.throughput.as_ref().map_or_else(none, |throughput| {
            format!("{} {}", digits(throughput.value), throughput.unit)
        }),
        &case
            .ratio
            .as_ref()
            .map_or_else(none, |ratio| digits(ratio.value)),
        [case.peak_resident_bytes, case.extra_resident_bytes]
            .map(|bytes| mebibytes(bytes.map(|bytes| bytes as f64 / f64::from(1 << 20)))),
    );
    match with_peer {
        true => ours + &peer(case.peer.as_ref()),
        false => ours,
    }
}

fn peer(report: Option<&PeerReport>) -> String {
    match report {
        Some(PeerReport::Measured {
            statistics,
            times_s,
            versus,
            peak_mib,
            extra_mib,
        }) => peer_columns(
            &time(statistics.median),
            &times_s.len().to_string(),
            &digits(*versus),
            [*peak_mib, *extra_mib].map(mebibytes),
        ),
        Some(PeerReport::NoPeer { .. }) | None => {
            peer_columns("-", "-", "-", [None, None].map(mebibytes))
        }
    }
}

fn peer_columns(median: &str, runs: &str, versus: &str, memory: [String; 2]) -> String {
    let memory = memory.map(|memory| format!("{memory:>13}")).concat();
    format!("{median:>13}{runs:>11}{versus:>9}{memory}")
}

/// What is small has a decimal.
fn mebibytes(value: Option<f64>) -> String {
    match value {
        Some(value) if value < 100.0 => format!("{value:.1} MiB"),
        Some(value) => format!("{value:.0} MiB"),
        None => "-".to_owned(),
    }
}

fn line(
    name: &str,
    times: [String; 4],
    runs: &str,
    throughput: &str,
    ratio: &str,
    memory: [String; 2],
) -> String {
    let times = times.map(|time| format!("{time:>11}")).concat();
    let memory = memory.map(|memory| format!("{memory:>14}")).concat();
    format!("{name:40}{times}{runs:>6}{throughput:>18}{ratio:>9}{memory}")
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
    use super::{digits, header, row, time};
    use crate::{CaseReport, PeerReport, Statistics};

    fn case(peer: Option<PeerReport>) -> CaseReport {
        CaseReport {
            name: "nns2/forward".to_owned(),
            statistics: Statistics::of(&[0.25]).unwrap(),
            times_s: vec![0.25],
            throughput: None,
            ratio: None,
            peak_resident_bytes: None,
            extra_resident_bytes: None,
            peer,
        }
    }

    #[test]
    fn a_peer_has_columns_only_where_there_is_one() {
        assert!(!header(false).contains("peer"));
        let columns = header(true).chars().count();
        let measured = case(Some(PeerReport::Measured {
            statistics: Statistics::of(&[0.5]).unwrap(),
            times_s: vec![0.5],
            versus: 2.0,
            peak_mib: Some(310.5),
            extra_mib: Some(42.25),
        }));
        let shown = row(&measured, true);
        assert_eq!(shown.chars().count(), columns);
        assert!(
            shown.ends_with("500.0 ms          1    2.000      310 MiB     42.2 MiB"),
            "{shown}"
        );
        // A case that the peer has nothing like, and one that it is not asked about.
        let no_peer = "no network is called nns1".to_owned();
        for case in [case(Some(PeerReport::NoPeer { no_peer })), case(None)] {
            assert_eq!(row(&case, true).chars().count(), columns);
            assert!(row(&case, true).ends_with(" -"));
            assert_eq!(
                row(&case, false).chars().count(),
                header(false).chars().count()
            );
        }
    }

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
