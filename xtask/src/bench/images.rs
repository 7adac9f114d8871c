//! `cargo xtask bench-images`: row M11, what it costs to know who signed an image.
//!
//! The measurements are the bench crate's (`platlint-images-bench`); this module builds it as it is shipped and keeps the
//! table.

use super::webhook::built;
use super::{machine, table};
use crate::process;
use crate::workspace::Workspace;
use anyhow::Result;
use clap::Args;
use std::process::{Command, ExitCode};

const NAME: &str = "M11";
const WORK: &str = "who signed an image, one thread, everything on loopback. A *floor* is the work that nobody can leave out, \
                    measured in turns with ours; the last column is ours divided by the floor, each at its best.";

/// Flags of `cargo xtask bench-images`.
#[derive(Args)]
pub(crate) struct ImagesArgs {
    /// Times that each measurement is taken
    #[arg(long, default_value_t = 2_000)]
    rounds: u32,
    /// Print the table without writing it into bench/README.md
    #[arg(long)]
    dry: bool,
}

/// Measures the row and writes its table.
pub(crate) fn run(args: &ImagesArgs) -> Result<ExitCode> {
    let workspace = Workspace::find()?;
    let bench = built(&workspace, "platlint-bench", "platlint-images-bench")?;
    let printed =
        String::from_utf8(process::output(Command::new(bench).args(["--rounds", &args.rounds.to_string()]))?)?;
    let section = format!("**{NAME}**: {WORK}\n\n{printed}\n{}\n", machine::describe_own(&workspace.root)?);
    print!("{section}");
    if !args.dry {
        table::replace(&workspace.root.join("bench").join("README.md"), NAME, &section)?;
    }
    Ok(ExitCode::SUCCESS)
}
