//! Any bytes as evidence of a signature, as keys, roots and patterns; and a good bundle with bytes changed.
#![no_main]

use libfuzzer_sys::fuzz_target;
use platlint_config::images::{
    At, Authority, AuthorityTrust, DefaultDecision, Formats, ImagePolicy, ImageRule, Matcher, Require, Transparency,
};
use platlint_images::testing::{Keyless, Kind, Sigstore, TestKey, bytes, signature_statement};
use platlint_images::verify::{BundleCheck, CheckedArtifact, Expected, judge, verify_bundle};
use platlint_images::{Evidence, LegacySignature, Status, Trust};
use platlint_registry::Digest;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};

/// What a process makes once: the trust, a good bundle of each kind, and the root.
struct World {
    trust: Trust,
    bundles: [Vec<u8>; 2],
    root: Vec<u8>,
    image: Digest,
}

const ISSUER: &str = "https://issuer.example";

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let (sigstore, key) = (Sigstore::new(), TestKey::new(Kind::P256));
    let (image, root) = (Digest::sha256(b"image"), sigstore.trusted_root());
    let statement = signature_statement(&image, &Value::Null);
    let bundles = [bytes(&key.bundle(&statement)), bytes(&sigstore.bundle(&Keyless::by("a@b.c", ISSUER), &statement))];
    let key = AuthorityTrust::Key {
        pem: key.public_pem().into_bytes().into(),
        transparency: Transparency::IfPresent,
        trusted_root: Some(root.clone().into()),
    };
    let identity = Matcher::Regex("[a-z]@b[.]c".to_owned());
    let trust = compile(vec![authority(key), authority(keyless(ISSUER, identity, &root))]).expect("a good policy");
    World { trust, bundles, root, image }
});

fn keyless(issuer: &str, subject: Matcher, root: &[u8]) -> AuthorityTrust {
    let (issuer, ci_claims) = (Matcher::Exact(issuer.to_owned()), BTreeMap::new());
    AuthorityTrust::Keyless { issuer, subject, ci_claims, trusted_root: root.into() }
}

fn at() -> At {
    At { file: Arc::from("fuzz"), line: 1, column: 1 }
}

fn authority(trust: AuthorityTrust) -> Authority {
    Authority { name: "fuzz".to_owned(), trust, annotations: BTreeMap::new(), at: at() }
}

fn compile(authorities: Vec<Authority>) -> Result<Trust, usize> {
    let rule = ImageRule {
        patterns: Vec::new(),
        exclude: Vec::new(),
        require: Require::Any,
        authorities,
        attestations: Vec::new(),
        formats: Formats { bundle: true, legacy: true },
        pin: false,
        recursive: false,
        last_known: None,
        at: at(),
    };
    let policy = ImagePolicy {
        rules: vec![rule],
        default: DefaultDecision::Deny,
        registries: BTreeMap::new(),
        revoked: BTreeSet::new(),
        hash: String::new(),
    };
    Trust::compile(&policy).map_err(|problems| problems.len())
}

fn status(evidence: &Evidence) -> Status {
    let world = &*WORLD;
    let answer = judge(&world.trust.rules()[0], &world.image, evidence);
    assert_eq!(answer.reason().is_none(), answer.status() == Status::Verified);
    assert!(!answer.reason().unwrap_or_default().contains(char::is_control));
    answer.status()
}

/// A good bundle, changed at places the input names: payload and signature are the same where it verifies.
fn bend(input: &[u8]) {
    let (Some((which, edits)), world) = (input.split_first(), &*WORLD) else { return };
    let original = &world.bundles[usize::from(*which % 2)];
    let mut changed = original.clone();
    for edit in edits.chunks_exact(3) {
        let place = usize::from(u16::from_be_bytes([edit[0], edit[1]])) % changed.len();
        changed[place] = edit[2];
    }
    let evidence = Evidence { bundles: vec![changed.clone().into()], legacy: Vec::new() };
    if status(&evidence) == Status::Verified {
        let (original, changed): (Value, Value) =
            (serde_json::from_slice(original).unwrap(), serde_json::from_slice(&changed).unwrap());
        assert_eq!(original["dsseEnvelope"], changed["dsseEnvelope"]);
    }
}

fuzz_target!(|input: &[u8]| {
    let Some((kind, input)) = input.split_first() else { return };
    let world = &*WORLD;
    let mut parts = input.split(|byte| *byte == 0);
    let mut text = || String::from_utf8_lossy(parts.next().unwrap_or_default()).into_owned();
    match kind % 5 {
        0 => {
            let evidence = Evidence { bundles: vec![input.to_vec().into()], legacy: Vec::new() };
            assert_eq!(status(&evidence), Status::Invalid);
        }
        1 => {
            let (payload, signature) = (text().into_bytes().into(), text());
            let (certificate, rekor_bundle) = (Some(text()), Some(text()));
            let layer = LegacySignature { payload, signature, certificate, rekor_bundle };
            assert_eq!(status(&Evidence { bundles: Vec::new(), legacy: vec![layer] }), Status::Invalid);
        }
        2 => {
            let (pem, pattern) = (text().into_bytes(), text());
            let key = AuthorityTrust::Key {
                pem: pem.into(),
                transparency: Transparency::Required,
                trusted_root: Some(input.into()),
            };
            let identity = keyless(ISSUER, Matcher::Regex(pattern), &world.root);
            assert!(compile(vec![authority(key), authority(identity)]).err().is_none_or(|problems| problems > 0));
        }
        3 => {
            let artifact = CheckedArtifact::Content(b"image");
            let signer = Expected::Identity { subject: "a@b.c", issuer: ISSUER };
            let check = BundleCheck { bundle: input, artifact, signer, trusted_root: Some(&world.root) };
            assert!(verify_bundle(&check).is_err());
        }
        _ => bend(input),
    }
});
