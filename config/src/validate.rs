//! Checking a value against a JSON Schema: all that is wrong with it, in our own words and with paths.
//!
//! Serves platlint.yaml and the parameters of rules alike.

use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::paths::{Location, LocationSegment};
use jsonschema::{ValidationError, Validator};
use serde_json::Value;

use crate::placed::{At, Issue, Path, Step};
use crate::shown::{shown, type_of, with_article};
use platlint_engine::suggest;

/// Makes a validator, or says what keeps `schema` from being a JSON Schema. References to other documents are refused:
/// nothing is fetched.
pub(crate) fn validator(schema: &Value) -> Result<Validator, Vec<Issue>> {
    jsonschema::options().with_draft(jsonschema::Draft::Draft202012).build(schema).map_err(|error| {
        let mut found = Vec::new();
        explain(&error, &Value::Null, &Path::default(), &mut found);
        for issue in &mut found {
            issue.message = format!("no valid JSON Schema: {}", issue.message);
        }
        found
    })
}

/// Everything that is wrong with `value`, which stands at `at`.
pub(crate) fn issues(validator: &Validator, schema: &Value, value: &Value, at: &Path) -> Vec<Issue> {
    let mut found = Vec::new();
    validator.iter_errors(value).for_each(|error| explain(&error, schema, at, &mut found));
    found
}

fn explain(error: &ValidationError<'_>, schema: &Value, at: &Path, found: &mut Vec<Issue>) {
    let path = at.join(&path_of(error.instance_path()));
    let name = if path.0.is_empty() { "the configuration".to_owned() } else { format!("`{path}`") };
    let mut say = |message: String| found.push(Issue::new(&path, At::Value, message));
    match error.kind() {
        ValidationErrorKind::AdditionalProperties { unexpected }
        | ValidationErrorKind::UnevaluatedProperties { unexpected } => {
            let known = siblings(error, schema);
            found.extend(unexpected.iter().map(|key| {
                Issue::new(&path.key(key), At::Key, format!("unknown key `{key}`"))
                    .with_help(suggest::help(key, known.iter().map(String::as_str)))
            }));
        }
        ValidationErrorKind::Required { property } => {
            let missing = property.as_str().unwrap_or_default();
            let place = if path.0.is_empty() { String::new() } else { format!(" in {name}") };
            found.push(Issue::new(&path, At::Key, format!("`{missing}` is missing{place}")));
        }
        ValidationErrorKind::Type { kind } => {
            say(format!("{name} must be {}, not {}", types(kind), type_of(error.instance())));
        }
        ValidationErrorKind::Enum { options } => {
            let options: Vec<String> = options.as_array().into_iter().flatten().map(shown).collect();
            found.push(not_among(&path, &name, &options, error.instance()));
        }
        ValidationErrorKind::Constant { expected_value } => {
            say(format!("{name} must be {}, not {}", shown(expected_value), shown(error.instance())));
        }
        ValidationErrorKind::Pattern { pattern } if pattern == r"\S" => say(format!("{name} must not be blank")),
        ValidationErrorKind::Pattern { pattern } => {
            say(format!("{name} is {}, which does not match the pattern {pattern}", shown(error.instance())));
        }
        ValidationErrorKind::MinLength { limit: 1 } | ValidationErrorKind::MinItems { limit: 1 } => {
            say(format!("{name} must not be empty"));
        }
        ValidationErrorKind::Minimum { limit } => say(format!("{name} must be at least {limit}")),
        ValidationErrorKind::Maximum { limit } => say(format!("{name} must be at most {limit}")),
        ValidationErrorKind::UniqueItems => say(format!("{name} must not name anything twice")),
        ValidationErrorKind::AnyOf { context } | ValidationErrorKind::OneOfNotValid { context } => {
            if let Some(options) = words(context) {
                found.push(not_among(&path, &name, &options, error.instance()));
                return;
            }
            match meant(context, error.instance_path()) {
                Some(branch) => branch.iter().for_each(|inner| explain(inner, schema, at, found)),
                None => say(format!("{name} must be {}, not {}", branches(context), type_of(error.instance()))),
            }
        }
        ValidationErrorKind::Referencing(_) => {
            let name = if path.0.is_empty() { "it" } else { &name };
            say(format!("{name} refers to another document, and none is fetched"));
        }
        _ => say(format!("{name}: {}", error.masked_with("the value"))),
    }
}

/// The alternative whose type the value has: what is wrong below it is what the user wants to know.
fn meant<'c>(context: &'c [Vec<ValidationError<'static>>], at: &Location) -> Option<&'c [ValidationError<'static>]> {
    let mut fitting = context.iter().filter(|branch| !branch.iter().any(|error| is_another_type(error, at)));
    let first = fitting.next()?;
    // Several of one type: the one nearest to being right.
    Some(fitting.fold(first, |best, branch| if branch.len() < best.len() { branch } else { best }))
}

/// Whether the value as a whole has another type than was wanted.
fn is_another_type(error: &ValidationError<'_>, at: &Location) -> bool {
    error.instance_path() == at
        && match error.kind() {
            ValidationErrorKind::Type { .. } => true,
            ValidationErrorKind::AnyOf { context } | ValidationErrorKind::OneOfNotValid { context } => {
                context.iter().all(|branch| branch.iter().any(|error| is_another_type(error, at)))
            }
            _ => false,
        }
}

/// The words to choose from, where every alternative is one word: how schemas write words that each have a description.
fn words(context: &[Vec<ValidationError<'static>>]) -> Option<Vec<String>> {
    let word = |branch: &Vec<ValidationError<'static>>| {
        branch.iter().find_map(|error| match error.kind() {
            ValidationErrorKind::Constant { expected_value } => Some(shown(expected_value)),
            _ => None,
        })
    };
    context.iter().map(word).collect()
}

/// A value that is none of those allowed.
fn not_among(path: &Path, name: &str, options: &[String], value: &Value) -> Issue {
    let help = value.as_str().and_then(|word| suggest::help(word, options.iter().map(String::as_str)));
    let message = format!("{name} must be {}, not {}", alternatives(options), shown(value));
    Issue::new(path, At::Value, message).with_help(help.filter(|help| help.starts_with("did")))
}

/// The types that the alternatives want.
fn branches(context: &[Vec<ValidationError<'static>>]) -> String {
    let mut wanted: Vec<String> = Vec::new();
    for error in context.iter().flatten() {
        if let ValidationErrorKind::Type { kind } = error.kind() {
            let kind = types(kind);
            if !wanted.contains(&kind) {
                wanted.push(kind);
            }
        }
    }
    if wanted.is_empty() { "of another form".to_owned() } else { wanted.join(" or ") }
}

/// The keys that the schema knows where the error arose.
fn siblings(error: &ValidationError<'_>, schema: &Value) -> Vec<String> {
    let pointer = error.schema_path().as_str();
    let parent = pointer.rsplit_once('/').map_or("", |(parent, _)| parent);
    let known = schema.pointer(parent).and_then(|node| node.get("properties")).and_then(Value::as_object);
    known.into_iter().flat_map(|properties| properties.keys().cloned()).collect()
}

fn path_of(location: &Location) -> Path {
    Path(
        location
            .into_iter()
            .map(|segment| match segment {
                LocationSegment::Property(key) => Step::Key(key.into_owned()),
                LocationSegment::Index(index) => Step::Index(index),
            })
            .collect(),
    )
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

fn alternatives(options: &[String]) -> String {
    match options {
        [one] => one.clone(),
        several => format!("one of {}", several.join(", ")),
    }
}
