//! What is measured with: a key, an instance of Sigstore of the tests' own making, and the policy that trusts them.

use anyhow::{Result, anyhow};
use platlint_config::images::{
    At, Authority, AuthorityTrust, DefaultDecision, Formats, ImagePattern, ImagePolicy, ImageRule, Matcher, Require,
    Transparency,
};
use platlint_images::Trust;
use platlint_images::testing::{Kind, Sigstore, TestKey};
use std::collections::{BTreeMap, BTreeSet};

pub(crate) const ISSUER: &str = "https://token.actions.example";
pub(crate) const SUBJECT: &str = "https://git.example/org/app/.github/workflows/release.yml@refs/heads/main";
/// Layers with bundles.
pub(crate) const BUNDLE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";

/// Trust in one key for all images.
pub(crate) fn key(key: &TestKey) -> Result<Trust> {
    let (pem, transparency) = (key.public_pem().into_bytes().into(), Transparency::Ignore);
    trust(AuthorityTrust::Key { pem, transparency, trusted_root: None })
}

/// A key as cosign makes it.
pub(crate) fn new_key() -> TestKey {
    TestKey::new(Kind::P256)
}

/// Trust in one identity for all images.
pub(crate) fn keyless(sigstore: &Sigstore) -> Result<Trust> {
    trust(AuthorityTrust::Keyless {
        issuer: Matcher::Exact(ISSUER.to_owned()),
        subject: Matcher::Exact(SUBJECT.to_owned()),
        ci_claims: BTreeMap::new(),
        trusted_root: sigstore.trusted_root().into(),
    })
}

fn trust(trust: AuthorityTrust) -> Result<Trust> {
    let at = At { file: "bench".into(), line: 1, column: 1 };
    let authority = Authority { name: "release".to_owned(), trust, annotations: BTreeMap::new(), at: at.clone() };
    let rule = ImageRule {
        patterns: vec![ImagePattern::parse("**").map_err(|error| anyhow!("{error}"))?],
        exclude: Vec::new(),
        require: Require::Any,
        authorities: vec![authority],
        attestations: Vec::new(),
        formats: Formats { bundle: true, legacy: false },
        pin: true,
        recursive: false,
        last_known: None,
        at,
    };
    let policy = ImagePolicy {
        rules: vec![rule],
        default: DefaultDecision::Deny,
        registries: BTreeMap::new(),
        revoked: BTreeSet::new(),
        hash: String::new(),
    };
    Trust::compile(&policy).map_err(|problems| anyhow!("{problems:?}"))
}
