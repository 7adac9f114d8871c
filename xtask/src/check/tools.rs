//! The steps that other tools do: cargo-deny over the dependencies, stock OPA over the policies.

use super::report::Outcome;
use super::rust::{cargo, outcome};
use crate::peers::{self, Cache};
use crate::workspace::Workspace;
use anyhow::Result;
use std::process::Command;

/// Bans, licenses and sources. Advisories change from day to day without a change here, so they are no part of a test.
pub(super) fn deny(workspace: &Workspace, cache: &Cache) -> Result<Outcome> {
    let cached = cache.folder(workspace).join("cargo-deny");
    let program = if cached.is_file() { cached.to_string_lossy().into_owned() } else { "cargo-deny".to_owned() };
    if !crate::process::available(&program, &["--version"]) {
        return Ok(Outcome::Skipped("cargo-deny is not installed (`cargo install --locked cargo-deny`)".to_owned()));
    }
    let mut command = Command::new(program);
    command.current_dir(&workspace.root).env("CARGO", "cargo");
    outcome(command.args(["--log-level", "error", "check", "--hide-inclusion-graph", "bans", "licenses", "sources"]))
}

/// The policies are plain Rego: OPA's formatter, its strict compiler and its tests judge them.
pub(super) fn policies(workspace: &Workspace, cache: &Cache) -> Result<Outcome> {
    let folder = cache.folder(workspace);
    let peer = peers::named("opa")?;
    if !folder.join(peer.name).is_file() && !peers::go_is_there() {
        return Ok(Outcome::Skipped(format!("opa {} is not there and Go is missing to build it", peer.version)));
    }
    let opa = peers::ensure(peer, &folder)?;
    let steps: [&[&str]; 3] = [&["fmt", "--list", "--fail"], &["check", "--strict"], &["test"]];
    for arguments in steps {
        let failed = outcome(Command::new(&opa).current_dir(&workspace.root).args(arguments).arg("policies"))?;
        if failed != Outcome::Passed {
            return Ok(failed);
        }
    }
    Ok(Outcome::Passed)
}

/// Builds the command-line linter and says where it is; generated files come from it.
pub(super) fn platlint(workspace: &Workspace) -> Result<Option<std::path::PathBuf>> {
    let built = crate::process::succeeds(cargo(workspace).args(["build", "--quiet", "--locked", "--bin", "platlint"]))?;
    Ok(built.then(|| workspace.target.join("debug").join("platlint")))
}
