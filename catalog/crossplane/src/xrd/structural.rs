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

/// Keywords whose values are of one type, with its name.
const VALUES: [(&str, &str); 11] = [
    ("allOf", "a list"),
    ("anyOf", "a list"),
    ("description", "a string"),
    ("enum", "a list"),
    ("nullable", "true or false"),
    ("oneOf", "a list"),
    ("pattern", "a string"),
    ("properties", "a map"),
    ("required", "a list"),
    ("x-kubernetes-int-or-string", "true or false"),
    ("x-kubernetes-preserve-unknown-fields", "true or false"),
];

/// Notes what keeps a schema from being structural.
/// `added` are the fields that Crossplane adds.
pub(super) fn note(schema: &Json, at: &Pointer, added: &[[String; 2]], notes: &mut Notes) {
    Walk { added, notes }.look(schema, at, Place::Root, 0);
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// The schema of the whole object, and those of `spec`, `status` and `metadata`: Crossplane writes their types itself.
    Root,
    Part,
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
            Place::Root | Place::Part => {}
            Place::Alternative => self.alternative(schema, at),
        }
        self.values(schema, at);
        let next = depth.saturating_add(1);
        let inner = match place {
            Place::Root => Place::Part,
            Place::Alternative => Place::Alternative,
            Place::Part | Place::Field => Place::Field,
        };
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
        for (key, wanted) in VALUES {
            let is_right = schema.get(key).is_none_or(|value| match value {
                Json::Array(_) => wanted == "a list",
                Json::Bool(_) => wanted == "true or false",
                Json::Object(_) => wanted == "a map",
                Json::String(_) => wanted == "a string",
                Json::Null => true,
                Json::Number(_) => false,
            });
            if !is_right {
                self.tell(below(at, key), format!("must be {wanted}"));
            }
        }
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
            && crate::go_regex::is_refused(pattern)
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
            let last = at.0.last().and_then(|segment| match segment {
                platlint_engine::Segment::Key(key) => Some(&**key),
                platlint_engine::Segment::Index(_) => None,
            });
            let is_secret = last.is_some_and(crate::plain_secret::is_secret_name);
            let shown = if is_secret { "a value".to_owned() } else { default.to_string() };
            self.tell(below(at, "default"), format!("is {shown}, which its own enum does not allow"));
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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// What is noted of the schema of a field `spec.a`.
    fn told(field: &Json) -> Vec<String> {
        let schema = json!({"properties": {"spec": {"properties": {"a": field}}}});
        let mut notes = Notes::default();
        note(&schema, &Pointer::root(), &[], &mut notes);
        let text = |note: &platlint_facts::Note, key: &str| {
            note.detail(key).and_then(Json::as_str).unwrap_or_default().to_owned()
        };
        notes
            .problems(CODE)
            .iter()
            .map(|note| text(note, "field").replace("properties.spec.properties.", "") + " " + &text(note, "fault"))
            .collect()
    }

    #[test]
    fn every_field_has_a_type_unless_anything_goes() {
        assert_eq!(told(&json!({"description": "x"})), ["a.type is missing"]);
        assert_eq!(told(&json!({"x-kubernetes-preserve-unknown-fields": true})), [""; 0]);
        assert_eq!(told(&json!({"type": "array"})), ["a.items is missing: a list needs the schema of its items"]);
    }

    #[test]
    fn alternatives_say_nothing_of_types_but_of_both_types_of_a_port() {
        let port = json!({"x-kubernetes-int-or-string": true, "anyOf": [{"type": "integer"}, {"type": "string"}]});
        assert_eq!(told(&port), [""; 0]);
        let typed = json!({"type": "object", "oneOf": [{"type": "object", "required": ["b"]}]});
        assert_eq!(told(&typed), ["a.oneOf[0].type is not allowed in alternatives: it belongs to the field itself"]);
    }

    #[test]
    fn a_default_fits_its_own_field() {
        assert_eq!(told(&json!({"type": "integer", "default": 3})), [""; 0]);
        assert_eq!(told(&json!({"type": "number", "default": 3})), [""; 0]);
        assert_eq!(told(&json!({"type": "integer", "default": "3"})).len(), 1);
        assert_eq!(told(&json!({"type": "string", "enum": ["a"], "default": "b"})).len(), 1);
    }

    #[test]
    fn keywords_have_values_of_their_type() {
        assert_eq!(told(&json!({"type": "string", "enum": "b"})), ["a.enum must be a list"]);
        assert_eq!(told(&json!({"type": "string", "nullable": "true"})), ["a.nullable must be true or false"]);
    }

    #[test]
    fn what_is_required_is_among_the_properties() {
        let schema =
            |name: &str| json!({"type": "object", "properties": {"name": {"type": "string"}}, "required": [name]});
        assert_eq!(told(&schema("name")), [""; 0]);
        assert_eq!(told(&schema("nmae")), ["a.required[0] is \"nmae\", which is not among the properties"]);
    }

    #[test]
    fn a_schema_that_is_nested_too_deep_is_left_alone() {
        let deep =
            (0..500).fold(json!({"type": "strong"}), |inner, _| json!({"type": "object", "properties": {"a": inner}}));
        assert_eq!(told(&deep), [""; 0]);
    }
}
