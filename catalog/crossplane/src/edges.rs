//! How claims, definitions, Compositions and composed kinds hang together.

use platlint_engine::{Gvk, Pointer, get};
use platlint_facts::{Doc, Edge, Node, NodeKind, Target, path_of, str_at};

use crate::composition::{kinds, sites};
use crate::schemas::{Kind, Known, Schemas, Shape};

/// The node of a definition: `group/Kind` of the composite resource.
fn definition(group: &str, kind: &str) -> Node {
    Node { kind: NodeKind::Definition, name: format!("{group}/{kind}").into() }
}

fn composition(name: &str) -> Node {
    Node { kind: NodeKind::Composition, name: name.into() }
}

/// The edges of a Composition: its definition, and the kinds that it composes.
pub(crate) fn of_composition(schemas: &Schemas, doc: &Doc) -> Vec<Edge> {
    let Some(name) = doc.name() else { return Vec::new() };
    let from = composition(name);
    let edge = |relation, to, target, path: Pointer| Edge {
        from: from.clone(),
        relation,
        to,
        target,
        at: Some((doc.id.clone(), path)),
    };
    let mut edges = Vec::new();
    let reference = get(&doc.object, "spec").and_then(|spec| get(spec, "compositeTypeRef"));
    if let Some(gvk) = reference.and_then(Gvk::of) {
        let target = target_of(schemas, &gvk, doc);
        let path = path_of(&["spec", "compositeTypeRef"]);
        edges.push(edge("definedBy", definition(&gvk.group, &gvk.kind), target, path));
    }
    for site in sites(doc) {
        for (gvk, path) in kinds(&site) {
            let target = target_of(schemas, &gvk, doc);
            let to = match schemas.find(&gvk.group, &gvk.kind, &doc.id.file) {
                // A composite resource that is composed of others.
                Known::Kind(kind) if kind.is_crossplane() => definition(&gvk.group, &gvk.kind),
                _ => Node { kind: NodeKind::Resource, name: format!("{}/{}", gvk.group, gvk.kind).into() },
            };
            edges.push(edge("composes", to, target, path));
        }
    }
    edges
}

/// The edges of a claim or composite resource: its definition, and the Composition that it names.
pub(crate) fn of_instance(schemas: &Schemas, doc: &Doc, is_composition: impl Fn(&str) -> bool) -> Vec<Edge> {
    let Known::Kind(kind) = schemas.find(&doc.gvk.group, &doc.gvk.kind, &doc.id.file) else { return Vec::new() };
    if !kind.is_crossplane() {
        return Vec::new();
    }
    let Some(name) = doc.name() else { return Vec::new() };
    let namespace = doc.namespace.as_deref().filter(|namespace| !namespace.is_empty());
    let qualified = namespace.map_or_else(|| name.to_owned(), |namespace| format!("{namespace}/{name}"));
    let title = format!("{}/{}/{qualified}", kind.group, kind.name);
    let from = Node { kind: NodeKind::Claim, name: title.into() };
    let mut edges = vec![Edge {
        from: from.clone(),
        relation: "definedBy",
        to: composite_of(kind),
        target: Target::Exists,
        at: Some((doc.id.clone(), path_of(&["kind"]))),
    }];
    for place in [["spec", "compositionRef", "name"].as_slice(), &["spec", "crossplane", "compositionRef", "name"]] {
        if let Some(named) = str_at(&doc.object, place) {
            let target = if is_composition(named) { Target::Exists } else { Target::Unknown };
            let at = Some((doc.id.clone(), path_of(place)));
            edges.push(Edge { from: from.clone(), relation: "composedBy", to: composition(named), target, at });
        }
    }
    edges
}

/// The definition's node, which is named after the composite resource also for its claim.
fn composite_of(kind: &Kind) -> Node {
    let composite = match kind.shape {
        Shape::Claim => str_at(&kind.doc.object, &["spec", "names", "kind"]).unwrap_or(&kind.name),
        _ => &kind.name,
    };
    definition(&kind.group, composite)
}

fn target_of(schemas: &Schemas, gvk: &Gvk, doc: &Doc) -> Target {
    match schemas.find(&gvk.group, &gvk.kind, &doc.id.file) {
        Known::No => Target::Unknown,
        Known::Kind(_) | Known::Ambiguous => Target::Exists,
    }
}
