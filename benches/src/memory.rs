//! Peak resident memory, where the system tells it: Linux, in `/proc/self`.

use std::fs;

use serde::Serialize;

/// Since when a peak counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PeakScope {
    /// Since the case began: the system let us reset the peak.
    Case,
    /// Since the process began: a case never shows less than those before it.
    Process,
}

/// Makes the peak the memory that is resident now, if the system allows it.
pub(crate) fn reset_peak() -> PeakScope {
    // proc(5): writing 5 resets the peak resident set size.
    match fs::write("/proc/self/clear_refs", "5") {
        Ok(()) => PeakScope::Case,
        Err(_) => PeakScope::Process,
    }
}

/// The peak in bytes.
pub(crate) fn peak() -> Option<u64> {
    high_water_mark(&fs::read_to_string("/proc/self/status").ok()?)
}

fn high_water_mark(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::high_water_mark;

    #[test]
    fn the_kernels_lines_are_read() {
        let status = "Name:\tx\nVmPeak:\t    3060 kB\nVmHWM:\t    1640 kB\nVmRSS:\t    1600 kB\n";
        assert_eq!(high_water_mark(status), Some(1640 * 1024));
    }

    #[test]
    fn what_is_not_there_is_nothing() {
        assert_eq!(high_water_mark(""), None);
        assert_eq!(high_water_mark("VmHWM:\t kB"), None);
        assert_eq!(high_water_mark("VmHWM:\t 12 pages"), None);
    }
}
