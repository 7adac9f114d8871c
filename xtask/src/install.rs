//! `cargo xtask install-check`: the build that pre-commit makes of a hook with `language: rust`, from a clean clone.
//!
//! `cargo install` ignores the lock file, so this is where a new release of a dependency breaks users first. It takes
//! minutes and needs the registry, which is why it is no test. Hooks that use an installed platlint are tested in
//! lint-cli, by pre-commit itself.

use crate::process;
use crate::workspace::Workspace;
use anyhow::{Context, Result, ensure};
use clap::Args;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::Instant;

/// Flags of `cargo xtask install-check`.
#[derive(Args)]
pub(crate) struct InstallArgs {
    /// Keep what an earlier run compiled, so that only the outcome counts and not the time
    #[arg(long)]
    warm: bool,
}

/// Clones what is committed, installs it as pre-commit does and runs what was installed.
pub(crate) fn check(args: &InstallArgs) -> Result<ExitCode> {
    let workspace = Workspace::find()?;
    let folder = workspace.target.join("install-check");
    let [clone, root, build] = ["clone", "root", "build"].map(|name| folder.join(name));
    remove(&clone)?;
    remove(&root)?;
    if !args.warm {
        remove(&build)?;
    }
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    // Cargo is started in the clone: the folders must not be relative to here.
    let [clone, root, build] = [clone, root, build].map(std::path::absolute);
    let (clone, root, build) = (clone?, root?, build?);
    run(Command::new("git").args(["clone", "--quiet"]).arg(&workspace.root).arg(&clone))?;
    let commit = process::output(Command::new("git").current_dir(&clone).args(["rev-parse", "--short", "HEAD"]))?;
    println!("installing {} without its lock file", String::from_utf8_lossy(&commit).trim());

    let started = Instant::now();
    // The very call of pre-commit 4.7.0 (languages/rust.py), in the folder of the hook's repository.
    let mut install = Command::new("cargo");
    install.current_dir(&clone).args(["install", "--bins", "--root"]).arg(&root).args(["--path", "."]);
    for name in ["CARGO_MANIFEST_DIR", "CARGO_MANIFEST_PATH", "CARGO_PKG_NAME", "CARGO_PKG_VERSION"] {
        install.env_remove(name);
    }
    run(install.env("CARGO_TARGET_DIR", &build))?;
    println!("installed in {} s ({} build)", started.elapsed().as_secs(), if args.warm { "warm" } else { "cold" });

    let binaries = root.join("bin");
    let installed: Vec<_> = std::fs::read_dir(&binaries)?
        .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
        .collect::<Result<_>>()?;
    ensure!(installed == ["platlint"], "the root package installs {installed:?}, wanted is platlint alone");
    for (fixture, expected) in [("fixed", 0), ("broken", 1)] {
        let path = Path::new("fixtures/golden-path").join(fixture);
        let mut platlint = Command::new(binaries.join("platlint"));
        platlint.current_dir(&clone).args(["check", "--format", "concise", "--"]).arg(&path);
        let status = platlint.status().with_context(|| format!("cannot start `{}`", process::shown(&platlint)))?;
        ensure!(status.code() == Some(expected), "{} gives {status}, expected was {expected}", path.display());
        println!("{}: exit status {expected}, as expected", path.display());
    }
    Ok(ExitCode::SUCCESS)
}

fn remove(folder: &Path) -> Result<()> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove {}", folder.display()))
        }
        _ => Ok(()),
    }
}

fn run(command: &mut Command) -> Result<()> {
    ensure!(process::succeeds(command)?, "`{}` failed", process::shown(command));
    Ok(())
}
