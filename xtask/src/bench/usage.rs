//! What one run of a command used.
//!
//! The kernel adds the memory of the process that starts a command to the command's own peak, because the new process
//! begins as a copy. The bench has read large outputs and would spoil every peak, so it starts a fresh, small copy of
//! itself (`xtask measure`) that starts the command. What the kernel then reports for the copy's children is the command.

use crate::process;
use anyhow::{Context, Result};
use clap::Args;
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::{TimeVal, TimeValLike};
use serde::{Deserialize, Serialize};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

/// Flags of the hidden `xtask measure`.
#[derive(Args)]
pub(crate) struct MeasureArgs {
    /// Where the command's standard output goes; its errors go beside it, with the extension `err`
    #[arg(long)]
    output: PathBuf,
    /// The command and its arguments
    #[arg(last = true, required = true)]
    command: Vec<String>,
}

/// What one run used. Times in microseconds, memory in KiB.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Usage {
    user: i64,
    system: i64,
    wall: u64,
    pub(super) peak: i64,
    /// None when a signal ended the command.
    code: Option<i32>,
}

impl Usage {
    /// User and system time.
    pub(super) fn cpu(&self) -> Duration {
        Duration::from_micros(u64::try_from(self.user + self.system).unwrap_or(0))
    }

    pub(super) fn wall(&self) -> Duration {
        Duration::from_micros(self.wall)
    }

    /// All tools here end with 0 when they find nothing and with 1 when they do; anything else is no result.
    pub(super) fn fault(&self, errors: &Path) -> Option<String> {
        let ended = match self.code {
            Some(0 | 1) => return None,
            Some(code) => format!("exit {code}"),
            None => "ended by a signal".to_owned(),
        };
        Some(format!("{ended}: {}", first_line(errors).unwrap_or_default()))
    }
}

/// The beginning of what a tool said on its standard error.
pub(super) fn first_line(errors: &Path) -> Option<String> {
    let said = fs::read(errors).unwrap_or_default();
    let line: String = String::from_utf8_lossy(&said).lines().take(2).collect::<Vec<_>>().join(" ");
    (!line.is_empty()).then(|| line.chars().take(160).collect())
}

/// Runs the command in the folder and says what it used.
pub(super) fn of(command: &[String], folder: &Path, output: &Path) -> Result<Usage> {
    let mut copy = Command::new(std::env::current_exe()?);
    copy.current_dir(folder).arg("measure").arg("--output").arg(output).arg("--").args(command);
    serde_json::from_slice(&process::output(&mut copy)?).context("`xtask measure` printed something else")
}

/// The hidden `xtask measure`: runs one command and prints what it used.
pub(crate) fn measure(args: &MeasureArgs) -> Result<ExitCode> {
    let (program, arguments) = args.command.split_first().context("no command")?;
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null());
    command.stdout(File::create(&args.output)?).stderr(File::create(args.output.with_extension("err"))?);
    let start = Instant::now();
    let status = command.status().with_context(|| format!("cannot start {program}"))?;
    let wall = u64::try_from(start.elapsed().as_micros())?;
    let children = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let micros = |time: TimeVal| time.num_microseconds();
    let usage = Usage {
        user: micros(children.user_time()),
        system: micros(children.system_time()),
        wall,
        peak: children.max_rss(),
        code: status.code(),
    };
    println!("{}", serde_json::to_string(&usage)?);
    Ok(ExitCode::SUCCESS)
}
