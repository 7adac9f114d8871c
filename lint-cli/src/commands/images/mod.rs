//! `platlint images`: who signed what, with evidence that is kept for CI. What follows from it is said by `check`.

mod found;
mod lock;
mod told;
mod verify;
mod verify_bundle;

use crate::args::ImagesCommand;
use crate::exit::{ExitStatus, Failure};

pub(super) fn run(command: &ImagesCommand) -> Result<ExitStatus, Failure> {
    match command {
        ImagesCommand::Verify(args) => verify::run(args),
        ImagesCommand::Lock(args) => lock::run(args),
        ImagesCommand::VerifyBundle(args) => verify_bundle::run(args),
    }
}
