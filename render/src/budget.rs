//! What all renderings of one run may take together: the time of programs, and the text that is kept.
//!
//! One chart may be cheap enough, and a thousand of them not. What is beyond is not rendered, and told.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::program::{self, Run, RunError};

/// Most lines of all texts together: each costs about a hundred bytes until the run ends.
const MOST_LINES: usize = 2_000_000;

/// Most bytes of all texts together.
const MOST_BYTES: usize = 128 << 20;

/// What is spent of it.
#[derive(Debug)]
pub(crate) struct Budget {
    time: Duration,
    spent: Mutex<Spent>,
}

#[derive(Debug, Default)]
struct Spent {
    time: Duration,
    lines: usize,
    bytes: usize,
    /// Charts and kustomizations that took too long once.
    too_long: BTreeSet<PathBuf>,
}

impl Budget {
    /// A budget of `time` for all runs of programs together.
    pub(crate) fn new(time: Duration) -> Self {
        Self { time, spent: Mutex::default() }
    }

    /// Runs a program for the chart or kustomization in `target`: not when one run for it took too long before, and no
    /// longer than there is time left.
    pub(crate) fn run(&self, target: &Path, run: &Run<'_>, arguments: &[OsString]) -> Result<String, RunError> {
        let left = {
            let spent = self.spent();
            if spent.too_long.contains(target) {
                return Err(RunError::TooLongBefore);
            }
            self.time.saturating_sub(spent.time)
        };
        if left.is_zero() {
            return Err(RunError::NoTimeLeft(self.time));
        }
        let started = Instant::now();
        let outcome = program::run(&Run { deadline: run.deadline.min(left), ..*run }, arguments);
        let mut spent = self.spent();
        spent.time += started.elapsed();
        if matches!(outcome, Err(RunError::TooLong(_))) {
            spent.too_long.insert(target.to_owned());
        }
        outcome
    }

    /// Counts a text that is kept until the run ends.
    pub(crate) fn keep(&self, text: &str) -> Result<(), RunError> {
        let lines = text.bytes().filter(|byte| *byte == b'\n').count();
        let mut spent = self.spent();
        if spent.lines + lines > MOST_LINES || spent.bytes + text.len() > MOST_BYTES {
            return Err(RunError::TooMuchInAll(MOST_LINES, MOST_BYTES >> 20));
        }
        spent.lines += lines;
        spent.bytes += text.len();
        Ok(())
    }

    fn spent(&self) -> std::sync::MutexGuard<'_, Spent> {
        self.spent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn shell(budget: &Budget, target: &str, script: &str, deadline: u64) -> Result<String, RunError> {
        let home = tempfile::tempdir().unwrap();
        let deadline = Duration::from_millis(deadline);
        let program = Path::new("/bin/sh");
        let run = Run { program, home: home.path(), deadline, network: false, programs: false };
        budget.run(Path::new(target), &run, &["-c".into(), script.into()])
    }

    #[test]
    fn runs_nothing_again_that_took_too_long() {
        let budget = Budget::new(Duration::from_mins(1));
        assert!(matches!(shell(&budget, "/a", "/bin/sleep 60", 100), Err(RunError::TooLong(_))));
        assert!(matches!(shell(&budget, "/a", "echo x", 30_000), Err(RunError::TooLongBefore)));
        assert_eq!(shell(&budget, "/b", "echo x", 30_000).unwrap(), "x\n");
    }

    #[test]
    fn runs_nothing_when_the_time_of_all_is_used_up() {
        let budget = Budget::new(Duration::from_millis(100));
        let started = Instant::now();
        assert!(matches!(shell(&budget, "/a", "/bin/sleep 60", 60_000), Err(RunError::TooLong(_))));
        assert!(started.elapsed() < Duration::from_secs(20));
        assert!(matches!(shell(&budget, "/b", "echo x", 30_000), Err(RunError::NoTimeLeft(_))));
    }

    #[test]
    fn keeps_only_so_many_lines() {
        let budget = Budget::new(Duration::ZERO);
        let text = "\n".repeat(MOST_LINES / 2);
        assert!(budget.keep(&text).is_ok() && budget.keep(&text).is_ok());
        assert!(matches!(budget.keep("\n"), Err(RunError::TooMuchInAll(..))));
    }
}
