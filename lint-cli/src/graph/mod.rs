//! The graph of a platform as text, JSON, DOT or Mermaid. What hangs together is found out by the readers.

mod drawn;
mod json;
mod text;

use platlint_catalog::Graph;
use platlint_facts::{Edge, NodeKind, Target};

use crate::args::GraphFormat;
use crate::platform::Places;

/// The graph in a format. Equal graphs give equal bytes.
pub(crate) fn write(graph: &Graph, format: GraphFormat, places: &Places<'_>) -> String {
    match format {
        GraphFormat::Text => text::write(graph, places),
        GraphFormat::Json => json::write(graph, places),
        GraphFormat::Dot => drawn::dot(graph),
        GraphFormat::Mermaid => drawn::mermaid(graph),
    }
}

/// As written in every format.
const fn kind_name(kind: NodeKind) -> &'static str {
    match kind {
        NodeKind::Entity => "entity",
        NodeKind::Template => "template",
        NodeKind::Application => "application",
        NodeKind::ApplicationSet => "application-set",
        NodeKind::Project => "project",
        NodeKind::FluxRelease => "flux-release",
        NodeKind::FluxSource => "flux-source",
        NodeKind::Path => "path",
        NodeKind::Chart => "chart",
        NodeKind::Workload => "workload",
        NodeKind::Claim => "claim",
        NodeKind::Definition => "definition",
        NodeKind::Composition => "composition",
        NodeKind::Resource => "resource",
    }
}

/// As written in every format.
const fn target_name(target: Target) -> &'static str {
    match target {
        Target::Exists => "exists",
        Target::Missing => "missing",
        Target::Unknown => "unknown",
    }
}

/// `file:line` where the edge is written.
fn written(edge: &Edge, places: &Places<'_>) -> Option<(String, u32)> {
    let (doc, path) = edge.at.as_ref()?;
    Some((doc.file.to_string(), places.field(doc, path).line))
}
