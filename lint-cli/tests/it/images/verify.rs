//! `platlint images verify`: every distinct image, for people and for programs.

use platlint_images::testing::{Keyless, Sigstore, bytes, signature_statement};
use serde_json::Value as Json;

use super::{BUNDLE, World};
use crate::sandbox::{POD, Sandbox};

#[test]
fn tells_of_every_image_who_signed_it_and_where_it_is_named() {
    let world = World::new();
    let signed = world.push_signed("web", "1");
    let unsigned = world.push("plain", "1");
    let image = world.pinned("web", "1", &signed);
    world.pod("a.yaml", &[&image, &world.pinned("plain", "1", &unsigned)]);
    world.pod("b.yaml", &[&image, &format!("{}:1", world.image("web")), "nginx"]);
    let ran = world.run(&["images", "verify"]);
    assert_eq!(ran.code, 1);
    insta::assert_snapshot!("text", world.shown(&ran));
    let ran = world.run(&["images", "verify", "--format", "json", "a.yaml"]);
    assert_eq!(ran.code, 1);
    insta::assert_snapshot!("json", world.shown(&ran));
}

#[test]
fn exits_0_where_all_are_verified_and_2_where_nobody_is_trusted() {
    let world = World::new();
    let digest = world.push_signed("web", "1");
    world.pod("pod.yaml", &[&world.pinned("web", "1", &digest)]);
    assert_eq!(world.run(&["images", "verify"]).code, 0);
    assert_eq!(world.run(&["images", "verify", "--images", "offline"]).code, 1);

    let ran = Sandbox::with(&[("pod.yaml", POD)]).run(&["images", "verify"]);
    assert_eq!(ran.code, 2, "{}", ran.shown());
    assert!(ran.stderr.contains("no `images` section"), "{}", ran.stderr);
}

#[test]
fn an_image_can_be_named_without_a_file() {
    let world = World::new();
    let digest = world.push_signed("web", "1");
    world.pod("pod.yaml", &["nginx"]);
    let image = format!("{}:1", world.image("web"));
    let ran = world.run(&["images", "verify", "--format", "json", "--image", &image]);
    assert_eq!(ran.code, 0, "{}", ran.shown());
    let json = ran.json();
    assert_eq!(json["images"].as_array().unwrap().len(), 1);
    assert_eq!(json["images"][0]["digest"], digest.as_str());
    assert_eq!(json["images"][0]["pinned"], world.pinned("web", "1", &digest));
    let ran = world.run(&["images", "verify", "--format", "json", "--image", &image, "pod.yaml"]);
    assert_eq!(ran.json()["images"].as_array().unwrap().len(), 2);
}

#[test]
fn a_keyless_signer_is_told_with_issuer_and_subject() {
    let world = World::new();
    let sigstore = Sigstore::new();
    world.sandbox.write("roots/test.json", &sigstore.trusted_root());
    let config = std::fs::read_to_string(world.sandbox.path().join("platlint.yaml")).unwrap();
    let keyless = "keyless: {issuer: https://ci.example, subjectRegex: \"https://git\\\\.example/org/.*\", trustedRoot: roots/test.json}";
    world.sandbox.write("platlint.yaml", config.replace("key: keys/release.pub", keyless).as_bytes());
    let digest = world.push("web", "1");
    let other = world.push("other", "1");
    for (name, digest, subject) in [
        ("web", &digest, "https://git.example/org/app"),
        ("other", &other, "https://evil.example/?https://git.example/org/app"),
    ] {
        let signer = Keyless::by(subject, "https://ci.example");
        let bundle = bytes(&sigstore.bundle(&signer, &signature_statement(digest, &Json::Null)));
        world.registry.put_referrer(&format!("prod/{name}"), digest, BUNDLE, &bundle);
    }
    world.pod("pod.yaml", &[&world.pinned("web", "1", &digest), &world.pinned("other", "1", &other)]);
    let ran = world.run(&["images", "verify"]);
    assert_eq!(ran.code, 1, "{}", ran.shown());
    insta::assert_snapshot!(world.shown(&ran));
}

#[test]
fn files_that_cannot_be_read_are_no_proof_that_all_is_well() {
    let world = World::new();
    let digest = world.push_signed("web", "1");
    world.pod("pod.yaml", &[&world.pinned("web", "1", &digest)]);
    world.sandbox.write("broken.yaml", b"a: [\n");
    let ran = world.run(&["images", "verify"]);
    assert_eq!(ran.code, 1, "{}", ran.shown());
    assert!(ran.stderr.contains("broken.yaml"), "{}", ran.stderr);
}

#[test]
fn a_key_that_is_none_is_told_at_its_place_before_anybody_is_asked() {
    let world = World::new();
    let digest = world.push_signed("web", "1");
    world.pod("pod.yaml", &[&world.pinned("web", "1", &digest)]);
    world.sandbox.write(
        "keys/release.pub",
        b"-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE\n-----END PUBLIC KEY-----\n",
    );
    for arguments in [&["check"][..], &["check", "--images", "online"], &["images", "verify"], &["config", "check"]] {
        let ran = world.run(arguments);
        assert_eq!(ran.code, 2, "{arguments:?}: {}", ran.shown());
        assert!(ran.stderr.contains("platlint.yaml:"), "{}", ran.stderr);
    }
    assert_eq!(world.registry.count(), 0);
}

#[test]
fn text_of_files_and_registries_cannot_steer_a_terminal() {
    let world = World::new();
    world.pod("pod.yaml", &["\"x\\e[31m\\nplatlint: y\""]);
    let ran = world.run(&["images", "verify"]);
    assert_eq!(ran.code, 1);
    assert!(!ran.stdout.contains('\u{1b}') && !ran.stdout.contains("\nplatlint: y"), "{}", ran.shown());
}
