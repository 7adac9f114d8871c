//! Whether the lock's claims are borne out by its evidence, by today's rule.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, MutexGuard, PoisonError};

use platlint_engine::{ImageFacts, ImageUse};
use platlint_registry::Digest;

use super::entry::{self, LockedImage, LockedPart};
use super::store::StoreFault;
use super::{FILE_NAME, Lock, pieces};
use crate::answer::{Answer, Status};
use crate::lookup::{ByDigest, Key, Question, children_listed, question, revoked};
use crate::trust::{Trust, TrustRule};
use crate::verify::judge;

impl Lock {
    /// What is known of each image from the lock and its evidence, judged again by `trust`, without network.
    ///
    /// An image without an entry is `unknown`. So is a tag that would be pinned online: a lock speaks of digests. What
    /// needs no evidence (no rule names the image, a digest is revoked) is answered as it is online.
    #[must_use]
    pub fn facts(&self, images: &[ImageUse], trust: &Trust) -> BTreeMap<Arc<str>, ImageFacts> {
        let facts = images.iter().map(|image| (Arc::clone(&image.value), self.of_image(&image.value, trust)));
        facts.collect()
    }

    fn of_image(&self, text: &str, trust: &Trust) -> ImageFacts {
        match question(trust, text, true) {
            Question::Certain(facts) => facts,
            Question::ByTag(_) => ImageFacts { signature: Answer::unknown(TAG).to_value(), digest: None, pinned: None },
            Question::ByDigest(asked) => {
                let signature = self.answer(&asked, trust).to_value();
                ImageFacts { signature, digest: Some(asked.digest.as_str().into()), pinned: None }
            }
        }
    }

    /// The answer for a digest, judged once for each rule.
    pub(super) fn answer(&self, asked: &ByDigest, trust: &Trust) -> Arc<Answer> {
        let Some(locked) = self.images.get(&entry::name(&asked.repository, &asked.digest)) else {
            return Arc::new(Answer::unknown(format!("not in {FILE_NAME}; `platlint images lock` adds it")));
        };
        if let Some(known) = self.judged().get(&asked.key) {
            return Arc::clone(known);
        }
        let answer = Arc::new(self.judge(locked, &asked.rule, trust));
        self.judged().insert(asked.key, Arc::clone(&answer));
        answer
    }

    fn judged(&self) -> MutexGuard<'_, HashMap<Key, Arc<Answer>>> {
        self.judged.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn judge(&self, locked: &LockedImage, rule: &TrustRule, trust: &Trust) -> Answer {
        let answer = self.judge_evidence(locked, rule, trust).unwrap_or_else(|fault| match fault {
            StoreFault::Altered(_) => Answer::invalid(fault.to_string()),
            StoreFault::Missing(_) | StoreFault::Unreadable(..) => Answer::unknown(fault.to_string()),
        });
        let is_current = locked.policy == entry::policy(&rule.hash());
        match answer.status() {
            Status::Verified if is_borne_out(locked, &answer) => answer,
            Status::Verified if is_current => Answer::invalid(OTHER_CLAIMS),
            // By another rule other authorities count: what the lock says may be old, and may be false.
            Status::Verified => {
                Answer::unknown(format!("locked under another image policy, and {OTHER_CLAIMS}; {LOCK_AGAIN}"))
            }
            Status::Unknown => answer,
            Status::Unsigned | Status::Invalid if is_current => answer,
            Status::Unsigned | Status::Invalid => {
                let why = answer.reason().unwrap_or_default();
                Answer::unknown(format!("locked under another image policy, and by this one: {why}; {LOCK_AGAIN}"))
            }
        }
    }

    fn judge_evidence(&self, locked: &LockedImage, rule: &TrustRule, trust: &Trust) -> Result<Answer, StoreFault> {
        let answer = judge(rule, &locked.digest, &pieces::evidence(&locked.own.bundles, &self.store)?);
        if !rule.settings().recursive || answer.status() != Status::Verified {
            return Ok(answer);
        }
        let mut open: Vec<&LockedPart> = vec![&locked.own];
        let mut seen: Vec<&Digest> = vec![&locked.digest];
        while let Some(part) = open.pop() {
            let Some(file) = &part.manifest else {
                return Ok(Answer::unknown(format!("the lock does not hold manifest {}; {LOCK_AGAIN}", part.digest)));
            };
            let manifest = self.store.get(file)?;
            if !part.digest.is_of(&manifest) {
                return Ok(Answer::invalid(format!("the lock holds other content as manifest {}", part.digest)));
            }
            let Ok(listed) = children_listed(&manifest) else {
                return Ok(Answer::invalid(format!("manifest {} cannot be read", part.digest)));
            };
            for child in listed {
                if seen.contains(&&child.digest) {
                    continue;
                }
                if let Some(revoked) = revoked(trust, &child.digest) {
                    let why = revoked.reason().unwrap_or_default();
                    return Ok(Answer::invalid(format!("{}, which the index lists: {why}", child.name())));
                }
                let Some(below) = locked.children.iter().find(|part| part.digest == child.digest) else {
                    let name = child.name();
                    return Ok(Answer::unknown(format!("the lock says nothing of {name}; {LOCK_AGAIN}")));
                };
                let own = judge(rule, &below.digest, &pieces::evidence(&below.bundles, &self.store)?);
                if own.status() != Status::Verified {
                    let why = own.reason().unwrap_or_default();
                    return Ok(Answer::invalid(format!("{}, which the index lists: {why}", child.name())));
                }
                seen.push(&below.digest);
                open.push(below);
            }
        }
        Ok(answer)
    }
}

/// Whether the lock names just the signers and attestations that its evidence shows.
fn is_borne_out(locked: &LockedImage, answer: &Answer) -> bool {
    locked.signers == entry::signers(answer) && locked.predicate_types == entry::predicate_types(answer)
}

const TAG: &str =
    "named by a tag: a lock speaks of digests; `platlint fix --images online` pins it, `--images online` asks";
const OTHER_CLAIMS: &str = "the lock names other signers or attestations than its evidence shows";
const LOCK_AGAIN: &str = "run `platlint images lock`";
