//! `platlint-images.lock`: who signed which digest, with the evidence beside it, so that a run without registry can
//! verify again.
//!
//! The lock is a claim until its evidence is judged: [`Lock::facts`] reads the stored bundles, checks that each is what
//! its name says, and asks `verify::judge` the same question as a registry's answer would be asked. Only references by
//! digest can pass; which digest a tag names is a claim that no evidence bears out.
//!
//! Form: YAML, one line for each fact, ordered by image, so that a review shows a new signer as a changed line.
//! `docs/images-lock.md` describes it for users.

mod claims;
mod drift;
mod entry;
mod legacy;
mod pieces;
mod placed;
mod read;
mod store;
mod update;
mod write;

pub use drift::{Drift, MovedTag, SignerChange};
pub use entry::{LockedImage, LockedPart, LockedSigner};
pub use read::{LockError, LockProblem};
pub use update::{Refused, Scope, Updated};
pub use write::WriteError;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};

use crate::answer::Answer;
use crate::lookup::Key;
use store::Store;

/// The name of the file.
pub const FILE_NAME: &str = "platlint-images.lock";

/// A lock file and its evidence.
#[derive(Debug, Default)]
pub struct Lock {
    /// By `registry/repository@digest`.
    images: BTreeMap<String, LockedImage>,
    store: Store,
    /// Judged before, by this process. A rule's hash is part of the key.
    judged: Mutex<HashMap<Key, Arc<Answer>>>,
}

impl Lock {
    /// All entries, by `registry/repository@digest`.
    #[must_use]
    pub const fn images(&self) -> &BTreeMap<String, LockedImage> {
        &self.images
    }
}
