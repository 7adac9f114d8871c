//! Two pieces of work in turns, and the row that tells them.

use std::time::{Duration, Instant};

/// Times of one piece of work, sorted.
pub(crate) struct Times(Vec<Duration>);

impl Times {
    pub(crate) fn of(mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        Self(times)
    }

    pub(crate) fn best(&self) -> f64 {
        micros(self.0.first())
    }

    pub(crate) fn median(&self) -> f64 {
        micros(self.0.get(self.0.len() / 2))
    }
}

fn micros(time: Option<&Duration>) -> f64 {
    time.map_or(f64::NAN, |time| time.as_secs_f64() * 1e6)
}

/// How long one call takes.
pub(crate) fn once(work: &mut impl FnMut()) -> Duration {
    let began = Instant::now();
    work();
    began.elapsed()
}

/// Both in turns, so that what else the machine does strikes both alike. The first tenth is not counted.
pub(crate) fn in_turns(rounds: u32, mut floor: impl FnMut(), mut ours: impl FnMut()) -> (Times, Times) {
    let warming = rounds / 10;
    let (mut floors, mut own) = (Vec::new(), Vec::new());
    for round in 0..warming + rounds {
        let (one, other) = (once(&mut floor), once(&mut ours));
        if round >= warming {
            floors.push(one);
            own.push(other);
        }
    }
    (Times::of(floors), Times::of(own))
}

/// Prints one row.
pub(crate) fn tell(work: &str, floor: &Times, ours: &Times) {
    println!(
        "| {work} | {:.2} µs | {:.2} µs | {:.2} µs | {:.2} µs | {:.2} |",
        floor.best(),
        floor.median(),
        ours.best(),
        ours.median(),
        ours.best() / floor.best()
    );
}
