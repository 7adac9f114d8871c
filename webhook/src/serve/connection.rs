//! A connection that cannot be held for nothing: who sends a request's head too slowly, idles too long, or takes no
//! answer, is cut.
//!
//! hyper's own timer covers the wait for a head and the idle time before it with one limit, but the first must be short
//! (slow clients) and the second longer than the client's own (or a request meets a closing connection).

use std::future::Future as _;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

/// What a connection is doing, and which of its phases this is: a second idle time is not the first. Set by the stream
/// (first byte of a head) and by the service (head complete, answered), which run in one task.
#[derive(Debug, Clone, Default)]
pub(super) struct Phase(Arc<AtomicU64>);

const IDLE: u64 = 0;
const HEAD: u64 = 1;
const BUSY: u64 = 2;
/// Kinds of phases; the number of a phase modulo this is its kind.
const KINDS: u64 = 4;

impl Phase {
    /// A request is being answered; its own limits hold.
    pub(super) fn busy(&self) {
        self.begin(BUSY);
    }

    /// The answer is on its way.
    pub(super) fn idle(&self) {
        self.begin(IDLE);
    }

    /// Bytes came. While a request is answered they are its body, or the next request, and change nothing.
    fn received(&self) {
        if kind(self.get()) == IDLE {
            self.begin(HEAD);
        }
    }

    fn begin(&self, kind: u64) {
        let round = (self.get() / KINDS).wrapping_add(1);
        self.0.store(round.wrapping_mul(KINDS).wrapping_add(kind), Ordering::Relaxed);
    }

    fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

const fn kind(phase: u64) -> u64 {
    phase % KINDS
}

/// How long each phase may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    pub idle: Duration,
    pub head: Duration,
    pub write: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        use crate::limits::{HEAD_TIME, IDLE_TIME, WRITE_TIME};
        Self { idle: IDLE_TIME, head: HEAD_TIME, write: WRITE_TIME }
    }
}

/// A stream with patience.
pub(super) struct Guarded<S> {
    stream: S,
    phase: Phase,
    patience: Patience,
    /// Ends the phase it was set for; made when something is first waited for.
    read: Option<(u64, Pin<Box<Sleep>>)>,
    write: Option<Pin<Box<Sleep>>>,
}

impl<S> Guarded<S> {
    pub(super) fn new(stream: S, phase: Phase, patience: Patience) -> Self {
        Self { stream, phase, patience, read: None, write: None }
    }

    /// Ready once the present phase has lasted too long.
    fn poll_overdue(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let phase = self.phase.get();
        let limit = match kind(phase) {
            IDLE => self.patience.idle,
            HEAD => self.patience.head,
            _ => return Poll::Pending,
        };
        let timer = match &mut self.read {
            Some((of, timer)) => {
                if *of != phase {
                    *of = phase;
                    timer.as_mut().reset(Instant::now().checked_add(limit).unwrap_or_else(Instant::now));
                }
                timer
            }
            none => &mut none.insert((phase, Box::pin(sleep(limit)))).1,
        };
        timer.as_mut().poll(cx)
    }
}

fn timed_out(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, what)
}

impl<S: AsyncRead + Unpin> AsyncRead for Guarded<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        match Pin::new(&mut self.stream).poll_read(cx, buffer) {
            Poll::Ready(result) => {
                if buffer.filled().len() > before {
                    self.phase.received();
                }
                Poll::Ready(result)
            }
            Poll::Pending => {
                ready!(self.poll_overdue(cx));
                Poll::Ready(Err(timed_out("the client sends nothing, or its request's head too slowly")))
            }
        }
    }
}

impl<S: AsyncWrite + Unpin> Guarded<S> {
    fn guard_write<T>(&mut self, cx: &mut Context<'_>, poll: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if poll.is_ready() {
            self.write = None;
            return poll;
        }
        let patience = self.patience.write;
        ready!(self.write.get_or_insert_with(|| Box::pin(sleep(patience))).as_mut().poll(cx));
        Poll::Ready(Err(timed_out("the client does not take the answer")))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Guarded<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let poll = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.guard_write(cx, poll)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let poll = Pin::new(&mut self.stream).poll_flush(cx);
        self.guard_write(cx, poll)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let poll = Pin::new(&mut self.stream).poll_shutdown(cx);
        self.guard_write(cx, poll)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let poll = Pin::new(&mut self.stream).poll_write_vectored(cx, bytes);
        self.guard_write(cx, poll)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};

    const PATIENCE: Patience =
        Patience { idle: Duration::from_secs(100), head: Duration::from_secs(5), write: Duration::from_secs(20) };

    fn guarded() -> (Guarded<tokio::io::DuplexStream>, tokio::io::DuplexStream, Phase) {
        let (ours, theirs) = duplex(4);
        let phase = Phase::default();
        (Guarded::new(ours, phase.clone(), PATIENCE), theirs, phase)
    }

    #[tokio::test(start_paused = true)]
    async fn an_idle_connection_is_kept_long_and_a_slow_head_is_not() {
        let (mut ours, mut theirs, phase) = guarded();
        let began = Instant::now();
        assert_eq!(ours.read_u8().await.unwrap_err().kind(), io::ErrorKind::TimedOut);
        assert_eq!(began.elapsed().as_secs(), 100);

        phase.idle();
        theirs.write_all(b"P").await.unwrap();
        assert_eq!(ours.read_u8().await.unwrap(), b'P');
        let began = Instant::now();
        assert_eq!(ours.read_u8().await.unwrap_err().kind(), io::ErrorKind::TimedOut);
        assert_eq!(began.elapsed().as_secs(), 5);
    }

    #[tokio::test(start_paused = true)]
    async fn every_idle_time_counts_from_its_own_beginning() {
        let (mut ours, _theirs, phase) = guarded();
        for _ in 0..3 {
            let waited = tokio::time::timeout(Duration::from_mins(1), ours.read_u8()).await;
            assert!(waited.is_err(), "cut too early");
            phase.busy();
            phase.idle();
        }
    }

    #[tokio::test(start_paused = true)]
    async fn drops_of_a_head_do_not_buy_time() {
        let (mut ours, mut theirs, _) = guarded();
        let slow = tokio::spawn(async move {
            for _ in 0..10 {
                tokio::time::sleep(Duration::from_secs(1)).await;
                if theirs.write_all(b"x").await.is_err() {
                    return;
                }
            }
        });
        let mut seen = 0;
        while ours.read_u8().await.is_ok() {
            seen += 1;
        }
        assert!((5..=6).contains(&seen), "{seen}");
        drop(ours);
        slow.await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn while_a_request_is_answered_nobody_is_cut() {
        let (mut ours, _theirs, phase) = guarded();
        phase.busy();
        let waited = tokio::time::timeout(Duration::from_secs(1_000), ours.read_u8()).await;
        assert!(waited.is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn who_takes_no_answer_is_cut() {
        let (mut ours, _theirs, _) = guarded();
        let began = Instant::now();
        assert_eq!(ours.write_all(b"12345678").await.unwrap_err().kind(), io::ErrorKind::TimedOut);
        assert_eq!(began.elapsed().as_secs(), 20);
    }
}
