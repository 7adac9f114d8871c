//! Files that the code generates and the repository holds, so that readers need no build: each is the standard output of
//! one `platlint` command. `cargo xtask generate` writes them, `cargo xtask test` compares them.

use super::report::Outcome;
use super::tools;
use crate::process;
use crate::workspace::Workspace;
use anyhow::{Context, Result, bail};
use std::fs;
use std::process::Command;

/// One generated file.
struct Generated {
    /// Relative to the root.
    path: &'static str,
    /// Arguments of `platlint`.
    arguments: &'static [&'static str],
}

const GENERATED: &[Generated] = &[];

/// Writes all files.
pub(super) fn write(workspace: &Workspace) -> Result<()> {
    for (file, content) in contents(workspace)? {
        let path = workspace.root.join(file.path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(&path, content).with_context(|| format!("cannot write {}", path.display()))?;
        println!("{}", file.path);
    }
    Ok(())
}

/// Compares all files with what would be written.
pub(super) fn check(workspace: &Workspace) -> Result<Outcome> {
    let mut stale = Vec::new();
    for (file, content) in contents(workspace)? {
        if fs::read(workspace.root.join(file.path)).ok().as_ref() != Some(&content) {
            stale.push(file.path);
        }
    }
    Ok(if stale.is_empty() {
        println!("{} files are up to date", GENERATED.len());
        Outcome::Passed
    } else {
        Outcome::Failed(format!("stale: {} (`cargo xtask generate`)", stale.join(", ")))
    })
}

fn contents(workspace: &Workspace) -> Result<Vec<(&'static Generated, Vec<u8>)>> {
    if GENERATED.is_empty() {
        return Ok(Vec::new());
    }
    let Some(platlint) = tools::platlint(workspace)? else { bail!("platlint does not build") };
    GENERATED
        .iter()
        .map(|file| {
            let mut command = Command::new(&platlint);
            // Its own configuration, colours and width must not depend on where this runs.
            command.current_dir(&workspace.root).args(file.arguments).env("NO_COLOR", "1").env("COLUMNS", "100");
            Ok((file, process::output(&mut command)?))
        })
        .collect()
}
