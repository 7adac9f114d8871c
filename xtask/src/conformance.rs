//! `cargo xtask conformance`: the verification cases of sigstore-conformance, which other people wrote, through our own
//! code. They are read from a local git directory, laid out below the target directory and never committed.
//!
//! What a case is and which outcome is right, the program it starts decides (`images/examples/conformance.rs`).

use crate::process;
use crate::workspace::Workspace;
use anyhow::{Context, Result};
use clap::Args;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// Where the cases lie in the suite.
const CASES: &str = "test/assets/bundle-verify";

/// Flags of `cargo xtask conformance`.
#[derive(Args)]
pub(crate) struct ConformanceArgs {
    /// A checkout of sigstore-conformance
    #[arg(long)]
    suite: Option<PathBuf>,
    /// Folder of git directories, each at OWNER+NAME/repo (bare or not), where the suite is looked for otherwise
    #[arg(long, env = "PLATLINT_MIRROR", required_unless_present = "suite")]
    mirror: Option<PathBuf>,
}

/// Runs all cases and fails on any outcome that is not the suite's.
pub(crate) fn run(args: &ConformanceArgs) -> Result<ExitCode> {
    let workspace = Workspace::find()?;
    let cases = match (&args.suite, &args.mirror) {
        (Some(suite), _) => suite.join(CASES),
        (None, mirror) => {
            let mirror = mirror.as_ref().context("neither --suite nor --mirror is given")?;
            lay_out(&mirror.join("sigstore+sigstore-conformance").join("repo"), &workspace.target.join("conformance"))?
        }
    };
    let mut cargo = Command::new("cargo");
    cargo.current_dir(&workspace.root);
    cargo.args(["run", "--quiet", "--locked", "--package", "platlint-images", "--example", "conformance", "--"]);
    Ok(if process::succeeds(cargo.arg(cases))? { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Writes the cases of the newest commit into a folder and returns it.
fn lay_out(git_dir: &Path, folder: &Path) -> Result<PathBuf> {
    let git = |arguments: &[&str]| {
        process::output(Command::new("git").arg("--git-dir").arg(git_dir).args(arguments))
            .with_context(|| format!("cannot read {}", git_dir.display()))
    };
    println!("sigstore/sigstore-conformance {}", String::from_utf8_lossy(&git(&["rev-parse", "HEAD"])?).trim());
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("cannot replace {}", folder.display()))?;
    }
    let listing = String::from_utf8(git(&["ls-tree", "-r", "-z", "--name-only", "HEAD", "--", CASES])?)
        .context("a path is no UTF-8")?;
    for path in listing.split_terminator('\0') {
        let target = folder.join(path);
        fs::create_dir_all(target.parent().context("a file without a folder")?)?;
        fs::write(&target, git(&["cat-file", "blob", &format!("HEAD:{path}")])?)?;
    }
    Ok(folder.join(CASES))
}
