//! The hooks in `.pre-commit-hooks.yaml`, run by the real pre-commit on real commits.
//!
//! pre-commit comes from `PyPI`, once, into the target folder. Where that is not possible the tests say so, and fail in CI.
//! The hooks that are built from source take minutes: `cargo xtask install-check` tries them.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::sandbox::{NOW, POD, Sandbox, root};

const VERSION: &str = "4.7.0";
const URL: &str = "https://github.com/platlint/platlint";
const MANIFEST: &str = ".pre-commit-hooks.yaml";
/// The rule that a Pod without a CPU limit breaks, and a file that breaks none.
const CLEAN: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\n";

/// The program, or why it is not to be had.
static PRE_COMMIT: LazyLock<Result<PathBuf, String>> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("pre-commit-{VERSION}"));
    let program = folder.join("bin/pre-commit");
    let python = folder.join("bin/python");
    if succeeds(Command::new(&program).arg("--version")).is_err() {
        succeeds(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder))?;
        let wanted = format!("pre-commit=={VERSION}");
        succeeds(Command::new(python).args(["-m", "pip", "install", "--quiet", "--no-input", &wanted]))?;
        succeeds(Command::new(&program).arg("--version"))?;
    }
    Ok(program)
});

fn succeeds(command: &mut Command) -> Result<(), String> {
    let out = command.output().map_err(|error| format!("{}: {error}", command.get_program().display()))?;
    if out.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&out.stderr).into_owned()) }
}

/// pre-commit, or nothing after saying that the test is skipped.
fn pre_commit() -> Option<&'static Path> {
    match &*PRE_COMMIT {
        Ok(program) => Some(program),
        Err(why) => {
            assert!(std::env::var_os("CI").is_none(), "in CI nothing is skipped: {why}");
            // Past the capture of the test harness: a skipped test must be seen.
            let _ = writeln!(std::io::stderr(), "SKIPPED: the hooks by pre-commit {VERSION}: {why}");
            None
        }
    }
}

/// A command in the folder that sees the platlint of this build and no configuration of this machine.
fn command(folder: &Path, program: impl AsRef<std::ffi::OsStr>) -> Command {
    let built = Path::new(env!("CARGO_BIN_EXE_platlint")).parent().unwrap();
    let mut command = Command::new(program);
    command
        .current_dir(folder)
        .env_clear()
        .env("PATH", format!("{}:{}", built.display(), std::env::var("PATH").unwrap()))
        .env("HOME", folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("PLATLINT_NOW", NOW);
    for role in ["AUTHOR", "COMMITTER"] {
        command
            .env(format!("GIT_{role}_NAME"), "A Developer")
            .env(format!("GIT_{role}_EMAIL"), "developer@example.com");
    }
    command
}

/// The developer's repository beside one that holds our hooks.
struct Repositories {
    folder: Sandbox,
    pre_commit: &'static Path,
}

impl Repositories {
    /// With a configuration of the hook that has these further lines.
    fn new(pre_commit: &'static Path, further: &str) -> Self {
        let repository =
            format!("repos:\n- repo: {URL}\n  rev: <commit>\n  hooks:\n  - id: platlint-system\n{further}");
        Self::configured(pre_commit, &repository)
    }

    /// With a configuration as users write it, where our repository and its commit are filled in.
    fn configured(pre_commit: &'static Path, config: &str) -> Self {
        let repositories = Self { folder: Sandbox::new(), pre_commit };
        repositories.folder.write(&format!("hooks/{MANIFEST}"), &std::fs::read(root().join(MANIFEST)).unwrap());
        repositories.git("hooks", &["init", "--quiet"]);
        repositories.git("hooks", &["add", "."]);
        repositories.git("hooks", &["commit", "--quiet", "-m", "hooks"]);
        let revision = repositories.git("hooks", &["rev-parse", "HEAD"]).1;

        let hooks = repositories.path("hooks");
        let config = config.replace(URL, hooks.to_str().unwrap()).replace("<commit>", revision.trim());
        repositories.folder.write("shop/.pre-commit-config.yaml", config.as_bytes());
        repositories.git("shop", &["init", "--quiet"]);
        let (code, said) = repositories.run("shop", pre_commit, &["install"]);
        assert_eq!(code, 0, "{said}");
        repositories
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn git(&self, repository: &str, arguments: &[&str]) -> (i32, String) {
        self.run(repository, Path::new("git"), arguments)
    }

    /// Exit status and both streams.
    fn run(&self, repository: &str, program: &Path, arguments: &[&str]) -> (i32, String) {
        let out = command(&self.path(repository), program)
            .env("PRE_COMMIT_HOME", self.path("store"))
            .args(arguments)
            .output()
            .unwrap();
        let text = [out.stdout, out.stderr].concat();
        (out.status.code().unwrap_or(-1), String::from_utf8(text).unwrap())
    }

    /// Writes the files and commits them all, through the hook.
    fn commit(&self, files: &[(&str, &str)]) -> (bool, String) {
        for (name, text) in files {
            self.folder.write(&format!("shop/{name}"), text.as_bytes());
        }
        self.git("shop", &["add", "--all"]);
        let before = self.commits();
        let (code, said) = self.git("shop", &["commit", "-m", "change"]);
        assert_eq!(self.commits() > before, code == 0, "{said}");
        (code == 0, said)
    }

    fn commits(&self) -> usize {
        let (code, said) = self.git("shop", &["rev-list", "--count", "HEAD"]);
        if code == 0 { said.trim().parse().unwrap() } else { 0 }
    }
}

#[test]
fn refuses_a_commit_with_a_violation_and_takes_its_repair() {
    let Some(pre_commit) = pre_commit() else { return };
    let shop = Repositories::new(pre_commit, "");
    let (done, said) = shop.commit(&[("k8s/pod.yaml", POD), ("k8s/settings.yaml", CLEAN)]);
    assert!(!done, "{said}");
    assert!(said.contains("platlint (installed)") && said.contains("Failed"), "{said}");
    assert!(said.contains("error[resource-limits]"), "{said}");
    assert!(said.contains("k8s/pod.yaml:13:9"), "{said}");
    assert!(!said.contains("settings.yaml"), "{said}");

    let (done, said) = shop.commit(&[("k8s/pod.yaml", CLEAN)]);
    assert!(done, "{said}");
    assert!(said.contains("Passed"), "{said}");
}

#[test]
fn leaves_files_alone_that_did_not_change() {
    let Some(pre_commit) = pre_commit() else { return };
    let shop = Repositories::new(pre_commit, "");
    shop.folder.write("shop/old.yaml", POD.as_bytes());
    shop.git("shop", &["add", "--all"]);
    shop.git("shop", &["commit", "--no-verify", "-m", "before the hook"]);
    let (done, said) =
        shop.commit(&[("new.json", r#"{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}}"#)]);
    assert!(done, "{said}");
    let (done, said) = shop.commit(&[("README.md", "no manifest\n")]);
    assert!(done && said.contains("no files to check"), "{said}");
    // All files, as CI runs it.
    let (code, said) = shop.run("shop", shop.pre_commit, &["run", "--all-files"]);
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("old.yaml:13:9"), "{said}");
}

#[test]
fn exclusions_of_the_configuration_hold_for_files_that_are_handed_over() {
    let Some(pre_commit) = pre_commit() else { return };
    let shop = Repositories::new(pre_commit, "");
    let config = "version: 1\nfiles: {exclude: [\"**/testdata/**\"]}\n";
    let (done, said) = shop.commit(&[("platlint.yaml", config), ("app/testdata/pod.yaml", POD)]);
    assert!(done, "{said}");
    let (done, said) = shop.commit(&[("app/pod.yaml", POD)]);
    assert!(!done && said.contains("app/pod.yaml:13:9"), "{said}");
}

#[test]
fn a_wrong_configuration_fails_the_hook() {
    let Some(pre_commit) = pre_commit() else { return };
    let shop = Repositories::new(pre_commit, "");
    let (done, said) = shop.commit(&[("platlint.yaml", "version: 1\nrulez: {}\n"), ("a.yaml", CLEAN)]);
    assert!(!done, "{said}");
    assert!(said.contains("exit code: 2") && said.contains("unknown key `rulez`"), "{said}");
}

#[test]
fn a_file_name_is_no_option() {
    let Some(pre_commit) = pre_commit() else { return };
    let shop = Repositories::new(pre_commit, "");
    let lenient = "version: 1\nrules: {resource-limits: off, image-digest: off}\n";
    let (done, said) = shop.commit(&[("--config=lenient.yaml", CLEAN), ("lenient.yaml", lenient), ("pod.yaml", POD)]);
    assert!(!done && said.contains("pod.yaml:13:9"), "{said}");
}

#[test]
fn arguments_of_the_user_reach_platlint() {
    let Some(pre_commit) = pre_commit() else { return };
    let shop = Repositories::new(pre_commit, "    args: [--rule, image-digest, --format, concise, --]\n");
    let (done, said) = shop.commit(&[("pod.yaml", POD)]);
    assert!(!done && said.contains("pod.yaml:11:14: error[image-digest]"), "{said}");
    assert!(!said.contains("resource-limits"), "{said}");
}

#[test]
fn the_examples_of_the_guide_refuse_a_violation() {
    let Some(pre_commit) = pre_commit() else { return };
    let guide = std::fs::read_to_string(root().join("docs/pre-commit.md")).unwrap();
    let examples = crate::sandbox::yaml_blocks(&guide);
    assert!(!examples.is_empty());
    for example in examples {
        let (done, said) = Repositories::configured(pre_commit, example).commit(&[("pod.yaml", POD)]);
        assert!(!done && said.contains("pod.yaml:13:9"), "{example}{said}");
    }
}

#[test]
fn the_fixing_hook_repairs_what_the_next_commit_takes() {
    let Some(pre_commit) = pre_commit() else { return };
    let config = format!(
        "repos:\n- repo: {URL}\n  rev: <commit>\n  hooks:\n  - id: platlint-fix-system\n    args: [--unsafe, --]\n"
    );
    let shop = Repositories::configured(pre_commit, &config);
    let rules = "version: 1\nrules: {image-digest: off, resource-limits: {level: error, parameters: {defaults: {limits: {cpu: 1}}}}}\n";
    let (done, said) = shop.commit(&[("platlint.yaml", rules), ("pod.yaml", POD)]);
    assert!(!done && said.contains("files were modified by this hook"), "{said}");
    let pod = std::fs::read_to_string(shop.path("shop/pod.yaml")).unwrap();
    assert!(pod.contains("cpu: "), "{pod}");
    let (done, said) = shop.commit(&[("pod.yaml", &pod)]);
    assert!(done, "{said}");
}

#[derive(Deserialize)]
struct Hook {
    id: String,
    #[serde(flatten)]
    fields: BTreeMap<String, serde_yaml::Value>,
}

#[test]
fn built_hooks_differ_from_the_installed_ones_in_their_language_only() {
    let text = std::fs::read_to_string(root().join(MANIFEST)).unwrap();
    let hooks: Vec<Hook> = serde_yaml::from_str(&text).unwrap();
    let decisive = |id: &str| {
        let hook = hooks.iter().find(|hook| hook.id == id).unwrap();
        let mut fields = hook.fields.clone();
        for told in ["name", "description"] {
            fields.remove(told);
        }
        let language = fields.remove("language").unwrap();
        (language.as_str().unwrap().to_owned(), fields)
    };
    for id in ["platlint", "platlint-fix"] {
        let (built, installed) = (decisive(id), decisive(&format!("{id}-system")));
        assert_eq!((built.0.as_str(), installed.0.as_str()), ("rust", "system"));
        assert_eq!(built.1, installed.1);
    }
}

#[test]
fn pre_commit_takes_the_manifest_as_valid() {
    let Some(pre_commit) = pre_commit() else { return };
    let out = command(&root(), pre_commit).args(["validate-manifest", MANIFEST]).output().unwrap();
    let said = String::from_utf8([out.stdout, out.stderr].concat()).unwrap();
    assert!(out.status.success() && said.is_empty(), "{said}");
}
