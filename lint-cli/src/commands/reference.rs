//! `platlint reference`: the help of every command on one page, for docs/cli.md.

use std::fmt::Write as _;

use clap::{Command, CommandFactory as _};

use super::check::answer;
use crate::args::Cli;
use crate::exit::{ExitStatus, Failure};

pub(super) fn run() -> Result<ExitStatus, Failure> {
    answer(&page())?;
    Ok(ExitStatus::Clean)
}

fn page() -> String {
    // Without colours, at a width that depends on no terminal, and without the values that this environment holds.
    let mut command = Cli::command().term_width(100).mut_args(|argument| argument.hide_env_values(true));
    command.build();
    let mut out = String::from(
        "# Commands\n\nThe help of every command, as `platlint help COMMAND` prints it. Exit status of `check`: 0 nothing at or above \
         `--fail-on`,\n1 findings, or with `--images lock` or `online` signatures that are not decided, 2 usage, configuration or policy error,\n3 internal error.\n",
    );
    section(&mut command, &mut out);
    out
}

fn section(command: &mut Command, out: &mut String) {
    let name = command.get_bin_name().unwrap_or_else(|| command.get_name()).to_owned();
    let help = command.render_long_help().to_string();
    // Trailing blanks stand where clap leaves a line between paragraphs.
    let lines: Vec<&str> = help.trim_end().lines().map(str::trim_end).collect();
    // Writing to a string cannot fail.
    let _ = write!(out, "\n## {name}\n\n```text\n{}\n```\n", lines.join("\n"));
    for inner in command.get_subcommands_mut().filter(|inner| !inner.is_hide_set() && inner.get_name() != "help") {
        section(&mut inner.clone().mut_args(|argument| argument.hide_env_values(true)), out);
    }
}
