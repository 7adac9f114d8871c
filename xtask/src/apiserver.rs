//! `cargo xtask apiserver`: the real API server of the end-to-end tests, with etcd, the controller manager and kubectl.
//!
//! They are found by `KUBEBUILDER_ASSETS`, the variable of other Kubernetes test suites, else in the cache, else built from
//! the Go tools module of that Kubernetes version. What is tested with them is the end-to-end tests' business.

use crate::peers::{self, Cache};
use crate::process;
use crate::toolset::Toolset;
use crate::workspace::Workspace;
use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Flags of `cargo xtask apiserver`.
#[derive(Args)]
pub(crate) struct ApiserverArgs {
    /// Minor version of Kubernetes
    #[arg(long, value_enum, default_value_t = Kubernetes::V1_36)]
    kubernetes: Kubernetes,
    /// Find the programs, but build nothing
    #[arg(long)]
    find: bool,
    #[command(flatten)]
    cache: Cache,
}

/// A minor version that a tools module pins.
#[derive(Clone, Copy, PartialEq, ValueEnum)]
pub(crate) enum Kubernetes {
    /// The newest that builds: what every run tests
    #[value(name = "1.36")]
    V1_36,
    /// The oldest that platlint supports, on demand
    #[value(name = "1.33")]
    V1_33,
}

/// What an end-to-end test starts.
const PROGRAMS: [&str; 4] = ["etcd", "kube-apiserver", "kube-controller-manager", "kubectl"];

/// Kubernetes takes its version from these variables of the linker; without them the server calls itself v0.0.0.
const VERSION: &str = "k8s.io/component-base/version";

impl Kubernetes {
    /// The folder of the tools module, below `e2e`.
    fn module(self) -> &'static str {
        match self {
            Self::V1_36 => "tools",
            Self::V1_33 => "tools-1.33",
        }
    }
}

/// The programs of that version.
fn toolset(module: &Path) -> Toolset {
    Toolset {
        name: "API server",
        chore: "cargo xtask apiserver",
        variable: "KUBEBUILDER_ASSETS",
        programs: &PROGRAMS,
        stem: "apiserver",
        pins: vec![module.join("go.sum")],
    }
}

/// Finds or builds the programs and prints their folder.
pub(crate) fn run(args: &ApiserverArgs) -> Result<ExitCode> {
    let workspace = Workspace::find()?;
    let folder = if args.find {
        let module = workspace.root.join("e2e").join(args.kubernetes.module());
        toolset(&module).find(&args.cache.folder(&workspace))?
    } else {
        ensure(&workspace, &args.cache, args.kubernetes)?
    };
    println!("{}", folder.display());
    Ok(ExitCode::SUCCESS)
}

/// The folder with the programs, built first where none is there.
pub(crate) fn ensure(workspace: &Workspace, cache: &Cache, version: Kubernetes) -> Result<PathBuf> {
    let module = workspace.root.join("e2e").join(version.module());
    toolset(&module).ensure(&cache.folder(workspace), |folder| build(&module, folder))
}

fn build(module: &Path, folder: &Path) -> Result<()> {
    if !peers::go_is_there() {
        bail!("no API server: KUBEBUILDER_ASSETS is not set, and there is no Go to build it");
    }
    let text = fs::read_to_string(module.join("go.mod"))?;
    let version = pinned(&text, "k8s.io/kubernetes").context("go.mod does not pin k8s.io/kubernetes")?;
    eprintln!("building the API server {version}, once: about 9 minutes of CPU, 3 GB of Go's build cache");
    let programs = ["kube-apiserver", "kube-controller-manager", "kubectl"];
    let packages = programs.map(|name| format!("k8s.io/kubernetes/cmd/{name}"));
    // Never `go tool`: it ignores these flags, and builds everything a second time.
    let mut kubernetes = peers::go_build(module, &format!("-s -w {}", stamps(version)?), folder);
    let mut etcd = peers::go_build(module, "-s -w", &folder.join("etcd"));
    for command in [kubernetes.args(&packages), etcd.arg("go.etcd.io/etcd/server/v3")] {
        if !process::succeeds(command)? {
            bail!("`{}` failed", process::shown(command));
        }
    }
    Ok(())
}

/// Linker flags that tell Kubernetes its version.
fn stamps(version: &str) -> Result<String> {
    let mut parts = version.trim_start_matches('v').split('.');
    let (Some(major), Some(minor)) = (parts.next(), parts.next()) else { bail!("{version} is no version") };
    Ok(format!(
        "-X {VERSION}.gitVersion={version} -X {VERSION}.gitMajor={major} -X {VERSION}.gitMinor={minor} -X {VERSION}.gitTreeState=clean"
    ))
}

/// The version that a `go.mod` requires of a module.
pub(crate) fn pinned<'a>(text: &'a str, module: &str) -> Option<&'a str> {
    text.lines().find_map(|line| {
        let mut words = line.split_whitespace().filter(|word| *word != "require");
        (words.next()? == module).then(|| words.next()).flatten()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_pinned_version_in_both_forms_of_require() {
        let text = "module x\n\nreplace k8s.io/api => k8s.io/api v0.36.3\n\nrequire (\n\tk8s.io/kubernetes v1.36.3 // indirect\n)\n";
        assert_eq!(pinned(text, "k8s.io/kubernetes"), Some("v1.36.3"));
        assert_eq!(pinned("require k8s.io/kubernetes v1.33.1\n", "k8s.io/kubernetes"), Some("v1.33.1"));
        assert_eq!(pinned(text, "k8s.io/kube"), None);
    }

    #[test]
    fn stamps_major_and_minor() {
        let flags = stamps("v1.36.3").unwrap();
        assert!(flags.contains(".gitVersion=v1.36.3 "), "{flags}");
        assert!(flags.contains(".gitMajor=1 -X k8s.io/component-base/version.gitMinor=36 "), "{flags}");
    }
}
