//! The decision log: one JSON line per decision in the shape OPA writes, for evidence and for replay.
//!
//! Written by a thread of its own from a bounded queue. When the reader of standard output does not keep up, entries are
//! dropped and counted; a review never waits for its log line.

mod entry;
mod mask;

use std::io::Write;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{self, JoinHandle};

use crossbeam_channel::{Receiver, Sender, bounded};

use crate::limits::LOGGED_DECISIONS;
use crate::observe::Metrics;

pub use entry::{Entry, Labels, omitted};

/// Which decisions are logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// None.
    Off,
    /// Denials, and what would be one in another mode.
    Denials,
    /// Denials, and every so manieth of the others.
    Sampled(u64),
    /// All.
    All,
}

/// Why a text names no choice.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("write off, denials, sampled=N or all")]
pub struct UnknownChoice;

impl FromStr for Which {
    type Err = UnknownChoice;

    fn from_str(text: &str) -> Result<Self, UnknownChoice> {
        match text {
            "off" => Ok(Self::Off),
            "denials" => Ok(Self::Denials),
            "all" => Ok(Self::All),
            _ => {
                let every =
                    text.strip_prefix("sampled=").and_then(|every| every.parse().ok()).filter(|every| *every > 0);
                every.map(Self::Sampled).ok_or(UnknownChoice)
            }
        }
    }
}

/// Takes entries. When the last handle is dropped, the writer writes what is queued and ends.
#[derive(Debug, Clone)]
pub struct DecisionLog {
    which: Which,
    allowed: Arc<AtomicU64>,
    queue: Option<Sender<Box<Entry>>>,
    metrics: Arc<Metrics>,
}

impl DecisionLog {
    /// A log that takes nothing.
    #[must_use]
    pub fn off(metrics: Arc<Metrics>) -> Self {
        Self { which: Which::Off, allowed: Arc::default(), queue: None, metrics }
    }

    /// Starts the writer. Joining the handle, after the last clone of the log is dropped, waits for the last line.
    pub fn start(
        which: Which,
        labels: Labels,
        mut out: Box<dyn Write + Send>,
        metrics: Arc<Metrics>,
    ) -> Result<(Self, Option<JoinHandle<()>>), std::io::Error> {
        if which == Which::Off {
            return Ok((Self::off(metrics), None));
        }
        let (queue, entries) = bounded(LOGGED_DECISIONS);
        let counted = metrics.clone();
        let writer = thread::Builder::new()
            .name("decision-log".to_owned())
            .spawn(move || write_all(&entries, &labels, &mut *out, &counted))?;
        Ok((Self { which, allowed: Arc::default(), queue: Some(queue), metrics }, Some(writer)))
    }

    /// Whether a decision is to be logged. `denial`: it denies, or would in mode enforce.
    #[must_use]
    pub fn wants(&self, denial: bool) -> bool {
        match self.which {
            Which::Off => false,
            Which::All => true,
            Which::Denials => denial,
            Which::Sampled(every) => {
                denial || self.allowed.fetch_add(1, Ordering::Relaxed).checked_rem(every).is_some_and(|rest| rest == 0)
            }
        }
    }

    /// Hands an entry to the writer, or drops it.
    pub fn log(&self, entry: Entry) {
        let Some(queue) = &self.queue else { return };
        if queue.try_send(Box::new(entry)).is_err() {
            self.metrics.log_dropped.inc();
        }
    }
}

fn write_all(entries: &Receiver<Box<Entry>>, labels: &Labels, out: &mut dyn Write, metrics: &Metrics) {
    for entry in entries {
        let mut line = entry.to_json(labels).to_string();
        line.push('\n');
        let flushed = if entries.is_empty() { out.flush() } else { Ok(()) };
        match out.write_all(line.as_bytes()).and(flushed) {
            Ok(()) => metrics.log_written.inc(),
            Err(_) => metrics.log_dropped.inc(),
        };
    }
    // Nothing can be told where nothing can be written.
    let _ = out.flush();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choices_are_read_as_documented() {
        assert_eq!("denials".parse(), Ok(Which::Denials));
        assert_eq!("sampled=100".parse(), Ok(Which::Sampled(100)));
        for wrong in ["", "sampled=0", "sampled", "ALL"] {
            assert_eq!(wrong.parse::<Which>(), Err(UnknownChoice), "{wrong}");
        }
    }

    #[test]
    fn denials_are_always_wanted_and_allows_by_sample() {
        let metrics = Arc::new(Metrics::default());
        let labels = Labels { cluster: None };
        let (log, _) = DecisionLog::start(Which::Sampled(10), labels, Box::new(std::io::sink()), metrics).unwrap();
        assert_eq!((0..100).filter(|_| log.wants(false)).count(), 10);
        assert_eq!((0..100).filter(|_| log.wants(true)).count(), 100);
        assert!(!DecisionLog::off(Arc::default()).wants(true));
    }

    /// Writes nothing before it is let.
    struct Blocked(Receiver<()>);

    impl Write for Blocked {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            let _ = self.0.recv();
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_blocked_reader_costs_entries_and_never_a_review() {
        let metrics = Arc::new(Metrics::default());
        let (release, blocked) = bounded(0);
        let labels = Labels { cluster: None };
        let (log, writer) =
            DecisionLog::start(Which::All, labels, Box::new(Blocked(blocked)), metrics.clone()).unwrap();
        // One may be in the writer's hands.
        for _ in 0..LOGGED_DECISIONS + 10 {
            log.log(Entry::sample());
        }
        assert!((9..=10).contains(&metrics.lost_decisions()), "{}", metrics.lost_decisions());
        drop((release, log));
        writer.unwrap().join().unwrap();
        assert_eq!(metrics.log_written.get() + metrics.lost_decisions(), LOGGED_DECISIONS as u64 + 10);
    }
}
