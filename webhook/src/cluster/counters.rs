//! Numbers for metrics about what is written to the cluster.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

/// What was counted since the start, and what holds now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counters {
    /// This replica writes what all share.
    pub is_leader: bool,
    /// Webhook configurations written because the rules or the certificates asked for it.
    pub applied: u64,
    /// Webhook configurations written again because somebody else had changed them.
    pub restored: u64,
    /// Writes to the cluster that failed.
    pub failed: u64,
    /// Certificate authorities made.
    pub authorities: u64,
    /// Serving certificates made by this replica.
    pub leaves: u64,
    /// Rules that are sent nothing, since the configuration in the cluster lacks a kind of theirs.
    pub uncovered_rules: u64,
}

#[derive(Debug, Default)]
pub(super) struct Counting {
    pub is_leader: AtomicBool,
    pub applied: AtomicU64,
    pub restored: AtomicU64,
    pub failed: AtomicU64,
    pub authorities: AtomicU64,
    pub leaves: AtomicU64,
    pub uncovered_rules: AtomicU64,
}

impl Counting {
    pub(super) fn read(&self) -> Counters {
        Counters {
            is_leader: self.is_leader.load(Relaxed),
            applied: self.applied.load(Relaxed),
            restored: self.restored.load(Relaxed),
            failed: self.failed.load(Relaxed),
            authorities: self.authorities.load(Relaxed),
            leaves: self.leaves.load(Relaxed),
            uncovered_rules: self.uncovered_rules.load(Relaxed),
        }
    }
}

/// One more.
pub(super) fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Relaxed);
}
