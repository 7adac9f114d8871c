//! `cargo xtask corpora`: lays out the corpora of real files that tests and benches read.
//!
//! Corpora are other projects' files: they are made from local git directories and never committed. This module decides
//! the layout; `sources` what is taken, `filter` what counts as Kubernetes manifests, `git` how files come out of a git
//! directory, `pods` the one corpus that is generated.

mod filter;
mod git;
mod pods;
mod sources;

use crate::process;
use anyhow::{Context, Result};
use clap::Args;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// Flags of `cargo xtask corpora`.
#[derive(Args)]
pub(crate) struct CorporaArgs {
    /// Folder of git directories, each at OWNER+NAME/repo (bare or not)
    #[arg(long, env = "PLATLINT_MIRROR")]
    mirror: PathBuf,
    /// Folder to lay the corpora out in; the corpora in it are replaced
    #[arg(long, env = "PLATLINT_CORPORA")]
    out: PathBuf,
}

/// What one corpus came to.
#[derive(Default)]
struct Tally {
    files: usize,
    documents: usize,
    bytes: usize,
}

/// Makes all corpora and prints their sizes.
pub(crate) fn run(args: &CorporaArgs) -> Result<ExitCode> {
    let real = args.out.join("real");
    let real_k8s = args.out.join("real-k8s");
    let kyverno_k8s = args.out.join("kyverno-k8s");
    for corpus in [&real, &real_k8s, &kyverno_k8s] {
        if corpus.exists() {
            fs::remove_dir_all(corpus).with_context(|| format!("cannot replace {}", corpus.display()))?;
        }
    }
    let mut all = Tally::default();
    let mut manifests = Tally::default();
    for source in sources::REAL {
        extract(&args.mirror, source, &mut [(&real, false, &mut all), (&real_k8s, true, &mut manifests)])?;
    }
    let mut policies = Tally::default();
    extract(&args.mirror, &sources::KYVERNO, &mut [(&kyverno_k8s, true, &mut policies)])?;

    let pods = args.out.join("pods1000");
    fs::create_dir_all(&pods)?;
    let stream = pods::stream(1000);
    fs::write(pods.join("pods.yaml"), &stream)?;
    let generated = Tally { files: 1, documents: 1000, bytes: stream.len() };

    println!("{:<12} {:>6} {:>10} {:>10}", "corpus", "files", "documents", "bytes");
    for (name, tally) in
        [("real", &all), ("real-k8s", &manifests), ("kyverno-k8s", &policies), ("pods1000", &generated)]
    {
        println!("{name:<12} {:>6} {:>10} {:>10}", tally.files, tally.documents, tally.bytes);
    }
    println!("documents: non-empty ones, of files that serde_yaml reads as a whole");
    Ok(ExitCode::SUCCESS)
}

/// Writes the source's files into each target: all of them, or only the files that hold nothing but manifests.
fn extract(mirror: &Path, source: &sources::Source, targets: &mut [(&PathBuf, bool, &mut Tally)]) -> Result<()> {
    let git_dir = mirror.join(format!("{}+{}", source.owner, source.name)).join("repo");
    let commit = process::output(Command::new("git").arg("--git-dir").arg(&git_dir).args(["rev-parse", "HEAD"]))?;
    println!("{}/{} {}", source.owner, source.name, String::from_utf8_lossy(&commit).trim());
    for file in git::yaml_files(&git_dir, source.folders)? {
        let reading = filter::read(&file.content);
        for (folder, only_manifests, tally) in &mut *targets {
            if *only_manifests && !reading.only_manifests {
                continue;
            }
            let path = folder.join(source.name).join(&file.path);
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent)?;
            }
            fs::write(&path, &file.content).with_context(|| format!("cannot write {}", path.display()))?;
            tally.files += 1;
            tally.documents += reading.documents;
            tally.bytes += file.content.len();
        }
    }
    Ok(())
}
