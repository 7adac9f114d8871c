//! Where lock, files, configuration and registry have come apart.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures::future::join_all;
use platlint_engine::ImageUse;
use platlint_registry::{Digest, Repository};
use tokio::time::Instant;

use super::Lock;
use super::entry::{self, LockedImage, LockedSigner};
use crate::lookup::{Cause, Credentials, Lookup, Question, question};
use crate::trust::Trust;

/// How a lock differs from what is used and configured. Images by `registry/repository@digest`, in order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Drift {
    /// Used by digest under a rule, and not in the lock.
    pub missing: Vec<String>,
    /// In the lock by another rule than today's.
    pub stale: Vec<String>,
    /// In the lock and not used.
    pub unused: Vec<String>,
    /// Used by a tag under a rule that pins, as written: a lock cannot speak of them.
    pub unpinned: Vec<Arc<str>>,
}

impl Drift {
    /// Whether the lock says all that is needed, and by today's rules. An unused entry is no fault.
    #[must_use]
    pub fn is_none(&self) -> bool {
        self.missing.is_empty() && self.stale.is_empty() && self.unpinned.is_empty()
    }
}

/// A repository whose newer images are signed by others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignerChange {
    /// The image as it is locked now.
    pub image: String,
    /// All who signed locked images of this repository before.
    pub before: BTreeSet<LockedSigner>,
    /// Who signed this one.
    pub now: BTreeSet<LockedSigner>,
}

/// A tag that names another digest than where the lock was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MovedTag {
    /// `registry/repository`.
    pub repository: Repository,
    /// The tag.
    pub tag: String,
    /// The locked digest.
    pub locked: Digest,
    /// What it names now, or why that is not known. A tag that is gone is a [`Cause`] too.
    pub now: Result<Digest, Cause>,
}

impl Lock {
    /// Compares with the images that are used and the rules that hold.
    #[must_use]
    pub fn drift(&self, images: &[ImageUse], trust: &Trust) -> Drift {
        let (mut missing, mut stale, mut unpinned) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        let mut used = BTreeSet::new();
        for image in images {
            let asked = match question(trust, &image.value, true) {
                Question::ByDigest(asked) => asked,
                Question::ByTag(_) => {
                    unpinned.insert(Arc::clone(&image.value));
                    continue;
                }
                Question::Certain(_) => continue,
            };
            let name = entry::name(&asked.repository, &asked.digest);
            match self.images.get(&name) {
                None => missing.insert(name.clone()),
                Some(locked) if locked.policy != entry::policy(&asked.rule.hash()) => stale.insert(name.clone()),
                Some(_) => false,
            };
            used.insert(name);
        }
        Drift {
            missing: missing.into_iter().collect(),
            stale: stale.into_iter().collect(),
            unused: self.images.keys().filter(|name| !used.contains(*name)).cloned().collect(),
            unpinned: unpinned.into_iter().collect(),
        }
    }

    /// The images of `newer` that somebody signed who had signed none of the locked images of that repository, or that
    /// lack a signer whom all of those had. A repository that is new to the lock is no change.
    #[must_use]
    pub fn signer_changes(&self, newer: &Self) -> Vec<SignerChange> {
        let mut before: BTreeMap<&Repository, Vec<&LockedImage>> = BTreeMap::new();
        for image in self.images.values() {
            before.entry(&image.repository).or_default().push(image);
        }
        let change = |image: &LockedImage| {
            let earlier = before.get(&image.repository)?;
            let all: BTreeSet<LockedSigner> = earlier.iter().flat_map(|image| image.signers.clone()).collect();
            let always = all.iter().filter(|signer| earlier.iter().all(|image| image.signers.contains(signer)));
            let is_change =
                !image.signers.is_subset(&all) || !always.cloned().collect::<BTreeSet<_>>().is_subset(&image.signers);
            is_change.then(|| SignerChange { image: image.name(), before: all, now: image.signers.clone() })
        };
        newer.images.values().filter_map(change).collect()
    }

    /// Asks registries what the locked tags name now, and tells those that name another digest or cannot be asked.
    pub async fn moved_tags(&self, lookup: &Lookup, credentials: &dyn Credentials, deadline: Instant) -> Vec<MovedTag> {
        let tags = self.images.values().flat_map(|image| image.tags.iter().map(move |tag| (image, tag)));
        let now = tags.map(|(image, tag)| async move {
            let asked = Arc::from(tag.as_str());
            let now = lookup.digest_of_tag(&image.repository, &asked, credentials, deadline).await;
            (now.as_ref() != Ok(&image.digest)).then(|| MovedTag {
                repository: image.repository.clone(),
                tag: tag.clone(),
                locked: image.digest.clone(),
                now,
            })
        });
        join_all(now).await.into_iter().flatten().collect()
    }
}
