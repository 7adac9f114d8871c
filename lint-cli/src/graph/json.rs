//! For programs: `{"version": 1, "nodes": [{"kind", "name"}], "edges": [{"from", "relation", "to", "target", "file", "line",
//! "path"}]}`, where `from` and `to` are positions in `nodes`.

use std::collections::BTreeMap;

use platlint_catalog::Graph;
use platlint_facts::Node;
use serde_json::json;

use super::{kind_name, target_name, written};
use crate::platform::Places;

/// The version of this format.
const VERSION: u32 = 1;

pub(super) fn write(graph: &Graph, places: &Places<'_>) -> String {
    let nodes = graph.nodes();
    let positions: BTreeMap<&Node, usize> = nodes.iter().enumerate().map(|(position, node)| (node, position)).collect();
    let shown: Vec<_> = nodes.iter().map(|node| json!({"kind": kind_name(node.kind), "name": &*node.name})).collect();
    let edges = graph.edges().iter().map(|edge| {
        let written = written(edge, places);
        json!({
            "from": positions.get(&edge.from),
            "relation": edge.relation,
            "to": positions.get(&edge.to),
            "target": target_name(edge.target),
            "file": written.as_ref().map(|(file, _)| file),
            "line": written.as_ref().map(|(_, line)| line),
            "path": edge.at.as_ref().map(|(doc, path)| path.under(&doc.at).to_string()),
        })
    });
    let edges: Vec<_> = edges.collect();
    format!("{}\n", json!({"version": VERSION, "nodes": shown, "edges": edges}))
}
