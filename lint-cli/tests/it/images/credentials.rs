//! Credentials of whoever runs platlint: used where they belong, and never shown.

use platlint_registry::testing::{Access, Account};

use super::World;
use crate::sandbox::Ran;

const PASSWORD: &str = "correct-horse-battery";

/// `robot:correct-horse-battery` and a wrong one, as docker keeps them.
const RIGHT: &str = "cm9ib3Q6Y29ycmVjdC1ob3JzZS1iYXR0ZXJ5";
const WRONG: &str = "cm9ib3Q6d3JvbmctaG9yc2UtYmF0dGVyeQ==";

fn world(access: Access) -> World {
    let world = World::new();
    let digest = world.push_signed("web", "1");
    world.pod("pod.yaml", &[&world.pinned("web", "1", &digest)]);
    world.registry.access(access);
    world
}

fn account() -> Account {
    Account::new("robot", PASSWORD, &["prod/"])
}

fn run(world: &World, auth: &str, arguments: &[&str]) -> Ran {
    let config = format!("{{\"auths\": {{\"{}\": {{\"auth\": \"{auth}\"}}}}}}", world.registry.host());
    world.sandbox.write("docker/config.json", config.as_bytes());
    let folder = world.sandbox.path().join("docker");
    world.sandbox.run_with(arguments, &[("DOCKER_CONFIG", folder.to_str().unwrap())], b"")
}

const CHECK: [&str; 6] = ["check", "--images", "online", "--images-timeout", "3", "pod.yaml"];

#[test]
fn a_password_of_the_docker_configuration_opens_the_registry() {
    for access in [Access::Basic(vec![account()]), Access::token(vec![account()])] {
        let world = world(access);
        let ran = run(&world, RIGHT, &CHECK);
        assert_eq!(ran.code, 0, "{}", ran.shown());
    }
}

#[test]
fn without_a_right_password_it_is_not_decided_and_no_secret_is_shown() {
    for access in [Access::Basic(vec![account()]), Access::token(vec![account()])] {
        let world = world(access);
        for auth in [WRONG, "", "bm9jb2xvbg=="] {
            for arguments in [
                &CHECK[..],
                &["check", "--images", "online", "--format", "json", "pod.yaml"],
                &["images", "verify", "--format", "json"],
                &["images", "lock"],
            ] {
                let ran = run(&world, auth, arguments);
                assert!(ran.code == 1 || ran.code == 2, "{}", ran.shown());
                let shown = ran.shown();
                for secret in
                    ["wrong-horse-battery", PASSWORD, WRONG, RIGHT, "bm9jb2xvbg", "nocolon", "Basic ", "Bearer "]
                {
                    assert!(!shown.contains(secret), "{secret}: {shown}");
                }
            }
        }
    }
}

#[test]
fn the_password_is_sent_to_no_other_registry() {
    let world = world(Access::Open);
    let other = World::new();
    let digest = other.push_signed("web", "1");
    let config = std::fs::read_to_string(world.sandbox.path().join("platlint.yaml")).unwrap();
    let host = other.registry.host();
    let config = config
        .replace("  registries:\n", &format!("  registries:\n    \"{host}\": {{plainHttp: true}}\n"))
        .replace("match: [", &format!("match: [\"{host}/**\", "));
    world.sandbox.write("platlint.yaml", config.as_bytes());
    world.pod("pod.yaml", &[&other.pinned("web", "1", &digest)]);
    let ran = run(&world, RIGHT, &CHECK);
    assert_eq!(ran.code, 1, "{}", ran.shown());
    assert!(other.registry.count() > 0);
    assert!(other.registry.requests().iter().all(|request| request.authorization.is_none()));
}

#[cfg(unix)]
#[test]
fn a_credential_helper_is_asked_and_its_words_are_not_repeated() {
    use std::os::unix::fs::PermissionsExt as _;
    let world = world(Access::Basic(vec![account()]));
    let helper = world.sandbox.path().join("bin/docker-credential-test");
    let folder = world.sandbox.path().join("docker");
    world.sandbox.write("docker/config.json", b"{\"credsStore\": \"test\"}");
    let run = |script: &str| {
        world.sandbox.write("bin/docker-credential-test", script.as_bytes());
        std::fs::set_permissions(&helper, std::fs::Permissions::from_mode(0o755)).unwrap();
        let path = format!("{}:/usr/bin:/bin", helper.parent().unwrap().display());
        world.sandbox.run_with(&CHECK, &[("DOCKER_CONFIG", folder.to_str().unwrap()), ("PATH", &path)], b"")
    };
    let ran = run(&format!(
        "#!/bin/sh\necho run >>runs\nread host\necho '{{\"ServerURL\":\"x\",\"Username\":\"robot\",\"Secret\":\"{PASSWORD}\"}}'\n"
    ));
    assert_eq!(ran.code, 0, "{}", ran.shown());
    let runs = std::fs::read_to_string(world.sandbox.path().join("runs")).unwrap();
    assert_eq!(runs.lines().count(), 1, "once for a repository");
    let ran = run(&format!("#!/bin/sh\necho {PASSWORD}; echo {PASSWORD} >&2; exit 1\n"));
    assert_eq!(ran.code, 1, "{}", ran.shown());
    assert!(!ran.shown().contains(PASSWORD), "{}", ran.shown());
}
