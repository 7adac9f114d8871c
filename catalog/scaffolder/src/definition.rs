//! The shape of a template's spec: what must be there, of which type, and keys that are misspelt. What stands in every
//! entity is the catalog's business.

use platlint_engine::{Pointer, Value, get, suggest};
use platlint_facts::{Doc, Note, Notes, entries, items, path_of, str_at};

use crate::template::within;

const SPEC_KEYS: [&str; 12] = [
    "type",
    "owner",
    "lifecycle",
    "parameters",
    "secrets",
    "presentation",
    "steps",
    "output",
    "EXPERIMENTAL_recovery",
    "EXPERIMENTAL_formDecorators",
    "system",
    "domain",
];
const STEP_KEYS: [&str; 7] = ["id", "name", "action", "input", "if", "each", "backstage:permissions"];
const SCHEMA_TYPES: [&str; 7] = ["string", "number", "integer", "boolean", "object", "array", "null"];
/// Forms are looked into so deeply.
const DEEPEST: usize = 24;

/// The one version that the scaffolder runs.
const API_VERSION: &str = "scaffolder.backstage.io/v1beta3";

struct Definition<'n> {
    notes: &'n mut Notes,
}

/// Notes what is wrong with the shape.
pub(crate) fn note(doc: &Doc, notes: &mut Notes) {
    let mut definition = Definition { notes };
    if let Some(version) = str_at(&doc.object, &["apiVersion"])
        && version != API_VERSION
    {
        let note = Note::at(path_of(&["apiVersion"])).with("problem", "version").with("found", version);
        definition.notes.problem("invalid-template", note.suggestion(Some(API_VERSION)));
    }
    let path = path_of(&["spec"]);
    let Some(spec) = definition.child(&doc.object, &Pointer::root(), "spec", &["object"], true) else { return };
    definition.misspelt(spec, &path, &SPEC_KEYS);
    definition.text(spec, &path, "type", true);
    definition.text(spec, &path, "lifecycle", false);
    definition.forms(spec, &path);
    definition.steps(spec, &path);
    definition.output(spec, &path);
}

impl Definition<'_> {
    fn problem(&mut self, note: Note) {
        self.notes.problem("invalid-template", note);
    }

    /// A field of one of some types, which may be missing.
    fn child<'v>(
        &mut self,
        parent: &'v Value,
        path: &Pointer,
        key: &str,
        types: &[&str],
        is_required: bool,
    ) -> Option<&'v Value> {
        let path = within(path, key);
        match get(parent, key) {
            Some(value) if types.contains(&type_of(value)) => Some(value),
            Some(value) => {
                let note = Note::at(path).with("problem", "type").with("key", key);
                self.problem(note.with("found", type_of(value)).with("expected", types));
                None
            }
            None => {
                if is_required {
                    self.problem(Note::at(path).with("problem", "missing").with("key", key));
                }
                None
            }
        }
    }

    fn text(&mut self, parent: &Value, path: &Pointer, key: &str, is_required: bool) {
        if let Some(Value::String(text)) = self.child(parent, path, key, &["string"], is_required)
            && text.is_empty()
        {
            self.problem(Note::at(within(path, key)).with("problem", "empty").with("key", key));
        }
    }

    fn misspelt(&mut self, parent: &Value, path: &Pointer, known: &[&str]) {
        for (key, _) in entries(parent).filter(|(key, _)| !known.contains(key)) {
            let absent: Vec<&str> = known.iter().copied().filter(|known| get(parent, known).is_none()).collect();
            if let Some(near) = suggest::nearest(key, &absent) {
                let note = Note::at(within(path, key)).with("problem", "unknown-key").with("key", key);
                self.problem(note.suggestion(Some(near)));
            }
        }
    }

    fn forms(&mut self, spec: &Value, path: &Pointer) {
        let Some(forms) = self.child(spec, path, "parameters", &["object", "array"], false) else { return };
        let path = within(path, "parameters");
        if let Value::Array(_) = forms {
            for (index, form) in items(forms).enumerate() {
                let path = within(&path, index);
                if let Value::Object(_) = form {
                    self.schema(form, &path, 0);
                } else {
                    let note = Note::at(path).with("problem", "type").with("key", "parameters");
                    self.problem(note.with("found", type_of(form)).with("expected", vec!["object"]));
                }
            }
        } else {
            self.schema(forms, &path, 0);
        }
    }

    /// Words for types that JSON Schema does not have, in declared parameters.
    fn schema(&mut self, schema: &Value, path: &Pointer, depth: usize) {
        let Some(properties) = get(schema, "properties").filter(|_| depth < DEEPEST) else { return };
        for (name, property) in entries(properties) {
            let path = within(&within(path, "properties"), name);
            if let Some(Value::String(kind)) = get(property, "type")
                && !SCHEMA_TYPES.contains(&&**kind)
            {
                let note = Note::at(within(&path, "type")).with("problem", "schema-type").with("found", &**kind);
                self.problem(note.suggestion(suggest::nearest(kind, &SCHEMA_TYPES)));
            }
            self.schema(property, &path, depth + 1);
        }
    }

    fn steps(&mut self, spec: &Value, path: &Pointer) {
        let Some(steps) = self.child(spec, path, "steps", &["array"], true) else { return };
        let path = within(path, "steps");
        for (index, step) in items(steps).enumerate() {
            let path = within(&path, index);
            if !matches!(step, Value::Object(_)) {
                let note = Note::at(path).with("problem", "type").with("key", "steps");
                self.problem(note.with("found", type_of(step)).with("expected", vec!["object"]));
                continue;
            }
            self.misspelt(step, &path, &STEP_KEYS);
            self.child(step, &path, "action", &["string"], true);
            self.child(step, &path, "id", &["string"], false);
            self.child(step, &path, "name", &["string"], false);
            self.child(step, &path, "input", &["object"], false);
            self.child(step, &path, "if", &["string", "boolean"], false);
            self.child(step, &path, "each", &["string", "array", "object"], false);
        }
    }

    fn output(&mut self, spec: &Value, path: &Pointer) {
        let Some(output) = self.child(spec, path, "output", &["object"], false) else { return };
        let path = within(path, "output");
        for (key, texts) in
            [("links", ["url", "entityRef", "title", "icon"].as_slice()), ("text", &["title", "icon", "content"])]
        {
            let Some(list) = self.child(output, &path, key, &["array"], false) else { continue };
            for (index, item) in items(list).enumerate() {
                let path = within(&within(&path, key), index);
                if let Value::Object(_) = item {
                    texts.iter().for_each(|text| {
                        self.child(item, &path, text, &["string"], false);
                    });
                    self.child(item, &path, "if", &["string", "boolean"], false);
                }
            }
        }
    }
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null | Value::Undefined => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) | Value::Set(_) => "array",
        Value::Object(_) => "object",
    }
}
