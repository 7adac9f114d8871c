//! Whether a schema is structural, which the API server asks of every schema of a custom resource.

use platlint_engine::{Pointer, suggest};
use platlint_facts::Notes;
use serde_json::{Map, Value as Json};

use crate::note::{below, fault};
use crate::resolve::ValueType;
use crate::schemas::is_true;

const CODE: &str = "unstructural-schema";
/// Schemas nested deeper than this are left unchecked below.
const DEEPEST: usize = 64;

const TYPES: [&str; 6] = ["array", "boolean", "integer", "number", "object", "string"];
/// Keywords that a structural schema may have.
const KEYWORDS: [&str; 37] = [
    "additionalProperties",
    "allOf",
    "anyOf",
    "default",
    "description",
    "enum",
    "example",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "externalDocs",
    "format",
    "items",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "multipleOf",
    "not",
    "nullable",
    "oneOf",
    "pattern",
    "properties",
    "required",
    "title",
    "type",
    "uniqueItems",
    "x-kubernetes-embedded-resource",
    "x-kubernetes-int-or-string",
    "x-kubernetes-list-map-keys",
    "x-kubernetes-list-type",
    "x-kubernetes-map-type",
    "x-kubernetes-preserve-unknown-fields",
    "x-kubernetes-validations",
];
/// Keywords of other JSON Schemas that are refused here.
const REFUSED: [&str; 12] = [
    "$ref",
    "additionalItems",
    "definitions",
    "dependencies",
    "deprecated",
    "discriminator",
    "id",
    "patternProperties",
    "readOnly",
    "writeOnly",
    "xml",
    "const",
];
/// Keywords that say what a field is, which alternatives may not.
const SHAPING: [&str; 6] = ["additionalProperties", "default", "description", "nullable", "title", "type"];

/// Notes what keeps a schema from being structural.
/// `added` are the fields that Crossplane adds.
pub(super) fn note(schema: &Json, at: &Pointer, added: &[[String; 2]], notes: &mut Notes) {
    let mut walk = Walk { added, notes };
    if schema.get("type").and_then(Json::as_str) != Some("object") {
        walk.tell(below(at, "type"), "must be object at the root of a schema");
    }
    walk.look(schema, at, Place::Root, 0);
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// The schema of the whole object.
    Root,
    /// The schema of a field.
    Field,
    /// An alternative of `allOf`, `anyOf`, `oneOf` or `not`, or below one.
    Alternative,
}

struct Walk<'n> {
    /// Fields that Crossplane adds.
    added: &'n [[String; 2]],
    notes: &'n mut Notes,
}

impl Walk<'_> {
    fn tell(&mut self, path: Pointer, what: impl Into<String>) {
        self.notes.problem(CODE, fault(path, what));
    }

    fn look(&mut self, schema: &Json, at: &Pointer, place: Place, depth: usize) {
        if depth > DEEPEST {
            return;
        }
        let Some(schema) = schema.as_object() else {
            return self.tell(at.clone(), "must be a map: the schema of a field");
        };
        self.keywords(schema, at);
        match place {
            Place::Field => self.kind(schema, at),
            Place::Root => {}
            Place::Alternative => self.alternative(schema, at),
        }
        self.values(schema, at);
        let next = depth.saturating_add(1);
        let inner = if place == Place::Alternative { Place::Alternative } else { Place::Field };
        for (name, property) in schema.get("properties").and_then(Json::as_object).into_iter().flatten() {
            self.look(property, &below(&below(at, "properties"), name.as_str()), inner, next);
        }
        for key in ["items", "additionalProperties"] {
            match schema.get(key) {
                Some(Json::Array(_)) => self.tell(below(at, key), "must be one schema, not a list of them"),
                Some(value @ Json::Object(_)) => self.look(value, &below(at, key), inner, next),
                _ => {}
            }
        }
        for key in ["allOf", "anyOf", "oneOf"] {
            for (index, schema) in schema.get(key).and_then(Json::as_array).into_iter().flatten().enumerate() {
                self.look(schema, &below(&below(at, key), index), Place::Alternative, next);
            }
        }
        if let Some(schema) = schema.get("not") {
            self.look(schema, &below(at, "not"), Place::Alternative, next);
        }
    }

    fn keywords(&mut self, schema: &Map<String, Json>, at: &Pointer) {
        for key in schema.keys() {
            if REFUSED.contains(&key.as_str()) {
                self.tell(below(at, key.as_str()), "is not allowed in a structural schema");
            } else if !KEYWORDS.contains(&key.as_str()) {
                let note = fault(below(at, key.as_str()), "is no keyword of a schema and would be dropped");
                self.notes.problem(CODE, note.suggestion(suggest::nearest(key, &KEYWORDS)));
            }
        }
    }

    /// Every field has a type, and what goes with it.
    fn kind(&mut self, schema: &Map<String, Json>, at: &Pointer) {
        let is_open = ["x-kubernetes-int-or-string", "x-kubernetes-preserve-unknown-fields"];
        match schema.get("type") {
            None if is_open.iter().any(|key| is_true(schema, key)) => {}
            None => self.tell(below(at, "type"), "is missing"),
            Some(Json::String(kind)) if TYPES.contains(&kind.as_str()) => {
                if kind == "array" && !schema.contains_key("items") {
                    self.tell(below(at, "items"), "is missing: a list needs the schema of its items");
                }
                if kind != "object" && schema.contains_key("properties") {
                    self.tell(below(at, "properties"), format!("is only for type object, not {kind}"));
                }
            }
            Some(Json::String(kind)) => {
                let note = fault(below(at, "type"), format!("is \"{kind}\", not one of {}", TYPES.join(", ")));
                self.notes.problem(CODE, note.suggestion(meant_type(kind)));
            }
            Some(_) => self.tell(below(at, "type"), "must be one word"),
        }
    }

    fn alternative(&mut self, schema: &Map<String, Json>, at: &Pointer) {
        // The one exception: the two types of an int-or-string.
        let is_type_alone =
            schema.len() == 1 && schema.get("type").is_some_and(|kind| kind == "integer" || kind == "string");
        for key in SHAPING.iter().filter(|key| schema.contains_key(**key) && !is_type_alone) {
            self.tell(below(at, *key), "is not allowed in alternatives: it belongs to the field itself");
        }
    }

    fn values(&mut self, schema: &Map<String, Json>, at: &Pointer) {
        if schema.get("additionalProperties") == Some(&Json::Bool(false)) {
            self.tell(below(at, "additionalProperties"), "must not be false: unknown fields are pruned anyway");
        }
        if schema.contains_key("properties") && schema.contains_key("additionalProperties") {
            self.tell(below(at, "additionalProperties"), "excludes properties: a field is either an object or a map");
        }
        if is_true(schema, "uniqueItems") {
            self.tell(below(at, "uniqueItems"), "must not be true: write x-kubernetes-list-type set");
        }
        if let Some(pattern) = schema.get("pattern").and_then(Json::as_str)
            && let Err(regex::Error::Syntax(_)) = regex::Regex::new(pattern)
        {
            self.tell(below(at, "pattern"), format!("is \"{pattern}\", which is no regular expression"));
        }
        self.default(schema, at);
        self.required(schema, at);
    }

    fn default(&mut self, schema: &Map<String, Json>, at: &Pointer) {
        let Some(default) = schema.get("default") else { return };
        let wanted = crate::resolve::Reached::Schema(&Json::Object(schema.clone())).value_type();
        if let (Some(wanted), Some(given)) = (wanted, ValueType::of(default))
            && !given.fits(wanted)
            && !is_true(schema, "x-kubernetes-int-or-string")
        {
            self.tell(below(at, "default"), format!("is {}, but the field is {}", given.title(), wanted.title()));
        }
        if let Some(words) = schema.get("enum").and_then(Json::as_array)
            && !words.contains(default)
            && !default.is_null()
        {
            self.tell(below(at, "default"), format!("is {default}, which its own enum does not allow"));
        }
    }

    /// A field that is required but cannot be given, since it would be pruned.
    fn required(&mut self, schema: &Map<String, Json>, at: &Pointer) {
        let Some(properties) = schema.get("properties").and_then(Json::as_object) else { return };
        if is_true(schema, "x-kubernetes-preserve-unknown-fields") || schema.get("type").is_none() {
            return;
        }
        let is_added = |name: &str| self.added.iter().any(|[_, field]| field == name);
        let names: Vec<&str> = properties.keys().map(String::as_str).collect();
        for (index, name) in schema.get("required").and_then(Json::as_array).into_iter().flatten().enumerate() {
            if let Some(name) = name.as_str().filter(|name| !properties.contains_key(*name) && !is_added(name)) {
                let path = below(&below(at, "required"), index);
                let note = fault(path, format!("is \"{name}\", which is not among the properties"));
                self.notes.problem(CODE, note.suggestion(suggest::nearest(name, &names)));
            }
        }
    }
}

/// What other languages call the types.
fn meant_type(word: &str) -> Option<&'static str> {
    match word.to_lowercase().as_str() {
        "str" | "text" => Some("string"),
        "int" | "int32" | "int64" => Some("integer"),
        "bool" => Some("boolean"),
        "float" | "double" => Some("number"),
        "list" => Some("array"),
        "map" | "dict" => Some("object"),
        other => suggest::nearest(other, &TYPES),
    }
}
