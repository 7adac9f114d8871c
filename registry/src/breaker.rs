//! When a failing registry is left alone: after three failures in a row, or when it says so itself. It opens for 5 s,
//! doubled to at most 60 s while the one request that is let through afterwards fails too.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Failures in a row that open it.
const FAILURES: u32 = 3;
/// How long it is open at first.
const FIRST_WAIT: Duration = Duration::from_secs(5);
/// How long at most, whatever the registry says.
const LONGEST_WAIT: Duration = Duration::from_mins(1);

/// Lets requests through, or says for how long none is.
#[derive(Debug, Default)]
pub(crate) struct Breaker(Mutex<State>);

#[derive(Debug, Clone, Copy)]
enum State {
    Closed {
        /// In a row.
        failures: u32,
    },
    Open {
        until: Instant,
        /// What `until` was computed from, to be doubled.
        wait: Duration,
    },
    /// One request is on its way; its outcome decides.
    Probing { wait: Duration },
}

impl Default for State {
    fn default() -> Self {
        Self::Closed { failures: 0 }
    }
}

/// One request that was let through. Dropped without an outcome (its deadline was too short to tell, its caller went
/// away), it changes nothing, except that the next request may probe instead.
#[derive(Debug)]
pub(crate) struct Admission {
    breaker: Arc<Breaker>,
    probes: bool,
    ended: bool,
}

impl Breaker {
    /// Lets a request through, else says how long to wait.
    pub(crate) fn admit(self: &Arc<Self>, now: Instant) -> Result<Admission, Duration> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let probes = match *state {
            State::Closed { .. } => false,
            State::Open { until, wait } if until <= now => {
                *state = State::Probing { wait };
                true
            }
            State::Open { until, .. } => return Err(until.saturating_duration_since(now)),
            State::Probing { .. } => return Err(Duration::ZERO),
        };
        drop(state);
        Ok(Admission { breaker: self.clone(), probes, ended: false })
    }

    /// Whether requests are held back now, but for one that finds out whether they still must be.
    pub(crate) fn is_open(&self, now: Instant) -> bool {
        match *self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            State::Closed { .. } => false,
            State::Open { until, .. } => until > now,
            State::Probing { .. } => true,
        }
    }

    /// Whether it has nothing to remember.
    pub(crate) fn is_idle(&self) -> bool {
        matches!(*self.0.lock().unwrap_or_else(PoisonError::into_inner), State::Closed { failures: 0 })
    }
}

impl Admission {
    /// The registry works.
    pub(crate) fn succeeded(mut self) {
        self.ended = true;
        let mut state = self.breaker.0.lock().unwrap_or_else(PoisonError::into_inner);
        if self.probes || matches!(*state, State::Closed { .. }) {
            *state = State::Closed { failures: 0 };
        }
    }

    /// The registry failed, and may have said how long to wait.
    pub(crate) fn failed(mut self, now: Instant, retry_after: Option<Duration>) {
        self.ended = true;
        let mut state = self.breaker.0.lock().unwrap_or_else(PoisonError::into_inner);
        let open = |wait: Duration| State::Open { until: now + wait, wait };
        let asked = retry_after.map(|wait| wait.min(LONGEST_WAIT));
        *state = match *state {
            State::Probing { wait } if self.probes => {
                let doubled = (wait * 2).clamp(FIRST_WAIT, LONGEST_WAIT);
                open(asked.map_or(doubled, |asked| asked.max(doubled)))
            }
            State::Closed { failures } => match asked {
                Some(asked) => open(asked),
                None if failures.saturating_add(1) >= FAILURES => open(FIRST_WAIT),
                None => State::Closed { failures: failures.saturating_add(1) },
            },
            // A late answer to a request from before it opened tells nothing new.
            other => other,
        };
    }
}

impl Drop for Admission {
    fn drop(&mut self) {
        if self.ended || !self.probes {
            return;
        }
        let mut state = self.breaker.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let State::Probing { wait } = *state {
            *state = State::Open { until: Instant::now(), wait };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fail(breaker: &Arc<Breaker>, now: Instant) {
        breaker.admit(now).unwrap().failed(now, None);
    }

    fn opened() -> (Arc<Breaker>, Instant) {
        let (breaker, now) = (Arc::new(Breaker::default()), Instant::now());
        (0..3).for_each(|_| fail(&breaker, now));
        (breaker, now)
    }

    #[test]
    fn opens_after_three_failures_in_a_row() {
        let (breaker, now) = (Arc::new(Breaker::default()), Instant::now());
        fail(&breaker, now);
        fail(&breaker, now);
        breaker.admit(now).unwrap().succeeded();
        fail(&breaker, now);
        fail(&breaker, now);
        assert!(breaker.admit(now).is_ok() && !breaker.is_open(now));
        fail(&breaker, now);
        assert_eq!(breaker.admit(now).unwrap_err(), FIRST_WAIT);
        assert!(breaker.is_open(now) && !breaker.is_open(now + FIRST_WAIT));
    }

    #[test]
    fn lets_one_request_through_after_the_wait_and_closes_when_it_succeeds() {
        let (breaker, now) = opened();
        let later = now + FIRST_WAIT;
        let probe = breaker.admit(later).unwrap();
        assert!(breaker.admit(later).is_err());
        probe.succeeded();
        assert!(breaker.admit(later).is_ok());
        assert!(breaker.is_idle());
    }

    #[test]
    fn doubles_the_wait_to_a_minute() {
        let (breaker, mut now) = opened();
        let mut waits = Vec::new();
        for _ in 0..6 {
            let wait = breaker.admit(now).unwrap_err();
            waits.push(wait.as_secs());
            now += wait;
            fail(&breaker, now);
        }
        assert_eq!(waits, [5, 10, 20, 40, 60, 60]);
    }

    #[test]
    fn does_what_the_registry_asks_for_but_no_longer_than_a_minute() {
        let (breaker, now) = (Arc::new(Breaker::default()), Instant::now());
        breaker.admit(now).unwrap().failed(now, Some(Duration::from_secs(17)));
        assert_eq!(breaker.admit(now).unwrap_err(), Duration::from_secs(17));
        let later = now + Duration::from_secs(17);
        breaker.admit(later).unwrap().failed(later, Some(Duration::from_secs(9999)));
        assert_eq!(breaker.admit(later).unwrap_err(), LONGEST_WAIT);
    }

    #[test]
    fn a_probe_that_went_away_lets_the_next_one_through() {
        let (breaker, now) = opened();
        let later = now + FIRST_WAIT;
        drop(breaker.admit(later).unwrap());
        assert!(breaker.admit(Instant::now().max(later)).is_ok());
    }

    #[test]
    fn a_late_success_does_not_close_it() {
        let (breaker, now) = (Arc::new(Breaker::default()), Instant::now());
        let slow = breaker.admit(now).unwrap();
        (0..3).for_each(|_| fail(&breaker, now));
        slow.succeeded();
        assert!(breaker.admit(now).is_err());
    }
}
