//! The threads on which evidence is judged.
//!
//! Their own, and as many as there are processors: judging is work that strangers can make long, so neither the threads
//! that serve may do it, nor those that tokio keeps for blocking calls, where name lookups that hang could hold it up.

use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, LazyLock, Mutex, PoisonError, mpsc};
use std::thread;

use tokio::sync::oneshot;

type Job = Box<dyn FnOnce() + Send>;

/// Shared by all lookups of the process; the threads end with it.
static JUDGES: LazyLock<mpsc::Sender<Job>> = LazyLock::new(|| {
    let (sender, jobs) = mpsc::channel::<Job>();
    let jobs = Arc::new(Mutex::new(jobs));
    for _ in 0..thread::available_parallelism().map_or(1, NonZeroUsize::get) {
        let jobs = Arc::clone(&jobs);
        // Where no thread can be had at all, jobs are dropped, and their answers are told as faults.
        let _ = thread::Builder::new().name("judge".into()).spawn(move || work(&jobs));
    }
    sender
});

fn work(jobs: &Mutex<mpsc::Receiver<Job>>) {
    loop {
        let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = job else { return };
        // A job that panics answers nobody and takes no thread with it.
        let _ = catch_unwind(AssertUnwindSafe(job));
    }
}

/// What `job` gives; `None` where it panicked. A job whose answer nobody waits for any more is not begun.
pub(super) async fn judged<T: Send + 'static>(job: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    let (answer, waiting) = oneshot::channel();
    let job = Box::new(move || {
        if !answer.is_closed() {
            let _ = answer.send(job());
        }
    });
    JUDGES.send(job).ok()?;
    waiting.await.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_judgement_that_panics_is_none_and_the_next_one_is_given() {
        for _ in 0..64 {
            assert_eq!(judged(|| panic!("a judgement that crashes, on purpose")).await, None::<u8>);
        }
        assert_eq!(judged(|| 7).await, Some(7));
    }

    #[test]
    fn name_lookups_that_hang_on_every_blocking_thread_hold_no_judgement_up() {
        let runtime = tokio::runtime::Builder::new_current_thread().max_blocking_threads(1).build().unwrap();
        let (release, hang) = mpsc::channel::<()>();
        runtime.block_on(async {
            let hanging = tokio::task::spawn_blocking(move || hang.recv().is_ok());
            assert_eq!(judged(|| 7).await, Some(7));
            release.send(()).unwrap();
            assert!(hanging.await.unwrap());
        });
    }
}
