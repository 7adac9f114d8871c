//! One flight per question: whoever asks while the same question is in the air waits for that answer.
//!
//! A flight belongs to nobody who waits: it is a task of its own, so a waiter that goes away or runs out of time takes
//! nothing from the others, and what it finds still reaches the cache. How long a flight may take is its own business;
//! every flight must end by itself.

use std::collections::HashMap;
use std::future::Future;
use std::hash::Hash;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

type InTheAir<K, V> = Mutex<HashMap<K, watch::Receiver<Option<V>>>>;

/// The flights of one kind.
pub(super) struct Flights<K, V> {
    in_the_air: Arc<InTheAir<K, V>>,
    started: AtomicU64,
    joined: AtomicU64,
}

impl<K, V> Default for Flights<K, V> {
    fn default() -> Self {
        Self { in_the_air: Arc::default(), started: AtomicU64::new(0), joined: AtomicU64::new(0) }
    }
}

impl<K: Eq + Hash + Clone + Send + 'static, V: Clone + Send + Sync + 'static> Flights<K, V> {
    /// The answer of the flight for `key`; `fly` makes one where none is in the air. `None` where the flight ended
    /// without an answer: it panicked, or the runtime is going down.
    pub(super) async fn join<F>(&self, key: K, fly: impl FnOnce() -> F) -> Option<V>
    where
        F: Future<Output = V> + Send + 'static,
    {
        let mut answer = {
            let mut in_the_air = lock(&self.in_the_air);
            if let Some(waiting) = in_the_air.get(&key) {
                self.joined.fetch_add(1, Ordering::Relaxed);
                waiting.clone()
            } else {
                self.started.fetch_add(1, Ordering::Relaxed);
                let (landed, waiting) = watch::channel(None);
                in_the_air.insert(key.clone(), waiting.clone());
                let landing = Landing { in_the_air: Arc::clone(&self.in_the_air), key };
                let flight = fly();
                tokio::spawn(async move {
                    let answer = flight.await;
                    // Off the list first: who comes now finds the answer in the cache or asks anew.
                    drop(landing);
                    landed.send_replace(Some(answer));
                });
                waiting
            }
        };
        answer.wait_for(Option::is_some).await.ok().and_then(|answer| answer.clone())
    }

    pub(super) fn in_the_air(&self) -> usize {
        lock(&self.in_the_air).len()
    }

    /// How many flights were started, and how many questions joined one.
    pub(super) fn counts(&self) -> (u64, u64) {
        (self.started.load(Ordering::Relaxed), self.joined.load(Ordering::Relaxed))
    }
}

/// Takes the flight off the list when it ends, however it ends.
struct Landing<K: Eq + Hash, V> {
    in_the_air: Arc<InTheAir<K, V>>,
    key: K,
}

impl<K: Eq + Hash, V> Drop for Landing<K, V> {
    fn drop(&mut self) {
        lock(&self.in_the_air).remove(&self.key);
    }
}

/// No code that can panic runs under this lock, so its content is sound even where a thread that held it died.
fn lock<K, V>(in_the_air: &InTheAir<K, V>) -> MutexGuard<'_, HashMap<K, watch::Receiver<Option<V>>>> {
    in_the_air.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::sync::oneshot;

    #[tokio::test]
    async fn all_who_ask_meanwhile_share_one_flight() {
        let flights = Flights::<u8, u32>::default();
        let (land, landing) = oneshot::channel::<u32>();
        let mut first = Box::pin(flights.join(1, || async { landing.await.unwrap() }));
        assert!(futures::poll!(&mut first).is_pending());
        let mut waiters: Vec<_> =
            (1..500).map(|_| Box::pin(flights.join(1, || async { unreachable!("a flight is in the air") }))).collect();
        for waiter in &mut waiters {
            assert!(futures::poll!(waiter).is_pending());
        }
        assert_eq!((flights.in_the_air(), flights.counts()), (1, (1, 499)));
        land.send(7).unwrap();
        assert_eq!(first.await, Some(7));
        for waiter in waiters {
            assert_eq!(waiter.await, Some(7));
        }
        assert_eq!(flights.in_the_air(), 0);
    }

    #[tokio::test]
    async fn a_waiter_that_goes_away_leaves_the_flight_to_the_others() {
        let flights = Flights::<u8, u32>::default();
        let (land, landing) = oneshot::channel::<u32>();
        let mut first = Box::pin(flights.join(1, || async { landing.await.unwrap() }));
        assert!(futures::poll!(&mut first).is_pending());
        let mut second = Box::pin(flights.join(1, || async { unreachable!("a flight is in the air") }));
        assert!(futures::poll!(&mut second).is_pending());
        drop(first);
        land.send(7).unwrap();
        assert_eq!(second.await, Some(7));
    }

    #[tokio::test]
    async fn a_flight_that_panics_answers_nobody_and_blocks_nobody() {
        let flights = Flights::<u8, u32>::default();
        assert_eq!(flights.join(1, || async { panic!("a flight that crashes, on purpose") }).await, None);
        assert_eq!(flights.join(1, || async { 8 }).await, Some(8));
    }
}
