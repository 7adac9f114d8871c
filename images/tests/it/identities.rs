//! Whose signature it is: issuers, subjects and claims, and what tries to pass for them.

use crate::trial::{ISSUER, Rule, SUBJECT, exactly, image, keyless, matching, release, rule, with_claim};
use platlint_config::images::Matcher;
use platlint_images::Status;
use platlint_images::testing::{Keyless, Sigstore, signature_statement};
use serde_json::Value;

const ORG: &str = "https://github.com/org/.*";

fn signed_by(sigstore: &Sigstore, signer: &Keyless, rule: Rule) -> (Status, String) {
    rule.bundles(&[&sigstore.bundle(signer, &signature_statement(&image(), &Value::Null))])
}

/// The right issuer and key material throughout; only the names differ.
#[test]
fn trusts_one_identity_and_none_that_resembles_it() {
    let sigstore = Sigstore::new();
    let main = "https://github.com/org/app/.github/workflows/release.yml@refs/heads/main";
    let table = [
        (exactly(main), main, true),
        (exactly(main), "https://github.com/org/app/.github/workflows/release.yml@refs/heads/main2", false),
        (exactly(main), "https://github.com/org/app/.github/workflows/release.yml@refs/heads/mai", false),
        (exactly(main), "https://github.com/org-evil/app/.github/workflows/release.yml@refs/heads/main", false),
        (exactly("https://github.com/org"), main, false),
        (matching(ORG), main, true),
        (matching(ORG), "https://github.com/org-evil/app", false),
        (matching(ORG), "https://evil.example/?q=https://github.com/org/app", false),
        (matching("org/app"), main, false),
        (matching("https://github.com/org"), "https://github.com/org-evil/app", false),
        (matching("a@org[.]example|b@org[.]example"), "xb@org.example", false),
        (matching("a@org[.]example|b@org[.]example"), "b@org.example", true),
        (matching("^https://github.com/org/app$"), "https://github.com/org/app/evil", false),
        (matching(ORG), "HTTPS://GITHUB.COM/ORG/app", false),
    ];
    assert!(table.len() >= 12);
    for (subject, signer, expected) in table {
        let shown = format!("{subject:?} for {signer}");
        let rule = rule([keyless("release", &sigstore, exactly(ISSUER), subject)]);
        let (status, reason) = signed_by(&sigstore, &Keyless::by(signer, ISSUER), rule);
        assert_eq!(status == Status::Verified, expected, "{shown}: {reason}");
        if !expected {
            assert_eq!(status, Status::Invalid);
            assert!(reason.contains(&format!("signed by `{signer}`; another subject is wanted")), "{reason}");
        }
    }
}

#[test]
fn refuses_the_right_subject_from_another_issuer() {
    let sigstore = Sigstore::new();
    for issuer in ["https://evil.example", "https://token.actions.example.evil.example", ""] {
        let signed = signed_by(&sigstore, &Keyless::by(SUBJECT, issuer), rule([release(&sigstore)]));
        assert_eq!(signed.0, Status::Invalid, "{issuer}");
        assert!(signed.1.contains("another issuer is wanted"), "{}", signed.1);
    }
    let pattern = || rule([keyless("release", &sigstore, matching("https://token[.].*[.]example"), exactly(SUBJECT))]);
    assert_eq!(signed_by(&sigstore, &Keyless::by(SUBJECT, ISSUER), pattern()).0, Status::Verified);
    let suffixed = Keyless::by(SUBJECT, "https://token.actions.example/");
    assert_eq!(signed_by(&sigstore, &suffixed, pattern()).0, Status::Invalid);
}

#[test]
fn refuses_the_right_identity_from_another_instance() {
    let (sigstore, other) = (Sigstore::new(), Sigstore::new());
    let signed = signed_by(&other, &Keyless::by(SUBJECT, ISSUER), rule([release(&sigstore)]));
    assert_eq!(signed.0, Status::Invalid);
}

#[test]
fn compares_the_claims_of_a_ci_system() {
    let sigstore = Sigstore::new();
    let authority = || {
        let any = keyless("release", &sigstore, exactly(ISSUER), Matcher::Any);
        with_claim(with_claim(any, "repository", "org/app"), "ownerId", "1234")
    };
    let signer = |repository: Option<&str>, owner: Option<&str>| {
        let mut signer = Keyless::by(SUBJECT, ISSUER);
        signer.leaf.claims.extend(repository.map(|value| (12, value.to_owned())));
        signer.leaf.claims.extend(owner.map(|value| (17, value.to_owned())));
        signer
    };
    let repository = Some("https://github.com/org/app");
    let (status, reason) = signed_by(&sigstore, &signer(repository, Some("1234")), rule([authority()]));
    assert_eq!(status, Status::Verified, "{reason}");
    for (repository, owner, said) in [
        // The organisation's name was given up, and somebody else registered it.
        (repository, Some("9999"), "`ownerId` is `9999`; `1234` is wanted"),
        (repository, None, "`ownerId` is absent; `1234` is wanted"),
        (Some("https://github.com/org/app-evil"), Some("1234"), "`repository` is `https://github.com/org/app-evil`"),
        (None, Some("1234"), "`repository` is absent"),
    ] {
        let (status, reason) = signed_by(&sigstore, &signer(repository, owner), rule([authority()]));
        assert_eq!(status, Status::Invalid, "{said}");
        assert!(reason.contains(said), "{reason}");
    }
}

#[test]
fn tells_who_signed() {
    let sigstore = Sigstore::new();
    let bundle = sigstore.bundle(&Keyless::by("a@org.example", ISSUER), &signature_statement(&image(), &Value::Null));
    let rule = rule([keyless("release", &sigstore, exactly(ISSUER), matching(".*@org[.]example"))]);
    let answer = rule.judge(&crate::trial::evidence(&[&bundle]));
    let value = serde_json::to_value(answer.to_value()).unwrap();
    let identity = serde_json::json!({"authority": "release", "issuer": ISSUER, "subject": "a@org.example"});
    assert_eq!(value["identities"], serde_json::json!([identity]));
    assert_eq!((&value["status"], &value["authorities"]), (&"verified".into(), &serde_json::json!(["release"])));
    assert_eq!(value.get("reason"), None);
}
