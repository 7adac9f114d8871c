//! The steps that cargo itself does: formatting, clippy, tests.

use super::libtest::{Reader, Tests};
use super::report::Outcome;
use crate::apiserver::{self, Kubernetes};
use crate::peers::{self, Cache};
use crate::process;
use crate::render_tools;
use crate::workspace::Workspace;
use anyhow::{Context, Result};
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

/// A cargo command at the root. The variables that this run of cargo set describe xtask, not the command's crates.
pub(super) fn cargo(workspace: &Workspace) -> Command {
    let mut cargo = Command::new("cargo");
    cargo.current_dir(&workspace.root);
    for name in ["CARGO_MANIFEST_DIR", "CARGO_MANIFEST_PATH", "CARGO_PKG_NAME", "CARGO_PKG_VERSION"] {
        cargo.env_remove(name);
    }
    cargo
}

/// Passed, or failed with the command to repeat.
pub(super) fn outcome(command: &mut Command) -> Result<Outcome> {
    Ok(if process::succeeds(command)? {
        Outcome::Passed
    } else {
        Outcome::Failed(format!("`{}`", process::shown(command)))
    })
}

pub(super) fn formatting(workspace: &Workspace) -> Result<Outcome> {
    outcome(cargo(workspace).args(["fmt", "--all", "--check"]))
}

pub(super) fn clippy(workspace: &Workspace) -> Result<Outcome> {
    let arguments = ["clippy", "--quiet", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"];
    outcome(cargo(workspace).args(arguments))
}

/// Runs all tests but those of `e2e`, which need an API server or registries. Tests find
/// OPA by `PLATLINT_OPA`, helm and kustomize by `PLATLINT_RENDER_TOOLS`, when they are there.
pub(super) fn tests(workspace: &Workspace, cache: &Cache) -> Result<(Outcome, Tests)> {
    let mut command = cargo(workspace);
    command.args(["test", "--workspace", "--exclude", "platlint-e2e", "--locked", "--no-fail-fast"]);
    command.args(["--", "--show-output"]);
    match peers::named("opa").and_then(|opa| peers::ensure(opa, &cache.folder(workspace))) {
        Ok(opa) => {
            command.env("PLATLINT_OPA", opa);
        }
        // The tests that want it say that they are skipped.
        Err(error) => eprintln!("{error:#}"),
    }
    match render_tools::ensure(workspace, cache) {
        Ok(folder) => {
            command.env(render_tools::VARIABLE, folder);
        }
        Err(error) => eprintln!("{error:#}"),
    }
    // It renders kustomizations too, and is built with the API server where nobody has installed it.
    if !is_installed("kubectl") {
        match apiserver::ensure(workspace, cache, Kubernetes::V1_36) {
            Ok(folder) => {
                let path = std::env::var_os("PATH").unwrap_or_default();
                let folders = std::env::split_paths(&path).chain([folder]);
                command.env("PATH", std::env::join_paths(folders).context("PATH cannot be extended")?);
            }
            Err(error) => eprintln!("{error:#}"),
        }
    }
    counted(&mut command)
}

fn is_installed(program: &str) -> bool {
    std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|folder| folder.join(program).is_file()))
}

/// Runs a `cargo test`, passing its output on and counting.
pub(super) fn counted(command: &mut Command) -> Result<(Outcome, Tests)> {
    let mut child = command.stdout(Stdio::piped()).spawn().context("cannot start cargo")?;
    let output = child.stdout.take().context("cargo has no standard output")?;
    let mut reader = Reader::default();
    for line in BufReader::new(output).lines() {
        let line = line?;
        if reader.line(&line) {
            println!("{line}");
        }
    }
    let outcome = match (child.wait()?.success(), reader.tests.failed) {
        (true, _) => Outcome::Passed,
        (false, 0) => Outcome::Failed(format!("`{}`", process::shown(command))),
        (false, failed) => Outcome::Failed(format!("{failed} tests")),
    };
    Ok((outcome, reader.tests))
}
