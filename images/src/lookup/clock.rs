//! The time by which answers age: monotonic, so that a clock set back keeps nothing alive, and injected, so that no test
//! sleeps.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Tells the time for caches. Cheap to clone.
#[derive(Clone, Default)]
pub struct Clock(Source);

#[derive(Clone, Default)]
enum Source {
    #[default]
    Monotonic,
    Manual {
        start: Instant,
        passed: Arc<AtomicU64>,
    },
}

impl Clock {
    /// The machine's monotonic clock.
    #[must_use]
    pub const fn monotonic() -> Self {
        Self(Source::Monotonic)
    }

    /// A clock that stands still until [`Clock::advance`] moves it. Clones share their time.
    #[must_use]
    pub fn manual() -> Self {
        Self(Source::Manual { start: Instant::now(), passed: Arc::default() })
    }

    /// Moves a manual clock on, in whole milliseconds; the machine's clock moves by itself.
    pub fn advance(&self, by: Duration) {
        if let Source::Manual { passed, .. } = &self.0 {
            passed.fetch_add(u64::try_from(by.as_millis()).unwrap_or(u64::MAX), Ordering::Relaxed);
        }
    }

    pub(crate) fn now(&self) -> Instant {
        match &self.0 {
            Source::Monotonic => Instant::now(),
            Source::Manual { start, passed } => {
                let passed = Duration::from_millis(passed.load(Ordering::Relaxed));
                start.checked_add(passed).unwrap_or(*start)
            }
        }
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Source::Monotonic => "Clock(monotonic)",
            Source::Manual { .. } => "Clock(manual)",
        })
    }
}
