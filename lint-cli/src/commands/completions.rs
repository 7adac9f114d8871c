//! `platlint completions SHELL`.

use clap::CommandFactory as _;

use super::check::answer;
use crate::args::Cli;
use crate::exit::{ExitStatus, Failure};

pub(super) fn run(shell: clap_complete::Shell) -> Result<ExitStatus, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "platlint", &mut script);
    answer(&String::from_utf8_lossy(&script))?;
    Ok(ExitStatus::Clean)
}
