//! Files, pull secrets and helpers, read from folders of the tests' own making.

use super::*;
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;

const SECRET: &str = "hunter2-never-to-be-seen";

fn repository(text: &str) -> Repository {
    Repository::of(&platlint_engine::image::Reference::parse(text).unwrap())
}

fn basic(username: &str, password: &str) -> Credential {
    Credential::Basic { username: username.into(), password: password.into() }
}

fn parse(json: &str) -> DockerConfig {
    DockerConfig { sources: vec![Source::parse(json.as_bytes()).unwrap()] }
}

async fn found(config: &DockerConfig, image: &str) -> Option<Credential> {
    config.credential(&repository(image), Helpers::Never).await.unwrap()
}

#[tokio::test]
async fn reads_every_form_of_an_entry() {
    let config = parse(
        r#"{"auths": {
            "a.example": {"auth": "cm9ib3Q6cGFzczp3b3Jk"},
            "b.example": {"username": "robot", "password": "p"},
            "c.example": {"auth": "cm9ib3Q6cA==", "identitytoken": "t"},
            "d.example": {},
            "e.example": {"auth": null, "username": "<token>", "password": "t"},
            "https://index.docker.io/v1/": {"auth": "aHViOnA"}
        }, "credsStore": "", "credHelpers": null, "HttpHeaders": {"x": "y"}}"#,
    );
    assert_eq!(found(&config, "a.example/x").await, Some(basic("robot", "pass:word")));
    assert_eq!(found(&config, "b.example/x").await, Some(basic("robot", "p")));
    assert_eq!(found(&config, "c.example/x").await, Some(Credential::IdentityToken("t".into())));
    assert_eq!(found(&config, "d.example/x").await, None);
    assert_eq!(found(&config, "e.example/x").await, Some(Credential::IdentityToken("t".into())));
    assert_eq!(found(&config, "nginx").await, Some(basic("hub", "p")));
    assert_eq!(found(&config, "f.example/x").await, None);
}

#[tokio::test]
async fn the_longest_path_decides() {
    let config = parse(
        r#"{"auths": {
            "registry.example": {"username": "all", "password": "p"},
            "registry.example/team": {"username": "team", "password": "p"},
            "registry.example/team/app": {"username": "app", "password": "p"},
            "*.example": {"username": "glob", "password": "p"}
        }}"#,
    );
    assert_eq!(found(&config, "registry.example/team/app:1").await, Some(basic("app", "p")));
    assert_eq!(found(&config, "registry.example/team/other").await, Some(basic("team", "p")));
    assert_eq!(found(&config, "registry.example/else").await, Some(basic("all", "p")));
    assert_eq!(found(&config, "other.example/x").await, Some(basic("glob", "p")));
}

#[tokio::test]
async fn reads_both_types_of_pull_secret() {
    let new = br#"{"auths": {"registry.example": {"username": "new", "password": "p"}}, "credsStore": "evil"}"#;
    let new = DockerConfig::from_pull_secret("kubernetes.io/dockerconfigjson", new).unwrap();
    let run = new.credential(&repository("registry.example/x"), Helpers::Run).await;
    assert_eq!(run, Ok(Some(basic("new", "p"))));
    let old = br#"{"registry.example": {"username": "old", "password": "p", "email": "x@y"}}"#;
    let old = DockerConfig::from_pull_secret("kubernetes.io/dockercfg", old).unwrap();
    assert_eq!(found(&old, "registry.example/x").await, Some(basic("old", "p")));
    let other = DockerConfig::from_pull_secret("Opaque", b"{}");
    assert_eq!(other.err(), Some(CredentialError::SecretType("Opaque".into())));
}

#[test]
fn errors_and_debug_never_repeat_a_secret() {
    let wrong = [
        format!(r#"{{"auths": {{"a.example": "{SECRET}"}}}}"#),
        format!(r#"{{"auths": {{"a.example": {{"password": ["{SECRET}"]}}}}}}"#),
        format!(r#"{{"auths": {{"a.example": {{"auth": "{SECRET}!"}}}}}}"#),
        format!(r#"{{"auths": {{"a.example": {{"{SECRET}""#),
        format!(r#"{{"credHelpers": "{SECRET}"}}"#),
    ];
    for json in wrong {
        let error = Source::parse(json.as_bytes()).unwrap_err();
        assert!(!format!("{error} {error:?}").contains(SECRET), "{error}");
    }
    let good = parse(&format!(r#"{{"auths": {{"a.example": {{"username": "u", "password": "{SECRET}"}}}}}}"#));
    assert!(!format!("{good:?}").contains(SECRET));
}

#[tokio::test]
async fn reads_the_files_that_the_environment_names_in_their_order() {
    let folder = tempfile::tempdir().unwrap();
    let write = |path: &str, host: &str, username: &str| {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let json = format!(
            r#"{{"auths": {{"{host}": {{"username": "{username}", "password": "p"}}, "all.example": {{"username": "{username}", "password": "p"}}}}}}"#
        );
        fs::write(path, json).unwrap();
    };
    write("named.json", "named.example", "named");
    write("home/.docker/config.json", "docker.example", "docker");
    write("run/containers/auth.json", "podman.example", "podman");
    let variables = |pairs: &[(&str, &str)]| {
        let all: BTreeMap<String, OsString> =
            pairs.iter().map(|(name, path)| ((*name).to_owned(), folder.path().join(path).into())).collect();
        DockerConfig::from_variables(|name| all.get(name).cloned())
    };
    let all = [("REGISTRY_AUTH_FILE", "named.json"), ("HOME", "home"), ("XDG_RUNTIME_DIR", "run")];
    let config = variables(&all).unwrap();
    for name in ["named", "docker", "podman"] {
        assert_eq!(found(&config, &format!("{name}.example/x")).await, Some(basic(name, "p")));
    }
    assert_eq!(found(&config, "all.example/x").await, Some(basic("named", "p")));
    let without_home = variables(&[("DOCKER_CONFIG", "home/.docker")]).unwrap();
    assert_eq!(found(&without_home, "docker.example/x").await, Some(basic("docker", "p")));
    assert!(variables(&[("HOME", "nowhere")]).unwrap().sources.is_empty());
    assert!(matches!(variables(&[("REGISTRY_AUTH_FILE", "nowhere")]), Err(CredentialError::File { .. })));
}

#[tokio::test]
async fn a_helper_of_the_registry_is_an_error_where_none_may_run() {
    let config = parse(r#"{"credHelpers": {"registry.example": "keychain"}, "credsStore": "desktop"}"#);
    let refused = config.credential(&repository("registry.example/x"), Helpers::Never).await;
    assert!(matches!(refused, Err(CredentialError::Helper { .. })), "{refused:?}");
    assert_eq!(found(&config, "other.example/x").await, None);
}

#[cfg(unix)]
mod helpers {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    /// A folder with one helper, a shell script.
    fn folder(script: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("docker-credential-test");
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        folder
    }

    async fn ask(script: &str, host: &str) -> Result<Option<Credential>, CredentialError> {
        let folder = folder(script);
        program::get("test", host, folder.path().as_os_str()).await
    }

    #[tokio::test]
    async fn a_helper_is_asked_for_the_host() {
        let script = r#"[ "$1" = get ] || exit 1
read -r server
printf '{"ServerURL":"%s","Username":"%s","Secret":"p"}' "$server" "$server""#;
        assert_eq!(ask(script, "registry.example").await, Ok(Some(basic("registry.example", "p"))));
        assert_eq!(ask(script, "docker.io").await, Ok(Some(basic("https://index.docker.io/v1/", "p"))));
        let token = r#"printf '{"Username":"<token>","Secret":"t"}'"#;
        assert_eq!(ask(token, "registry.example").await, Ok(Some(Credential::IdentityToken("t".into()))));
    }

    #[tokio::test]
    async fn a_helper_without_the_credential_is_no_error_but_a_failing_one_is() {
        let nothing = "echo credentials not found in native keychain; exit 1";
        assert_eq!(ask(nothing, "registry.example").await, Ok(None));
        for script in [&format!("echo {SECRET}; exit 1"), &format!("echo {SECRET}"), "exit 0"] {
            let error = ask(script, "registry.example").await.unwrap_err();
            assert!(matches!(error, CredentialError::Helper { .. }));
            assert!(!format!("{error} {error:?}").contains(SECRET));
        }
    }

    #[tokio::test]
    async fn a_helper_that_prints_without_end_is_cut_off() {
        let error = ask("exec yes", "registry.example").await.unwrap_err();
        assert_eq!(error, CredentialError::Helper { name: "test".into(), reason: "printed too much".into() });
    }

    #[tokio::test(start_paused = true)]
    async fn a_helper_that_hangs_is_cut_off() {
        let error = ask("exec sleep 600", "registry.example").await.unwrap_err();
        assert_eq!(error, CredentialError::Helper { name: "test".into(), reason: "took longer than 5 s".into() });
    }

    #[tokio::test]
    async fn a_name_cannot_leave_the_path() {
        let folder = folder("exit 0");
        for name in ["", "../test", "a/b", "a b", "$(x)", "a\\b"] {
            let error = program::get(name, "registry.example", folder.path().as_os_str()).await.unwrap_err();
            assert!(matches!(error, CredentialError::Helper { reason, .. } if reason == "is not a name"), "{name}");
        }
        let relative = program::get("test", "registry.example", OsStr::new(".:relative:")).await.unwrap_err();
        assert!(matches!(relative, CredentialError::Helper { reason, .. } if reason == "not found on the PATH"));
    }
}
