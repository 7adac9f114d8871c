//! Cryptography alone: one bundle in memory, from its bytes to the answer.

use crate::given;
use crate::timing::{in_turns, tell};
use anyhow::{Context, Result, ensure};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use platlint_images::testing::{Keyless, Sigstore, bytes, signature_statement};
use platlint_images::verify::judge;
use platlint_images::{Evidence, Status, Trust};
use platlint_registry::Digest;
use serde_json::Value;
use sigstore_verify::trust_root::TrustedRoot;
use sigstore_verify::types::{Artifact, ArtifactDigest, Bundle, HashAlgorithm};
use sigstore_verify::{VerificationPolicy, Verifier};
use std::hint::black_box;

pub(crate) fn run(rounds: u32) -> Result<()> {
    let digest = Digest::sha256(b"an image");
    let statement = signature_statement(&digest, &Value::Null);

    let key = given::new_key();
    let bundle = bytes(&key.bundle(&statement));
    let public = raw_point(&key.public_pem())?;
    ensure!(by_hand(&bundle, &public, &digest).is_some(), "the floor must verify, too");
    let ours = judged(&given::key(&key)?, &digest, &bundle)?;
    let (floor, own) = in_turns(rounds, || _ = black_box(by_hand(&bundle, &public, &digest)), ours);
    tell("a key's bundle (floor: parse, ECDSA, digest compared)", &floor, &own);

    let sigstore = Sigstore::new();
    let bundle = bytes(&sigstore.bundle(&Keyless::by(given::SUBJECT, given::ISSUER), &statement));
    let root = TrustedRoot::from_json(std::str::from_utf8(&sigstore.trusted_root())?)?;
    let verifier = Verifier::new(&root)?;
    let hash = ArtifactDigest::new(HashAlgorithm::Sha2256, hex(digest.hex()).context("a digest")?)?;
    let by_library = || {
        let bundle = Bundle::from_json(std::str::from_utf8(&bundle).ok()?).ok()?;
        verifier.verify(Artifact::from_digest(hash.clone()), &bundle, &VerificationPolicy::any_identity()).ok()
    };
    ensure!(by_library().is_some(), "the library must verify, too");
    let ours = judged(&given::keyless(&sigstore)?, &digest, &bundle)?;
    let (floor, own) = in_turns(rounds, || drop(black_box(by_library())), ours);
    tell("a keyless bundle (floor: the library alone)", &floor, &own);
    Ok(())
}

/// The judgement, after a look at whether it is the right one.
fn judged(trust: &Trust, digest: &Digest, bundle: &[u8]) -> Result<impl FnMut() + use<>> {
    let rule = trust.rules().first().context("a rule")?.clone();
    let evidence = Evidence { bundles: vec![bundle.to_vec().into()], legacy: Vec::new() };
    let answer = judge(&rule, digest, &evidence);
    ensure!(answer.status() == Status::Verified, "{answer:?}");
    let digest = digest.clone();
    Ok(move || drop(black_box(judge(&rule, &digest, &evidence))))
}

/// What no verification of such a bundle can leave out.
pub(crate) fn by_hand(bundle: &[u8], public: &[u8], digest: &Digest) -> Option<()> {
    let bundle: Value = serde_json::from_slice(bundle).ok()?;
    let envelope = bundle.get("dsseEnvelope")?;
    let text = |name: &str| envelope.get(name)?.as_str();
    let payload = STANDARD.decode(text("payload")?).ok()?;
    let kind = text("payloadType")?;
    let mut message = format!("DSSEv1 {} {kind} {} ", kind.len(), payload.len()).into_bytes();
    message.extend(&payload);
    let signature = STANDARD.decode(envelope.pointer("/signatures/0/sig")?.as_str()?).ok()?;
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, public).verify(&message, &signature).ok()?;
    let statement: Value = serde_json::from_slice(&payload).ok()?;
    let named = statement.pointer("/subject/0/digest/sha256")?.as_str()?;
    let is_signature = statement.get("predicateType")?.as_str()? == "https://sigstore.dev/cosign/sign/v1";
    (named == digest.hex() && is_signature).then_some(())
}

/// The uncompressed point at the end of a P-256 key's DER.
pub(crate) fn raw_point(pem: &str) -> Result<Vec<u8>> {
    let lines: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    let der = STANDARD.decode(lines)?;
    let start = der.len().checked_sub(65).context("a P-256 key")?;
    Ok(der.get(start..).context("a P-256 key")?.to_vec())
}

fn hex(text: &str) -> Option<Vec<u8>> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok()).collect()
}
