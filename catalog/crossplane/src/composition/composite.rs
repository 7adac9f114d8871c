//! Which composite resource a Composition is for.

use platlint_engine::{Gvk, Pointer, Value, get, get_str, suggest};
use platlint_facts::{Doc, Notes, path_of};
use serde_json::Value as Json;

use crate::note::{below, fault, missing};
use crate::schemas::{Kind, Known, Schemas, Shape};

/// The composite resource's kind and schema; `None` where they are not known. Notes why.
pub(super) fn find<'s>(
    schemas: &'s Schemas,
    doc: &Doc,
    spec: &Value,
    notes: &mut Notes,
) -> Option<(&'s Kind, &'s Json)> {
    let at = path_of(&["spec", "compositeTypeRef"]);
    let Some(reference) = get(spec, "compositeTypeRef") else {
        notes.problem("invalid-composition", fault(at, "is missing"));
        return None;
    };
    let (version, kind) = (get_str(reference, "apiVersion"), get_str(reference, "kind"));
    for (key, value) in [("apiVersion", version), ("kind", kind)] {
        if value.is_none_or(|value| value.is_empty()) {
            notes.problem("invalid-composition", missing(&at, key));
        }
    }
    let gvk = Gvk::new(version?, kind?);
    match schemas.find(&gvk.group, &gvk.kind, &doc.id.file) {
        Known::Kind(kind) => version_of(kind, &gvk, &at, notes),
        Known::Ambiguous => {
            let reason = format!("{} is defined several times, each time otherwise", gvk.kind);
            notes.unknown("unknown-composite-type", below(&at, "kind"), reason);
            None
        }
        Known::No => {
            unknown(schemas, &gvk, &at, notes);
            None
        }
    }
}

fn version_of<'s>(kind: &'s Kind, gvk: &Gvk, at: &Pointer, notes: &mut Notes) -> Option<(&'s Kind, &'s Json)> {
    if kind.shape == Shape::Claim {
        let composite = platlint_facts::str_at(&kind.doc.object, &["spec", "names", "kind"]);
        let note = fault(
            below(at, "kind"),
            format!("is \"{}\", the claim; Compositions are for the composite resource", gvk.kind),
        );
        notes.problem("unknown-composite-type", note.suggestion(composite).with("related", vec![kind.definition()]));
        return None;
    }
    if !kind.is_crossplane() {
        let note =
            fault(below(at, "kind"), format!("is \"{}\", which no CompositeResourceDefinition defines", gvk.kind));
        notes.problem("unknown-composite-type", note.with("related", vec![kind.definition()]));
        return None;
    }
    let referenceable = kind.versions.iter().find(|version| version.is_main).map(|version| &*version.name);
    let Some(version) = kind.version(&gvk.version) else {
        let what = format!("names version \"{}\", which {} does not have", gvk.version, kind.title());
        let note = fault(below(at, "apiVersion"), what).text(&*gvk.version).suggestion(referenceable);
        notes.problem("unreferenceable-version", note.with("related", vec![kind.definition()]));
        return None;
    };
    if !version.is_main && referenceable.is_some() {
        let what = format!("names version \"{}\" of {}, which is not referenceable", gvk.version, kind.title());
        let note = fault(below(at, "apiVersion"), what).text(&*gvk.version).suggestion(referenceable);
        notes.problem("unreferenceable-version", note.with("related", vec![kind.definition()]));
    }
    Some((kind, kind.structural(version)?))
}

/// The definition may stand elsewhere, unless one of the same group has nearly the same name.
fn unknown(schemas: &Schemas, gvk: &Gvk, at: &Pointer, notes: &mut Notes) {
    let known: Vec<&str> = schemas
        .kinds_in(&gvk.group)
        .into_iter()
        .filter(|kind| kind.is_crossplane() && kind.shape != Shape::Claim)
        .map(|kind| &*kind.name)
        .collect();
    if let Some(meant) = suggest::nearest(&gvk.kind, &known) {
        let what = format!("is \"{}\", which no definition of {} defines", gvk.kind, gvk.group);
        notes.problem("unknown-composite-type", fault(below(at, "kind"), what).suggestion(Some(meant)));
    } else {
        let reason = format!("no definition of {} of {} is at hand", gvk.kind, gvk.group);
        notes.unknown("unknown-composite-type", below(at, "kind"), reason);
    }
}
