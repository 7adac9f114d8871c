//! `platlint fix --images online`: a tag gets the digest that was just verified, and nothing else is written.

use std::path::Path;

use platlint_images::testing::{Kind, TestKey};
use platlint_registry::testing::Answer;

use super::{World, pod};

fn read(world: &World, name: &str) -> String {
    std::fs::read_to_string(world.sandbox.path().join(Path::new(name))).unwrap()
}

#[test]
fn writes_the_verified_digest_beside_the_tag_and_keeps_the_rest() {
    let world = World::new();
    let (web, job) = (world.push_signed("web", "1"), world.push_signed("job", "latest"));
    world.pod("pod.yaml", &[&format!("{}:1", world.image("web")), &world.image("job")]);
    let ran = world.run(&["fix", "--images", "online"]);
    assert_eq!(ran.code, 0, "{}", ran.shown());
    let expected = pod(&[&world.pinned("web", "1", &web), &format!("{}@{job}", world.image("job"))]);
    assert_eq!(read(&world, "pod.yaml"), expected);
    insta::assert_snapshot!(world.shown(&ran));
    assert_eq!(world.run(&["check", "--images", "online"]).code, 0);
}

#[test]
fn a_second_run_writes_nothing() {
    let world = World::new();
    world.push_signed("web", "1");
    world.pod("pod.yaml", &[&format!("{}:1", world.image("web"))]);
    world.run(&["fix", "--images", "online"]);
    let once = read(&world, "pod.yaml");
    // Wherever the tag has gone since.
    let moved = world.push_signed("other", "1");
    world.registry.tag("prod/web", "1", &moved);
    let ran = world.run(&["fix", "--images", "online"]);
    assert_eq!(ran.code, 0, "{}", ran.shown());
    assert!(ran.stdout.contains("nothing to fix"), "{}", ran.stdout);
    assert_eq!(read(&world, "pod.yaml"), once);
}

#[test]
fn what_is_not_verified_is_never_pinned() {
    let world = World::new();
    world.push("unsigned", "1");
    let foreign = world.push("foreign", "1");
    world.sign("foreign", &foreign, &TestKey::new(Kind::P256));
    world.push_signed("down", "1");
    world.registry.fault("prod/down/blobs", Answer::status(500));
    let host = world.registry.host();
    let images = [
        format!("{}:1", world.image("unsigned")),
        format!("{}:1", world.image("foreign")),
        format!("{}:1", world.image("down")),
        format!("{}:1", world.image("missing")),
        format!("{host}/other/web:1"),
    ];
    let text = pod(&images.each_ref().map(String::as_str));
    world.sandbox.write("pod.yaml", text.as_bytes());
    let ran = world.run(&["fix", "--images", "online", "--images-timeout", "2"]);
    assert_eq!(ran.code, 1, "{}", ran.shown());
    assert_eq!(read(&world, "pod.yaml"), text);
}

#[test]
fn nothing_is_pinned_offline_or_where_the_rule_says_no() {
    let world = World::new();
    world.push_signed("web", "1");
    let text = pod(&[&format!("{}:1", world.image("web"))]);
    world.sandbox.write("pod.yaml", text.as_bytes());
    assert_eq!(world.run(&["fix"]).code, 1);
    assert_eq!(read(&world, "pod.yaml"), text);
    assert_eq!(world.registry.count(), 0);
    world.configure("      pin: false\n");
    let ran = world.run(&["fix", "--images", "online"]);
    assert_eq!(ran.code, 1, "{}", ran.shown());
    assert_eq!(read(&world, "pod.yaml"), text);
}

#[test]
fn a_tag_is_resolved_once_so_that_what_is_written_is_what_was_verified() {
    let world = World::new();
    let signed = world.push_signed("web", "1");
    world.pod("pod.yaml", &[&format!("{}:1", world.image("web"))]);
    let ran = world.run(&["fix", "--images", "online"]);
    assert_eq!(ran.code, 0, "{}", ran.shown());
    assert!(read(&world, "pod.yaml").contains(signed.as_str()));
    let asked = world.registry.requests().iter().filter(|request| request.target.ends_with("/manifests/1")).count();
    assert_eq!(asked, 1);
}

#[test]
fn a_diff_shows_the_pin_and_writes_nothing() {
    let world = World::new();
    world.push_signed("web", "1");
    let text = pod(&[&format!("{}:1", world.image("web"))]);
    world.sandbox.write("pod.yaml", text.as_bytes());
    let ran = world.run(&["fix", "--images", "online", "--diff"]);
    assert_eq!(ran.code, 1, "{}", ran.shown());
    insta::assert_snapshot!(world.shown(&ran));
    assert_eq!(read(&world, "pod.yaml"), text);
}

#[test]
fn custom_resources_are_pinned_where_the_configuration_names_their_fields() {
    let world = World::new();
    let digest = world.push_signed("step", "1");
    let config = read(&world, "platlint.yaml");
    let fields = "images:\n  fields:\n    - {group: tekton.dev, kind: Task, paths: [\"spec.steps[*].image\"]}\n";
    world.sandbox.write("platlint.yaml", config.replace("images:\n", fields).as_bytes());
    let task = |image: &str| {
        format!(
            "apiVersion: tekton.dev/v1\nkind: Task\nmetadata: {{name: t}}\nspec:\n  steps:\n    - name: a\n      image: '{image}'\n"
        )
    };
    world.sandbox.write("task.yaml", task(&format!("{}:1", world.image("step"))).as_bytes());
    let ran = world.run(&["fix", "--images", "online"]);
    assert_eq!(ran.code, 0, "{}", ran.shown());
    assert_eq!(read(&world, "task.yaml"), task(&world.pinned("step", "1", &digest)));
}
