//! Requests at a steady rate while something happens: what was lost, what was wrong, and for how long.

use std::fmt;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::task::{JoinHandle, JoinSet};

/// One request: nothing when its answer was right, else what was wrong.
pub type Attempt = Pin<Box<dyn Future<Output = Result<(), String>> + Send>>;

/// Running load.
#[derive(Debug)]
pub struct Load {
    stop: Arc<AtomicBool>,
    sending: JoinHandle<()>,
    results: Arc<Mutex<Vec<Sample>>>,
    start: Instant,
}

#[derive(Clone, Debug)]
struct Sample {
    /// When it was sent, since the start.
    at: Duration,
    took: Duration,
    fault: Option<String>,
}

/// What became of the requests.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// How many were sent.
    pub sent: usize,
    /// The faults: when sent (since the start), how long it took, what was wrong.
    pub faults: Vec<(Duration, Duration, String)>,
    /// The latency of the middle one, of the 99th percentile, and the longest.
    pub latency: [Duration; 3],
}

impl Load {
    /// Sends `rate` requests a second until stopped, whether earlier ones are answered or not. The request gets its number.
    pub fn start(rate: u32, request: impl Fn(usize) -> Attempt + Send + 'static) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let results: Arc<Mutex<Vec<Sample>>> = Arc::default();
        let start = Instant::now();
        let (stopped, kept) = (Arc::clone(&stop), Arc::clone(&results));
        let sending = crate::runtime().spawn(async move {
            let mut ticks = tokio::time::interval(Duration::from_secs(1) / rate);
            let mut open = JoinSet::new();
            for number in 0.. {
                ticks.tick().await;
                if stopped.load(Ordering::Relaxed) {
                    break;
                }
                let attempt = request(number);
                let kept = Arc::clone(&kept);
                open.spawn(async move {
                    let sent = Instant::now();
                    let fault = attempt.await.err();
                    let sample = Sample { at: sent - start, took: sent.elapsed(), fault };
                    kept.lock().unwrap_or_else(PoisonError::into_inner).push(sample);
                });
                while open.try_join_next().is_some() {}
            }
            while open.join_next().await.is_some() {}
        });
        Self { stop, sending, results, start }
    }

    /// How many have been answered or lost so far.
    pub fn finished(&self) -> usize {
        self.lock().len()
    }

    /// Time since the start.
    pub fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }

    /// Waits until that many more requests are finished.
    pub fn await_more(&self, count: usize) {
        let target = self.finished() + count;
        crate::wait::until("requests to finish", || (self.finished() >= target).then_some(()));
    }

    /// Stops sending, waits for what is open, and sums up.
    pub fn stop(self) -> Outcome {
        self.stop.store(true, Ordering::Relaxed);
        crate::runtime().block_on(self.sending).expect("the load does not panic");
        let samples = self.results.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut times: Vec<Duration> = samples.iter().map(|sample| sample.took).collect();
        times.sort();
        let at = |share: usize| times.get((times.len() * share / 100).min(times.len().saturating_sub(1)));
        let latency = [at(50), at(99), times.last()].map(|time| time.copied().unwrap_or_default());
        let faults = samples.iter().filter_map(|one| Some((one.at, one.took, one.fault.clone()?))).collect();
        Outcome { sent: samples.len(), faults, latency }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Sample>> {
        self.results.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Outcome {
    /// Panics when a request was lost or wrong.
    pub fn assert_nothing_lost(&self) {
        assert!(self.faults.is_empty(), "{self}");
    }

    /// The time from the first fault to the last one, as the clients saw it.
    pub fn faulty_for(&self) -> Duration {
        let first = self.faults.iter().map(|(at, ..)| *at).min().unwrap_or_default();
        let last = self.faults.iter().map(|(at, took, _)| *at + *took).max().unwrap_or_default();
        last.saturating_sub(first)
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [middle, tail, longest] = self.latency;
        write!(f, "{} requests, {} lost or wrong", self.sent, self.faults.len())?;
        if !self.faults.is_empty() {
            write!(f, " within {:.1?}", self.faulty_for())?;
        }
        write!(f, "; p50 {middle:.1?}, p99 {tail:.1?}, longest {longest:.1?}")?;
        for (at, took, fault) in self.faults.iter().take(5) {
            write!(f, "\n  after {at:.2?}, {took:.1?}: {fault}")?;
        }
        Ok(())
    }
}
