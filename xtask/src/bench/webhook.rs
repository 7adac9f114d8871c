//! `cargo xtask bench-webhook`: rows M6 to M9, the webhook under load over TLS on loopback and behind a real API server.
//!
//! The load and the checks are the bench crate's (`platlint-admission-bench`); this module builds both sides as they are
//! shipped and keeps the tables.

use super::{machine, table};
use crate::apiserver::Kubernetes;
use crate::peers::Cache;
use crate::process;
use crate::workspace::Workspace;
use anyhow::{Context, Result, bail};
use clap::Args;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

/// The rows and what they are.
const ROWS: [(&str, &str); 4] = [
    (
        "M6",
        "one review on the server, by its own histogram: a Pod of 3 KB at 500 requests a second over 8 connections, the \
         webhook on one core with one evaluation thread, no decision log. *none* has no rule that matches Pods, \
         *built-in* the three that do, *twenty* and *hundred* so many further rules.",
    ),
    (
        "M7",
        "what one create of a Pod of 3 KB takes at a real API server, one create after another, through the Service path, \
         100 creates a round, the variants in turn.",
    ),
    (
        "M8",
        "as many reviews as one core answers over TLS with kept connections, every answer checked; the load is made on the \
         other core.",
    ),
    (
        "M9",
        "changes under 500 requests a second. As the API server does, the client sends a request again once where a kept \
         connection turns out to be closed before an answer began.",
    ),
];

/// Flags of `cargo xtask bench-webhook`.
#[derive(Args)]
pub(crate) struct WebhookArgs {
    /// Rows to measure, separated by commas: M6, M7, M8, M9; all when not given
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// Seconds of each load
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// The webhook to measure; built with profile `dist` when not given
    #[arg(long)]
    webhook: Option<PathBuf>,
    /// Print the tables without writing them into bench/README.md
    #[arg(long)]
    dry: bool,
    #[command(flatten)]
    cache: Cache,
}

/// Measures the rows and writes their tables.
pub(crate) fn run(args: &WebhookArgs) -> Result<ExitCode> {
    let workspace = Workspace::find()?;
    if let Some(unknown) = args.only.iter().find(|only| ROWS.iter().all(|(name, _)| name != only)) {
        bail!("{unknown} is no row; the rows are {}", ROWS.map(|(name, _)| name).join(", "));
    }
    let webhook = match &args.webhook {
        Some(path) => path.canonicalize().with_context(|| format!("no {}", path.display()))?,
        None => built(&workspace, "platlint-webhook", "platlint-webhook")?,
    };
    let bench = built(&workspace, "platlint-bench", "platlint-admission-bench")?;
    let keeper = built(&workspace, "platlint-e2e", "platlint-e2e-keeper")?;
    for (name, work) in ROWS {
        if !args.only.is_empty() && !args.only.iter().any(|only| only == name) {
            continue;
        }
        eprintln!("{name}: {work}");
        let mut command = Command::new(&bench);
        command
            .arg("--keeper")
            .arg(&keeper)
            .arg(&webhook)
            .arg(name.to_lowercase())
            .args(["--seconds", &args.seconds.to_string()]);
        if name == "M7" {
            let programs = crate::apiserver::ensure(&workspace, &args.cache, Kubernetes::V1_36)?;
            command.arg("--api-server").arg(programs).arg("--noop").arg(noop(&workspace)?);
        }
        let printed = String::from_utf8(process::output(&mut command)?)?;
        let section = format!("**{name}**: {work}\n\n{printed}\n{}\n", machine::describe_own(&workspace.root)?);
        print!("{section}");
        if !args.dry {
            table::replace(&workspace.root.join("bench").join("README.md"), name, &section)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Both sides are built as they are shipped.
pub(super) fn built(workspace: &Workspace, package: &str, binary: &str) -> Result<PathBuf> {
    const PROFILE: &str = "dist";
    let mut cargo = Command::new("cargo");
    cargo.current_dir(&workspace.root).args([
        "build",
        "--locked",
        "--profile",
        PROFILE,
        "-p",
        package,
        "--bin",
        binary,
    ]);
    if !process::succeeds(&mut cargo)? {
        bail!("`{}` failed", process::shown(&cargo));
    }
    Ok(workspace.target.join(PROFILE).join(binary).canonicalize()?)
}

/// Builds the hook that does nothing.
fn noop(workspace: &Workspace) -> Result<PathBuf> {
    let path = workspace.target.join("noop-hook");
    let mut go = Command::new("go");
    go.current_dir(workspace.root.join("tools").join("noop-hook"))
        .args(["build", "-trimpath", "-o"])
        .arg(&path)
        .arg(".");
    if !process::succeeds(&mut go)? {
        bail!("`{}` failed", process::shown(&go));
    }
    Ok(path)
}
