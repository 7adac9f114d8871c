//! `cargo xtask apiserver`: the real API server of the end-to-end tests, with etcd, the controller manager and kubectl.
//!
//! They are found by `KUBEBUILDER_ASSETS`, the variable of other Kubernetes test suites, else in a cache folder whose name
//! holds a digest of what pins them (`go.sum`), else built once into it from the Go tools module of that Kubernetes
//! version. What is tested with them is the end-to-end tests' business.

use crate::peers::{self, Cache};
use crate::process;
use crate::workspace::Workspace;
use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

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

/// Finds or builds the programs and prints their folder.
pub(crate) fn run(args: &ApiserverArgs) -> Result<ExitCode> {
    let workspace = Workspace::find()?;
    let folder = if args.find {
        find(&workspace, &args.cache, args.kubernetes)?
    } else {
        ensure(&workspace, &args.cache, args.kubernetes)?
    };
    println!("{}", folder.display());
    Ok(ExitCode::SUCCESS)
}

/// The folder with the programs, built first where none is there.
pub(crate) fn ensure(workspace: &Workspace, cache: &Cache, version: Kubernetes) -> Result<PathBuf> {
    if std::env::var_os("KUBEBUILDER_ASSETS").is_some() {
        return find(workspace, cache, version);
    }
    let module = workspace.root.join("e2e").join(version.module());
    let folder = cached(&module, &cache.folder(workspace))?;
    if is_complete(&folder).is_ok() {
        return Ok(folder);
    }
    if !peers::go_is_there() {
        bail!("no API server: KUBEBUILDER_ASSETS is not set, and there is no Go to build it");
    }
    build(&module, &folder)?;
    Ok(folder)
}

/// The folder with the programs, where there is one already.
fn find(workspace: &Workspace, cache: &Cache, version: Kubernetes) -> Result<PathBuf> {
    if let Some(assets) = std::env::var_os("KUBEBUILDER_ASSETS") {
        let folder = PathBuf::from(assets);
        is_complete(&folder).context("KUBEBUILDER_ASSETS")?;
        return Ok(folder);
    }
    let module = workspace.root.join("e2e").join(version.module());
    let folder = cached(&module, &cache.folder(workspace))?;
    is_complete(&folder)
        .context("no API server: neither KUBEBUILDER_ASSETS nor `cargo xtask apiserver` has provided one")?;
    Ok(folder)
}

/// Fails naming the first program that is not there.
fn is_complete(folder: &Path) -> Result<()> {
    match PROGRAMS.iter().find(|name| !folder.join(name).is_file()) {
        Some(missing) => bail!("{missing} is not in {}", folder.display()),
        None => Ok(()),
    }
}

/// The cache folder of a tools module: another `go.sum` is another folder.
fn cached(module: &Path, cache: &Path) -> Result<PathBuf> {
    let sums = module.join("go.sum");
    let sums = fs::read(&sums).with_context(|| format!("cannot read {}", sums.display()))?;
    fs::create_dir_all(cache).with_context(|| format!("cannot make {}", cache.display()))?;
    Ok(cache.canonicalize()?.join(format!("apiserver-{:016x}", fnv1a(&sums))))
}

/// FNV-1a: names a cache folder, guards nothing (Go itself checks every module against `go.sum`).
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

/// Builds beside the folder and renames, so that a folder that is there is a whole one.
fn build(module: &Path, folder: &Path) -> Result<()> {
    let text = fs::read_to_string(module.join("go.mod"))?;
    let version = pinned(&text, "k8s.io/kubernetes").context("go.mod does not pin k8s.io/kubernetes")?;
    eprintln!("building the API server {version}, once: about 9 minutes of CPU, 3 GB of Go's build cache");
    let unfinished = folder.with_extension("unfinished");
    if unfinished.exists() {
        fs::remove_dir_all(&unfinished)?;
    }
    fs::create_dir_all(&unfinished)?;
    let programs = ["kube-apiserver", "kube-controller-manager", "kubectl"];
    let packages = programs.map(|name| format!("k8s.io/kubernetes/cmd/{name}"));
    // Never `go tool`: it ignores these flags, and builds everything a second time.
    let mut kubernetes = go_build(module, &format!("-s -w {}", stamps(version)?), &unfinished);
    let mut etcd = go_build(module, "-s -w", &unfinished.join("etcd"));
    for command in [kubernetes.args(&packages), etcd.arg("go.etcd.io/etcd/server/v3")] {
        if !process::succeeds(command)? {
            bail!("`{}` failed", process::shown(command));
        }
    }
    fs::rename(&unfinished, folder).with_context(|| format!("cannot make {}", folder.display()))
}

fn go_build(module: &Path, flags: &str, to: &Path) -> Command {
    let mut go = Command::new("go");
    // Several programs go into a folder, which is told by the slash.
    let to = if to.is_dir() { format!("{}/", to.display()) } else { to.display().to_string() };
    go.current_dir(module).args(["build", "-trimpath", "-ldflags", flags, "-o", &to]).env_remove("GOFLAGS");
    go
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
fn pinned<'a>(text: &'a str, module: &str) -> Option<&'a str> {
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

    #[test]
    fn another_go_sum_is_another_folder() {
        assert_ne!(fnv1a(b"a v1.0.0 h1:x="), fnv1a(b"a v1.0.1 h1:y="));
    }
}
