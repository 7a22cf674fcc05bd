//! Resident memory, where the system tells it: Linux, in `/proc/self`.

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

/// Watches the memory of a case, from before its inputs are made.
pub(crate) struct Gauge {
    scope: PeakScope,
    setup_peak: Option<u64>,
    before_runs: Option<u64>,
}

/// What a case has taken, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Usage {
    /// Most resident memory of the process.
    pub(crate) peak: Option<u64>,
    /// What the runs had beside that which was resident before the first.
    pub(crate) extra: Option<u64>,
    /// Since when the peak counts, where there is one.
    pub(crate) scope: Option<PeakScope>,
}

impl Gauge {
    pub(crate) fn start() -> Self {
        Self {
            scope: reset_peak(),
            setup_peak: None,
            before_runs: None,
        }
    }

    /// The inputs are made, the runs begin.
    pub(crate) fn runs_begin(&mut self) {
        self.setup_peak = peak();
        // A peak that has just been reset is what is resident.
        self.before_runs = match reset_peak() {
            PeakScope::Case => peak(),
            PeakScope::Process => None,
        };
    }

    /// The runs are over.
    pub(crate) fn read(self) -> Usage {
        self.usage(peak())
    }

    fn usage(self, runs_peak: Option<u64>) -> Usage {
        Usage {
            peak: runs_peak.max(self.setup_peak),
            extra: runs_peak
                .zip(self.before_runs)
                .map(|(peak, before)| peak.saturating_sub(before)),
            scope: runs_peak.map(|_| self.scope),
        }
    }
}

/// Makes the peak the memory that is in use now, if the system allows it.
fn reset_peak() -> PeakScope {
    give_back();
    // proc(5): writing 5 resets the peak resident set size.
    match fs::write("/proc/self/clear_refs", "5") {
        Ok(()) => PeakScope::Case,
        Err(_) => PeakScope::Process,
    }
}

/// Returns what has been freed to the system. The allocator keeps some of it, which would be resident
/// before the runs and hide what they take.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn give_back() {
    unsafe extern "C" {
        fn malloc_trim(pad: usize) -> std::ffi::c_int;
    }
    // SAFETY: glibc's function with glibc's signature; it may be called at any time, from any thread.
    unsafe { malloc_trim(0) };
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn give_back() {}

/// The peak in bytes.
fn peak() -> Option<u64> {
    high_water_mark(&fs::read_to_string("/proc/self/status").ok()?)
}

fn high_water_mark(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::{Gauge, PeakScope, Usage, high_water_mark};

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

    #[test]
    fn the_peak_has_the_setup_in_it_and_the_extra_has_not() {
        let gauge = |before_runs| Gauge {
            scope: PeakScope::Case,
            setup_peak: Some(90),
            before_runs,
        };
        let usage = |peak, extra, scope| Usage { peak, extra, scope };
        let case = Some(PeakScope::Case);
        assert_eq!(
            gauge(Some(50)).usage(Some(70)),
            usage(Some(90), Some(20), case)
        );
        assert_eq!(
            gauge(Some(50)).usage(Some(120)),
            usage(Some(120), Some(70), case)
        );
        assert_eq!(gauge(None).usage(Some(70)), usage(Some(90), None, case));
        assert_eq!(gauge(Some(50)).usage(None), usage(Some(90), None, None));
    }

    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    #[test]
    fn extra_memory_is_what_the_runs_take() {
        const MIB: usize = 1 << 20;
        let inputs = vec![1u8; 32 * MIB];
        let mut gauge = Gauge::start();
        gauge.runs_begin();
        drop(std::hint::black_box(vec![1u8; 64 * MIB]));
        let usage = gauge.read();
        drop(std::hint::black_box(inputs));
        if usage.scope == Some(PeakScope::Case) {
            let extra = usage.extra.unwrap() as usize / MIB;
            // Other tests run beside this one.
            assert!((60..90).contains(&extra), "{extra} MiB");
        }
    }
}
