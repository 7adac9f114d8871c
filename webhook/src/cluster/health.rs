//! How the cache of one kind is doing: whether it may be relied on, and what metrics tell of it.
//!
//! Ready means: listed once, or the API server says that there is no such resource. A kind whose CRD is not installed has
//! no objects, which is knowledge too; were it not ready, a rule about an optional CRD would keep every replica out of
//! service for ever. It is reported, and tried again, so that a CRD installed later is followed. A kind that may not be
//! read (403) is not ready: rules would judge by an emptiness that is none.
//!
//! Once ready, a kind stays ready: a lost watch keeps the last data, which age, and age is a metric. Turning readiness off
//! would take all replicas out at the same moment, for the same reason.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use super::watch::WatchError;

/// The cache of one kind, for metrics.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CacheReport {
    /// `v1/LimitRange`.
    pub kind: String,
    /// Objects held.
    pub objects: u64,
    /// Bytes they take: the length of what is kept of them, as JSON; the memory is four to five times that.
    pub bytes: u64,
    /// Time since the API server was last heard of this kind: an event, a bookmark (about one a minute), or the answer
    /// to a list or watch.
    pub age: Duration,
    /// The kind was listed as a whole at least once.
    pub synced: bool,
    /// The API server has no such resource.
    pub absent: bool,
    /// Lists and watches that failed since the start.
    pub errors: u64,
}

/// Shared by the watch that writes it and by health checks and metrics, which read it; not on the path of a request.
#[derive(Debug)]
pub(super) struct KindHealth {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    report: CacheReport,
    last_heard: Instant,
    problem: Option<String>,
}

impl KindHealth {
    pub(super) fn new(kind: impl Into<String>) -> Self {
        let report = CacheReport {
            kind: kind.into(),
            objects: 0,
            bytes: 0,
            age: Duration::ZERO,
            synced: false,
            absent: false,
            errors: 0,
        };
        Self { state: Mutex::new(State { report, last_heard: Instant::now(), problem: None }) }
    }

    fn with<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        act(&mut self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }

    /// An object of so many bytes took the place of another; `None` where there was or is none.
    pub(super) fn replaced(&self, before: Option<u64>, after: Option<u64>) {
        self.with(|State { report, .. }| {
            report.bytes = report.bytes.saturating_sub(before.unwrap_or(0)).saturating_add(after.unwrap_or(0));
            let (gone, come) = (u64::from(before.is_some()), u64::from(after.is_some()));
            report.objects = report.objects.saturating_sub(gone).saturating_add(come);
        });
    }

    pub(super) fn heard(&self) {
        self.with(|state| {
            state.last_heard = Instant::now();
            state.problem = None;
        });
    }

    pub(super) fn synced(&self) {
        self.with(|state| {
            state.report.synced = true;
            state.report.absent = false;
        });
    }

    pub(super) fn failed(&self, error: &WatchError) {
        let is_absent = matches!(error, WatchError::Absent);
        let (kind, is_news) = self.with(|state| {
            let problem = error.to_string();
            let is_news = state.problem.as_ref() != Some(&problem);
            state.problem = Some(problem);
            if is_absent {
                // This was an answer, and it says all there is to know.
                state.last_heard = Instant::now();
                state.report.absent = true;
                state.report.synced = false;
            } else {
                state.report.errors = state.report.errors.saturating_add(1);
            }
            (state.report.kind.clone(), is_news)
        });
        match (is_news, is_absent) {
            (false, _) => {}
            (true, true) => tracing::info!(kind, "the API server has no such resource: none is known, tried again"),
            (true, false) => tracing::warn!(kind, %error, "cannot be followed: the last data stay, tried again"),
        }
    }

    /// Why it is not to be relied on.
    pub(super) fn unready(&self) -> Option<String> {
        self.with(|State { report, problem, .. }| {
            let waits = !report.synced && !report.absent;
            let because = problem.as_ref().map(|problem| format!(": {problem}")).unwrap_or_default();
            waits.then(|| format!("cache of {} not synced{because}", report.kind))
        })
    }

    pub(super) fn report(&self) -> CacheReport {
        self.with(|state| CacheReport { age: state.last_heard.elapsed(), ..state.report.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_ready_when_listed_or_absent_and_says_why_not() {
        let health = KindHealth::new("v1/LimitRange");
        assert_eq!(health.unready().unwrap(), "cache of v1/LimitRange not synced");
        health.failed(&WatchError::Forbidden("no list".to_owned()));
        assert_eq!(health.unready().unwrap(), "cache of v1/LimitRange not synced: forbidden: no list");
        health.failed(&WatchError::Absent);
        assert_eq!(health.unready(), None);
        assert!(health.report().absent);
        health.synced();
        health.failed(&WatchError::Forbidden("no list".to_owned()));
        assert_eq!(health.unready(), None, "the last data stay");
        assert_eq!(health.report().errors, 2);
    }

    #[test]
    fn counts_objects_and_bytes() {
        let health = KindHealth::new("v1/LimitRange");
        health.replaced(None, Some(100));
        health.replaced(Some(100), Some(150));
        health.replaced(None, Some(10));
        health.replaced(Some(10), None);
        let report = health.report();
        assert_eq!((report.objects, report.bytes), (1, 150));
    }
}
