//! Waiting for what other processes do: the only place that polls, always with an end.

use std::time::{Duration, Instant};

/// Long enough for anything that works, on a busy machine.
pub const PATIENCE: Duration = Duration::from_mins(1);

const PAUSE: Duration = Duration::from_millis(20);

/// Asks again and again until there is an answer; panics with `what` when there is none within [`PATIENCE`].
pub fn until<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(start.elapsed() < PATIENCE, "waited {PATIENCE:?} in vain: {what}");
        std::thread::sleep(PAUSE);
    }
}

/// As [`until`], but an error is kept to be told when the patience ends.
pub fn until_ok<T, E: std::fmt::Display>(what: &str, mut ask: impl FnMut() -> Result<T, E>) -> T {
    let start = Instant::now();
    loop {
        match ask() {
            Ok(answer) => return answer,
            Err(error) => assert!(start.elapsed() < PATIENCE, "waited {PATIENCE:?} in vain: {what}: {error}"),
        }
        std::thread::sleep(PAUSE);
    }
}
