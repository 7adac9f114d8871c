//! Who is trusted: the configuration's image rules with keys parsed, roots read and patterns compiled.
//!
//! Everything that can be wrong with them is found here, once, with its place; a compiled rule cannot fail later. What a
//! rule's signatures prove is decided in `verify`.

mod claims;
mod compile;
mod fingerprint;
mod key;
mod matcher;

pub(crate) use claims::CiClaims;
pub(crate) use key::{KeyError, PublicKey};
pub(crate) use matcher::TextMatcher;

use crate::sigstore::Root;
use platlint_config::images::{At, DefaultDecision, ImagePolicy, ImageRule, Require, Transparency, WantedAttestation};
use platlint_engine::image::Reference;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// The image policy, ready to judge by.
#[derive(Debug)]
pub struct Trust {
    policy: ImagePolicy,
    /// As many as the policy has rules, in its order.
    rules: Vec<Arc<TrustRule>>,
}

impl Trust {
    /// Parses keys and roots and compiles patterns; all that is wrong with any of them at once.
    pub fn compile(policy: &ImagePolicy) -> Result<Self, Vec<TrustProblem>> {
        compile::rules(policy).map(|rules| Self { policy: policy.clone(), rules })
    }

    /// The rule for an image; `None` where the default holds.
    #[must_use]
    pub fn rule_for(&self, image: &Reference) -> Option<&Arc<TrustRule>> {
        let rule = self.policy.rule_for(image)?;
        let index = self.policy.rules.iter().position(|other| std::ptr::eq(other, rule))?;
        self.rules.get(index)
    }

    /// All rules, in the configuration's order.
    #[must_use]
    pub fn rules(&self) -> &[Arc<TrustRule>] {
        &self.rules
    }

    /// What holds for images that no rule names.
    #[must_use]
    pub const fn default_decision(&self) -> &DefaultDecision {
        &self.policy.default
    }

    /// The configuration it was compiled from.
    #[must_use]
    pub const fn policy(&self) -> &ImagePolicy {
        &self.policy
    }
}

/// One rule of the image policy, ready to judge by.
#[derive(Debug)]
pub struct TrustRule {
    pub(crate) settings: ImageRule,
    pub(crate) authorities: Vec<TrustedAuthority>,
    hash: [u8; 32],
    question: [u8; 32],
}

impl TrustRule {
    /// A digest over everything that decides about an image's digest: authorities with the content of their keys and
    /// roots, requirement, attestations, formats. Not over the images it names, nor over places and paths.
    #[must_use]
    pub const fn hash(&self) -> [u8; 32] {
        self.hash
    }

    /// What answers are remembered by: the hash, and with `recursive` also the revoked digests, any of which may stand below
    /// an index that was verified before. The digest that is asked about is compared with them before any memory.
    pub(crate) const fn question(&self) -> [u8; 32] {
        self.question
    }

    /// The rule as configured.
    #[must_use]
    pub const fn settings(&self) -> &ImageRule {
        &self.settings
    }

    /// The predicate types that it wants attested; bundles known to hold another need not be fetched.
    #[must_use]
    pub fn wanted_attestations(&self) -> &[WantedAttestation] {
        &self.settings.attestations
    }

    pub(crate) const fn require(&self) -> Require {
        self.settings.require
    }
}

/// An authority with its material.
#[derive(Debug)]
pub(crate) struct TrustedAuthority {
    pub(crate) name: Arc<str>,
    pub(crate) annotations: BTreeMap<String, String>,
    pub(crate) means: Means,
}

impl TrustedAuthority {
    /// Whether the same key, however it is written, or the same identities are trusted.
    fn is_same_signer(&self, other: &Self) -> bool {
        match (&self.means, &other.means) {
            (Means::Key(one), Means::Key(other)) => one.key.fingerprint() == other.key.fingerprint(),
            (Means::Keyless(one), Means::Keyless(other)) => {
                one.issuer.is_same(&other.issuer) && one.subject.is_same(&other.subject) && one.claims == other.claims
            }
            _ => false,
        }
    }

    /// Whether something else is asked of their signatures.
    fn differs_besides(&self, other: &Self) -> bool {
        let is_same = |one: &Arc<Root>, other: &Arc<Root>| Arc::ptr_eq(one, other);
        self.annotations != other.annotations
            || match (&self.means, &other.means) {
                (Means::Key(one), Means::Key(other)) => {
                    let is_same_root = match (&one.root, &other.root) {
                        (Some(one), Some(other)) => is_same(one, other),
                        (one, other) => one.is_none() && other.is_none(),
                    };
                    one.transparency != other.transparency || !is_same_root
                }
                (Means::Keyless(one), Means::Keyless(other)) => !is_same(&one.root, &other.root),
                _ => true,
            }
    }
}

/// What an authority's signatures are verified with.
#[derive(Debug)]
pub(crate) enum Means {
    Key(TrustedKey),
    Keyless(TrustedIdentity),
}

/// A key, and what else its signatures need.
#[derive(Debug)]
pub(crate) struct TrustedKey {
    pub(crate) key: PublicKey,
    pub(crate) transparency: Transparency,
    pub(crate) root: Option<Arc<Root>>,
}

/// Identities, and the root that vouches for them.
#[derive(Debug)]
pub(crate) struct TrustedIdentity {
    pub(crate) issuer: TextMatcher,
    pub(crate) subject: TextMatcher,
    pub(crate) claims: BTreeMap<String, String>,
    /// Shared between authorities of the same root, so that a bundle is proven once for all of them.
    pub(crate) root: Arc<Root>,
}

/// What is wrong with an authority.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct TrustProblem {
    /// The authority's place.
    pub at: At,
    /// What is wrong, without a full stop.
    pub message: String,
}

impl fmt::Display for TrustProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.at, self.message)
    }
}
