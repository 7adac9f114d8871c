//! What is remembered, and for how long.
//!
//! **Verdicts** are kept by repository, digest and the rule's hash, never by a tag: a changed rule, key or root is
//! another key, and what a tag names today says nothing about tomorrow. A `verified` answer is a fact about the content
//! and is shared by all who ask; it gives nobody the right to pull. `unsigned` and `invalid` are what *one credential*
//! was shown, so they are kept by credential too: who may not look must not deny others. They live seconds, since
//! pipelines sign seconds after they push. `unknown` is never kept.
//!
//! **Tags** lead to digests for some seconds, so that the Pods of one roll-out ask once.
//!
//! Both are bounded by bytes. Eviction is S3-FIFO-like (`quick_cache`): images that were asked for once go first, so a
//! flood of new names does not drive out what every Pod uses.

use std::hash::RandomState;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use platlint_registry::{Digest, Repository};
use quick_cache::sync::DefaultLifecycle;
use quick_cache::{OptionsBuilder, Weighter};
use regorus::Value;
use sha2::{Digest as _, Sha256};

use super::clock::Clock;
use super::examine::Found;
use crate::answer::{Answer, Status};

/// How long answers live.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lifetimes {
    /// `verified`. A signature does not decay; what changes trust changes the rule's hash.
    pub verified: Duration,
    /// `unsigned` and `invalid`, and `verified` on part of the evidence.
    pub refused: Duration,
    /// From a tag to its digest.
    pub tag: Duration,
}

impl Default for Lifetimes {
    fn default() -> Self {
        Self { verified: Duration::from_hours(24), refused: Duration::from_secs(15), tag: Duration::from_secs(10) }
    }
}

/// Default bound of all verdicts, in bytes: some 30,000 images without attestations.
const VERDICT_BYTES: u64 = 32 * 1024 * 1024;
/// Bound of all tags, in bytes.
const TAG_BYTES: u64 = 1024 * 1024;
/// What an entry costs beside its texts and values: key, maps, `Arc`s, the cache's own lists.
const ENTRY_BYTES: u64 = 512;
/// What one value costs in a map or list of values.
const VALUE_BYTES: u64 = 56;

/// A cache of verdicts and tags. Outlives reloads of the configuration: what they change is part of the keys.
#[derive(Debug)]
pub struct Cache {
    verdicts: quick_cache::sync::Cache<Key, Arc<Entry>, ByBytes, RandomState>,
    tags: quick_cache::sync::Cache<Key, Arc<Resolved>, ByBytes, RandomState>,
    clock: Clock,
    lifetimes: Lifetimes,
    hits: AtomicU64,
    misses: AtomicU64,
}

/// A digest over all that an entry is kept by, so that looking one up allocates nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Key([u8; 32]);

impl Key {
    /// Of a `verified` answer.
    pub(super) fn verified(repository: &Repository, digest: &Digest, rule: &[u8; 32]) -> Self {
        Self::of(b"verified", repository, &digest.to_string(), rule, &[])
    }

    /// Of an answer that holds for one credential only.
    pub(super) fn seen_by(repository: &Repository, digest: &Digest, rule: &[u8; 32], credential: &[u8]) -> Self {
        Self::of(b"seen by", repository, &digest.to_string(), rule, credential)
    }

    /// Of a tag's digest, as one credential sees it.
    pub(super) fn tag(repository: &Repository, tag: &str, credential: &[u8]) -> Self {
        Self::of(b"tag", repository, tag, &[0; 32], credential)
    }

    fn of(kind: &[u8], repository: &Repository, name: &str, rule: &[u8; 32], credential: &[u8]) -> Self {
        let mut hash = Sha256::new();
        let parts = [kind, repository.registry.as_bytes(), repository.repository.as_bytes(), name.as_bytes(), rule];
        for part in parts.into_iter().chain([credential]) {
            hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            hash.update(part);
        }
        Self(hash.finalize().into())
    }
}

/// An answer as rules see it, remembered or just found.
#[derive(Debug)]
pub(crate) struct Entry {
    status: Status,
    value: Value,
    hidden: bool,
    outage: bool,
    ends: Instant,
    bytes: u64,
}

impl Entry {
    /// As rules see it.
    pub(super) const fn value(&self) -> &Value {
        &self.value
    }

    pub(super) const fn status(&self) -> Status {
        self.status
    }

    pub(super) fn is_verified(&self) -> bool {
        self.status == Status::Verified
    }

    /// Another credential may be shown more.
    pub(super) const fn is_hidden(&self) -> bool {
        self.hidden
    }

    /// Not known, since the registry gives no answer now.
    pub(super) const fn is_outage(&self) -> bool {
        self.outage
    }

    /// The same answer with a remark for whoever reads it.
    pub(super) fn with_reason(&self, reason: &str) -> Self {
        let mut value = self.value.clone();
        if let Value::Object(entries) = &mut value {
            Arc::make_mut(entries).insert(Value::from("reason"), Value::from(reason));
        }
        Self { value, ..*self }
    }
}

/// What a tag was found to name.
#[derive(Debug)]
pub(crate) struct Resolved {
    pub(super) digest: Digest,
    ends: Instant,
    bytes: u64,
}

/// Weighs entries by their bytes.
#[derive(Debug, Clone)]
pub(crate) struct ByBytes;

impl Weighter<Key, Arc<Entry>> for ByBytes {
    fn weight(&self, _: &Key, entry: &Arc<Entry>) -> u64 {
        entry.bytes
    }
}

impl Weighter<Key, Arc<Resolved>> for ByBytes {
    fn weight(&self, _: &Key, resolved: &Arc<Resolved>) -> u64 {
        resolved.bytes
    }
}

impl Default for Cache {
    fn default() -> Self {
        Self::new(VERDICT_BYTES, Lifetimes::default(), Clock::monotonic())
    }
}

impl Cache {
    /// A cache of at most so many bytes of verdicts. An answer that is larger than all of it is not kept.
    #[must_use]
    pub fn new(bytes: u64, lifetimes: Lifetimes, clock: Clock) -> Self {
        Self {
            verdicts: bounded(bytes),
            tags: bounded(TAG_BYTES),
            clock,
            lifetimes,
            hits: AtomicU64::new(0),
            misses: AtomicU64::new(0),
        }
    }

    /// The answer under `key`, unless its time is over. Counted neither as hit nor as miss.
    pub(super) fn get(&self, key: &Key) -> Option<Arc<Entry>> {
        let entry = self.verdicts.get(key)?;
        (self.clock.now() < entry.ends).then_some(entry)
    }

    /// A `verified` answer whose time was over at most `outlives` ago.
    pub(super) fn last_known(&self, key: &Key, outlives: Duration) -> Option<Arc<Entry>> {
        let entry = self.verdicts.get(key).filter(|entry| entry.status == Status::Verified)?;
        (self.clock.now() < entry.ends.checked_add(outlives)?).then_some(entry)
    }

    /// Keeps an answer under the key that its status asks for and gives it back; `unknown` is not kept. A full `verified`
    /// answer goes under `verified`; all else under `seen_by`, and it ends an older `verified` answer whose time is over,
    /// so that an outage later does not bring that one back.
    pub(super) fn keep(&self, verified: Key, seen_by: Key, found: &Found) -> Arc<Entry> {
        let (answer, complete) = (&found.answer, found.complete);
        let life = match answer.status() {
            Status::Verified if complete => self.lifetimes.verified,
            _ => self.lifetimes.refused,
        };
        let now = self.clock.now();
        let value = answer.to_value();
        let bytes = ENTRY_BYTES.saturating_add(bytes_of(&value));
        let ends = now.checked_add(life).unwrap_or(now);
        let entry =
            Arc::new(Entry { status: answer.status(), value, hidden: found.hidden, outage: found.outage, ends, bytes });
        match answer.status() {
            Status::Unknown => {}
            Status::Verified if complete => self.verdicts.insert(verified, Arc::clone(&entry)),
            Status::Verified => self.verdicts.insert(seen_by, Arc::clone(&entry)),
            Status::Unsigned | Status::Invalid => {
                if !found.hidden {
                    self.verdicts.remove_if(&verified, |kept| kept.ends <= now);
                }
                self.verdicts.insert(seen_by, Arc::clone(&entry));
            }
        }
        entry
    }

    /// An answer that is not kept, and whether an outage is its cause.
    pub(super) fn unkept(&self, answer: &Answer, outage: bool) -> Entry {
        let ends = self.clock.now();
        Entry { status: answer.status(), value: answer.to_value(), hidden: false, outage, ends, bytes: 0 }
    }

    pub(super) fn tag(&self, key: &Key) -> Option<Digest> {
        let resolved = self.tags.get(key)?;
        (self.clock.now() < resolved.ends).then(|| resolved.digest.clone())
    }

    pub(super) fn keep_tag(&self, key: Key, digest: Digest) {
        let now = self.clock.now();
        let ends = now.checked_add(self.lifetimes.tag).unwrap_or(now);
        self.tags.insert(key, Arc::new(Resolved { digest, ends, bytes: ENTRY_BYTES }));
    }

    pub(super) fn count(&self, hit: bool) {
        let counter = if hit { &self.hits } else { &self.misses };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    /// Hits and misses since the start.
    pub(super) fn counts(&self) -> (u64, u64) {
        (self.hits.load(Ordering::Relaxed), self.misses.load(Ordering::Relaxed))
    }

    /// Bytes and number of kept verdicts.
    pub(super) fn size(&self) -> (u64, usize) {
        (self.verdicts.weight(), self.verdicts.len())
    }

    /// Whether more than half of the room is taken: prefilling stops here, live questions decide over the rest.
    pub(super) fn is_half_full(&self) -> bool {
        self.verdicts.weight().saturating_mul(2) > self.verdicts.capacity()
    }
}

/// One shard, so that the bound is exact and an entry may be as large as the cache; readers share its lock.
fn bounded<V: Clone>(bytes: u64) -> quick_cache::sync::Cache<Key, V, ByBytes, RandomState>
where
    ByBytes: Weighter<Key, V>,
{
    let entries = usize::try_from(bytes / ENTRY_BYTES).unwrap_or(usize::MAX);
    let options = OptionsBuilder::new().shards(1).estimated_items_capacity(entries).weight_capacity(bytes).build();
    #[allow(clippy::expect_used, reason = "it fails only where a capacity is not given, and both are")]
    let options = options.expect("capacities are given");
    quick_cache::sync::Cache::with_options(options, ByBytes, RandomState::new(), DefaultLifecycle::default())
}

/// Bytes that a value takes, estimated.
fn bytes_of(value: &Value) -> u64 {
    let below = match value {
        Value::String(text) => u64::try_from(text.len()).unwrap_or(u64::MAX),
        Value::Array(items) => items.iter().map(bytes_of).fold(0, u64::saturating_add),
        Value::Object(entries) => entries
            .iter()
            .map(|(key, value)| bytes_of(key).saturating_add(bytes_of(value)))
            .fold(0, u64::saturating_add),
        _ => 0,
    };
    VALUE_BYTES.saturating_add(below)
}
