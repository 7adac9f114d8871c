//! `cargo xtask render-tools`: helm and kustomize, with which the tests of rendering run.
//!
//! Both are built from the Go module `render/tools`, which pins them. What is tested with them is decided in `render`.

use crate::apiserver::pinned;
use crate::peers::{self, Cache};
use crate::process;
use crate::toolset::Toolset;
use crate::workspace::Workspace;
use anyhow::{Context, Result, bail};
use clap::Args;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Flags of `cargo xtask render-tools`.
#[derive(Args)]
pub(crate) struct RenderToolsArgs {
    /// Find the programs, but build nothing
    #[arg(long)]
    find: bool,
    #[command(flatten)]
    cache: Cache,
}

/// The variable that names a folder of these programs.
pub(crate) const VARIABLE: &str = "PLATLINT_RENDER_TOOLS";

/// The programs with their packages.
const PROGRAMS: [(&str, &str); 2] =
    [("helm", "helm.sh/helm/v4/cmd/helm"), ("kustomize", "sigs.k8s.io/kustomize/kustomize/v5")];

fn toolset(module: &Path) -> Toolset {
    Toolset {
        name: "render tools",
        chore: "cargo xtask render-tools",
        variable: VARIABLE,
        programs: &["helm", "kustomize"],
        stem: "render-tools",
        pins: vec![module.join("go.sum")],
    }
}

/// Finds or builds the programs and prints their folder.
pub(crate) fn run(args: &RenderToolsArgs) -> Result<ExitCode> {
    let workspace = Workspace::find()?;
    let module = module(&workspace);
    toolset(&module).tell(args.find, &args.cache.folder(&workspace), |folder| build(&module, folder))
}

/// The folder with the programs, built first where they are missing.
pub(crate) fn ensure(workspace: &Workspace, cache: &Cache) -> Result<PathBuf> {
    let module = module(workspace);
    toolset(&module).ensure(&cache.folder(workspace), |folder| build(&module, folder))
}

fn module(workspace: &Workspace) -> PathBuf {
    workspace.root.join("render").join("tools")
}

fn build(module: &Path, folder: &Path) -> Result<()> {
    if !peers::go_is_there() {
        bail!("no render tools: {VARIABLE} is not set, and there is no Go to build them");
    }
    let text = std::fs::read_to_string(module.join("go.mod"))?;
    let version = pinned(&text, "helm.sh/helm/v4").context("go.mod does not pin helm.sh/helm/v4")?;
    // Helm takes its version from this variable; kustomize reads its own from what Go wrote into it.
    let flags = format!("-s -w -X helm.sh/helm/v4/internal/version.version={version}");
    eprintln!("building helm {version} and kustomize, once (minutes)");
    for (name, package) in PROGRAMS {
        // Each by its own name: Go would name a program of a module by what stands before its major version.
        let mut go = peers::go_build(module, &flags, &folder.join(name));
        if !process::succeeds(go.arg(package))? {
            bail!("`{}` failed", process::shown(&go));
        }
    }
    Ok(())
}
