//! `platlint graph`: how the things of a platform hang together, from the same references that rules use.

use super::check::answer;
use super::complain;
use super::prepare::{Prepared, paths, platform_files, prepare};
use crate::args::{GraphArgs, ImageMode};
use crate::exit::{ExitStatus, Failure};
use crate::graph;
use crate::output::one_line;
use crate::own_rules::UNRENDERED_TEMPLATE;
use crate::platform::Places;
use crate::report::Finding;

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
    // Every chart has text of a template engine; what is made of it is not looked at.
    let (templates, unread): (Vec<Finding>, Vec<Finding>) =
        unread.into_iter().partition(|finding| *finding.rule == *UNRENDERED_TEMPLATE.id);
    if let Some(first) = templates.first() {
        let places = if templates.len() == 1 { "1 place".to_owned() } else { format!("{} places", templates.len()) };
        complain(&one_line(&format!(
            "not in the graph: text of template engines at {places}, the first in {}",
            first.spot.file
        )));
    }
    for finding in &unread {
        let told = format!("{}:{}: not in the graph: {}", finding.spot.file, finding.spot.place.line, finding.message);
        complain(&one_line(&told));
    }
    let dangles = graph.dangling().next().is_some();
    // What cannot be read may hold what leads nowhere.
    let fails = args.fail_on_dangling && (dangles || !unread.is_empty());
    Ok(if fails { ExitStatus::Findings } else { ExitStatus::Clean })
}
