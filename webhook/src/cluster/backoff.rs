//! How long to wait before something is tried again: longer after each failure, never in step with other replicas.

use std::time::{Duration, SystemTime};

const FIRST: Duration = Duration::from_millis(250);
const LONGEST: Duration = Duration::from_secs(10);

/// Waiting times of one thing that is tried again and again.
#[derive(Debug, Default)]
pub(super) struct Backoff {
    failures: u32,
}

impl Backoff {
    /// It worked.
    pub(super) const fn reset(&mut self) {
        self.failures = 0;
    }

    /// Waits after a failure.
    pub(super) async fn wait(&mut self) {
        let wait = self.next();
        tokio::time::sleep(wait).await;
    }

    fn next(&mut self) -> Duration {
        let whole = FIRST.saturating_mul(2_u32.saturating_pow(self.failures)).min(LONGEST);
        self.failures = self.failures.saturating_add(1);
        // Between half and all of it; the clock's nanoseconds are as good as dice here.
        let nanoseconds = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().subsec_nanos();
        whole.mul_f64(0.5 + f64::from(nanoseconds % 1_000) / 2_000.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_longer_after_each_failure_up_to_a_limit() {
        let mut backoff = Backoff::default();
        let waits: Vec<_> = std::iter::repeat_with(|| backoff.next()).take(40).collect();
        assert!(waits[0] >= FIRST / 2 && waits[0] <= FIRST);
        assert!(waits[5] > waits[0] * 4);
        assert!(waits[39] >= LONGEST / 2 && waits[39] <= LONGEST);
        backoff.reset();
        assert!(backoff.next() <= FIRST);
    }
}
