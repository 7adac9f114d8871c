//! `cargo xtask image-tools`: what the tests of signed images sign and serve with: cosign, and two registries.
//!
//! cosign and the registry with the referrers API are built from the Go module `e2e/image-tools`. The registry without that
//! API is Debian's `docker-registry`: the one on the path, else the package, unpacked into the cache (which takes no root).
//! What is tested with them is decided in `e2e`.

use crate::peers::{self, Cache};
use crate::process;
use crate::toolset::Toolset;
use crate::workspace::Workspace;
use anyhow::{Context, Result, bail};
use clap::Args;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// Flags of `cargo xtask image-tools`.
#[derive(Args)]
pub(crate) struct ImageToolsArgs {
    /// Find the programs, but build and download nothing
    #[arg(long)]
    find: bool,
    #[command(flatten)]
    cache: Cache,
}

/// The variable that names a folder of these programs.
pub(crate) const VARIABLE: &str = "PLATLINT_IMAGE_TOOLS";

/// What the tests start.
const PROGRAMS: [&str; 3] = ["cosign", "oci-registry", DEBIAN];

/// Both the package and its program.
const DEBIAN: &str = "docker-registry";

/// As root, apt would change to a user who cannot write into the folder, and warn.
const NO_SANDBOX: &str = "-oAPT::Sandbox::User=root";

fn toolset(module: &Path) -> Toolset {
    Toolset {
        name: "image tools",
        chore: "cargo xtask image-tools",
        variable: VARIABLE,
        programs: &PROGRAMS,
        stem: "image-tools",
        pins: vec![module.join("go.sum"), module.join("oci-registry").join("main.go")],
    }
}

/// Finds or provides the programs and prints their folder.
pub(crate) fn run(args: &ImageToolsArgs) -> Result<ExitCode> {
    let workspace = Workspace::find()?;
    let module = module(&workspace);
    toolset(&module).tell(args.find, &args.cache.folder(&workspace), |folder| provide(&module, folder))
}

/// The folder with the programs, provided first where they are missing.
pub(crate) fn ensure(workspace: &Workspace, cache: &Cache) -> Result<PathBuf> {
    let module = module(workspace);
    toolset(&module).ensure(&cache.folder(workspace), |folder| provide(&module, folder))
}

/// Whether this machine can provide them: the others are no fault of the project's.
pub(crate) fn can_be_provided() -> bool {
    peers::go_is_there() && (on_path(DEBIAN).is_some() || process::available("apt-get", &["--version"]))
}

fn module(workspace: &Workspace) -> PathBuf {
    workspace.root.join("e2e").join("image-tools")
}

fn provide(module: &Path, folder: &Path) -> Result<()> {
    if !can_be_provided() {
        bail!("no image tools: {VARIABLE} is not set, and to provide them takes Go, and {DEBIAN} or Debian's apt-get");
    }
    debian_registry(folder)?;
    eprintln!("building cosign, once: about 6 minutes of CPU, 1.3 GB of Go's build cache");
    let mut go = peers::go_build(module, "-s -w", folder);
    go.args(["github.com/sigstore/cosign/v3/cmd/cosign", "./oci-registry"]);
    if !process::succeeds(&mut go)? {
        bail!("`{}` failed", process::shown(&go));
    }
    Ok(())
}

/// Puts Debian's registry into the folder.
fn debian_registry(folder: &Path) -> Result<()> {
    let target = folder.join(DEBIAN);
    if let Some(installed) = on_path(DEBIAN) {
        fs::copy(&installed, &target).with_context(|| format!("cannot copy {}", installed.display()))?;
        return Ok(());
    }
    let work = folder.join("debian");
    fs::create_dir_all(&work)?;
    if !process::succeeds(Command::new("apt-get").current_dir(&work).args([NO_SANDBOX, "download", DEBIAN]))? {
        // The machine's own package lists are missing or old. Fresh ones of our own need no root.
        let own = own_apt(&work)?;
        for arguments in [["update", "--quiet=2"].as_slice(), &["download", DEBIAN]] {
            let mut apt = Command::new("apt-get");
            apt.current_dir(&work).arg(NO_SANDBOX).args(&own).args(arguments);
            if !process::succeeds(&mut apt)? {
                bail!("`{}` failed", process::shown(&apt));
            }
        }
    }
    let package = fs::read_dir(&work)?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .find(|path| path.extension().is_some_and(|extension| extension == "deb"))
        .with_context(|| format!("apt-get has left no package in {}", work.display()))?;
    let unpacked = work.join("unpacked");
    if !process::succeeds(Command::new("dpkg-deb").arg("--extract").args([&package, &unpacked]))? {
        bail!("{} cannot be unpacked", package.display());
    }
    fs::rename(unpacked.join("usr/bin").join(DEBIAN), &target).context("the package's program")?;
    fs::remove_dir_all(&work)?;
    Ok(())
}

/// Settings of apt that keep all it writes below the folder.
fn own_apt(work: &Path) -> Result<Vec<String>> {
    let (state, cache) = (work.join("state"), work.join("cache"));
    fs::create_dir_all(state.join("lists/partial"))?;
    fs::create_dir_all(cache.join("archives/partial"))?;
    Ok(["Dir::State", "Dir::Cache"]
        .iter()
        .zip([state, cache])
        .flat_map(|(name, path)| ["-o".to_owned(), format!("{name}={}", path.display())])
        .collect())
}

fn on_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|candidate| candidate.is_file())
}
