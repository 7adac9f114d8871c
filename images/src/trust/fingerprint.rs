//! The digest of a rule: the same for rules that decide the same about each digest, another as soon as a key, a root, an
//! identity or a requirement is another. Caches are keyed by it, so what it leaves out must not decide.

use platlint_config::images::{Authority, AuthorityTrust, Distinct, ImageRule, Matcher, Require, Transparency};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Changes whenever the same configuration is judged differently by a newer version.
const VERSION: &str = "platlint trust rule 1";

pub(super) fn of(rule: &ImageRule) -> [u8; 32] {
    let mut digest = Digest(Sha256::new());
    digest.text(VERSION);
    digest.text(match rule.require {
        Require::All => "all",
        Require::Any => "any",
        Require::AtLeast { distinct: Distinct::Authority, .. } => "authorities",
        // Told apart by repository, no longer by whole subject.
        Require::AtLeast { distinct: Distinct::Identity, .. } => "principals",
    });
    digest.number(if let Require::AtLeast { count, .. } = rule.require { u64::from(count) } else { 0 });
    digest.number(u64::from(rule.formats.bundle));
    digest.number(u64::from(rule.formats.legacy));
    digest.number(u64::from(rule.recursive));
    digest.count(rule.authorities.len());
    rule.authorities.iter().for_each(|authority| digest.authority(authority));
    digest.count(rule.attestations.len());
    for wanted in &rule.attestations {
        digest.text(&wanted.predicate_type);
        digest.optional(wanted.authority.as_ref().map(String::as_bytes));
    }
    digest.0.finalize().into()
}

/// The hash of a recursive rule together with the revoked digests.
pub(super) fn with_revoked(rule: [u8; 32], revoked: &BTreeSet<Arc<str>>) -> [u8; 32] {
    let mut digest = Digest(Sha256::new());
    digest.bytes(&rule);
    digest.count(revoked.len());
    revoked.iter().for_each(|revoked| digest.text(revoked));
    digest.0.finalize().into()
}

/// Every part is preceded by its length, so that no two lists of parts give the same bytes.
struct Digest(Sha256);

impl Digest {
    fn number(&mut self, number: u64) {
        self.0.update(number.to_be_bytes());
    }

    fn count(&mut self, count: usize) {
        self.number(count as u64);
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.count(bytes.len());
        self.0.update(bytes);
    }

    fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    fn optional(&mut self, bytes: Option<&[u8]>) {
        self.number(u64::from(bytes.is_some()));
        self.bytes(bytes.unwrap_or_default());
    }

    fn matcher(&mut self, matcher: &Matcher) {
        match matcher {
            Matcher::Exact(text) => (self.text("exact"), self.text(text)),
            Matcher::Regex(text) => (self.text("regex"), self.text(text)),
            Matcher::Any => (self.text("any"), self.text("")),
        };
    }

    fn pairs<'p>(&mut self, pairs: impl ExactSizeIterator<Item = (&'p String, &'p String)>) {
        self.count(pairs.len());
        for (name, value) in pairs {
            self.text(name);
            self.text(value);
        }
    }

    fn authority(&mut self, authority: &Authority) {
        self.text(&authority.name);
        self.pairs(authority.annotations.iter());
        match &authority.trust {
            AuthorityTrust::Key { pem, transparency, trusted_root } => {
                self.text("key");
                self.bytes(pem);
                self.text(match transparency {
                    Transparency::Required => "required",
                    Transparency::IfPresent => "if present",
                    Transparency::Ignore => "ignore",
                });
                self.optional(trusted_root.as_deref());
            }
            AuthorityTrust::Keyless { issuer, subject, ci_claims, trusted_root } => {
                self.text("keyless");
                self.matcher(issuer);
                self.matcher(subject);
                self.pairs(ci_claims.iter());
                self.bytes(trusted_root);
            }
        }
    }
}
