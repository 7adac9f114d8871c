//! How much is looked at for one image, and how much memory all lookups together may fill with what strangers wrote.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use platlint_registry::MAX_BUNDLE_BYTES;
use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout_at};

use super::cause::Cause;

/// Different images that one call looks up. A Pod has some; a list of thousands is somebody's who wants to be in the way.
pub(super) const MAX_IMAGES: usize = 256;
/// Manifests that are read of those that refer to a digest and may be evidence.
pub(super) const MAX_CANDIDATES: usize = 32;
/// Bytes of such a manifest. It names one layer, and takes some 1,000.
pub(super) const MAX_CANDIDATE_BYTES: u64 = 256 << 10;
/// Bundles or legacy signatures read for one digest.
pub(super) const MAX_PIECES: usize = 32;
/// Bytes of evidence for one digest: one bundle of the largest kind and many of the usual (10 kB).
const MAX_EVIDENCE_BYTES: u64 = MAX_BUNDLE_BYTES + (4 << 20);
/// Manifests below an index under a rule with `recursive`, all levels together.
pub(super) const MAX_DESCENDANTS: usize = 64;
/// Levels of indexes within indexes.
pub(super) const MAX_LEVELS: usize = 3;

/// Evidence of up to this many bytes counts as small: it never waits behind large evidence.
const SMALL_BYTES: u64 = 256 << 10;
/// Small evidence in memory at one time, and what of it may be of one registry, in KiB.
const SMALL_ROOM: (usize, usize) = (16 << 10, 4 << 10);
/// The same for large evidence: half, so that the largest of one registry leaves room for that of another.
const LARGE_ROOM: (usize, usize) = (24 << 10, 12 << 10);
/// Registries whose share is remembered while they hold nothing.
const MAX_HOSTS: usize = 1024;

/// The longest time for one image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience(pub Duration);

impl Patience {
    /// In the webhook: two seconds.
    pub const WEBHOOK: Self = Self(Duration::from_secs(2));
    /// In the CLI: ten seconds.
    pub const CLI: Self = Self(Duration::from_secs(10));

    /// When a flight that is wanted until `wanted` stops asking the registry.
    ///
    /// A tenth is kept back, so that what was fetched from one place can still be judged where another place hangs. A
    /// flight that starts late for its first waiter takes half the usual time all the same: the next one waits for it.
    pub(super) fn until(self, now: Instant, wanted: Instant) -> Instant {
        let left = wanted.saturating_duration_since(now).clamp(self.0 / 2, self.0);
        let reserve = left / 10;
        now.checked_add(left.saturating_sub(reserve)).unwrap_or(now)
    }

    /// When a flight is given up, whatever it does: the registry client keeps its own deadline, so this is for faults.
    pub(super) fn end(self, now: Instant) -> Instant {
        now.checked_add(self.0.saturating_mul(2)).unwrap_or(now)
    }
}

/// The memory that evidence may fill, in two parts, so that a few large attestations cannot keep out all signatures. Of
/// each part one registry gets a share: room is held until the last byte has come, and a registry that lets it drip would
/// else hold up all others.
#[derive(Debug)]
pub(super) struct Room {
    small: Half,
    large: Half,
}

/// Room that is taken, given back when it is dropped.
#[derive(Debug)]
pub(super) struct Taken {
    _of_host: OwnedSemaphorePermit,
    _of_all: OwnedSemaphorePermit,
}

#[derive(Debug)]
struct Half {
    all: Arc<Semaphore>,
    share: usize,
    hosts: Mutex<HashMap<Arc<str>, Arc<Semaphore>>>,
}

impl Default for Room {
    fn default() -> Self {
        Self { small: Half::new(SMALL_ROOM), large: Half::new(LARGE_ROOM) }
    }
}

impl Half {
    fn new((all, share): (usize, usize)) -> Self {
        Self { all: Arc::new(Semaphore::new(all)), share, hosts: Mutex::default() }
    }

    fn of_host(&self, host: &Arc<str>) -> Arc<Semaphore> {
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        if hosts.len() >= MAX_HOSTS {
            hosts.retain(|_, share| Arc::strong_count(share) > 1);
        }
        let share = hosts.entry(Arc::clone(host)).or_insert_with(|| Arc::new(Semaphore::new(self.share)));
        Arc::clone(share)
    }
}

impl Room {
    /// Waits until there is room for so many bytes, all at once: no list of layers holds a part while it waits for the
    /// rest. Several lists of one image may wait for each other; the deadline ends that.
    pub(super) async fn take(&self, host: &Arc<str>, bytes: u64, deadline: Instant) -> Result<Taken, Cause> {
        if bytes > MAX_EVIDENCE_BYTES {
            return Err(Cause::TooMuch { what: "the evidence for one image, in bytes,", limit: MAX_EVIDENCE_BYTES });
        }
        let half = if bytes <= SMALL_BYTES { &self.small } else { &self.large };
        let kibibytes = u32::try_from(bytes.div_ceil(1024)).unwrap_or(u32::MAX);
        let taken = async {
            // The registry's own share first: who waits for that one takes nothing from the others.
            let of_host = half.of_host(host).acquire_many_owned(kibibytes).await?;
            let of_all = Arc::clone(&half.all).acquire_many_owned(kibibytes).await?;
            Ok::<_, AcquireError>(Taken { _of_host: of_host, _of_all: of_all })
        };
        match timeout_at(deadline, taken).await {
            Ok(Ok(taken)) => Ok(taken),
            // Never closed.
            Ok(Err(_)) => Err(Cause::Broken),
            Err(_) => Err(Cause::Late),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_registry_that_lets_its_evidence_drip_leaves_room_for_the_others() {
        let room = Room::default();
        let (dripping, other): (Arc<str>, Arc<str>) = ("drip.example".into(), "other.example".into());
        let soon = || Instant::now() + Duration::from_millis(20);
        for bytes in [SMALL_BYTES, MAX_EVIDENCE_BYTES] {
            let mut held = Vec::new();
            while let Ok(taken) = room.take(&dripping, bytes, soon()).await {
                held.push(taken);
                assert!(held.len() < 64, "one registry has a share");
            }
            assert!(room.take(&other, bytes, soon()).await.is_ok(), "{bytes} bytes of another registry");
            held.clear();
            assert!(room.take(&dripping, bytes, soon()).await.is_ok(), "what is dropped is given back");
        }
    }
}
