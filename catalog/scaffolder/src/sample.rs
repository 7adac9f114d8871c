//! Sample values: what a person might fill in, from the schemas of the parameters. Where no value is sure to be right, there
//! is none, and what depends on it is not decided.

use std::collections::BTreeMap;
use std::sync::Arc;

use platlint_engine::{Value, get, get_str};
use platlint_facts::{SAMPLE, entries, items, str_at, value_at};

use crate::nunjucks::Js;
use crate::parameters::{Level, Parameter};

/// Values are looked into so deeply.
const DEEPEST: usize = 24;
/// Patterns of schemas may be compiled to so many bytes.
const PATTERN_BYTES: usize = 1 << 18;

/// Sample values of all parameters of a level.
pub(crate) fn samples(level: &Level<'_>) -> Js {
    let named = level.names.iter().map(|(name, parameter)| (name.clone(), of_parameter(name, parameter)));
    Js::Map(Arc::new(named.collect()))
}

/// A value as it stands in a file.
pub(crate) fn literal(value: &Value) -> Js {
    literal_within(value, 0)
}

fn literal_within(value: &Value, depth: usize) -> Js {
    match value {
        _ if depth > DEEPEST => Js::Unknown("it is nested too deeply".into()),
        Value::Null => Js::Null,
        Value::Bool(value) => Js::Bool(*value),
        Value::Number(number) => match number.as_f64() {
            Some(number) if number.abs() < 9e15 => Js::Number(number),
            _ => Js::Unknown("it is a number with many digits".into()),
        },
        Value::String(text) => Js::Text(text.clone()),
        Value::Array(_) => Js::List(Arc::new(items(value).map(|item| literal_within(item, depth + 1)).collect())),
        Value::Object(_) => Js::Map(Arc::new(
            entries(value).map(|(key, value)| (key.into(), literal_within(value, depth + 1))).collect(),
        )),
        _ => Js::Undefined,
    }
}

fn of_parameter(name: &str, parameter: &Parameter<'_>) -> Js {
    if let Some(given) = given(parameter.schema) {
        return given;
    }
    let mut types = parameter.types.iter();
    match (types.next().map(|kind| &**kind), types.next()) {
        (Some("object"), None) if !parameter.members.names.is_empty() => samples(&parameter.members),
        (Some(kind), None) => typed(name, kind, parameter.schema, 0),
        (None, _) if parameter.field().is_some() => typed(name, "string", parameter.schema, 0),
        _ => Js::Unknown(format!("the type of the parameter \"{name}\" is not said").into()),
    }
}

/// What the schema itself says: its default, its only or first choice, an example.
fn given(schema: &Value) -> Option<Js> {
    let first = |key: &str| get(schema, key).and_then(|list| items(list).next());
    let branch = ["oneOf", "anyOf"].iter().find_map(|key| first(key)).and_then(|branch| get(branch, "const"));
    let found = get(schema, "default").or_else(|| get(schema, "const")).or_else(|| first("enum")).or(branch);
    found.or_else(|| first("examples")).map(literal)
}

fn typed(name: &str, kind: &str, schema: &Value, depth: usize) -> Js {
    match kind {
        "boolean" => Js::Bool(true),
        "null" => Js::Null,
        "integer" | "number" => match get(schema, "minimum").or_else(|| get(schema, "maximum")).map(literal) {
            Some(number @ Js::Number(_)) => number,
            _ => Js::Number(1.0),
        },
        "array" => {
            let field = get_str(schema, "ui:field").map_or("", |field| field);
            let item = get(schema, "items").filter(|_| depth < DEEPEST);
            let sample = match item.map(|item| (given(item), get_str(item, "type"))) {
                Some((Some(given), _)) => given,
                Some((None, Some(kind))) => typed(name, kind, item.unwrap_or(schema), depth + 1),
                _ if field == "MultiEntityPicker" => Js::text(&format!("group:default/{}", plain(name))),
                _ if field == "EntityTagsPicker" => Js::text(SAMPLE),
                _ => return Js::Unknown(format!("what the list \"{name}\" holds is not said").into()),
            };
            Js::List(Arc::new(vec![sample]))
        }
        "object" => {
            let properties = get(schema, "properties").filter(|_| depth < DEEPEST);
            let member = |(key, property): (&str, &Value)| {
                let value =
                    given(property).or_else(|| Some(typed(key, get_str(property, "type")?, property, depth + 1)));
                (
                    Arc::from(key),
                    value.unwrap_or_else(|| Js::Unknown(format!("the type of \"{key}\" is not said").into())),
                )
            };
            let members: BTreeMap<Arc<str>, Js> = properties.into_iter().flat_map(entries).map(member).collect();
            Js::Map(Arc::new(members))
        }
        "string" => text(name, schema),
        _ => Js::Unknown(format!("the type of the parameter \"{name}\" is not known").into()),
    }
}

/// A name in small letters and dashes that begins with [`SAMPLE`].
fn plain(name: &str) -> String {
    let mut made = SAMPLE.to_owned();
    for letter in name.chars() {
        if letter.is_ascii_alphanumeric() {
            if letter.is_ascii_uppercase() || made == SAMPLE {
                made.push('-');
            }
            made.push(letter.to_ascii_lowercase());
        }
    }
    made
}

fn text(name: &str, schema: &Value) -> Js {
    let plain = plain(name);
    let of_field = match get_str(schema, "ui:field").map(|field| &**field) {
        Some("RepoUrlPicker") => Some(repository(schema)),
        Some("OwnerPicker" | "OwnedEntityPicker" | "MyGroupsPicker") => Some(format!("group:default/{plain}")),
        Some("EntityPicker") => Some(entity(schema, &plain)),
        _ => None,
    };
    let of_format = match get_str(schema, "format").map(|format| &**format) {
        Some("uri" | "url" | "uri-reference") => Some(format!("https://{plain}.example.com")),
        Some("email") => Some(format!("{plain}@example.com")),
        Some("date") => Some("2026-01-01".to_owned()),
        Some("date-time") => Some("2026-01-01T00:00:00Z".to_owned()),
        _ => None,
    };
    let shortened: String = plain.chars().take(longest(schema)).collect();
    let shortened = shortened.trim_end_matches('-').to_owned();
    let candidates = of_field.into_iter().chain(of_format).chain([plain, shortened]);
    let others = [
        "platlint_sample",
        "platlintsample",
        "PlatlintSample",
        "PLATLINT_SAMPLE",
        "sample",
        "abc",
        "a",
        "A",
        "1",
        "12345",
    ];
    let others =
        others.into_iter().chain(["1.0.0", "v1.0.0", "com.example.sample", "10.0.0.0/16", "sample-123", "ABC-123"]);
    let pattern =
        get_str(schema, "pattern").map(|pattern| regex::RegexBuilder::new(pattern).size_limit(PATTERN_BYTES).build());
    let fits = |candidate: &String| {
        let length = candidate.chars().count();
        length <= longest(schema)
            && length >= shortest(schema)
            && match &pattern {
                Some(Ok(pattern)) => pattern.is_match(candidate),
                Some(Err(_)) => false,
                None => true,
            }
    };
    candidates.chain(others.map(str::to_owned)).find(fits).map_or_else(
        || Js::Unknown(format!("no sample value is known to fit the pattern of the parameter \"{name}\"").into()),
        |sample| Js::text(&sample),
    )
}

fn bound(schema: &Value, key: &str) -> Option<usize> {
    match get(schema, key) {
        Some(Value::Number(number)) => number.as_u64().and_then(|number| usize::try_from(number).ok()),
        _ => None,
    }
}

fn longest(schema: &Value) -> usize {
    bound(schema, "maxLength").unwrap_or(usize::MAX)
}

fn shortest(schema: &Value) -> usize {
    bound(schema, "minLength").unwrap_or(0)
}

/// The first text of a list among the options of a form's field.
fn option<'s>(schema: &'s Value, key: &str) -> Option<&'s str> {
    match value_at(schema, &["ui:options", key]).and_then(|list| items(list).next()) {
        Some(Value::String(text)) => Some(text),
        _ => None,
    }
}

/// A repository as `RepoUrlPicker` writes it.
fn repository(schema: &Value) -> String {
    let host = option(schema, "allowedHosts").unwrap_or("github.com");
    let owner = option(schema, "allowedOwners").unwrap_or("platlint-sample-owner");
    let repo = option(schema, "allowedRepos").unwrap_or("platlint-sample-repo");
    let project = option(schema, "allowedProjects").unwrap_or("platlint-sample-project");
    match host {
        "dev.azure.com" => {
            let organization = option(schema, "allowedOrganizations").unwrap_or("platlint-sample-organization");
            format!("{host}?organization={organization}&project={project}&repo={repo}")
        }
        "bitbucket.org" => format!("{host}?workspace=platlint-sample-workspace&project={project}&repo={repo}"),
        _ => format!("{host}?owner={owner}&repo={repo}"),
    }
}

/// An entity as `EntityPicker` writes it.
fn entity(schema: &Value, name: &str) -> String {
    let filter = value_at(schema, &["ui:options", "catalogFilter"]);
    let filter = filter.map(|filter| items(filter).next().unwrap_or(filter));
    let kind = filter.and_then(|filter| {
        str_at(filter, &["kind"]).or_else(|| str_at(filter, &["kind.anyOf"])).or_else(|| option(schema, "allowedKinds"))
    });
    let kind =
        kind.or_else(|| option(schema, "allowedKinds")).or_else(|| str_at(schema, &["ui:options", "defaultKind"]));
    format!("{}:default/{name}", kind.unwrap_or("component").to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(name: &str, schema: serde_json::Value) -> Js {
        let schema = Value::from(schema);
        given(&schema).unwrap_or_else(|| {
            let kind = get_str(&schema, "type").unwrap().clone();
            typed(name, &kind, &schema, 0)
        })
    }

    #[test]
    fn takes_what_the_schema_says() {
        assert_eq!(sample("a", serde_json::json!({"type": "string", "default": "x", "enum": ["y"]})), Js::text("x"));
        assert_eq!(sample("a", serde_json::json!({"type": "string", "enum": ["y", "z"]})), Js::text("y"));
        assert_eq!(sample("a", serde_json::json!({"type": "integer", "minimum": 3})), Js::Number(3.0));
    }

    #[test]
    fn makes_up_names_that_can_be_told_apart() {
        assert_eq!(
            sample("componentId", serde_json::json!({"type": "string"})),
            Js::text("platlint-sample-component-id")
        );
        let short = serde_json::json!({"type": "string", "maxLength": 10, "pattern": "^[a-z-]+$"});
        assert_eq!(sample("name", short), Js::text("platlint-s"));
        let odd = serde_json::json!({"type": "string", "pattern": "^q{7}$"});
        assert!(matches!(sample("name", odd), Js::Unknown(_)));
    }

    #[test]
    fn fills_in_what_the_fields_of_the_scaffolder_fill_in() {
        let picker = serde_json::json!({"type": "string", "ui:field": "RepoUrlPicker", "ui:options": {"allowedHosts": ["gitlab.com"]}});
        assert_eq!(
            sample("repoUrl", picker),
            Js::text("gitlab.com?owner=platlint-sample-owner&repo=platlint-sample-repo")
        );
        let picker = serde_json::json!({"type": "string", "ui:field": "EntityPicker", "ui:options": {"catalogFilter": {"kind": "System"}}});
        assert_eq!(sample("system", picker), Js::text("system:default/platlint-sample-system"));
    }
}
