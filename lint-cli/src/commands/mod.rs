//! Commands, one file each.

mod bundle;
mod check;
mod completions;
mod config;
mod explain;
mod fix;
mod graph;
mod images;
mod inspect;
mod load;
mod prepare;
mod reference;
mod rules;
mod test;

use std::io::Write as _;

use clap::Parser as _;

use crate::args::{Cli, Command};
use crate::exit::{ExitStatus, Failure};
use crate::output::lines;

/// Runs the command that the process's arguments name; messages go to standard error.
#[must_use]
pub fn run() -> ExitStatus {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are answers, not errors. A closed pipe is nobody's fault.
            let _ = error.print();
            return if error.use_stderr() { ExitStatus::Fault } else { ExitStatus::Clean };
        }
    };
    // A panic is a defect of platlint and must not look like an answer.
    std::panic::catch_unwind(|| dispatch(cli)).unwrap_or(ExitStatus::Internal)
}

fn dispatch(cli: Cli) -> ExitStatus {
    let result = match cli.command {
        None => check::run(&cli.check),
        Some(Command::Check(args)) => check::run(&args),
        Some(Command::Fix(args)) => fix::run(&args),
        Some(Command::Rules(args)) => rules::run(&args),
        Some(Command::Explain(args)) => explain::run(&args),
        Some(Command::Test(args)) => test::run(&args),
        Some(Command::Config(command)) => config::run(&command),
        Some(Command::Bundle(command)) => bundle::run(&command),
        Some(Command::Images(command)) => images::run(&command),
        Some(Command::Graph(args)) => graph::run(&args),
        Some(Command::Inspect(args)) => inspect::run(&args),
        Some(Command::Completions { shell }) => completions::run(shell),
        Some(Command::Reference) => reference::run(),
    };
    match result {
        Ok(status) => status,
        // `platlint rules | head` closes the pipe: the reader has seen enough. (`check` keeps its status.)
        Err(Failure::Io { error, .. }) if error.kind() == std::io::ErrorKind::BrokenPipe => ExitStatus::Clean,
        Err(failure) => {
            complain(&failure.to_string());
            ExitStatus::Fault
        }
    }
}

/// Says something on standard error that is not part of the answer. Each line says who speaks, so that no text of a file
/// can begin one: a line of a workflow's log may be a command.
pub(crate) fn complain(message: &str) {
    let mut out = std::io::stderr().lock();
    for line in lines(message).lines() {
        // Nothing can be done where standard error is closed.
        let _ = writeln!(out, "platlint: {line}");
    }
}
