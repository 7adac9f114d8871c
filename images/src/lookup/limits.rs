//! How much is looked at for one image, and how much memory all lookups together may fill with what strangers wrote.

use std::sync::Arc;
use std::time::Duration;

use platlint_registry::MAX_BUNDLE_BYTES;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout_at};

use super::cause::Cause;

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
/// Small and large evidence in memory at one time, in KiB each.
const ROOM_KIBIBYTES: usize = 16 << 10;

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

/// The memory that evidence may fill, in two parts, so that a few large attestations cannot keep out all signatures.
#[derive(Debug, Clone)]
pub(super) struct Room {
    small: Arc<Semaphore>,
    large: Arc<Semaphore>,
}

impl Default for Room {
    fn default() -> Self {
        let part = || Arc::new(Semaphore::new(ROOM_KIBIBYTES));
        Self { small: part(), large: part() }
    }
}

impl Room {
    /// Waits until there is room for so many bytes, all at once: no list of layers holds a part while it waits for the
    /// rest. Several lists of one image may wait for each other; the deadline ends that.
    pub(super) async fn take(&self, bytes: u64, deadline: Instant) -> Result<OwnedSemaphorePermit, Cause> {
        if bytes > MAX_EVIDENCE_BYTES {
            return Err(Cause::TooMuch { what: "the evidence for one image, in bytes,", limit: MAX_EVIDENCE_BYTES });
        }
        let part = if bytes <= SMALL_BYTES { &self.small } else { &self.large };
        let kibibytes = u32::try_from(bytes.div_ceil(1024)).unwrap_or(u32::MAX);
        match timeout_at(deadline, Arc::clone(part).acquire_many_owned(kibibytes)).await {
            Ok(Ok(permit)) => Ok(permit),
            // Never closed.
            Ok(Err(_)) => Err(Cause::Broken),
            Err(_) => Err(Cause::Late),
        }
    }
}
