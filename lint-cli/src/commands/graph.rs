//! `platlint graph`: how the things of a platform hang together, from the same references that rules use.

use super::check::answer;
use super::prepare::{Prepared, prepare};
use crate::args::{GraphArgs, ImageMode};
use crate::exit::{ExitStatus, Failure};
use crate::graph;
use crate::platform::Places;

pub(super) fn run(args: &GraphArgs) -> Result<ExitStatus, Failure> {
    let Prepared { files, run, .. } = prepare(&args.run, ImageMode::Offline)?;
    let graph = run.graph(&files);
    let graph = match &args.around {
        Some(name) => graph.around(name),
        None => graph,
    };
    answer(&graph::write(&graph, args.format, &Places::of(&files)))?;
    let dangles = graph.dangling().next().is_some();
    Ok(if args.fail_on_dangling && dangles { ExitStatus::Findings } else { ExitStatus::Clean })
}
