//! The evaluation threads: as many reviews at once as there are cores, the others in a bounded queue. Knows nothing of
//! what is judged.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use bytes::Bytes;
use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use tokio::sync::{OwnedSemaphorePermit, oneshot};
use tokio::time::{Instant, timeout_at};

use crate::failure::{Failure, Shed};
use crate::images::{Known, Wanted};
use crate::limits::WORKER_STACK_BYTES;
use crate::observe::Metrics;
use crate::traces::Subject;

/// Which hook is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hook {
    /// Allow or deny.
    Validate,
    /// Change.
    Mutate,
}

impl Hook {
    /// As metrics and logs name it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Validate => "validate",
            Self::Mutate => "mutate",
        }
    }
}

/// A review to be judged.
#[derive(Debug)]
pub struct Question {
    /// Which hook is asked.
    pub hook: Hook,
    /// The AdmissionReview as it came.
    pub body: Bytes,
    /// When the sender stops waiting.
    pub deadline: Instant,
    /// Memory set aside for the body; shared with who asks, since a review may be asked about twice.
    pub memory: Option<Arc<OwnedSemaphorePermit>>,
    /// What is known of the images of a review that is asked about for the second time.
    pub images: Option<Known>,
    /// Whether the answer shall say what it was of.
    pub traced: bool,
}

/// What comes of a question, or why nothing does.
pub type Answer = Result<Reply, Failure>;

/// What comes of a question.
#[derive(Debug, PartialEq, Eq)]
pub enum Reply {
    /// The body of an HTTP 200.
    Answered(Answered),
    /// Images must be looked up first; the question is then asked again.
    Wants(Box<Wanted>),
}

impl From<Answered> for Reply {
    fn from(answered: Answered) -> Self {
        Self::Answered(answered)
    }
}

/// An AdmissionReview to send back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// The AdmissionReview.
    pub body: Bytes,
    /// As metrics name it: `allowed`, `denied`, `patched`.
    pub outcome: &'static str,
    /// What it was of, where the question is traced.
    pub subject: Option<Box<Subject>>,
}

/// Judges one review after another on one thread.
pub type Judge = Box<dyn FnMut(&Question) -> Answer>;

/// Makes a judge; called on each thread, and again after a panic.
pub type MakeJudge = Arc<dyn Fn() -> Judge + Send + Sync>;

struct Job {
    question: Question,
    asked: Instant,
    started: Arc<AtomicBool>,
    reply: oneshot::Sender<Answer>,
}

/// Hands reviews to evaluation threads. When the last handle is dropped, the threads finish what is queued and end.
#[derive(Clone)]
pub struct Workers {
    queue: Sender<Job>,
    /// Keeps the queue open where a test starts no thread.
    _kept: Option<Receiver<Job>>,
}

impl Workers {
    /// Starts so many threads with a queue of so many reviews.
    pub fn start(
        threads: usize,
        queued: usize,
        make: &MakeJudge,
        metrics: &Arc<Metrics>,
    ) -> Result<Self, std::io::Error> {
        let (queue, jobs) = bounded(queued);
        for number in 0..threads {
            let (jobs, make, metrics) = (jobs.clone(), make.clone(), metrics.clone());
            thread::Builder::new()
                .name(format!("evaluate-{number}"))
                .stack_size(WORKER_STACK_BYTES)
                .spawn(move || work(&jobs, &make, &metrics))?;
        }
        Ok(Self { queue, _kept: (threads == 0).then_some(jobs) })
    }

    /// The answer to a question, before its deadline or not at all.
    pub async fn ask(&self, question: Question) -> Answer {
        let deadline = question.deadline;
        let (reply, answer) = oneshot::channel();
        let started = Arc::new(AtomicBool::new(false));
        let job = Job { question, asked: Instant::now(), started: started.clone(), reply };
        match self.queue.try_send(job) {
            Ok(()) => {}
            Err(TrySendError::Full(_)) => return Err(Failure::Overload(Shed::Queue)),
            Err(TrySendError::Disconnected(_)) => {
                return Err(Failure::Internal("no evaluation thread runs".to_owned()));
            }
        }
        match timeout_at(deadline, answer).await {
            Ok(Ok(answer)) => answer,
            // Dropped without an answer, or no answer in time: what that means depends on whether it was begun.
            _ if !started.load(Ordering::Acquire) => Err(Failure::Overload(Shed::Deadline)),
            Ok(Err(_)) => Err(Failure::Internal("the evaluation thread ended".to_owned())),
            Err(_) => Err(Failure::Late),
        }
    }
}

fn work(jobs: &Receiver<Job>, make: &MakeJudge, metrics: &Metrics) {
    let mut judge = make();
    for job in jobs {
        let begun = Instant::now();
        // Nobody waits for it any more, so nothing is done for it.
        if begun >= job.question.deadline || job.reply.is_closed() {
            continue;
        }
        job.started.store(true, Ordering::Release);
        let judged = catch_unwind(AssertUnwindSafe(|| judge(&job.question)));
        let answer = judged.unwrap_or_else(|_| {
            metrics.worker_panics.inc();
            // In what state the panic left it nobody knows.
            judge = make();
            Err(Failure::Internal("the evaluation thread panicked; its message stands in the log".to_owned()))
        });
        let waited = begun.saturating_duration_since(job.asked);
        metrics.judged(job.question.hook.as_str(), waited, begun.elapsed());
        // Whoever asked may have gone.
        let _ = job.reply.send(answer);
    }
}

/// The moment to answer by: what the API server says is left, less a margin for the way back, and never more than the
/// server's own maximum.
#[must_use]
pub fn deadline(received: Instant, stated: Option<Duration>, maximum: Duration) -> Instant {
    use crate::limits::{ANSWER_MARGIN, ANSWER_MARGIN_PART};
    let left = stated.map(|stated| {
        let margin = ANSWER_MARGIN.min(stated.checked_div(ANSWER_MARGIN_PART).unwrap_or_default());
        stated.saturating_sub(margin)
    });
    let time = left.map_or(maximum, |left| left.min(maximum));
    received.checked_add(time).unwrap_or(received)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metrics() -> Arc<Metrics> {
        Arc::new(Metrics::default())
    }

    fn question(deadline: Instant) -> Question {
        Question {
            hook: Hook::Validate,
            body: Bytes::from_static(b"{}"),
            deadline,
            memory: None,
            images: None,
            traced: false,
        }
    }

    fn soon() -> Instant {
        Instant::now() + Duration::from_secs(5)
    }

    fn answers() -> MakeJudge {
        Arc::new(|| {
            Box::new(|question| Ok(Answered { body: question.body.clone(), outcome: "allowed", subject: None }.into()))
        })
    }

    #[tokio::test]
    async fn answers_what_the_judge_says() {
        let workers = Workers::start(1, 1, &answers(), &metrics()).unwrap();
        let Reply::Answered(answered) = workers.ask(question(soon())).await.unwrap() else { panic!("no answer") };
        assert_eq!(answered.outcome, "allowed");
    }

    #[tokio::test(start_paused = true)]
    async fn a_review_that_waits_until_its_deadline_is_shed() {
        let workers = Workers::start(0, 2, &answers(), &metrics()).unwrap();
        let asked = Instant::now();
        assert_eq!(workers.ask(question(soon())).await, Err(Failure::Overload(Shed::Deadline)));
        assert_eq!(asked.elapsed().as_secs(), 5);
    }

    #[tokio::test(start_paused = true)]
    async fn a_full_queue_sheds_at_once() {
        let workers = Workers::start(0, 1, &answers(), &metrics()).unwrap();
        let waiting = tokio::spawn({
            let workers = workers.clone();
            async move { workers.ask(question(soon())).await }
        });
        tokio::task::yield_now().await;
        let asked = Instant::now();
        assert_eq!(workers.ask(question(soon())).await, Err(Failure::Overload(Shed::Queue)));
        assert_eq!(asked.elapsed(), Duration::ZERO);
        assert_eq!(waiting.await.unwrap(), Err(Failure::Overload(Shed::Deadline)));
    }

    #[tokio::test]
    async fn a_panic_costs_its_own_review_and_no_other() {
        let metrics = metrics();
        let make: MakeJudge = Arc::new(|| {
            Box::new(|question| {
                assert!(question.hook == Hook::Validate, "as the test wants it");
                Ok(Answered { body: Bytes::new(), outcome: "allowed", subject: None }.into())
            })
        });
        let workers = Workers::start(1, 4, &make, &metrics).unwrap();
        let bad = workers.ask(Question { hook: Hook::Mutate, ..question(soon()) }).await;
        assert_eq!(bad.unwrap_err().code(), 500);
        assert!(workers.ask(question(soon())).await.is_ok());
        assert_eq!(metrics.worker_panics.get(), 1);
    }

    #[tokio::test]
    async fn a_review_that_is_judged_too_long_is_late_and_its_thread_goes_on() {
        let (release, held) = bounded::<()>(1);
        let make: MakeJudge = Arc::new(move || {
            let held = held.clone();
            Box::new(move |question| {
                if question.hook == Hook::Mutate {
                    let _ = held.recv();
                }
                Ok(Answered { body: Bytes::new(), outcome: "allowed", subject: None }.into())
            })
        });
        let workers = Workers::start(1, 4, &make, &metrics()).unwrap();
        let near = Instant::now() + Duration::from_millis(50);
        let late = workers.ask(Question { hook: Hook::Mutate, ..question(near) }).await;
        assert_eq!(late, Err(Failure::Late));
        release.send(()).unwrap();
        assert!(workers.ask(question(soon())).await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn answers_before_the_api_server_stops_waiting() {
        let now = Instant::now();
        let left = |stated: Option<u64>| deadline(now, stated.map(Duration::from_secs), Duration::from_secs(9)) - now;
        assert_eq!(left(Some(5)), Duration::from_millis(4_500));
        assert_eq!(left(Some(1)), Duration::from_millis(800));
        assert_eq!(left(Some(30)), Duration::from_secs(9));
        assert_eq!(left(None), Duration::from_secs(9));
        assert_eq!(left(Some(0)), Duration::ZERO);
    }
}
