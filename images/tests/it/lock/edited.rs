//! A lock, or its evidence, that somebody edited.

use platlint_images::Lock;
use platlint_images::lock::LockError;
use platlint_images::testing::{bytes, signature_statement};
use platlint_registry::Digest;
use serde_json::Value;
use std::fs;

use super::{Folder, locked, verdict};
use crate::world::{REPOSITORY, World, trust};

#[tokio::test]
async fn another_digest_is_invalid() {
    let world = World::new();
    let signed = world.signed("1.0");
    let image = world.by_digest(&signed);
    let (folder, _) = locked(&world, &world.lookup(), &[&image]).await;
    let evil = Digest::sha256(b"evil");
    folder.edit(&format!("{REPOSITORY}@{signed}"), &format!("{REPOSITORY}@{evil}"));
    assert_eq!(verdict(&folder.read(), &world.trust(), &world.by_digest(&evil)).0, "invalid");
}

#[tokio::test]
async fn another_signer_is_invalid() {
    let world = World::new();
    let image = world.by_digest(&world.signed("1.0"));
    let (folder, _) = locked(&world, &world.lookup(), &[&image]).await;
    folder.edit("authority: \"release\"", "authority: \"auditors\"");
    let (status, reason) = verdict(&folder.read(), &world.trust(), &image);
    assert!(status == "invalid" && reason.contains("other signers"), "{status}: {reason}");
}

#[tokio::test]
async fn another_signer_does_not_pass_by_naming_another_policy_either() {
    let world = World::new();
    let image = world.by_digest(&world.signed("1.0"));
    let (folder, _) = locked(&world, &world.lookup(), &[&image]).await;
    let policy = hex(&world);
    folder.edit(&policy, &"0".repeat(64));
    assert_eq!(verdict(&folder.read(), &world.trust(), &image).0, "verified", "stale, and what it says is true");
    folder.edit("authority: \"release\"", "authority: \"auditors\"");
    let (status, reason) = verdict(&folder.read(), &world.trust(), &image);
    assert!(status == "unknown" && reason.contains("other signers"), "{status}: {reason}");
}

/// The hash of the world's rule as the lock writes it.
fn hex(world: &World) -> String {
    hex::encode(world.trust().rules()[0].hash())
}

#[tokio::test]
async fn a_revoked_child_is_invalid_by_the_lock_too() {
    let world = World::new();
    let child = world.signed("child");
    let index = world.index("1.0", &[&child]);
    world.sign(REPOSITORY, &index);
    let mut recursive = world.rule();
    recursive.recursive = true;
    let mut policy = crate::world::policy(vec![recursive]);
    let before = std::sync::Arc::new(platlint_images::Trust::compile(&policy).unwrap());
    policy.revoked.insert(child.as_str().into());
    let after = platlint_images::Trust::compile(&policy).unwrap();
    let image = world.by_digest(&index);
    let (folder, _) = locked(&world, &world.lookup_by(before.clone()), &[&image]).await;
    let lock = folder.read();
    assert_eq!(verdict(&lock, &before, &image).0, "verified");
    // Not even by the process that has judged it before.
    let (status, reason) = verdict(&lock, &after, &image);
    assert!(status == "invalid" && reason.contains("revoked"), "{status}: {reason}");
    assert!(lock.drift(&[crate::world::used(&image)], &after).stale.is_empty(), "the rule is the same");
}

#[tokio::test]
async fn an_attestation_that_nobody_made_is_invalid() {
    let world = World::new();
    let image = world.by_digest(&world.signed("1.0"));
    let (folder, _) = locked(&world, &world.lookup(), &[&image]).await;
    folder.edit("    bundles:", "    predicateTypes: [\"https://slsa.dev/provenance/v1\"]\n    bundles:");
    assert_eq!(verdict(&folder.read(), &world.trust(), &image).0, "invalid");
}

#[tokio::test]
async fn changed_evidence_is_invalid_and_missing_evidence_unknown() {
    let world = World::new();
    let image = world.by_digest(&world.signed("1.0"));
    let (folder, _) = locked(&world, &world.lookup(), &[&image]).await;
    let file = folder.evidence().remove(0);
    let mut content = fs::read(&file).unwrap();
    content.push(b'\n');
    fs::write(&file, content).unwrap();
    let (status, reason) = verdict(&folder.read(), &world.trust(), &image);
    assert!(status == "invalid" && reason.contains("was changed"), "{status}: {reason}");
    fs::remove_file(&file).unwrap();
    let (status, reason) = verdict(&folder.read(), &world.trust(), &image);
    assert!(status == "unknown" && reason.contains("is missing"), "{status}: {reason}");
}

#[tokio::test]
async fn evidence_of_another_image_under_its_right_name_is_invalid() {
    let world = World::new();
    let image = world.by_digest(&world.signed("1.0"));
    let (folder, _) = locked(&world, &world.lookup(), &[&image]).await;
    let other = bytes(&world.key.bundle(&signature_statement(&Digest::sha256(b"other"), &Value::Null)));
    let (old, new) = (folder.evidence().remove(0), Digest::sha256(&other));
    fs::write(old.with_file_name(format!("{}.json", new.hex())), other).unwrap();
    folder.edit(old.file_stem().unwrap().to_str().unwrap(), new.hex());
    assert_eq!(verdict(&folder.read(), &world.trust(), &image).0, "invalid");
}

#[tokio::test]
async fn a_child_without_evidence_is_not_passed_over() {
    let world = World::new();
    let child = world.signed("child");
    let index = world.index("1.0", &[&child]);
    world.sign(REPOSITORY, &index);
    let mut recursive = world.rule();
    recursive.recursive = true;
    let trust = trust(vec![recursive]);
    let image = world.by_digest(&index);
    let (folder, updated) = locked(&world, &world.lookup_by(trust.clone()), &[&image]).await;
    assert!(updated.refused.is_empty(), "{:?}", updated.refused);
    assert_eq!(verdict(&folder.read(), &trust, &image).0, "verified");
    let text = folder.text();
    let (before, rest) = text.split_once("    children:\n").unwrap();
    let after = rest.find("    checkedAt").map(|at| &rest[at..]).unwrap();
    fs::write(folder.path(), format!("{before}{after}")).unwrap();
    let (status, reason) = verdict(&folder.read(), &trust, &image);
    assert!(status == "unknown" && reason.contains("says nothing of"), "{status}: {reason}");
}

#[test]
fn every_fault_is_told_at_its_place() {
    let digest = format!("sha256:{}", "a".repeat(64));
    let entry = format!("version: 1\nimages:\n  - image: a.example/b@{digest}\n    policy: {}\n", "0".repeat(64));
    let table = [
        ("version: 2\nimages: []\n".to_owned(), (1, 10), "newer platlint"),
        ("version: 1\n".to_owned(), (1, 1), "`images` is missing"),
        ("version: 1\nimages: {}\n".to_owned(), (2, 9), "must be a list"),
        ("version: 1\nimages: []\nextra: 1\n".to_owned(), (3, 1), "`extra` is not known"),
        ("version: 1\nversion: 1\nimages: []\n".to_owned(), (2, 1), "a second time"),
        ("version: 1\nimages:\n  - image: nginx\n".to_owned(), (3, 12), "registry/repository@digest"),
        (format!("{entry}    signers: []\n"), (3, 5), "`checkedAt` is missing"),
        (format!("{entry}    signers: []\n    checkedAt: today\n"), (6, 16), "a day"),
        (format!("{entry}    signers: [x]\n    checkedAt: 2026-01-31\n"), (5, 15), "must be a map"),
        (format!("{entry}    signers: []\n    bundles: [../x]\n    checkedAt: 2026-01-31\n"), (6, 15), "sha256 digest"),
        ("version: [\n".to_owned(), (1, 10), "is not closed"),
    ];
    for (text, place, message) in table {
        let folder = Folder::new();
        fs::write(folder.path(), &text).unwrap();
        let Err(LockError::Invalid(problem)) = Lock::read(&folder.path()) else { panic!("{text} was read") };
        assert!(problem.message.contains(message), "{text}: {problem}");
        assert_eq!((problem.line, problem.column), place, "{text}: {problem}");
    }
}

#[test]
fn a_lock_that_is_not_there_says_so_by_its_kind() {
    let Err(LockError::Read { source, .. }) = Lock::read(&Folder::new().path()) else { panic!("it was read") };
    assert_eq!(source.kind(), std::io::ErrorKind::NotFound);
}
