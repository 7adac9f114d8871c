//! `platlint images verify-bundle`: the protocol of sigstore-conformance, whose own cases are run by `cargo xtask`.

use platlint_images::testing::{Keyless, Kind, Sigstore, TestKey, bytes, statement};
use platlint_registry::Digest;
use serde_json::json;

use crate::sandbox::Sandbox;

const SUBJECT: &str = "https://git.example/org/app/release.yaml@refs/heads/main";
const ISSUER: &str = "https://ci.example";

fn world() -> (Sandbox, String) {
    let (sandbox, sigstore, key) = (Sandbox::new(), Sigstore::new(), TestKey::new(Kind::P256));
    let artifact = b"hello";
    let digest = Digest::sha256(artifact);
    let payload = statement(&digest, "https://example.org/any", &json!({}));
    sandbox.write("artifact", artifact);
    sandbox.write("other", b"other");
    sandbox.write("keyless.json", &bytes(&sigstore.bundle(&Keyless::by(SUBJECT, ISSUER), &payload)));
    sandbox.write("keyed.json", &bytes(&key.bundle(&payload)));
    sandbox.write("key.pub", key.public_pem().as_bytes());
    sandbox.write("wrong.pub", TestKey::new(Kind::P256).public_pem().as_bytes());
    sandbox.write("root.json", &sigstore.trusted_root());
    sandbox.write("wrong-root.json", &Sigstore::new().trusted_root());
    (sandbox, digest.to_string())
}

fn run(sandbox: &Sandbox, arguments: &str) -> i32 {
    let arguments: Vec<&str> = ["images", "verify-bundle"].into_iter().chain(arguments.split(' ')).collect();
    let ran = sandbox.run(&arguments);
    assert_eq!(ran.code == 0, ran.stdout.contains("verified"), "{}", ran.shown());
    ran.code
}

#[test]
fn an_identity_and_a_key_verify_a_file_and_its_digest() {
    let (sandbox, digest) = world();
    let identity =
        format!("--certificate-identity {SUBJECT} --certificate-oidc-issuer {ISSUER} --trusted-root root.json");
    for subject in ["artifact", &digest] {
        assert_eq!(run(&sandbox, &format!("--bundle keyless.json {identity} {subject}")), 0);
        assert_eq!(run(&sandbox, &format!("--bundle keyed.json --key key.pub {subject}")), 0);
    }
}

#[test]
fn anything_else_is_refused() {
    let (sandbox, digest) = world();
    let other = Digest::sha256(b"other").to_string();
    let identity = format!("--certificate-identity {SUBJECT} --certificate-oidc-issuer {ISSUER}");
    for arguments in [
        format!("--bundle keyless.json {identity} --trusted-root root.json other"),
        format!("--bundle keyless.json {identity} --trusted-root root.json {other}"),
        format!("--bundle keyless.json {identity} --trusted-root wrong-root.json {digest}"),
        format!("--bundle keyless.json {identity} {digest}"),
        format!(
            "--bundle keyless.json --certificate-identity {SUBJECT}x --certificate-oidc-issuer {ISSUER} --trusted-root root.json {digest}"
        ),
        format!(
            "--bundle keyless.json --certificate-identity {SUBJECT} --certificate-oidc-issuer {ISSUER}/x --trusted-root root.json {digest}"
        ),
        format!("--bundle keyed.json --key wrong.pub {digest}"),
        format!("--bundle keyed.json --key key.pub {other}"),
        format!("--bundle keyless.json --key key.pub --trusted-root root.json {digest}"),
        format!("--bundle artifact --key key.pub {digest}"),
    ] {
        assert_eq!(run(&sandbox, &arguments), 1, "{arguments}");
    }
    for arguments in [
        format!("--bundle keyed.json {digest}"),
        format!("--bundle keyed.json --key artifact {digest}"),
        format!("--bundle keyed.json --key key.pub sha256:{}", "0".repeat(63)),
        "--bundle keyed.json --key key.pub missing".to_owned(),
        format!("--bundle missing --key key.pub {digest}"),
        format!("--bundle keyless.json {identity} --trusted-root artifact {digest}"),
        format!("--bundle keyless.json --certificate-identity {SUBJECT} {digest}"),
    ] {
        assert_eq!(run(&sandbox, &arguments), 2, "{arguments}");
    }
}
