//! Whether a value surely follows its schema. Nearly every entity does, and is then spared the copy that the validator reads.
//! Where it is not sure, here or of a keyword, the validator decides: this says less than the schema, never more.

use platlint_engine::Value;
use platlint_facts::entries;
use serde_json::Value as Json;

use crate::placeholder::placeholder;

/// Schemas are not so deep; of one that contains itself nothing is sure.
const DEEPEST: usize = 16;
/// Keywords that ask nothing of a value.
const SILENT: [&str; 2] = ["$comment", "readOnly"];

/// What a schema asks of a value.
#[derive(Debug)]
pub(crate) enum Outline {
    /// Nothing.
    Any,
    /// More than is known here.
    Unsure,
    /// A text of at least so many letters: none, or one.
    Text { least: usize },
    /// A list of so many items at least.
    List { least: usize, items: Box<Outline> },
    /// A map with these keys, of which some must be there, and others.
    Map { known: Vec<(&'static str, Outline)>, required: Vec<&'static str>, others: Box<Outline> },
}

impl Outline {
    /// That of a schema in `document`, which references lead into.
    pub(crate) fn of(node: &'static Json, document: &'static Json) -> Self {
        Self::down_to(node, document, DEEPEST).unwrap_or(Self::Unsure)
    }

    fn down_to(node: &'static Json, document: &'static Json, depth: usize) -> Option<Self> {
        let depth = depth.checked_sub(1)?;
        let asked = |node: &'static Json| {
            let keywords = node.as_object()?.iter().filter(|(keyword, _)| !SILENT.contains(&keyword.as_str()));
            Some(keywords.map(|(keyword, value)| (keyword.as_str(), value)).collect::<Vec<_>>())
        };
        let mut keywords = asked(node)?;
        if let [("$ref", reference)] = *keywords {
            keywords = asked(document.pointer(reference.as_str()?.strip_prefix('#')?)?)?;
        }
        let below = |node| Self::down_to(node, document, depth).unwrap_or(Self::Unsure);
        let (mut of_type, mut least, mut items, mut others) = (None, 0, Self::Any, Self::Any);
        let (mut known, mut required) = (Vec::new(), Vec::new());
        for (keyword, value) in keywords {
            match keyword {
                "type" => of_type = Some(value.as_str()?),
                "minLength" | "minItems" => least = usize::try_from(value.as_u64()?).ok()?,
                "items" => items = below(value),
                "additionalProperties" => others = below(value),
                "properties" => {
                    known = value.as_object()?.iter().map(|(key, node)| (key.as_str(), below(node))).collect();
                    known.sort_by_key(|(key, _)| *key);
                }
                "required" => required = value.as_array()?.iter().map(Json::as_str).collect::<Option<_>>()?,
                _ => return None,
            }
        }
        match of_type {
            None if known.is_empty() && required.is_empty() && least == 0 => {
                matches!((items, others), (Self::Any, Self::Any)).then_some(Self::Any)
            }
            // Whether there is a letter at all, bytes tell as well.
            Some("string") if least < 2 => Some(Self::Text { least }),
            Some("array") => Some(Self::List { least, items: items.into() }),
            Some("object") => Some(Self::Map { known, required, others: others.into() }),
            _ => None,
        }
    }

    /// Whether the value surely follows the schema. What stands for something else is never sure.
    pub(crate) fn fits(&self, value: &Value) -> bool {
        match (self, value) {
            (Self::Any, _) => true,
            (Self::Text { least }, Value::String(text)) => text.len() >= *least,
            (Self::List { least, items }, Value::Array(list)) => {
                list.len() >= *least && list.iter().all(|item| items.fits(item))
            }
            (Self::Map { known, required, others }, Value::Object(_)) if placeholder(value).is_none() => {
                let mut met = 0;
                let fits = entries(value).all(|(key, value)| {
                    met += usize::from(required.contains(&key));
                    let place = known.binary_search_by_key(&key, |(name, _)| name);
                    let outline = place.ok().and_then(|place| known.get(place));
                    outline.map_or(&**others, |(_, outline)| outline).fits(value)
                });
                fits && met == required.len()
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{self, Schema};
    use serde_json::json;

    /// Values that are right somewhere and wrong elsewhere.
    fn others() -> Vec<Json> {
        let text = "x".repeat(501);
        vec![
            json!(null),
            json!(true),
            json!(7),
            json!(""),
            json!("x"),
            json!(text),
            json!([]),
            json!([""]),
            json!(["x"]),
            json!([7]),
            json!({}),
            json!({"x": "y"}),
            json!({"x": 7}),
            json!({"url": "x"}),
            json!({"$text": "./x"}),
        ]
    }

    /// An entity's parts, right in every field that a schema knows.
    fn right() -> Vec<(&'static Schema, Json)> {
        let spec = |kind, value: Json| (schema::spec(kind, &Value::from(value.clone())).unwrap(), value);
        let metadata = json!({"name": "cart", "title": "Cart", "labels": {"a": "b"}, "annotations": {"a/b": "c"},
            "tags": ["a"], "links": [{"url": "https://example.org", "title": "x"}], "custom": {"any": [1]}});
        vec![
            (schema::metadata().unwrap(), metadata),
            spec("Component", json!({"type": "service", "lifecycle": "production", "owner": "a", "dependsOn": ["b"]})),
            spec("API", json!({"type": "openapi", "lifecycle": "production", "owner": "a", "definition": "x"})),
            spec(
                "API",
                json!({"type": "mcp-server", "lifecycle": "x", "owner": "a", "remotes": [{"type": "x", "url": "y"}]}),
            ),
            spec("AiResource", json!({"type": "skill", "lifecycle": "x", "owner": "a", "dependsOn": ["b"]})),
            spec("Resource", json!({"type": "database", "owner": "a"})),
            spec("System", json!({"owner": "a", "domain": "b"})),
            spec("Domain", json!({"owner": "a"})),
            spec("Group", json!({"type": "team", "children": [], "profile": {"email": "a"}})),
            spec("User", json!({"memberOf": ["a"]})),
            spec("Location", json!({"targets": ["a"], "presence": "required"})),
        ]
    }

    /// The same value with each of the others in the place of each field, list item and nested field, and with it added.
    fn variations(value: &Json) -> Vec<Json> {
        let mut all = others();
        match value {
            Json::Object(map) => {
                for (key, below) in map {
                    let mut without = map.clone();
                    without.remove(key);
                    all.push(without.into());
                    all.extend(variations(below).into_iter().map(|varied| {
                        let mut map = map.clone();
                        map.insert(key.clone(), varied);
                        map.into()
                    }));
                }
                for key in ["owner", "profile", "presence", "compatibility", "another"] {
                    all.extend(others().into_iter().map(|other| {
                        let mut map = map.clone();
                        map.insert(key.to_owned(), other);
                        map.into()
                    }));
                }
            }
            Json::Array(list) => {
                for (at, below) in list.iter().enumerate() {
                    all.extend(variations(below).into_iter().map(|varied| {
                        let mut list = list.clone();
                        list[at] = varied;
                        list.into()
                    }));
                }
            }
            _ => {}
        }
        all
    }

    #[test]
    fn what_is_sure_the_validator_says_too() {
        let (mut sure, mut unsure) = (0, 0);
        for (schema, value) in right() {
            for varied in variations(&value) {
                let value = Value::from(varied.clone());
                if schema.outline().fits(&value) {
                    sure += 1;
                    assert!(schema.is_valid(&value), "{varied}");
                } else {
                    unsure += 1;
                }
            }
        }
        assert!(sure > 500 && unsure > 500, "{sure} {unsure}");
    }

    #[test]
    fn right_entities_are_sure_to_be_right() {
        for (schema, value) in right() {
            // What a field with a list of words may be is left to the validator.
            let is_sure = value.get("presence").is_none();
            assert_eq!(schema.outline().fits(&Value::from(value.clone())), is_sure, "{value}");
        }
    }

    #[test]
    fn every_schema_has_a_shape() {
        assert!(schema::all().all(|schema| !matches!(schema.outline(), Outline::Unsure | Outline::Any)));
    }
}
