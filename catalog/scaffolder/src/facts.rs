//! What is noted of one template from its own text: problems, what is not known, and neutral facts for the rules of
//! platform teams.

use std::collections::BTreeMap;
use std::sync::Arc;

use platlint_engine::suggest;
use platlint_facts::{Doc, Note, Notes, str_at};
use serde_json::json;

use crate::action_table::ActionTable;
use crate::expressions::{Expressions, pointer_json};
use crate::parameters::{Level, parameters};
use crate::template::{Template, within};
use crate::usage::Usage;
use crate::{definition, inputs};

/// Notes all that the template's own text says.
pub(crate) fn note(doc: &Doc, table: &ActionTable, filters: &[Arc<str>], notes: &mut Notes) {
    if Template::is_in_a_skeleton(doc) {
        let reason = "it is part of a skeleton itself: another template fills it in";
        notes.unknown("invalid-template", platlint_facts::path_of(&["spec"]), reason);
        return;
    }
    definition::note(doc, notes);
    let Some(template) = Template::of(doc) else { return };
    let parameters = parameters(&template);
    Expressions { template: &template, parameters: &parameters, filters }.note(notes);
    note_duplicates(&template, notes);
    note_required(&parameters, notes);
    let usage = Usage::of(&template);
    usage.note(&parameters, &[], notes);
    inputs::note(&template, &parameters, table, notes);
    note_facts(doc, &template, &parameters, &usage, notes);
}

fn note_duplicates(template: &Template<'_>, notes: &mut Notes) {
    let mut first = BTreeMap::new();
    for step in &template.steps {
        let Some(other) = first.insert(step.id.clone(), step) else { continue };
        let at = if step.has_id { within(&step.path, "id") } else { step.path.clone() };
        let other_at = if other.has_id { within(&other.path, "id") } else { other.path.clone() };
        let note = Note::at(at).with("id", &*step.id).with("related", vec![pointer_json(&other_at)]);
        notes.problem("duplicate-step-id", note);
    }
}

fn note_required(parameters: &Level<'_>, notes: &mut Notes) {
    for undeclared in parameters.undeclared_required() {
        let known: Vec<&str> = undeclared.level.names.keys().map(|name| &**name).collect();
        let near = if undeclared.is_later { None } else { suggest::nearest(undeclared.name, &known) };
        let note = Note::at(undeclared.path.clone()).with("name", undeclared.name).with("later", undeclared.is_later);
        notes.problem("undeclared-required", note.suggestion(near));
    }
}

fn note_facts(doc: &Doc, template: &Template<'_>, parameters: &Level<'_>, usage: &Usage<'_>, notes: &mut Notes) {
    let listed: Vec<_> = parameters
        .names
        .iter()
        .map(|(name, parameter)| {
            json!({
                "name": &**name,
                "path": pointer_json(&parameter.path),
                "types": parameter.types.iter().map(ToString::to_string).collect::<Vec<_>>(),
                "used": usage.is_used(parameters, &[name], parameter),
            })
        })
        .collect();
    let steps: Vec<_> = template
        .steps
        .iter()
        .map(|step| json!({"id": &*step.id, "action": step.action.map(ToString::to_string), "path": pointer_json(&step.path)}))
        .collect();
    let expressions: Vec<_> = template
        .texts
        .iter()
        .filter(|text| text.nodes.is_ok() && !text.uses.reads.is_empty())
        .map(|text| {
            let names: Vec<&str> = text.uses.reads.iter().map(|read| read.span.of(text.source)).collect();
            json!({"path": pointer_json(&text.path), "text": text.source, "names": names})
        })
        .collect();
    notes.fact("template", || {
        json!({
            "type": str_at(&doc.object, &["spec", "type"]),
            "parameters": listed,
            "steps": steps,
            "expressions": expressions,
        })
    });
}
