//! `platlint images verify`: every distinct image, who signed it, and what is not known.

use super::super::check::answer;
use super::super::prepare::{Prepared, prepare};
use super::found::Found;
use super::told::{Row, json, text};
use crate::args::{ImagesFormat, ImagesVerifyArgs};
use crate::exit::{ExitStatus, Failure};
use crate::images::Images;

pub(super) fn run(args: &ImagesVerifyArgs) -> Result<ExitStatus, Failure> {
    let Prepared { loaded, revision, files, mut run } = prepare(&args.run, args.mode)?;
    run.images = Images::of_run(&loaded, args.mode, args.patience)?.configured()?;
    // Images that are named stand for themselves.
    let files = if args.images.is_empty() || !args.run.paths.is_empty() { files } else { Vec::new() };
    let found = Found::of(&run, &files).with(&args.images);
    let uses = found.uses();
    run.images.look_up(uses.clone())?;
    let mut known = run.images.known(&uses);
    let rows = found.images.iter().filter_map(|(image, spots)| Some(Row { image, spots, facts: known.remove(image)? }));
    let rows: Vec<Row> = rows.collect();
    answer(&match args.format {
        ImagesFormat::Text => text(&rows),
        ImagesFormat::Json => json(&rows, &revision),
    })?;
    let is_verified = rows.iter().all(Row::is_verified) && !found.is_partial;
    Ok(if is_verified { ExitStatus::Clean } else { ExitStatus::Findings })
}
