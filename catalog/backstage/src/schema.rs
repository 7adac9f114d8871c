//! Structure: metadata and spec against their JSON Schemas, all problems at once, and keys that are near to known ones.
//! Formats of texts are left to `envelope`.

use std::collections::BTreeMap;
use std::sync::{LazyLock, OnceLock};

use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::paths::{Location, LocationSegment};
use jsonschema::{ValidationError, Validator};
use platlint_engine::{Pointer, Segment, Value, at, get_str, suggest};
use platlint_facts::{Note, Notes, entries, items};
use serde_json::{Value as Json, json};

use crate::INVALID;
use crate::keys::Keys;
use crate::outline::Outline;
use crate::placeholder::{filled_later, placeholder};

/// One definition of the catalog's schema, ready to be used.
pub(crate) struct Schema {
    name: &'static str,
    /// Compiled on first need: all of them take longer than thousands of entities.
    validator: OnceLock<Option<Validator>>,
    keys: Option<Keys>,
    outline: Outline,
}

/// The document that holds all definitions.
static DOCUMENT: LazyLock<Json> =
    LazyLock::new(|| serde_json::from_str(include_str!("schemas/catalog.json")).unwrap_or_default());

/// Every definition by name.
static SCHEMAS: LazyLock<BTreeMap<&'static str, Schema>> = LazyLock::new(|| {
    let definitions = DOCUMENT.get("$defs").and_then(Json::as_object).into_iter().flatten();
    definitions.map(|(name, node)| (name.as_str(), Schema::of(name, node))).collect()
});

#[cfg(test)]
pub(crate) fn all() -> impl Iterator<Item = &'static Schema> {
    SCHEMAS.values()
}

#[cfg(test)]
pub(crate) fn all_keys() -> impl Iterator<Item = &'static Keys> {
    all().filter_map(|schema| schema.keys.as_ref())
}

/// The schema of metadata.
pub(crate) fn metadata() -> Option<&'static Schema> {
    SCHEMAS.get("metadata")
}

/// The schema of a kind's spec, which may depend on `spec.type`; `None` where Backstage itself does not know the kind.
pub(crate) fn spec(kind: &str, spec: &Value) -> Option<&'static Schema> {
    let kind_of_type = get_str(spec, "type").filter(|_| matches!(kind, "API" | "AiResource")).and_then(|of_type| {
        // Only newer installations know that such an API has remotes and no definition.
        let is_plain = &**of_type == "mcp-server"
            && platlint_engine::get(spec, "remotes").is_none()
            && platlint_engine::get(spec, "definition").is_some();
        SCHEMAS.get(&*format!("{kind} {of_type}")).filter(|_| !is_plain)
    });
    kind_of_type.or_else(|| SCHEMAS.get(kind))
}

impl Schema {
    fn of(name: &'static str, node: &'static Json) -> Self {
        Self {
            name,
            validator: OnceLock::new(),
            keys: Keys::of(node, &DOCUMENT),
            outline: Outline::of(node, &DOCUMENT),
        }
    }

    #[cfg(test)]
    pub(crate) fn outline(&self) -> &Outline {
        &self.outline
    }

    /// What the validator says, whatever the outline does.
    #[cfg(test)]
    pub(crate) fn is_valid(&self, value: &Value) -> bool {
        self.validator().unwrap().is_valid(&self.plain(value))
    }

    fn validator(&self) -> Option<&Validator> {
        let compiled = self.validator.get_or_init(|| {
            let reference = format!("#/$defs/{}", self.name.replace(' ', "%20"));
            let root = json!({"$ref": reference, "$defs": DOCUMENT.get("$defs")});
            jsonschema::options().with_draft(jsonschema::Draft::Draft202012).build(&root).ok()
        });
        compiled.as_ref()
    }

    /// Notes everything that is wrong with `value`, which stands under the root key `under`. Of owners the rule
    /// `owner-annotation` speaks, so that one mistake is told once.
    pub(crate) fn check(&self, value: &Value, under: &str, notes: &mut Notes) {
        if self.outline.fits(value) {
            return;
        }
        let Some(validator) = self.validator() else { return };
        let plain = self.plain(value);
        if validator.is_valid(&plain) {
            return;
        }
        for error in validator.iter_errors(&plain) {
            let inner = path_of(error.instance_path());
            let path = inner.under(&Pointer(vec![under.into()]));
            if let Some(reason) = at(value, &inner).and_then(filled_later) {
                notes.unknown(INVALID, path, reason);
                continue;
            }
            let note = explained(&error, path, at(value, &inner));
            if *note.path() != Pointer(vec!["spec".into(), "owner".into()]) {
                notes.problem(INVALID, note);
            }
        }
    }

    /// A copy for the validator.
    fn plain(&self, value: &Value) -> Json {
        match value {
            Value::Object(_) => self.known_part(value),
            other => plain(other),
        }
    }

    /// The keys of the map that the schema speaks of: nobody needs a copy of the others.
    fn known_part(&self, value: &Value) -> Json {
        entries(value)
            .filter(|(key, _)| self.keys.as_ref().is_some_and(|keys| keys.has(key)))
            .map(|(key, value)| (key.to_owned(), plain(value)))
            .collect()
    }

    /// Calls `found` with the place of each key that is not known but near to a known one that is missing, and with that.
    pub(crate) fn misspelt(&self, value: &Value, under: &str, found: &mut impl FnMut(Pointer, &str)) {
        if let Some(keys) = &self.keys {
            keys.misspelt(value, &mut vec![under.into()], found);
        }
    }
}

/// A copy for the validator, in which a placeholder is a text: its file is likely to hold one.
fn plain(value: &Value) -> Json {
    match value {
        Value::Null | Value::Undefined => Json::Null,
        Value::Bool(yes) => Json::Bool(*yes),
        Value::String(text) => Json::String(text.to_string()),
        Value::Object(_) if placeholder(value).is_some() => Json::String("taken from another file".to_owned()),
        Value::Object(_) => entries(value).map(|(key, value)| (key.to_owned(), plain(value))).collect(),
        Value::Array(_) => items(value).map(plain).collect(),
        other => platlint_engine::to_json(other),
    }
}

fn path_of(location: &Location) -> Pointer {
    location
        .into_iter()
        .map(|segment| match segment {
            LocationSegment::Property(key) => Segment::from(&*key),
            LocationSegment::Index(index) => Segment::Index(index),
        })
        .collect()
}

/// What is wrong, in details that a rule can phrase.
fn explained(error: &ValidationError<'_>, path: Pointer, found: Option<&Value>) -> Note {
    match error.kind() {
        ValidationErrorKind::Required { property } => {
            let mut path = path;
            path.0.push(property.as_str().unwrap_or_default().into());
            problem("missing", path)
        }
        ValidationErrorKind::Type { kind } => {
            let note = problem("wrong-type", path).with("expected", expected(kind));
            found.map_or(note.clone(), |found| with_found(note, found))
        }
        ValidationErrorKind::MinLength { .. } | ValidationErrorKind::MinItems { .. } => problem("empty", path),
        ValidationErrorKind::MaxLength { limit } => problem("too-long", path).with("longest", *limit),
        ValidationErrorKind::Enum { options } => {
            let allowed: Vec<&str> = options.as_array().into_iter().flatten().filter_map(Json::as_str).collect();
            let word = error.instance().as_str();
            problem("not-allowed", path)
                .maybe("value", word)
                .suggestion(word.and_then(|word| suggest::nearest(word, &allowed)))
                .with("allowed", allowed)
        }
        other => problem("other", path).with("keyword", other.keyword()),
    }
}

/// What stands there instead, in words; for scalars also that quotes make a text of them, and how, where the number does not
/// lose what was written (1.10 is read as 1.1).
fn with_found(note: Note, found: &Value) -> Note {
    let written = match found {
        Value::Bool(yes) => Some(yes.to_string()),
        Value::Number(_) => {
            Some(platlint_engine::to_json(found).to_string()).filter(|number| !number.contains(['.', 'e']))
        }
        _ => None,
    };
    let words = match (found, &written) {
        (Value::Null | Value::Undefined, _) => "empty".to_owned(),
        (Value::Bool(_), Some(yes)) => yes.clone(),
        (Value::Number(_), Some(number)) => format!("the number {number}"),
        (Value::Number(_), None) => "a number".to_owned(),
        (Value::String(_), _) => "a string".to_owned(),
        (Value::Array(_), _) => "a list".to_owned(),
        _ => "a map".to_owned(),
    };
    let is_scalar = matches!(found, Value::Bool(_) | Value::Number(_));
    note.with("found", words).maybe("unquoted", is_scalar.then_some(true)).maybe("quoted", written)
}

/// Types as writers of YAML call them.
fn expected(kind: &TypeKind) -> &'static str {
    match kind {
        TypeKind::Single(one) => match one.as_str() {
            "string" => "a string",
            "array" => "a list",
            "object" => "a map",
            "boolean" => "true or false",
            _ => "a number",
        },
        TypeKind::Multiple(_) => "of another type",
    }
}

/// A note that an entity is invalid: what kind of problem, and the field's name as people write it.
pub(crate) fn problem(problem: &str, path: Pointer) -> Note {
    let field = shown(&path);
    Note::at(path).with("problem", problem).with("field", field)
}

/// A path as people write it: `metadata.tags[0]`, `metadata.annotations["a.b/c"]`.
pub(crate) fn shown(path: &Pointer) -> String {
    let mut text = String::new();
    for segment in &path.0 {
        match segment {
            Segment::Key(key) if key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') => {
                if !text.is_empty() {
                    text.push('.');
                }
                text.push_str(key);
            }
            Segment::Key(key) => text.extend(["[", &Json::from(&**key).to_string(), "]"]),
            Segment::Index(index) => text.extend(["[", &index.to_string(), "]"]),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use platlint_facts::path_of as keys;

    fn checked(schema: &Schema, value: Json) -> Json {
        let mut notes = Notes::default();
        schema.check(&Value::from(value), "spec", &mut notes);
        platlint_engine::to_json(&notes.into_value())
    }

    #[test]
    fn every_definition_compiles() {
        assert_eq!(SCHEMAS.len(), DOCUMENT["$defs"].as_object().unwrap().len());
        for (name, schema) in &*SCHEMAS {
            assert!(schema.validator().is_some(), "{name}");
        }
        assert_eq!(crate::kind::WELL_KNOWN.iter().filter(|known| !SCHEMAS.contains_key(known.kind)).count(), 1);
    }

    #[test]
    fn notes_all_problems_at_once() {
        let found =
            checked(&SCHEMAS["Component"], json!({"type": 7, "owner": "", "providesApis": "x", "system": null}));
        assert_eq!(
            found["problems"]["invalid-entity"],
            json!([
                {"path": ["spec", "lifecycle"], "field": "spec.lifecycle", "problem": "missing"},
                {"path": ["spec", "providesApis"], "field": "spec.providesApis", "problem": "wrong-type",
                 "expected": "a list", "found": "a string"},
                {"path": ["spec", "system"], "field": "spec.system", "problem": "wrong-type",
                 "expected": "a string", "found": "empty"},
                {"path": ["spec", "type"], "field": "spec.type", "problem": "wrong-type", "expected": "a string",
                 "found": "the number 7", "quoted": "7", "unquoted": true},
            ])
        );
    }

    #[test]
    fn offers_the_word_that_was_meant() {
        let found = checked(&SCHEMAS["Location"], json!({"presence": "optionl"}));
        let note = &found["problems"]["invalid-entity"][0];
        assert_eq!((&note["problem"], &note["suggestion"]), (&json!("not-allowed"), &json!("optional")));
    }

    #[test]
    fn what_is_filled_in_later_is_not_wrong() {
        let definition =
            json!({"type": "openapi", "lifecycle": "x", "owner": "a", "definition": {"$text": "./a.yaml"}});
        assert_eq!(checked(&SCHEMAS["API"], definition)["problems"], json!({}));
        let found =
            checked(&SCHEMAS["Location"], json!({"presence": "${{ values.presence }}", "targets": {"$yaml": "a"}}));
        assert_eq!(found["problems"], json!({}));
        assert_eq!(found["unknown"]["invalid-entity"].as_array().unwrap().len(), 2);
    }

    #[test]
    fn finds_misspelt_keys_at_any_depth() {
        let mut found = Vec::new();
        let value = json!({"nmae": "a", "links": [{"url": "x", "titel": "y"}], "custom": 1, "tag": [], "tags": []});
        SCHEMAS["metadata"].misspelt(&Value::from(value), "metadata", &mut |path, nearest| {
            found.push(format!("{path} {nearest}"));
        });
        assert_eq!(found, ["/metadata/links/0/titel title", "/metadata/nmae name"]);
    }

    #[test]
    fn the_schema_depends_on_the_type() {
        let of = |kind: &str, value: Json| spec(kind, &Value::from(value)).unwrap().name;
        assert_eq!(of("API", json!({"type": "mcp-server", "remotes": []})), "API mcp-server");
        assert_eq!(of("API", json!({"type": "mcp-server", "definition": "x"})), "API");
        assert_eq!(of("AiResource", json!({"type": "rule"})), "AiResource rule");
        assert_eq!(of("AiResource", json!({"type": "other"})), "AiResource");
        assert_eq!(of("Component", json!({"type": "service"})), "Component");
    }

    #[test]
    fn shows_paths_as_people_write_them() {
        let path = Pointer(vec!["metadata".into(), "tags".into(), 0.into()]);
        assert_eq!(shown(&path), "metadata.tags[0]");
        assert_eq!(shown(&keys(&["metadata", "annotations", "a.b/c"])), "metadata.annotations[\"a.b/c\"]");
    }
}
