//! What Linux says of this process. Zero where it says nothing.

/// Ticks of `/proc/self/stat`; 100 a second on every platform that is built for.
const TICKS_PER_SECOND: f64 = 100.0;
/// Pages of `/proc/self/statm`; 4 KiB on the platforms that are built for.
const PAGE_BYTES: u64 = 4_096;

/// Resident memory, bytes.
#[must_use]
pub(super) fn resident_bytes() -> u64 {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages: u64 = text.split_whitespace().nth(1).and_then(|pages| pages.parse().ok()).unwrap_or_default();
    pages.saturating_mul(PAGE_BYTES)
}

/// User and system time, seconds.
#[must_use]
pub(super) fn cpu_seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The second field is the program's name in brackets and may hold blanks.
    let after_name = text.rsplit_once(')').map_or("", |(_, rest)| rest);
    let ticks = |field: usize| -> f64 {
        after_name.split_whitespace().nth(field).and_then(|ticks| ticks.parse().ok()).unwrap_or_default()
    };
    (ticks(11) + ticks(12)) / TICKS_PER_SECOND
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_running_process_has_memory_and_time() {
        assert!(resident_bytes() > 100_000);
        assert!(cpu_seconds() >= 0.0);
    }
}
