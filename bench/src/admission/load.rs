//! Load: so many connections, either as fast as they go or at a fixed rate, every answer checked.
//!
//! At a fixed rate the time of a request starts when it was due, so that a server that stalls cannot hide the requests
//! that waited for it (coordinated omission).

use crate::reviews::{self, Kind};
use anyhow::Result;
use bytes::Bytes;
use hdrhistogram::Histogram;
use platlint_e2e::https::{Answer, Client};
use serde::Deserialize;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How load is made.
#[derive(Clone)]
pub(crate) struct Load {
    /// Kept connections.
    pub(crate) connections: u32,
    /// Requests a second over all connections; as fast as they go where `None`.
    pub(crate) rate: Option<u32>,
    /// How long.
    pub(crate) time: Duration,
    /// `/validate` or `/mutate`.
    pub(crate) path: &'static str,
    /// What is asked, and so what must be answered.
    pub(crate) kind: Kind,
    /// What must be answered: allowed or denied.
    pub(crate) allowed: bool,
}

/// As the API server sends them.
const HEADERS: [(&str, &str); 3] = [
    ("content-type", "application/json"),
    ("accept", "application/json, */*"),
    ("user-agent", "kube-apiserver-admission"),
];

/// What came of it.
pub(crate) struct Outcome {
    /// Microseconds.
    pub(crate) latency: Histogram<u64>,
    /// Right answers.
    pub(crate) right: u64,
    /// Answers that say something else than they must.
    pub(crate) wrong: u64,
    /// No answer, or another status than 200.
    pub(crate) failed: u64,
    /// 429 and 503 with `Retry-After`, which the API server tries again.
    pub(crate) shed: u64,
    /// The first thing that went wrong.
    pub(crate) first_fault: Option<String>,
    /// From the first request to the last answer.
    pub(crate) time: Duration,
}

impl Outcome {
    fn new() -> Self {
        let latency = Histogram::new_with_bounds(1, 60_000_000, 3).unwrap_or_else(|_| unreachable!("bounds are right"));
        Self { latency, right: 0, wrong: 0, failed: 0, shed: 0, first_fault: None, time: Duration::ZERO }
    }

    fn add(&mut self, other: &Self) -> Result<()> {
        self.latency.add(&other.latency)?;
        self.right += other.right;
        self.wrong += other.wrong;
        self.failed += other.failed;
        self.shed += other.shed;
        self.first_fault = self.first_fault.take().or_else(|| other.first_fault.clone());
        Ok(())
    }

    /// Right answers a second.
    pub(crate) fn rate(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "a count of requests is far below 2^52")]
        let right = self.right as f64;
        right / self.time.as_secs_f64()
    }

    /// A quantile in milliseconds.
    pub(crate) fn milliseconds(&self, quantile: f64) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "at most a minute in microseconds")]
        let micros = self.latency.value_at_quantile(quantile) as f64;
        micros / 1000.0
    }
}

/// The parts of an answer that are checked.
#[derive(Deserialize)]
struct Review {
    response: Response,
}

#[derive(Deserialize)]
struct Response {
    uid: String,
    allowed: bool,
}

/// Makes load and waits for its end. `client` makes a client with a connection of its own.
pub(crate) fn run(client: impl Fn() -> Client, load: &Load) -> Result<Outcome> {
    let serial = Arc::new(AtomicU64::new(0));
    let clients: Vec<Client> = (0..load.connections).map(|_| client()).collect();
    let start = Instant::now();
    platlint_e2e::runtime().block_on(async {
        let tasks: Vec<_> = (0..)
            .zip(clients)
            .map(|(index, client)| tokio::spawn(connection(client, load.clone(), index, start, serial.clone())))
            .collect();
        let mut all = Outcome::new();
        for task in tasks {
            all.add(&task.await?)?;
        }
        all.time = start.elapsed();
        Ok(all)
    })
}

async fn connection(client: Client, load: Load, index: u32, start: Instant, serial: Arc<AtomicU64>) -> Outcome {
    let mut outcome = Outcome::new();
    let interval = load.rate.map(|rate| Duration::from_secs(u64::from(load.connections)) / rate);
    // Connections take turns, so that a rate is even over all of them.
    let mut due = start + interval.map_or(Duration::ZERO, |interval| interval * index / load.connections);
    while due.duration_since(start) < load.time && start.elapsed() < load.time {
        if interval.is_some() {
            tokio::time::sleep_until(due.into()).await;
        }
        let began = if interval.is_some() { due } else { Instant::now() };
        let number = serial.fetch_add(1, Ordering::Relaxed);
        let body = Bytes::from(reviews::body(load.kind, number));
        match client.exchange("POST", load.path, &HEADERS, body).await {
            Ok(answer) => count(&answer, number, &load, &mut outcome, began),
            Err(error) => {
                outcome.failed += 1;
                outcome.first_fault.get_or_insert_with(|| error.to_string());
            }
        }
        due += interval.unwrap_or_default();
    }
    outcome
}

fn count(answer: &Answer, number: u64, load: &Load, outcome: &mut Outcome, began: Instant) {
    let micros = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
    outcome.latency.saturating_record(micros);
    let fault = match answer.status {
        200 => match serde_json::from_slice::<Review>(&answer.body) {
            Ok(review) if review.response.uid == reviews::uid(number) && review.response.allowed == load.allowed => {
                outcome.right += 1;
                return;
            }
            _ => {
                outcome.wrong += 1;
                format!("a wrong answer: {}", String::from_utf8_lossy(&answer.body))
            }
        },
        429 | 503 => {
            outcome.shed += 1;
            format!("shed with {}", answer.status)
        }
        other => {
            outcome.failed += 1;
            format!("status {other}: {}", String::from_utf8_lossy(&answer.body))
        }
    };
    outcome.first_fault.get_or_insert(fault);
}
