//! For drawing: Graphviz' DOT and Mermaid. Edges that lead nowhere are red, those that nobody knows of dashed.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use platlint_catalog::Graph;
use platlint_facts::{Node, NodeKind, Target};

use super::kind_name;

pub(super) fn dot(graph: &Graph) -> String {
    let mut out = String::from("digraph platform {\n  rankdir=LR;\n  node [shape=box];\n");
    let positions = positions(graph);
    // Writing into a String never fails.
    for (node, position) in &positions {
        let label = quoted_in_dot(&format!("{}\n{}", kind_name(node.kind), node.name));
        let _ = writeln!(out, "  n{position} [label={label}, shape={}];", shape(node.kind));
    }
    for edge in graph.edges() {
        let style = match edge.target {
            Target::Exists => "",
            Target::Missing => ", color=red, fontcolor=red",
            Target::Unknown => ", style=dashed",
        };
        let (from, to) = (at(&positions, &edge.from), at(&positions, &edge.to));
        let _ = writeln!(out, "  n{from} -> n{to} [label={}{style}];", quoted_in_dot(edge.relation));
    }
    out.push_str("}\n");
    out
}

pub(super) fn mermaid(graph: &Graph) -> String {
    let mut out = String::from("flowchart LR\n");
    let positions = positions(graph);
    for (node, position) in &positions {
        let label = quoted_in_mermaid(&format!("{} {}", kind_name(node.kind), node.name));
        let _ = writeln!(out, "  n{position}[\"{label}\"]");
    }
    let mut missing = Vec::new();
    for (index, edge) in graph.edges().iter().enumerate() {
        let arrow = if edge.target == Target::Unknown { "-.->" } else { "-->" };
        let (from, to) = (at(&positions, &edge.from), at(&positions, &edge.to));
        let _ = writeln!(out, "  n{from} {arrow}|{}| n{to}", quoted_in_mermaid(edge.relation));
        if edge.target == Target::Missing {
            missing.push(index.to_string());
        }
    }
    if !missing.is_empty() {
        let _ = writeln!(out, "  linkStyle {} stroke:red", missing.join(","));
    }
    out
}

fn positions(graph: &Graph) -> BTreeMap<Node, usize> {
    graph.nodes().into_iter().enumerate().map(|(position, node)| (node, position)).collect()
}

fn at(positions: &BTreeMap<Node, usize>, node: &Node) -> usize {
    positions.get(node).copied().unwrap_or_default()
}

const fn shape(kind: NodeKind) -> &'static str {
    match kind {
        NodeKind::Path | NodeKind::Chart => "folder",
        NodeKind::Definition | NodeKind::Composition => "component",
        _ => "box",
    }
}

/// A quoted string of DOT: only quotes and backslashes mean something, and line feeds are written.
fn quoted_in_dot(text: &str) -> String {
    let visible = |character: char| if character.is_control() && character != '\n' { ' ' } else { character };
    let text: String = text.chars().map(visible).collect();
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}

/// Text within a quoted label of Mermaid: everything but the plainest characters as an entity.
fn quoted_in_mermaid(text: &str) -> String {
    let mut out = String::new();
    for character in text.chars() {
        match character {
            'a'..='z' | 'A'..='Z' | '0'..='9' | ' ' | '-' | '.' | '/' | ':' | '_' => out.push(character),
            other if other.is_control() => out.push(' '),
            other => {
                // Writing into a String never fails.
                let _ = write!(out, "#{};", u32::from(other));
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_cannot_leave_their_quotes() {
        assert_eq!(quoted_in_dot("a\"; b\\\nc"), r#""a\"; b\\\nc""#);
        assert_eq!(quoted_in_mermaid("a\"]<b"), "a#34;#93;#60;b");
    }
}
