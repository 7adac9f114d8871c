//! A short run of every fuzz target: long enough to catch a target that no longer builds or fails at once. The long runs
//! are made by hand (fuzz/README.md, which also says why these flags).

use super::report::Outcome;
use super::rust::cargo;
use crate::process;
use crate::workspace::Workspace;
use anyhow::{Context, Result};
use std::fs;
use std::path::Path;
use std::process::Command;

/// Coverage instrumentation for libFuzzer, as the stable compiler offers it.
const INSTRUMENTATION: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares --cfg fuzzing";

/// Seconds for each target, and for one input; MiB for the process; only the end of a run is told.
const LIMITS: &[&str] = &["-max_total_time=10", "-timeout=10", "-rss_limit_mb=2048", "-verbosity=0", "-print_funcs=0"];

/// Runs the targets for some seconds each.
pub(super) fn short_run(workspace: &Workspace) -> Result<Outcome> {
    let folder = workspace.root.join("fuzz");
    let targets = targets(&folder.join("fuzz_targets"))?;
    if !process::available("c++", &["--version"]) {
        return Ok(Outcome::Skipped("libFuzzer needs a C++ compiler, and there is no `c++`".to_owned()));
    }
    let host = host()?;
    let built = workspace.target.join("fuzz");
    let mut build = cargo(workspace);
    build.current_dir(&folder).env("RUSTFLAGS", INSTRUMENTATION).env("CARGO_TARGET_DIR", &built);
    if !process::succeeds(build.args(["build", "--quiet", "--release", "--target", &host]))? {
        return Ok(Outcome::Failed("the fuzz targets do not build".to_owned()));
    }
    let mut failed = Vec::new();
    for target in targets {
        println!("{target}");
        // Inputs that the target found interesting stay here and are where the next run begins.
        let corpus = built.join("corpus").join(&target);
        fs::create_dir_all(&corpus)?;
        let mut run = Command::new(built.join(&host).join("release").join(&target));
        run.arg(&corpus).args(LIMITS).arg(format!("-artifact_prefix={}/", corpus.display()));
        if !process::succeeds(&mut run)? {
            failed.push(target);
        }
    }
    Ok(if failed.is_empty() { Outcome::Passed } else { Outcome::Failed(failed.join(", ")) })
}

/// Names of the targets: one file each.
fn targets(folder: &Path) -> Result<Vec<String>> {
    let mut targets = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("no {}", folder.display()))? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "rs") {
            targets.extend(path.file_stem().map(|stem| stem.to_string_lossy().into_owned()));
        }
    }
    targets.sort();
    Ok(targets)
}

/// The triple of this machine. Naming it keeps the instrumentation away from build scripts.
fn host() -> Result<String> {
    let version = String::from_utf8(process::output(Command::new("rustc").arg("-vV"))?)?;
    let line = version.lines().find_map(|line| line.strip_prefix("host: "));
    line.map(str::to_owned).context("rustc does not say what it runs on")
}
