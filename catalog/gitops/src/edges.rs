//! How Applications, projects, releases and folders hang together.

use std::sync::Arc;

use platlint_engine::{Pointer, to_json};
use platlint_facts::{Doc, DocId, Edge, Node, NodeKind, Target, path_of};
use serde_json::Value;

use crate::deployment::Deployment;
use crate::flux;
use crate::index::{App, Index, namespace_of};
use crate::paths::{Lead, Step, namespace};
use crate::yaml::text_at;
use crate::{FLUX_GROUPS, application};

fn node(kind: NodeKind, name: impl Into<Arc<str>>) -> Node {
    Node { kind, name: name.into() }
}

fn named(kind: NodeKind, namespace: &str, name: &str) -> Node {
    node(kind, if namespace.is_empty() { name.to_owned() } else { format!("{namespace}/{name}") })
}

/// An Application with the place of each of its fields.
struct Placed<'a> {
    index: &'a Index,
    app: &'a App,
}

impl Placed<'_> {
    fn node(&self) -> Node {
        named(NodeKind::Application, &self.app.namespace, &self.app.name)
    }

    fn field(&self, path: &Pointer) -> Pointer {
        let Some((at, _)) = self.app.generated else { return path.clone() };
        let expanded = self.index.expansion(&self.app.id).and_then(|expansion| expansion.applications.get(at));
        expanded.and_then(|expanded| expanded.object.origin(path)).unwrap_or_else(|| path_of(&["spec", "template"]))
    }

    fn at(&self, path: &Pointer) -> (DocId, Pointer) {
        (self.app.id.clone(), self.field(path))
    }

    fn sources(&self) -> Vec<(Value, Pointer)> {
        application::sources(&self.app.object, &path_of(&["spec"]))
    }
}

/// The releases of Flux among the documents.
fn releases(index: &Index) -> impl Iterator<Item = (&Arc<Doc>, Value)> {
    let is_release = |doc: &&Arc<Doc>| {
        FLUX_GROUPS.contains(&&*doc.gvk.group) && matches!(&*doc.gvk.kind, "Kustomization" | "HelmRelease")
    };
    index.docs.iter().filter(is_release).map(|doc| (doc, to_json(&doc.object)))
}

fn release_node(doc: &Doc, object: &Value) -> Node {
    named(NodeKind::FluxRelease, &namespace_of(doc, object), doc.name().unwrap_or_default())
}

/// All folders that are deployed.
pub(crate) fn deployments(index: &Index) -> Vec<Deployment> {
    let mut found = Vec::new();
    for app in &index.applications {
        let placed = Placed { index, app };
        let to = namespace(text_at(&app.object, &["spec", "destination", "namespace"]));
        for step in index.paths().of_application(&app.object, &placed.sources()) {
            let field = placed.field(&step.field);
            found.extend(deployment(step, placed.node(), &app.id, field, to.clone()));
        }
    }
    for (doc, object) in releases(index) {
        if let Some(step) = index.releases.step(doc, &object, &index.paths()) {
            let to = flux::target_namespace(doc, &object);
            let field = step.field.clone();
            found.extend(deployment(step, release_node(doc, &object), &doc.id, field, namespace(to.as_deref())));
        }
    }
    found
}

fn deployment(step: Step, deployer: Node, by: &DocId, field: Pointer, to: Option<Arc<str>>) -> Option<Deployment> {
    match step.lead {
        Lead::Folder { source, repository, tool } => {
            Some(Deployment { deployer, by: by.clone(), field, source, repository, namespace: to, tool: *tool })
        }
        _ => None,
    }
}

/// All edges.
pub(crate) fn edges(index: &Index) -> Vec<Edge> {
    let mut found = Vec::new();
    for app in &index.applications {
        let placed = Placed { index, app };
        if let Some((_, set)) = &app.generated {
            let from = named(NodeKind::ApplicationSet, &app.namespace, set);
            let at = Some(placed.at(&path_of(&["metadata", "name"])));
            found.push(Edge { from, relation: "generates", to: placed.node(), target: Target::Exists, at });
        }
        let project = text_at(&app.object, &["spec", "project"]).filter(|name| !name.is_empty()).unwrap_or("default");
        let is_known = project == "default" || index.projects.iter().any(|known| known.name == project);
        found.push(Edge {
            from: placed.node(),
            relation: "inProject",
            to: node(NodeKind::Project, project),
            target: if is_known { Target::Exists } else { Target::Unknown },
            at: Some(placed.at(&path_of(&["spec", "project"]))),
        });
        let sources = placed.sources();
        for (source, field) in &sources {
            if let (Some(chart), Some(url)) = (text_at(source, &["chart"]), text_at(source, &["repoURL"])) {
                let to = node(NodeKind::Chart, format!("{}/{chart}", url.trim_end_matches('/')));
                let at = Some(placed.at(&crate::yaml::with(field, "chart".into())));
                found.push(Edge { from: placed.node(), relation: "deploys", to, target: Target::Unknown, at });
            }
        }
        for step in index.paths().of_application(&app.object, &sources) {
            let at = Some(placed.at(&step.field));
            found.push(Edge { at, ..path_edge(index, &placed.node(), &step) });
        }
    }
    for (doc, object) in releases(index) {
        let from = release_node(doc, &object);
        if let Some(source) = index.releases.source(doc, &object) {
            found.push(Edge {
                from: from.clone(),
                relation: "dependsOn",
                to: named(NodeKind::FluxSource, &source.namespace, &source.name),
                target: if source.is_known { Target::Exists } else { Target::Unknown },
                at: Some((doc.id.clone(), source.field)),
            });
        }
        if let Some(step) = index.releases.step(doc, &object, &index.paths()) {
            found.push(Edge { at: Some((doc.id.clone(), step.field.clone())), ..path_edge(index, &from, &step) });
        }
    }
    found
}

/// An edge to a folder, named as the user would where it is at hand.
fn path_edge(index: &Index, from: &Node, step: &Step) -> Edge {
    let (name, target) = match &step.lead {
        Lead::Folder { source, .. } => (index.files.shown(source), Target::Exists),
        Lead::Missing { .. } => (step.path.clone(), Target::Missing),
        Lead::File | Lead::Unknown(_) | Lead::Elsewhere => (step.path.clone(), Target::Unknown),
    };
    Edge { from: from.clone(), relation: "deploys", to: node(NodeKind::Path, name), target, at: None }
}
