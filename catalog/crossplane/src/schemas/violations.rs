//! What keeps a value from fitting a schema, in words of our own.

use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::paths::{Location, LocationSegment};
use jsonschema::{ValidationError, Validator};
use platlint_engine::{Pointer, Segment, suggest};
use serde_json::Value as Json;

use crate::note::below;
use crate::plain_secret::is_secret_name;

/// So many violations of one object are told.
const MOST: usize = 100;
/// Longer values are shown in part.
const LONGEST_SHOWN: usize = 40;

/// One thing that does not fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Violation {
    /// The field.
    pub(crate) path: Pointer,
    /// What is wrong with it, to stand behind its name: `must be a whole number, not a string`.
    pub(crate) fault: String,
    /// What may have been meant.
    pub(crate) suggestion: Option<String>,
}

/// All that is wrong with a value, sorted by place. The value of a field that holds a secret, by its name or the format in its
/// schema, is not shown.
pub(crate) fn violations(validator: &Validator, structural: &Json, value: &Json) -> Vec<Violation> {
    let errors = validator.iter_errors(value).take(MOST);
    let mut found: Vec<Violation> = errors.flat_map(|error| explain(&error, structural)).collect();
    found.sort_by(|left, right| left.path.cmp(&right.path));
    found.dedup();
    found
}

fn explain(error: &ValidationError<'_>, structural: &Json) -> Vec<Violation> {
    use ValidationErrorKind as Kind;
    let path = pointer_of(error.instance_path());
    let instance = error.instance();
    let is_secret = holds_secret(&path, structural);
    let shown = |value: &Json| if is_secret { "a secret value".to_owned() } else { shown(value) };
    let mut suggestion = None;
    let must = |what: String| format!("must be {what}");
    let mut path_told = path.clone();
    let fault = match error.kind() {
        Kind::Required { property } => {
            path_told = below(&path, property.as_str().unwrap_or_default());
            "is missing".to_owned()
        }
        Kind::Type { kind } => must(format!("{}, not {}", types(kind), type_of(instance))),
        Kind::Enum { options } => {
            let words: Vec<&str> = options.as_array().into_iter().flatten().filter_map(Json::as_str).collect();
            suggestion = instance.as_str().and_then(|word| suggest::nearest(word, &words)).map(str::to_owned);
            let all: Vec<String> = options.as_array().into_iter().flatten().map(self::shown).collect();
            must(format!("one of {}, not {}", all.join(", "), shown(instance)))
        }
        Kind::Pattern { pattern } => format!("is {}, which does not match the pattern {pattern}", shown(instance)),
        Kind::Minimum { limit } => must(format!("at least {limit}, not {}", shown(instance))),
        Kind::Maximum { limit } => must(format!("at most {limit}, not {}", shown(instance))),
        Kind::ExclusiveMinimum { limit } => must(format!("more than {limit}, not {}", shown(instance))),
        Kind::ExclusiveMaximum { limit } => must(format!("less than {limit}, not {}", shown(instance))),
        Kind::MultipleOf { multiple_of } => must(format!("a multiple of {multiple_of}, not {}", shown(instance))),
        Kind::MinLength { limit: 1 } | Kind::MinItems { limit: 1 } | Kind::MinProperties { limit: 1 } => {
            "must not be empty".to_owned()
        }
        Kind::MinLength { limit } => must(format!("at least {limit} characters long")),
        Kind::MaxLength { limit } => must(format!("at most {limit} characters long")),
        Kind::MinItems { limit } | Kind::MinProperties { limit } => format!("must have at least {limit} entries"),
        Kind::MaxItems { limit } | Kind::MaxProperties { limit } => format!("must have at most {limit} entries"),
        Kind::UniqueItems => "must not hold anything twice".to_owned(),
        Kind::AnyOf { context } | Kind::OneOfNotValid { context } => {
            return alternatives(context, path, structural);
        }
        Kind::OneOfMultipleValid { .. } => {
            "fits several alternatives of its schema, of which only one may hold".to_owned()
        }
        Kind::Not { .. } => "has a form that its schema rules out".to_owned(),
        _ => "does not fit its schema".to_owned(),
    };
    vec![Violation { path: path_told, fault, suggestion }]
}

/// Where one alternative is nearly right, what keeps it from being right; otherwise that none fits.
fn alternatives(context: &[Vec<ValidationError<'static>>], path: Pointer, structural: &Json) -> Vec<Violation> {
    let missing: Option<Vec<&str>> = context
        .iter()
        .map(|errors| match errors.as_slice() {
            [one] => match one.kind() {
                ValidationErrorKind::Required { property } => property.as_str(),
                _ => None,
            },
            _ => None,
        })
        .collect();
    if let Some(keys) = missing {
        return vec![Violation { path, fault: format!("must have {}", keys.join(" or ")), suggestion: None }];
    }
    if let [only] = context {
        return only.iter().flat_map(|error| explain(error, structural)).collect();
    }
    vec![Violation { path, fault: "fits none of the alternatives of its schema".to_owned(), suggestion: None }]
}

/// Whether a field holds a secret: its name says so, or the format `password`.
fn holds_secret(path: &Pointer, structural: &Json) -> bool {
    let name = path.0.iter().rev().find_map(|segment| match segment {
        Segment::Key(key) => Some(key),
        Segment::Index(_) => None,
    });
    let mut schema = Some(structural);
    for segment in &path.0 {
        schema = schema.and_then(|schema| match segment {
            Segment::Index(_) => schema.get("items"),
            Segment::Key(key) => schema
                .get("properties")
                .and_then(|properties| properties.get(&**key))
                .or_else(|| schema.get("additionalProperties")),
        });
    }
    name.is_some_and(|name| is_secret_name(name))
        || schema.and_then(|schema| schema.get("format")).is_some_and(|format| format == "password")
}

fn pointer_of(location: &Location) -> Pointer {
    location
        .into_iter()
        .map(|segment| match segment {
            LocationSegment::Property(key) => key.as_ref().into(),
            LocationSegment::Index(index) => index.into(),
        })
        .collect()
}

fn types(kind: &TypeKind) -> String {
    match kind {
        TypeKind::Single(one) => with_article(one.as_str()).to_owned(),
        TypeKind::Multiple(several) => {
            let names: Vec<&str> =
                several.iter().filter(|one| one.as_str() != "null").map(|one| with_article(one.as_str())).collect();
            names.join(" or ")
        }
    }
}

/// The type of a value, with its article.
const fn type_of(value: &Json) -> &'static str {
    match value {
        Json::Null => "empty",
        Json::Bool(_) => "true or false",
        Json::Number(_) => "a number",
        Json::String(_) => "a string",
        Json::Array(_) => "a list",
        Json::Object(_) => "a map",
    }
}

/// A type of a schema, as writers of YAML call it.
pub(crate) fn with_article(name: &str) -> &'static str {
    match name {
        "boolean" => "true or false",
        "integer" => "a whole number",
        "number" => "a number",
        "string" => "a string",
        "array" => "a list",
        "object" => "a map",
        _ => "of another type",
    }
}

/// A value in a message: scalars as they are, cut where they are long.
fn shown(value: &Json) -> String {
    match value {
        Json::Array(_) | Json::Object(_) => type_of(value).to_owned(),
        _ => {
            let text = value.to_string();
            if text.chars().count() <= LONGEST_SHOWN {
                return text;
            }
            format!("{}…", text.chars().take(LONGEST_SHOWN).collect::<String>())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::convert::{Missing, validator};
    use super::*;
    use serde_json::json;

    fn told(schema: &Json, value: &Json) -> Vec<String> {
        let validator = validator(schema, Missing::IsWrong).unwrap();
        violations(&validator, schema, value).iter().map(|found| format!("{} {}", found.path, found.fault)).collect()
    }

    #[test]
    fn says_where_and_what() {
        let schema = json!({"type": "object", "required": ["name"], "properties": {
            "name": {"type": "string"},
            "size": {"type": "string", "enum": ["small", "large"]},
            "port": {"type": "integer", "maximum": 10},
            "zone": {"type": "string", "pattern": "^[a-z]$"},
        }});
        let value = json!({"size": "lrge", "port": 11, "zone": "A"});
        assert_eq!(
            told(&schema, &value),
            [
                "/name is missing",
                "/port must be at most 10, not 11",
                "/size must be one of \"small\", \"large\", not \"lrge\"",
                "/zone is \"A\", which does not match the pattern ^[a-z]$",
            ]
        );
        assert_eq!(told(&schema, &json!({"name": 1})), ["/name must be a string, not a number"]);
    }

    #[test]
    fn shows_no_secret() {
        let schema = json!({"type": "object", "properties": {
            "password": {"type": "string", "pattern": "^.{16,}$"},
            "apiKey": {"type": "string", "enum": ["a"]},
            "pins": {"type": "array", "items": {"type": "integer", "minimum": 100_000, "format": "password"}},
            "tokens": {"type": "object", "additionalProperties": {"type": "string", "format": "password", "enum": []}},
        }});
        let value = json!({"password": "hunter2", "apiKey": "hunter2", "pins": [1234], "tokens": {"x": "hunter2"}});
        let told = told(&schema, &value);
        assert_eq!(told.len(), 4);
        assert!(told.iter().all(|line| !line.contains("hunter2") && !line.contains("1234")), "{told:?}");
    }

    #[test]
    fn names_the_fields_of_which_one_must_be_there() {
        let schema = json!({"type": "object", "oneOf": [{"required": ["a"]}, {"required": ["b"]}]});
        assert_eq!(told(&schema, &json!({})), [" must have a or b"]);
    }
}
