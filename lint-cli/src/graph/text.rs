//! For people: each thing with what it names, and at the end what leads nowhere.

use std::fmt::Write as _;

use platlint_catalog::Graph;
use platlint_facts::{Edge, Node, Target};

use super::{kind_name, written};
use crate::output::one_line;
use crate::platform::Places;

pub(super) fn write(graph: &Graph, places: &Places<'_>) -> String {
    let mut out = String::new();
    let mut speaker: Option<&Node> = None;
    // Writing into a String never fails.
    for edge in graph.edges() {
        if speaker != Some(&edge.from) {
            let _ = writeln!(out, "{} {}", kind_name(edge.from.kind), one_line(&edge.from.name));
            speaker = Some(&edge.from);
        }
        let _ = writeln!(out, "  {}", told(edge, places));
    }
    let dangling: Vec<&Edge> = graph.dangling().collect();
    let nodes = graph.nodes().len();
    let _ = writeln!(out, "{nodes} nodes, {} edges, {} of them lead nowhere", graph.edges().len(), dangling.len());
    for edge in dangling {
        let place = written(edge, places).map_or_else(String::new, |(file, line)| format!("{file}:{line}: "));
        let named = format!("{place}{} {} {}", edge.from.name, edge.relation, edge.to.name);
        let _ = writeln!(out, "  {}", one_line(&named));
    }
    out
}

fn told(edge: &Edge, places: &Places<'_>) -> String {
    let state = match edge.target {
        Target::Exists => "",
        Target::Missing => " (missing)",
        Target::Unknown => " (not among these files)",
    };
    let place = written(edge, places).map_or_else(String::new, |(file, line)| format!("  {file}:{line}"));
    let whole = format!("{} {} {}{state}{place}", edge.relation, kind_name(edge.to.kind), edge.to.name);
    one_line(&whole).into_owned()
}
