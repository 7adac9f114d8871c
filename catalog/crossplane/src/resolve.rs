//! Follows a field path through a structural schema.

use serde_json::{Map, Value as Json};

use crate::field_path::Step;
use crate::schemas::{Field, field, is_true, meant, names, with_article};

/// Where a path leads.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Reached<'s> {
    /// To this field.
    Schema(&'s Json),
    /// Below something of which the schema says nothing.
    Open,
}

/// Why a path leads nowhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Miss {
    /// The step that leads nowhere, as it is written.
    pub(crate) step: String,
    /// What is wrong: `spec has no field "nmae"`.
    pub(crate) fault: String,
    /// The step that may have been meant.
    pub(crate) suggestion: Option<String>,
}

/// What a value is, as far as transforms tell types apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ValueType {
    Text,
    Bool,
    Integer,
    Number,
    List,
    Map,
}

impl ValueType {
    /// With its article, as in messages.
    pub(crate) const fn title(self) -> &'static str {
        match self {
            Self::Text => "a string",
            Self::Bool => "true or false",
            Self::Integer => "a whole number",
            Self::Number => "a number",
            Self::List => "a list",
            Self::Map => "a map",
        }
    }

    /// The type of a value.
    pub(crate) fn of(value: &Json) -> Option<Self> {
        Some(match value {
            Json::Null => return None,
            Json::Bool(_) => Self::Bool,
            Json::Number(number) if number.is_f64() => Self::Number,
            Json::Number(_) => Self::Integer,
            Json::String(_) => Self::Text,
            Json::Array(_) => Self::List,
            Json::Object(_) => Self::Map,
        })
    }

    /// Whether a field of type `to` takes such a value. Whole numbers are numbers, and numbers may be whole.
    pub(crate) fn fits(self, to: Self) -> bool {
        let is_number = |kind| matches!(kind, Self::Integer | Self::Number);
        self == to || is_number(self) && is_number(to)
    }
}

impl Reached<'_> {
    /// The type of the field; `None` where several are possible or nothing is known.
    pub(crate) fn value_type(self) -> Option<ValueType> {
        let Self::Schema(schema) = self else { return None };
        Some(match schema.get("type")?.as_str()? {
            "string" => ValueType::Text,
            "boolean" => ValueType::Bool,
            "integer" => ValueType::Integer,
            "number" => ValueType::Number,
            "array" => ValueType::List,
            "object" => ValueType::Map,
            _ => return None,
        })
    }
}

/// Follows a path from the root of an object.
pub(crate) fn resolve<'s>(structural: &'s Json, steps: &[Step]) -> Result<Reached<'s>, Miss> {
    let mut at = Reached::Schema(structural);
    let mut walked = String::new();
    for step in steps {
        let Reached::Schema(Json::Object(schema)) = at else { return Ok(Reached::Open) };
        at = follow(schema, step, if walked.is_empty() { "it" } else { &walked })?;
        match step {
            Step::Field(name) if walked.is_empty() => walked.clone_from(name),
            Step::Field(name) if name.contains('.') => walked = format!("{walked}[{name}]"),
            Step::Field(name) => walked = format!("{walked}.{name}"),
            Step::Index(_) | Step::Every => walked = format!("{walked}[{}]", step.text()),
        }
    }
    Ok(at)
}

fn follow<'s>(schema: &'s Map<String, Json>, step: &Step, walked: &str) -> Result<Reached<'s>, Miss> {
    let kind = schema.get("type").and_then(Json::as_str);
    let miss = |fault: String| Err(Miss { step: step.text(), fault, suggestion: None });
    if kind.is_none() || is_true(schema, "x-kubernetes-int-or-string") {
        return Ok(Reached::Open);
    }
    match (step, kind) {
        (Step::Field(name), Some("object")) => match field(schema, name) {
            Field::Known(found) => Ok(Reached::Schema(found)),
            Field::Open => Ok(Reached::Open),
            Field::Unknown => Err(Miss {
                step: step.text(),
                fault: format!("{walked} has no field \"{name}\""),
                suggestion: meant(schema, name, &names(schema)),
            }),
        },
        (Step::Field(name), Some("array")) => {
            miss(format!("{walked} is a list, and \"{name}\" needs an index or [*] before it"))
        }
        (Step::Index(index), Some("object")) => miss(format!("{walked} is a map and has no index {index}")),
        (Step::Index(_) | Step::Every, Some("array")) => Ok(schema.get("items").map_or(Reached::Open, Reached::Schema)),
        (Step::Every, Some("object")) => {
            let values = schema.get("additionalProperties").filter(|values| values.is_object());
            Ok(values.map_or(Reached::Open, Reached::Schema))
        }
        (_, kind) => {
            let kind = with_article(kind.unwrap_or_default());
            miss(format!("{walked} is {kind}, which has nothing below it"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::field_path::parse;
    use serde_json::json;

    fn schema() -> Json {
        json!({"type": "object", "properties": {"spec": {"type": "object", "properties": {
            "size": {"type": "string"},
            "ports": {"type": "array", "items": {"type": "object", "properties": {"name": {"type": "string"}}}},
            "tags": {"type": "object", "additionalProperties": {"type": "integer"}},
            "open": {"type": "object", "x-kubernetes-preserve-unknown-fields": true},
        }}}})
    }

    fn kind(path: &str) -> Result<Option<ValueType>, Miss> {
        resolve(&schema(), &parse(path).unwrap()).map(Reached::value_type)
    }

    #[test]
    fn follows_fields_indexes_wildcards_and_maps() {
        assert_eq!(kind("spec.size"), Ok(Some(ValueType::Text)));
        assert_eq!(kind("spec.ports[0].name"), Ok(Some(ValueType::Text)));
        assert_eq!(kind("spec.ports[*]"), Ok(Some(ValueType::Map)));
        assert_eq!(kind("spec.tags[a.b]"), Ok(Some(ValueType::Integer)));
        assert_eq!(kind("spec.open.any[3].thing"), Ok(None));
        assert_eq!(kind(""), Ok(Some(ValueType::Map)));
    }

    #[test]
    fn says_which_step_leads_nowhere_and_what_was_meant() {
        let miss = kind("spec.sise").unwrap_err();
        assert_eq!((&*miss.step, miss.suggestion.as_deref()), ("sise", Some("size")));
        assert_eq!(miss.fault, "spec has no field \"sise\"");
        assert_eq!(kind("spec.ports.name").unwrap_err().step, "name");
        assert_eq!(kind("spec.size.x").unwrap_err().fault, "spec.size is a string, which has nothing below it");
        assert!(kind("spec[0]").is_err());
    }
}
