//! `platlint images lock`: the evidence beside the configuration, and what happens where it is edited, old or missing.

use std::path::PathBuf;

use platlint_images::testing::{Kind, TestKey};
use platlint_registry::testing::Answer;

use super::{World, rules};

/// A world with a signed image, used by digest and locked.
fn locked() -> (World, String) {
    let world = World::new();
    let digest = world.push_signed("web", "1");
    let image = world.pinned("web", "1", &digest);
    world.pod("pod.yaml", &[&image]);
    let ran = world.run(&["images", "lock"]);
    assert_eq!(ran.code, 0, "{}", ran.shown());
    (world, image)
}

fn lock_file(world: &World) -> PathBuf {
    world.sandbox.path().join("platlint-images.lock")
}

fn edit(world: &World, from: &str, to: &str) {
    let text = std::fs::read_to_string(lock_file(world)).unwrap();
    assert!(text.contains(from), "{text}");
    std::fs::write(lock_file(world), text.replace(from, to)).unwrap();
}

fn evidence(world: &World) -> Vec<PathBuf> {
    let folder = std::fs::read_dir(world.sandbox.path().join(".platlint/bundles")).unwrap();
    let mut files: Vec<PathBuf> = folder
        .map(|file| file.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "json"))
        .collect();
    files.sort();
    files
}

#[test]
fn the_lock_is_written_once_and_then_no_registry_is_needed() {
    let (world, _) = locked();
    let text = std::fs::read_to_string(lock_file(&world)).unwrap();
    let count = world.registry.count();
    for arguments in [
        &["check", "--images", "lock", "--format", "json"][..],
        &["check", "--format", "json"],
        &["images", "lock", "--check"],
        &["images", "lock", "--locked"],
        &["images", "verify", "--images", "lock"],
    ] {
        let ran = world.run(arguments);
        assert_eq!(ran.code, 0, "{arguments:?}: {}", ran.shown());
    }
    assert_eq!(rules(&world.run(&["check", "--images", "lock", "--format", "json"])), (vec![], vec![]));
    assert_eq!(world.registry.count(), count);
    // A second time nothing has changed.
    let ran = world.run(&["images", "lock"]);
    assert_eq!(ran.code, 0, "{}", ran.shown());
    assert_eq!(std::fs::read_to_string(lock_file(&world)).unwrap(), text);
    insta::assert_snapshot!(world.shown(&ran));
}

#[test]
fn an_image_without_an_entry_is_not_decided_and_fails_where_the_lock_decides() {
    let (world, image) = locked();
    let other = world.push_signed("other", "1");
    world.pod("pod.yaml", &[&image, &world.pinned("other", "1", &other)]);
    let ran = world.run(&["check", "--format", "json"]);
    assert_eq!(ran.code, 0, "{}", ran.shown());
    assert_eq!(rules(&ran), (vec![], vec!["image-signature".to_owned()]));
    let ran = world.run(&["check", "--images", "lock", "--format", "json"]);
    assert_eq!(ran.code, 1, "{}", ran.shown());
    let ran = world.run(&["images", "lock", "--check"]);
    assert_eq!(ran.code, 1, "{}", ran.shown());
    insta::assert_snapshot!(world.shown(&ran));
}

#[test]
fn without_a_lock_file_nothing_passes() {
    let world = World::new();
    let digest = world.push_signed("web", "1");
    world.pod("pod.yaml", &[&world.pinned("web", "1", &digest)]);
    let ran = world.run(&["check", "--images", "lock", "--format", "json"]);
    assert_eq!(ran.code, 1, "{}", ran.shown());
    assert!(ran.json()["undecided"][0]["reason"].as_str().unwrap().contains("no platlint-images.lock"));
    assert_eq!(world.run(&["images", "lock", "--check"]).code, 2);
}

#[test]
fn a_lock_edited_by_hand_does_not_pass() {
    // The digest of an unsigned image under the entry of a signed one.
    let (world, image) = locked();
    let unsigned = world.push("web", "2");
    let digest = image.rsplit_once('@').unwrap().1.to_owned();
    edit(&world, &digest, unsigned.as_str());
    world.pod("pod.yaml", &[&world.pinned("web", "1", &unsigned)]);
    let ran = world.run(&["check", "--images", "lock", "--format", "json"]);
    assert_eq!(ran.code, 1, "{}", ran.shown());
    assert_eq!(rules(&ran), (vec!["image-signature".to_owned()], vec![]));
    assert_eq!(world.run(&["images", "lock", "--check"]).code, 1);

    // Another signer than the evidence shows.
    let (world, _) = locked();
    edit(&world, "authority: \"release\"", "authority: \"security\"");
    let ran = world.run(&["check", "--images", "lock", "--format", "json"]);
    assert_eq!(rules(&ran), (vec!["image-signature".to_owned()], vec![]), "{}", ran.shown());
    assert_eq!(world.run(&["images", "lock", "--check"]).code, 1);

    // Evidence that was changed, and evidence that is gone.
    let (world, _) = locked();
    let file = evidence(&world).remove(0);
    let bundle = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, bundle + " ").unwrap();
    let ran = world.run(&["check", "--images", "lock", "--format", "json"]);
    assert_eq!(ran.code, 1, "{}", ran.shown());
    std::fs::remove_file(&file).unwrap();
    let ran = world.run(&["check", "--images", "lock", "--format", "json"]);
    assert_eq!((ran.code, rules(&ran)), (1, (vec![], vec!["image-signature".to_owned()])), "{}", ran.shown());
}

#[test]
fn another_key_in_the_configuration_makes_the_lock_worthless() {
    let (world, _) = locked();
    world.sandbox.write("keys/release.pub", TestKey::new(Kind::P256).public_pem().as_bytes());
    let ran = world.run(&["check", "--images", "lock", "--format", "json"]);
    assert_eq!(ran.code, 1, "{}", ran.shown());
    let ran = world.run(&["images", "lock", "--check"]);
    assert_eq!(ran.code, 1, "{}", ran.shown());
    assert!(ran.stdout.contains("stale: "), "{}", ran.shown());
}

#[test]
fn a_lock_that_cannot_be_read_is_a_fault() {
    let (world, _) = locked();
    std::fs::write(lock_file(&world), "version: 1\nimages: [").unwrap();
    for arguments in [&["check"][..], &["check", "--images", "lock"], &["images", "lock", "--check"]] {
        let ran = world.run(arguments);
        assert_eq!(ran.code, 2, "{arguments:?}: {}", ran.shown());
        assert!(ran.stderr.contains("platlint-images.lock:"), "{}", ran.stderr);
    }
}

#[test]
fn what_is_not_verified_or_named_by_a_tag_is_not_locked() {
    let world = World::new();
    let (signed, unsigned) = (world.push_signed("web", "1"), world.push("plain", "1"));
    let images =
        [world.pinned("web", "1", &signed), world.pinned("plain", "1", &unsigned), format!("{}:1", world.image("web"))];
    world.pod("pod.yaml", &images.each_ref().map(String::as_str));
    let ran = world.run(&["images", "lock"]);
    assert_eq!(ran.code, 1);
    insta::assert_snapshot!(world.shown(&ran));
    let lock = std::fs::read_to_string(lock_file(&world)).unwrap();
    assert!(lock.contains("/prod/web@") && !lock.contains("/prod/plain@"), "{lock}");
}

#[test]
fn an_outage_keeps_the_entry_that_was_there() {
    let (world, _) = locked();
    let before = std::fs::read_to_string(lock_file(&world)).unwrap();
    world.registry.fault("/v2/", Answer::status(503));
    let ran = world.run(&["images", "lock", "--images-timeout", "1"]);
    assert_eq!(ran.code, 1, "{}", ran.shown());
    assert!(ran.stdout.contains("the old entry stays"), "{}", ran.stdout);
    assert_eq!(std::fs::read_to_string(lock_file(&world)).unwrap(), before);
    assert_eq!(world.run(&["check", "--images", "lock"]).code, 0);
}

#[test]
fn a_tag_that_moved_is_told_and_the_lock_stays_valid() {
    let (world, _) = locked();
    assert_eq!(world.run(&["images", "lock", "--check-tags"]).code, 0);
    let other = world.registry.put_image("prod/web", "2");
    world.registry.tag("prod/web", "1", &other);
    let ran = world.run(&["images", "lock", "--check-tags"]);
    assert_eq!(ran.code, 1, "{}", ran.shown());
    assert!(ran.stdout.contains("moved: ") && ran.stdout.contains(other.as_str()), "{}", ran.shown());
    assert_eq!(world.run(&["check", "--images", "lock"]).code, 0);
}

#[test]
fn a_changed_signer_is_told() {
    let (world, _) = locked();
    let second = TestKey::new(Kind::P256);
    world.sandbox.write("keys/second.pub", second.public_pem().as_bytes());
    world.configure("        - {name: second, key: keys/second.pub}\n      require: any\n");
    let digest = world.push("web", "2");
    world.sign("web", &digest, &second);
    world.pod("pod.yaml", &[&world.pinned("web", "2", &digest)]);
    let ran = world.run(&["images", "lock"]);
    assert_eq!(ran.code, 0, "{}", ran.shown());
    insta::assert_snapshot!(world.shown(&ran));
}

#[test]
fn a_run_over_a_part_keeps_the_other_entries() {
    let (world, _) = locked();
    let other = world.push_signed("other", "1");
    world.pod("more/other.yaml", &[&world.pinned("other", "1", &other)]);
    assert_eq!(world.run(&["images", "lock", "more"]).code, 0);
    let lock = std::fs::read_to_string(lock_file(&world)).unwrap();
    assert!(lock.contains("/prod/web@") && lock.contains("/prod/other@"), "{lock}");
    std::fs::remove_file(world.sandbox.path().join("pod.yaml")).unwrap();
    let ran = world.run(&["images", "lock"]);
    assert_eq!(ran.code, 0, "{}", ran.shown());
    let lock = std::fs::read_to_string(lock_file(&world)).unwrap();
    assert!(!lock.contains("/prod/web@"), "{lock}");
    assert_eq!(evidence(&world).len(), 1);
}

#[test]
fn a_bundle_of_the_configuration_uses_the_lock_where_it_runs() {
    let (world, _) = locked();
    let ran = world.run(&["bundle", "build", "--output", "bundle.tar.gz"]);
    assert_eq!(ran.code, 0, "{}", ran.shown());
    for mode in ["lock", "online"] {
        let ran = world.run(&["check", "--config", "bundle.tar.gz", "--images", mode, "--format", "json"]);
        assert_eq!(ran.code, 0, "{mode}: {}", ran.shown());
        assert_eq!(rules(&ran), (vec![], vec![]));
    }
}

#[test]
fn a_file_that_cannot_be_read_takes_nothing_out_of_the_lock() {
    let (world, _) = locked();
    let before = std::fs::read_to_string(lock_file(&world)).unwrap();
    world.sandbox.write("pod.yaml", b"apiVersion: v1\nkind: Pod\n  broken: [\n");
    let ran = world.run(&["images", "lock"]);
    assert_eq!(ran.code, 1, "{}", ran.shown());
    assert_eq!(std::fs::read_to_string(lock_file(&world)).unwrap(), before);
}

#[test]
fn stored_evidence_is_not_read_as_manifests() {
    let (world, _) = locked();
    let with = world.run(&["check", "--images", "lock", "--format", "json"]);
    assert!(!evidence(&world).is_empty());
    assert_eq!(with.json()["summary"]["files"], 2, "platlint.yaml and pod.yaml: {}", with.shown());
}
