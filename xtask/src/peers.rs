//! `cargo xtask peers`: the tools that platlint is tested against and measured with, each at one fixed version.
//!
//! They are Go modules and are built with `go install` into a cache folder; what is there already is used as it is. Which
//! test or bench uses which tool is decided there.

use crate::process;
use crate::workspace::Workspace;
use anyhow::{Context, Result, bail};
use clap::Args;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// Flags of `cargo xtask peers`.
#[derive(Args)]
pub(crate) struct PeersArgs {
    /// Names of the tools, separated by commas; all when not given
    #[arg(long, value_delimiter = ',', value_parser = names())]
    only: Vec<String>,
    #[command(flatten)]
    cache: Cache,
}

/// The folder that holds the built tools.
#[derive(Args)]
pub(crate) struct Cache {
    /// Folder of the built tools; `peers/bin` in the target directory when not given
    #[arg(long = "peers", env = "PLATLINT_PEERS", value_name = "DIR")]
    folder: Option<PathBuf>,
}

/// A tool, its Go package and the version we compare with.
pub(crate) struct Peer {
    pub(crate) name: &'static str,
    package: &'static str,
    pub(crate) version: &'static str,
}

/// All tools. Their versions are those of the project's published figures.
pub(crate) const PEERS: &[Peer] = &[
    Peer { name: "opa", package: "github.com/open-policy-agent/opa", version: "1.22.0" },
    Peer { name: "conftest", package: "github.com/open-policy-agent/conftest", version: "0.71.1" },
    Peer { name: "gator", package: "github.com/open-policy-agent/gatekeeper/v3/cmd/gator", version: "3.23.1" },
    Peer { name: "kubeconform", package: "github.com/yannh/kubeconform/cmd/kubeconform", version: "0.8.0" },
    Peer { name: "helm", package: "helm.sh/helm/v4/cmd/helm", version: "4.3.1" },
    Peer { name: "kube-score", package: "github.com/zegl/kube-score/cmd/kube-score", version: "1.20.0" },
];

fn names() -> Vec<&'static str> {
    PEERS.iter().map(|peer| peer.name).collect()
}

/// The tool of that name.
pub(crate) fn named(name: &str) -> Result<&'static Peer> {
    PEERS.iter().find(|peer| peer.name == name).with_context(|| format!("{name} is no tool of the project"))
}

impl Cache {
    /// The folder in force.
    pub(crate) fn folder(&self, workspace: &Workspace) -> PathBuf {
        self.folder.clone().unwrap_or_else(|| workspace.target.join("peers").join("bin"))
    }
}

/// Builds or finds the tools and prints where each is.
pub(crate) fn run(args: &PeersArgs) -> Result<ExitCode> {
    let folder = args.cache.folder(&Workspace::find()?);
    for peer in PEERS.iter().filter(|peer| args.only.is_empty() || args.only.iter().any(|name| name == peer.name)) {
        let binary = ensure(peer, &folder)?;
        println!("{:<12} {:<8} {}", peer.name, peer.version, binary.display());
    }
    Ok(ExitCode::SUCCESS)
}

/// The tool's binary, built first where it is not there.
pub(crate) fn ensure(peer: &Peer, folder: &Path) -> Result<PathBuf> {
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    // Go wants an absolute GOBIN, and the bench starts tools from other folders.
    let folder = folder.canonicalize()?;
    let binary = folder.join(peer.name);
    if binary.is_file() {
        match built_version(&binary) {
            Some(version) if version != peer.version => {
                eprintln!("{} is {version}, wanted {}: building it anew", binary.display(), peer.version);
            }
            _ => return Ok(binary),
        }
    }
    if !go_is_there() {
        bail!("{} {} is not in {} and cannot be built: no Go here", peer.name, peer.version, folder.display());
    }
    eprintln!("building {} {} (minutes, once)", peer.name, peer.version);
    let package = format!("{}@v{}", peer.package, peer.version);
    let mut go = Command::new("go");
    go.args(["install", &package]).env("GOBIN", &folder).env_remove("GOFLAGS");
    if !process::succeeds(&mut go)? {
        bail!("`{}` failed", process::shown(&go));
    }
    Ok(binary)
}

/// Whether tools can be built here.
pub(crate) fn go_is_there() -> bool {
    process::available("go", &["version"])
}

/// A `go build` in that module to that file, or of several programs to that folder; the packages are still to be named.
pub(crate) fn go_build(module: &Path, flags: &str, to: &Path) -> Command {
    let mut go = Command::new("go");
    // Several programs go into a folder, which is told by the slash.
    let to = if to.is_dir() { format!("{}/", to.display()) } else { to.display().to_string() };
    go.current_dir(module).args(["build", "-trimpath", "-ldflags", flags, "-o", &to]).env_remove("GOFLAGS");
    go
}

/// The version Go wrote into the binary; none when there is no Go to ask or no version in it.
fn built_version(binary: &Path) -> Option<String> {
    let output = Command::new("go").args(["version", "-m"]).arg(binary).output().ok()?;
    module_version(&String::from_utf8_lossy(&output.stdout))
}

/// Finds the line of the main module: `mod`, module, version, sum.
fn module_version(listing: &str) -> Option<String> {
    listing.lines().find_map(|line| {
        let mut words = line.split_whitespace();
        (words.next()? == "mod").then_some(())?;
        words.nth(1)?.strip_prefix('v').map(str::to_owned)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_version_of_the_main_module() {
        let listing = "bin/opa: go1.26.0\n\tpath\tgithub.com/x/opa\n\tmod\tgithub.com/x/opa\tv1.22.0\th1:abc=\n\tdep\ty\tv0.1.0\n";
        assert_eq!(module_version(listing).as_deref(), Some("1.22.0"));
        assert_eq!(module_version("bin/opa: not a Go executable"), None);
    }
}
