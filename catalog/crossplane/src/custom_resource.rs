//! Custom resources held against the definition of their kind.

use platlint_engine::{Pointer, Segment, suggest, to_json};
use platlint_facts::{Doc, Notes, path_of};
use serde_json::{Value as Json, json};

use crate::note::{fault, place};
use crate::schemas::{Kind, Known, Missing, Schemas, Version, prepare, unknown_fields, violations};

/// Notes where an object does not fit its schema.
pub(crate) fn note(schemas: &Schemas, doc: &Doc, notes: &mut Notes) {
    let reason = match schemas.find(&doc.gvk.group, &doc.gvk.kind, &doc.id.file) {
        Known::Kind(kind) => return judge(kind, doc, notes),
        Known::Ambiguous => format!("{} is defined several times, each time otherwise", doc.gvk.kind),
        Known::No => {
            let known = schemas.kinds_in(&doc.gvk.group);
            if known.is_empty() {
                return;
            }
            let names: Vec<&str> = known.iter().map(|kind| &*kind.name).collect();
            let meant = suggest::nearest(&doc.gvk.kind, &names);
            let hint = meant.map_or_else(String::new, |meant| format!("; did you mean \"{meant}\"?"));
            format!(
                "other kinds of {} are defined, but no definition of {} is at hand{hint}",
                doc.gvk.group, doc.gvk.kind
            )
        }
    };
    notes.fact("schema", || json!({"known": false}));
    notes.unknown("schema-violation", path_of(&["kind"]), reason);
}

fn judge(kind: &Kind, doc: &Doc, notes: &mut Notes) {
    let name = &*doc.gvk.version;
    let Some(version) = kind.version(name) else {
        let known: Vec<&str> = kind.versions.iter().map(|version| &*version.name).collect();
        let only = match known.as_slice() {
            [only] => Some(*only),
            several => suggest::nearest(name, several),
        };
        let note =
            fault(path_of(&["apiVersion"]), format!("names version \"{name}\", which {} does not have", kind.title()))
                .text(name)
                .suggestion(only)
                .with("related", vec![kind.definition()]);
        return notes.problem("schema-violation", note);
    };
    if !version.is_served {
        let note = fault(
            path_of(&["apiVersion"]),
            format!("names version \"{name}\" of {}, which is not served", kind.title()),
        );
        notes.problem("schema-violation", note.text(name).with("related", vec![kind.definition()]));
    }
    let Some((structural, validator)) =
        kind.structural(version).and_then(|schema| Some((schema, kind.validator(version, Missing::IsWrong)?)))
    else {
        notes.fact("schema", || json!({"known": false}));
        notes.unknown(
            "schema-violation",
            path_of(&["kind"]),
            format!("the definition of {} has no valid schema", kind.title()),
        );
        return;
    };
    tell_schema(kind, version, structural, notes);
    let written = to_json(&doc.object);
    let mut object = written.clone();
    prepare(&mut object, structural);
    for violation in violations(validator, structural, &object) {
        if is_substituted(&written, &violation.path) {
            let reason = "a tool such as Flux puts in the value of a variable";
            notes.unknown("schema-violation", violation.path, reason);
            continue;
        }
        let note = fault(violation.path, violation.fault).suggestion(violation.suggestion);
        notes.problem("schema-violation", note.with("related", vec![kind.definition()]));
    }
    for unknown in unknown_fields(&written, structural) {
        let note = fault(unknown.path, format!("is no field of {} {name}", kind.title())).with("name", unknown.name);
        notes.problem("unknown-field", note.suggestion(unknown.suggestion).with("related", vec![kind.definition()]));
    }
}

/// Whether a value is filled in before it is applied: it holds `${…}`.
fn is_substituted(object: &Json, path: &Pointer) -> bool {
    let mut value = Some(object);
    for segment in &path.0 {
        value = value.and_then(|value| match segment {
            Segment::Index(index) => value.get(*index),
            Segment::Key(key) => value.get(&**key),
        });
    }
    value.and_then(Json::as_str).is_some_and(|text| text.contains("${"))
}

/// Which schema the object was held against, and how many rules in it are not checked here.
fn tell_schema(kind: &Kind, version: &Version, structural: &Json, notes: &mut Notes) {
    let schema = || {
        json!({
            "known": true,
            "source": place(&kind.doc.id, &Pointer::root()),
            "version": &*version.name,
            "crossplane": kind.is_crossplane(),
            "uncheckedExpressions": expressions(structural, 0),
        })
    };
    notes.fact("schema", schema);
}

/// How many CEL rules a schema holds.
fn expressions(schema: &Json, depth: usize) -> usize {
    const DEEPEST: usize = 128;
    if depth > DEEPEST {
        return 0;
    }
    let below = |schema: &Json| expressions(schema, depth.saturating_add(1));
    match schema {
        Json::Object(entries) => entries
            .iter()
            .map(|(key, value)| match value {
                Json::Array(rules) if key == "x-kubernetes-validations" => rules.len(),
                _ => below(value),
            })
            .sum(),
        Json::Array(items) => items.iter().map(below).sum(),
        _ => 0,
    }
}
