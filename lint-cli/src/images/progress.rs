//! How far asking has come, for people at a terminal.

use std::io::{IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

/// Nothing is shown of what is done sooner.
const SOON: Duration = Duration::from_millis(500);
/// Between two changes of the line.
const PAUSE: Duration = Duration::from_millis(100);

/// One line on standard error that is written over, and gone in the end.
pub(super) struct Progress {
    total: usize,
    done: usize,
    /// `None` where nobody looks.
    next: Option<Instant>,
    shown: bool,
}

impl Progress {
    pub(super) fn of(total: usize) -> Self {
        let next = std::io::stderr().is_terminal().then(|| Instant::now() + SOON);
        Self { total, done: 0, next, shown: false }
    }

    /// One more is done.
    pub(super) fn step(&mut self) {
        self.done += 1;
        let now = Instant::now();
        if self.next.is_some_and(|next| next <= now) {
            self.next = Some(now + PAUSE);
            self.shown = true;
            // Nothing can be done where standard error is closed, here and below.
            let _ = write!(std::io::stderr(), "\rplatlint: {} of {} images looked up", self.done, self.total);
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.shown {
            let _ = write!(std::io::stderr(), "\r\x1b[K");
        }
    }
}
