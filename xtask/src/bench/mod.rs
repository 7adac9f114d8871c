//! `cargo xtask bench`: platlint and its peers side by side, in one run on one machine.
//!
//! This module decides the order of runs; `rows` what is measured, `usage` how one run is, `findings` whether the work
//! was done, `table` how it is told.

mod catalog;
mod findings;
mod images;
mod machine;
mod rows;
mod table;
mod usage;
mod webhook;

use crate::peers::Cache;
use crate::process;
use crate::workspace::Workspace;
use anyhow::{Context, Result, bail};
use clap::Args;
use findings::Findings;
pub(crate) use images::{ImagesArgs, run as run_images};
use rows::{Row, Subject};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use usage::Usage;
pub(crate) use usage::{MeasureArgs, measure};
pub(crate) use webhook::{WebhookArgs, run as run_webhook};

/// Flags of `cargo xtask bench`.
#[derive(Args)]
pub(crate) struct BenchArgs {
    /// Rows to measure, separated by commas: M1, M2, M3, M4, M12, M13; all when not given
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// Measured runs of each tool; the best and the median are told
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    runs: u32,
    /// The platlint to measure; built with profile `dist` when not given
    #[arg(long)]
    platlint: Option<PathBuf>,
    /// Measure the peers alone
    #[arg(long, conflicts_with = "platlint")]
    peers_only: bool,
    /// Folder that `cargo xtask corpora` made
    #[arg(long, env = "PLATLINT_CORPORA")]
    corpora: PathBuf,
    /// Print the tables without writing them into bench/README.md
    #[arg(long)]
    dry: bool,
    #[command(flatten)]
    cache: Cache,
}

/// All measurements of one subject in one row.
struct Measured {
    name: &'static str,
    /// Empty when a run failed.
    runs: Vec<Usage>,
    findings: Option<Findings>,
    /// Why there is no measurement.
    fault: Option<String>,
}

/// Where subjects and their files are.
struct Places {
    root: PathBuf,
    corpora: PathBuf,
    /// Folder of the peers' binaries.
    peers: PathBuf,
    platlint: Option<PathBuf>,
    /// Whether this run built platlint, so that the commit is known.
    built_here: bool,
    /// For converted inputs and outputs.
    scratch: PathBuf,
}

/// Measures the rows and writes their tables.
pub(crate) fn run(args: &BenchArgs) -> Result<ExitCode> {
    let workspace = Workspace::find()?;
    let is_row = |name: &str| rows::NAMES.contains(&name) || [catalog::NAME, "M13"].contains(&name);
    if let Some(unknown) = args.only.iter().find(|name| !is_row(name)) {
        bail!("{unknown} is no row; the rows are {}, M12, M13", rows::NAMES.join(", "));
    }
    let places = places(args, &workspace)?;
    let wanted = |name: &str| args.only.is_empty() || args.only.iter().any(|only| only == name);
    let mut sound = true;
    for row in rows::rows(&places)? {
        if !wanted(row.name) {
            continue;
        }
        eprintln!("{}: {}", row.name, row.work);
        let measured = measure_row(&row, &places, args.runs)?;
        // A peer that cannot do the work is told in the table; only platlint must.
        let ours = measured.iter().filter(|subject| subject.name.starts_with("platlint"));
        sound &= ours.into_iter().all(|subject| subject.fault.is_none() && table::right(&row, subject, &measured));
        let section = table::section(&row, &measured, &machine::describe(&places, args.runs)?);
        print!("{section}");
        if !args.dry {
            table::replace(&places.root.join("bench").join("README.md"), row.name, &section)?;
        }
    }
    if wanted(catalog::NAME) && !args.peers_only {
        let section = catalog::section(&places, args.runs)?;
        print!("{section}");
        if !args.dry {
            table::replace(&places.root.join("bench").join("README.md"), catalog::NAME, &section)?;
        }
    }
    if wanted("M13") && !args.peers_only {
        let section = reading(&workspace, &places, args.runs)?;
        print!("{section}");
        if !args.dry {
            table::replace(&places.root.join("bench").join("README.md"), "M13", &section)?;
        }
    }
    Ok(if sound { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn places(args: &BenchArgs, workspace: &Workspace) -> Result<Places> {
    let peers = args.cache.folder(workspace);
    for peer in crate::peers::PEERS {
        crate::peers::ensure(peer, &peers)?;
    }
    let platlint = match (&args.platlint, args.peers_only) {
        (_, true) => None,
        (Some(path), _) => Some(path.canonicalize().with_context(|| format!("no {}", path.display()))?),
        (None, _) => Some(built(workspace)?),
    };
    let scratch = workspace.target.join("bench");
    fs::create_dir_all(&scratch)?;
    Ok(Places {
        root: workspace.root.clone(),
        corpora: args.corpora.canonicalize().with_context(|| format!("no {}", args.corpora.display()))?,
        peers: peers.canonicalize()?,
        built_here: platlint.is_some() && args.platlint.is_none(),
        platlint,
        scratch: scratch.canonicalize()?,
    })
}

fn built(workspace: &Workspace) -> Result<PathBuf> {
    let mut cargo = Command::new("cargo");
    cargo.current_dir(&workspace.root).args(["build", "--locked", "--profile", "dist", "--bin", "platlint"]);
    if !process::succeeds(&mut cargo)? {
        bail!("`{}` failed", process::shown(&cargo));
    }
    Ok(workspace.target.join("dist").join("platlint").canonicalize()?)
}

/// Runs all subjects in turn, again and again, so that a slow minute of the machine slows them all. The first round
/// fills the caches and is not counted.
fn measure_row(row: &Row, places: &Places, runs: u32) -> Result<Vec<Measured>> {
    let mut measured: Vec<Measured> = row
        .subjects
        .iter()
        .map(|subject| Measured { name: subject.name, runs: Vec::new(), findings: None, fault: None })
        .collect();
    for round in 0..=runs * row.repeat {
        for (subject, measured) in row.subjects.iter().zip(&mut measured) {
            if measured.fault.is_some() {
                continue;
            }
            let (usage, output) = run_once(row, subject, places)?;
            let errors = output.with_extension("err");
            let mut fault = usage.fault(&errors);
            if fault.is_none() && round == 0 {
                match findings::count(subject.counting, &output) {
                    Ok(found) => measured.findings = found,
                    // Some tools stop at the first file they cannot read and still end with 1.
                    Err(error) => fault = Some(usage::first_line(&errors).unwrap_or_else(|| format!("{error:#}"))),
                }
            }
            if fault.is_some() {
                eprintln!("  {}: {}", subject.name, fault.as_deref().unwrap_or_default());
                measured.runs.clear();
                measured.fault = fault;
            } else if round > 0 {
                measured.runs.push(usage);
            }
        }
    }
    Ok(measured)
}

/// Runs a subject with its output in a file, as the tools write it when they are asked for JSON in CI.
fn run_once(row: &Row, subject: &Subject, places: &Places) -> Result<(Usage, PathBuf)> {
    let output = places.scratch.join(format!("{}-{}.out", row.name, subject.name.replace([' ', '’', ','], "-")));
    let usage = usage::of(&subject.command, &places.corpora, &output)?;
    Ok((usage, output))
}

/// M13 is measured inside one process, by the bench crate, which prints its own section.
fn reading(workspace: &Workspace, places: &Places, runs: u32) -> Result<String> {
    let mut cargo = Command::new("cargo");
    cargo.current_dir(&workspace.root).args(["run", "--quiet", "--locked", "--profile", "dist"]);
    cargo.args(["-p", "platlint-bench", "--", "--runs", &runs.to_string()]).arg(&places.corpora);
    let printed = String::from_utf8(process::output(&mut cargo)?)?;
    Ok(format!("{printed}\n{}\n", machine::describe(places, runs)?))
}

/// The name of a corpus folder, relative to where subjects run.
fn corpus_files(corpora: &Path, corpus: &str) -> Result<Vec<String>> {
    let mut files = Vec::new();
    let mut open = vec![corpora.join(corpus)];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).with_context(|| format!("no corpus at {}", folder.display()))? {
            let path = entry?.path();
            if path.is_dir() {
                open.push(path);
            } else {
                files.push(path.strip_prefix(corpora)?.to_string_lossy().into_owned());
            }
        }
    }
    files.sort();
    Ok(files)
}
