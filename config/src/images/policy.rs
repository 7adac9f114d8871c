//! What the `images` section says, as plain data: who may sign which images. All of it is checked as far as that goes
//! without cryptography; keys, certificates and trusted roots are only known to look like such.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use platlint_engine::image::Reference;

use crate::images::name::ImageName;
use crate::images::pattern::ImagePattern;

/// Who may sign which images, and how registries are reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImagePolicy {
    /// The rules, in order of the configuration. Which one decides about an image is said by [`ImagePolicy::rule_for`].
    pub rules: Vec<ImageRule>,
    /// What holds for images that no rule names.
    pub default: DefaultDecision,
    /// Settings of registries, by host and port as [`ImageName`] writes them.
    pub registries: BTreeMap<String, RegistrySettings>,
    /// Digests, `algorithm:hex`, that are never accepted, whoever signed them.
    pub revoked: BTreeSet<Arc<str>>,
    /// `sha256:…` over all of this that decides, contents of files included; not over paths and places.
    pub hash: String,
}

impl ImagePolicy {
    /// The rule for an image: of those that match and do not exclude it the most specific one; `None` where the default
    /// holds. Which tag or digest is named does not count.
    #[must_use]
    pub fn rule_for(&self, image: &Reference) -> Option<&ImageRule> {
        let name = ImageName::of(image);
        let best = |rule: &ImageRule| {
            let is_excluded = || rule.exclude.iter().any(|pattern| pattern.matches(&name));
            let matching = rule.patterns.iter().filter(|pattern| pattern.matches(&name));
            matching.map(ImagePattern::specificity).max().filter(|_| !is_excluded()).cloned()
        };
        // Loading refuses patterns that could be equally specific for one image.
        let candidates = self.rules.iter().filter_map(|rule| Some((best(rule)?, rule)));
        candidates.max_by(|(left, _), (right, _)| left.cmp(right)).map(|(_, rule)| rule)
    }

    /// Whether the digest is on the list of those that are never accepted.
    #[must_use]
    pub fn is_revoked(&self, digest: &str) -> bool {
        self.revoked.contains(digest)
    }
}

/// What holds for images that no rule names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DefaultDecision {
    /// They count as unsigned.
    Deny,
    /// They pass, for this reason, which is reported.
    Allow {
        /// Why.
        reason: String,
    },
}

/// How a registry is reached.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RegistrySettings {
    /// Spoken to without TLS.
    pub plain_http: bool,
    /// Certificates (PEM) that may sign the registry's own, beside those of the system.
    pub ca: Option<Arc<[u8]>>,
    /// Where to fetch from first, in order: `host[:port][/path]`. The images' names stay those of the registry.
    pub mirrors: Vec<String>,
}

/// Who may sign the images of some names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageRule {
    /// The images it speaks of; at least one.
    pub patterns: Vec<ImagePattern>,
    /// The images among them that it does not speak of.
    pub exclude: Vec<ImagePattern>,
    /// How many of the authorities must have signed.
    pub require: Require,
    /// Who may sign; at least one, each of another name.
    pub authorities: Vec<Authority>,
    /// What must be attested, too.
    pub attestations: Vec<WantedAttestation>,
    /// In which formats signatures are accepted.
    pub formats: Formats,
    /// Whether tags are resolved, verified and replaced by digests where that can be written; otherwise an image that is
    /// named by a tag is not accepted.
    pub pin: bool,
    /// Every manifest of an index must be signed as well.
    pub recursive: bool,
    /// For so long a verified answer about the same digest may outlive a failing registry.
    pub last_known: Option<Duration>,
    /// Where it stands.
    pub at: At,
}

/// How many of a rule's authorities must have signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Require {
    /// Each of them.
    All,
    /// One of them.
    Any,
    /// At least so many different ones.
    AtLeast {
        /// From 1.
        count: u32,
        /// What makes two signers different.
        distinct: Distinct,
    },
}

/// What makes two signers different.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Distinct {
    /// They are different authorities of the rule.
    Authority,
    /// They are different keys or identities, also of one authority.
    Identity,
}

/// Somebody who may sign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authority {
    /// Its name within the rule.
    pub name: String,
    /// What its signatures are verified with.
    pub trust: AuthorityTrust,
    /// Annotations that a signature must carry with these values.
    pub annotations: BTreeMap<String, String>,
    /// Where it stands.
    pub at: At,
}

/// What an authority's signatures are verified with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuthorityTrust {
    /// A key of its own.
    Key {
        /// The public key, PEM.
        pem: Arc<[u8]>,
        /// Whether its signatures must stand in a transparency log.
        transparency: Transparency,
        /// The log's and the timestamp authorities' keys (`trusted_root.json`); always there where transparency is
        /// required.
        trusted_root: Option<Arc<[u8]>>,
    },
    /// Certificates of a few minutes, given to an identity.
    Keyless {
        /// Who vouched for the identity.
        issuer: Matcher,
        /// The identity.
        subject: Matcher,
        /// Claims of a CI system in the certificate that must have these values.
        ci_claims: BTreeMap<String, String>,
        /// The roots of certificates, logs and timestamps (`trusted_root.json`).
        trusted_root: Arc<[u8]>,
    },
}

/// Whether a signature must stand in a transparency log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transparency {
    /// It must, with a proof.
    Required,
    /// Where it says so, the proof must hold.
    IfPresent,
    /// Proofs are not looked at.
    Ignore,
}

/// What a text must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Matcher {
    /// This one.
    Exact(String),
    /// The whole of it matches this regular expression: whoever compiles it anchors it on both sides.
    Regex(String),
    /// Anything. Only where claims of a CI system narrow it.
    Any,
}

/// An attestation that must be there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WantedAttestation {
    /// Type of the predicate: an URI.
    pub predicate_type: String,
    /// The authority of the rule that must have made it; any of them where `None`.
    pub authority: Option<String>,
}

/// In which formats signatures are accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Formats {
    /// Sigstore bundles.
    pub bundle: bool,
    /// What cosign wrote before bundles: an image tagged `sha256-….sig`.
    pub legacy: bool,
}

/// Where something stands in a configuration.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct At {
    /// The file, as users know it.
    pub file: Arc<str>,
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}
