//! `platlint graph`: how the things of a platform hang together, from the same references that rules use.

use super::check::answer;
use super::complain;
use super::prepare::{Prepared, paths, platform_files, prepare};
use crate::args::{GraphArgs, ImageMode};
use crate::exit::{ExitStatus, Failure};
use crate::graph;
use crate::output::one_line;
use crate::platform::Places;

pub(super) fn run(args: &GraphArgs) -> Result<ExitStatus, Failure> {
    let Prepared { loaded, files, run, .. } = prepare(&args.run, ImageMode::Offline)?;
    // Whatever the rules are: the graph judges nothing.
    let around = platform_files(&loaded, &paths(&args.run), args.run.render)?;
    let (graph, unread) = run.graph(&around, &files);
    let graph = match &args.around {
        Some(name) => graph.around(name),
        None => graph,
    };
    answer(&graph::write(&graph, args.format, &Places::of(&files)))?;
    for finding in &unread {
        let told = format!("{}:{}: not in the graph: {}", finding.spot.file, finding.spot.place.line, finding.message);
        complain(&one_line(&told));
    }
    let dangles = graph.dangling().next().is_some();
    // What cannot be read may hold what leads nowhere.
    let fails = args.fail_on_dangling && (dangles || !unread.is_empty());
    Ok(if fails { ExitStatus::Findings } else { ExitStatus::Clean })
}
