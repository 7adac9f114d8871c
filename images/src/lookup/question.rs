//! What an image's text asks: what is certain without a registry, and what must be looked up by digest or by tag.
//!
//! Pure; the same for registries, for the lock and offline, so that none of them is more lenient than another.

use std::sync::Arc;

use platlint_config::images::DefaultDecision;
use platlint_engine::ImageFacts;
use platlint_engine::image::Reference;
use platlint_registry::{Digest, Repository};

use super::cache::Key;
use crate::answer::Answer;
use crate::trust::{Trust, TrustRule};

/// When a review happens. It decides what a tag is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// The text may still be changed before a node reads it: a file, a template, the mutating hook. A tag can be pinned.
    BeforeMutation,
    /// The object goes to the cluster as it is. In a Pod a tag proves nothing: the node asks again what it names.
    Admission,
}

/// What an image's text asks.
#[derive(Debug, Clone)]
pub(crate) enum Question {
    /// Nothing: the answer is certain, and stays so as long as the trust.
    Certain(ImageFacts),
    /// Who signed this digest.
    ByDigest(ByDigest),
    /// What a tag names, and who signed that.
    ByTag(ByTag),
}

/// A digest under a rule.
#[derive(Debug, Clone)]
pub(crate) struct ByDigest {
    pub repository: Repository,
    pub digest: Digest,
    pub rule: Arc<TrustRule>,
    /// Where a `verified` answer is kept.
    pub key: Key,
}

/// A tag under a rule with `pin`.
#[derive(Debug, Clone)]
pub(crate) struct ByTag {
    pub repository: Repository,
    pub tag: Arc<str>,
    pub rule: Arc<TrustRule>,
}

impl ByDigest {
    pub(crate) fn new(repository: Repository, digest: Digest, rule: Arc<TrustRule>) -> Self {
        let key = Key::verified(&repository, &digest, &rule.question());
        Self { repository, digest, rule, key }
    }
}

/// What the text of an image asks. `may_pin`: a tag may still be replaced by a digest ([`may_pin`]).
pub(crate) fn question(trust: &Trust, text: &str, may_pin: bool) -> Question {
    // What no runtime reads today may be trimmed or completed by a controller tomorrow, so it is not left open.
    let Some(reference) = Reference::parse(text) else {
        return certain(&Answer::unsigned("not an image reference, so nothing can be signed"), None);
    };
    let digest = match reference.digest.as_deref().map(Digest::parse) {
        Some(Ok(digest)) => Some(digest),
        Some(Err(error)) => return certain(&Answer::unsigned(error.to_string()), None),
        None => None,
    };
    if let Some(revoked) = digest.as_ref().and_then(|digest| revoked(trust, digest)) {
        return certain(&revoked, digest.as_ref());
    }
    let Some(rule) = trust.rule_for(&reference) else {
        return certain(&by_default(trust), digest.as_ref());
    };
    let (repository, rule) = (Repository::of(&reference), Arc::clone(rule));
    match digest {
        Some(digest) => Question::ByDigest(ByDigest::new(repository, digest, rule)),
        None if !rule.settings().pin => certain(&Answer::unsigned(MOVES_AND_STAYS), None),
        None if !may_pin => certain(&Answer::unsigned(MOVES), None),
        None => Question::ByTag(ByTag { repository, tag: reference.tag.unwrap_or_else(|| "latest".into()), rule }),
    }
}

const MOVES: &str = "named by a tag, which can move; name the digest, or let the mutating webhook pin it";
const MOVES_AND_STAYS: &str = "named by a tag, which can move; name the digest";

fn by_default(trust: &Trust) -> Answer {
    const NO_RULE: &str = "no rule under images.rules names this image";
    match trust.default_decision() {
        DefaultDecision::Deny => Answer::unsigned(NO_RULE),
        DefaultDecision::Allow { reason } => {
            Answer::allowed_without_signature(format!("{NO_RULE}, and the default allows it: {reason}"))
        }
    }
}

/// Whether a tag at this moment may still be replaced by a digest.
pub(crate) fn may_pin(moment: Moment, in_pod: bool) -> bool {
    moment == Moment::BeforeMutation || !in_pod
}

/// The answer for a digest that the configuration revokes, whoever signed it.
pub(crate) fn revoked(trust: &Trust, digest: &Digest) -> Option<Answer> {
    trust
        .policy()
        .revoked
        .contains(digest.as_str())
        .then(|| Answer::invalid(format!("digest {digest} is revoked (images.revoked)")))
}

fn certain(answer: &Answer, digest: Option<&Digest>) -> Question {
    Question::Certain(ImageFacts {
        signature: answer.to_value(),
        digest: digest.map(|digest| digest.as_str().into()),
        pinned: None,
    })
}
