//! Policies in short, and what they decide: what the tests of this crate share.

use platlint_config::images::{
    At, Authority, AuthorityTrust, DefaultDecision, Formats, ImagePolicy, ImageRule, Matcher, Require, Transparency,
    WantedAttestation,
};
use platlint_images::testing::{Sigstore, TestKey, bytes};
use platlint_images::verify::judge;
use platlint_images::{Answer, Evidence, LegacySignature, Status, Trust, TrustProblem};
use platlint_registry::Digest;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The image that is asked about, and another one.
pub(crate) fn image() -> Digest {
    Digest::sha256(b"the image")
}

pub(crate) fn other_image() -> Digest {
    Digest::sha256(b"another image")
}

pub(crate) const ISSUER: &str = "https://token.actions.example";
pub(crate) const SUBJECT: &str = "https://github.com/org/app/.github/workflows/release.yml@refs/heads/main";

/// A rule that starts with: any of the authorities, both formats.
pub(crate) struct Rule(ImageRule);

pub(crate) fn rule(authorities: impl IntoIterator<Item = Authority>) -> Rule {
    Rule(ImageRule {
        patterns: Vec::new(),
        exclude: Vec::new(),
        require: Require::Any,
        authorities: authorities.into_iter().collect(),
        attestations: Vec::new(),
        formats: Formats { bundle: true, legacy: true },
        pin: true,
        recursive: false,
        last_known: None,
        at: at(2),
    })
}

impl Rule {
    pub(crate) fn require(mut self, require: Require) -> Self {
        self.0.require = require;
        self
    }

    pub(crate) fn formats(mut self, bundle: bool, legacy: bool) -> Self {
        self.0.formats = Formats { bundle, legacy };
        self
    }

    pub(crate) fn attested(mut self, predicate_type: &str, authority: Option<&str>) -> Self {
        let authority = authority.map(str::to_owned);
        self.0.attestations.push(WantedAttestation { predicate_type: predicate_type.to_owned(), authority });
        self
    }

    pub(crate) fn change(mut self, change: impl FnOnce(&mut ImageRule)) -> Self {
        change(&mut self.0);
        self
    }

    pub(crate) fn compile(self) -> Result<Trust, Vec<TrustProblem>> {
        Trust::compile(&ImagePolicy {
            rules: vec![self.0],
            default: DefaultDecision::Deny,
            registries: BTreeMap::new(),
            revoked: BTreeSet::new(),
            hash: String::new(),
        })
    }

    pub(crate) fn hash(self) -> [u8; 32] {
        self.compile().unwrap().rules()[0].hash()
    }

    pub(crate) fn judge(self, evidence: &Evidence) -> Answer {
        judge(&self.compile().unwrap().rules()[0], &image(), evidence)
    }

    /// The status and reason for bundles alone.
    pub(crate) fn bundles(self, bundles: &[&Value]) -> (Status, String) {
        said(&self.judge(&evidence(bundles)))
    }

    /// The status and reason for legacy layers alone.
    pub(crate) fn layers(self, layers: &[&LegacySignature]) -> (Status, String) {
        said(&self.judge(&legacy(layers)))
    }
}

pub(crate) fn said(answer: &Answer) -> (Status, String) {
    (answer.status(), answer.reason().unwrap_or_default().to_owned())
}

pub(crate) fn evidence(bundles: &[&Value]) -> Evidence {
    Evidence { bundles: bundles.iter().map(|bundle| bytes(bundle).into()).collect(), legacy: Vec::new() }
}

pub(crate) fn legacy(layers: &[&LegacySignature]) -> Evidence {
    Evidence { bundles: Vec::new(), legacy: layers.iter().map(|layer| (*layer).clone()).collect() }
}

pub(crate) fn at(line: u32) -> At {
    At { file: "platlint.yaml".into(), line, column: 5 }
}

/// An authority with a key whose log entries nobody looks at.
pub(crate) fn key(name: &str, key: &TestKey) -> Authority {
    key_with(name, key.public_pem().as_bytes(), Transparency::Ignore, None)
}

pub(crate) fn key_with(name: &str, pem: &[u8], transparency: Transparency, root: Option<&Sigstore>) -> Authority {
    let trusted_root = root.map(|root| root.trusted_root().into());
    let trust = AuthorityTrust::Key { pem: pem.into(), transparency, trusted_root };
    Authority { name: name.to_owned(), trust, annotations: BTreeMap::new(), at: at(4) }
}

pub(crate) fn keyless(name: &str, root: &Sigstore, issuer: Matcher, subject: Matcher) -> Authority {
    let (ci_claims, trusted_root) = (BTreeMap::new(), root.trusted_root().into());
    let trust = AuthorityTrust::Keyless { issuer, subject, ci_claims, trusted_root };
    Authority { name: name.to_owned(), trust, annotations: BTreeMap::new(), at: at(4) }
}

pub(crate) fn exactly(text: &str) -> Matcher {
    Matcher::Exact(text.to_owned())
}

pub(crate) fn matching(pattern: &str) -> Matcher {
    Matcher::Regex(pattern.to_owned())
}

/// The authority that trusts [`SUBJECT`] by [`ISSUER`].
pub(crate) fn release(root: &Sigstore) -> Authority {
    keyless("release", root, exactly(ISSUER), exactly(SUBJECT))
}

pub(crate) fn with_annotation(mut authority: Authority, name: &str, value: &str) -> Authority {
    authority.annotations.insert(name.to_owned(), value.to_owned());
    authority
}

pub(crate) fn with_claim(mut authority: Authority, name: &str, value: &str) -> Authority {
    if let AuthorityTrust::Keyless { ci_claims, .. } = &mut authority.trust {
        ci_claims.insert(name.to_owned(), value.to_owned());
    }
    authority
}
