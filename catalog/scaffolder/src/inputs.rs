//! What steps give to their actions, held against the schemas of the actions: unknown and missing keys, and values that can
//! never be of the right type.

use std::sync::Arc;

use platlint_engine::{Pointer, Value, get, suggest, to_json};
use platlint_facts::{Note, Notes, entries, items};
use serde_json::Value as Json;

use crate::action_table::{Action, ActionTable};
use crate::nunjucks::{self, Expr, ExprKind, Node, OUTPUT_START, Syntax};
use crate::parameters::Level;
use crate::template::{Step, Template, within};

/// Values are looked into so deeply.
const DEEPEST: usize = 24;

/// Notes on the actions of all steps.
pub(crate) fn note(template: &Template<'_>, parameters: &Level<'_>, table: &ActionTable, notes: &mut Notes) {
    for step in &template.steps {
        let Some(action) = step.action else { continue };
        match table.action(action) {
            Some(known) => note_input(step, action, known, parameters, notes),
            None => note_unknown(step, action, table, notes),
        }
    }
}

fn note_unknown(step: &Step<'_>, action: &Arc<str>, table: &ActionTable, notes: &mut Notes) {
    let path = within(&step.path, "action");
    let near = suggest::nearest(action, &table.ids()).map(str::to_owned);
    // Only close to a known name is it a typing error for certain: installations add actions, and name them alike.
    let is_typo = near.as_deref().is_some_and(|near| is_one_slip(action, near));
    if table.is_exported || is_typo {
        notes.problem("unknown-action", Note::at(path).with("action", &**action).suggestion(near));
    } else {
        let reason =
            format!("\"{action}\" is no action of the scaffolder itself; the installation's actions are not known");
        notes.unknown("unknown-action", path, reason);
    }
}

/// Whether two names differ in a letter or two at most, beyond the case, and in no whole word.
fn is_one_slip(left: &str, right: &str) -> bool {
    let (left, right) =
        (left.to_lowercase().replace(['_', '-', '.'], ":"), right.to_lowercase().replace(['_', '-', '.'], ":"));
    let parts = |text: &str| text.split(':').map(str::to_owned).collect::<Vec<_>>();
    let (left, right) = (parts(&left), parts(&right));
    let differing: Vec<_> = left.iter().zip(&right).filter(|(left, right)| left != right).collect();
    left.len() == right.len()
        && match differing.as_slice() {
            [] => true,
            [(left, right)] => {
                right.len() >= 3 && left.len().abs_diff(right.len()) <= 1 && suggest::nearest(left, &[right]).is_some()
            }
            _ => false,
        }
}

fn note_input(step: &Step<'_>, action: &str, known: &Action, parameters: &Level<'_>, notes: &mut Notes) {
    let empty = Value::new_object();
    let input = step.input.unwrap_or(&empty);
    if !matches!(input, Value::Object(_)) {
        return;
    }
    let checker = Checker { parameters };
    for fault in checker.faults(input, &known.input, &within(&step.path, "input"), 0) {
        let note = Note::at(fault.path.clone()).with("action", action);
        match fault.kind {
            FaultKind::Unknown { key, known: names, is_certain } => {
                let names: Vec<&str> = names.iter().map(String::as_str).collect();
                let near = suggest::nearest(&key, &names);
                if near.is_some() || (known.is_exported && is_certain) {
                    notes.problem("unknown-input", note.with("key", key.clone()).suggestion(near));
                } else {
                    let reason = format!("whether the installation's version of {action} takes \"{key}\" is not known");
                    notes.unknown("unknown-input", fault.path, reason);
                }
            }
            FaultKind::Both { key, other } => {
                notes.problem("unknown-input", note.with("key", key).with("other", other));
            }
            FaultKind::Missing { keys } => notes.problem("missing-input", note.with("keys", keys)),
            FaultKind::Type { expected, found } => {
                notes.problem("wrong-input-type", note.with("expected", expected).with("found", found));
            }
            FaultKind::Choice { value, allowed } => {
                let names: Vec<&str> = allowed.iter().map(String::as_str).collect();
                let near = suggest::nearest(&value, &names).map(str::to_owned);
                let note = note.with("found", format!("\"{value}\"")).with("allowed", allowed);
                notes.problem("wrong-input-type", note.suggestion(near));
            }
        }
    }
}

struct Fault {
    path: Pointer,
    kind: FaultKind,
}

enum FaultKind {
    /// `is_certain` where the schema allows no further keys.
    Unknown {
        key: String,
        known: Vec<String>,
        is_certain: bool,
    },
    /// The schema takes the one or the other.
    Both {
        key: String,
        other: String,
    },
    /// One of these.
    Missing {
        keys: Vec<String>,
    },
    Type {
        expected: Vec<String>,
        found: String,
    },
    Choice {
        value: String,
        allowed: Vec<String>,
    },
}

struct Checker<'p, 'd> {
    parameters: &'p Level<'d>,
}

impl Checker<'_, '_> {
    fn faults(&self, value: &Value, schema: &Json, path: &Pointer, depth: usize) -> Vec<Fault> {
        if depth > DEEPEST {
            return Vec::new();
        }
        for key in ["anyOf", "oneOf"] {
            if let Some(Json::Array(branches)) = schema.get(key) {
                return self.fewest(value, branches, path, depth);
            }
        }
        let expected = type_names(schema);
        let found = self.types_of(value);
        if let Some(found) = &found
            && !expected.is_empty()
            && !found.iter().any(|found| fits(found, &expected))
        {
            let found = found.join(" or ");
            return vec![Fault { path: path.clone(), kind: FaultKind::Type { expected, found } }];
        }
        match value {
            Value::String(text) if !is_templated(text) => choice(text, schema, path).into_iter().collect(),
            Value::Array(_) => {
                let Some(schema) = schema.get("items").filter(|items| items.is_object()) else { return Vec::new() };
                let items = items(value).enumerate();
                items.flat_map(|(index, item)| self.faults(item, schema, &within(path, index), depth + 1)).collect()
            }
            Value::Object(_) => self.object_faults(value, schema, path, depth),
            _ => Vec::new(),
        }
    }

    /// What is wrong by the branch that fits best.
    fn fewest(&self, value: &Value, branches: &[Json], path: &Pointer, depth: usize) -> Vec<Fault> {
        let tried: Vec<Vec<Fault>> =
            branches.iter().map(|branch| self.faults(value, branch, path, depth + 1)).collect();
        // Where every branch misses something, any of those keys would do.
        let missing = |faults: &Vec<Fault>| match faults.as_slice() {
            [Fault { path, kind: FaultKind::Missing { keys } }] => Some((path.clone(), keys.clone())),
            _ => None,
        };
        if let Some(all) = tried.iter().map(missing).collect::<Option<Vec<_>>>()
            && let Some((path, _)) = all.first()
        {
            let keys = all.iter().flat_map(|(_, keys)| keys.clone()).collect();
            return vec![Fault { path: path.clone(), kind: FaultKind::Missing { keys } }];
        }
        let wrong_types = |faults: &Vec<Fault>| match faults.as_slice() {
            [Fault { kind: FaultKind::Type { expected, found }, path: at }] if at == path => {
                Some((expected.clone(), found.clone()))
            }
            _ => None,
        };
        if let Some(all) = tried.iter().map(wrong_types).collect::<Option<Vec<_>>>()
            && let Some((_, found)) = all.first().cloned()
        {
            let mut expected: Vec<String> = all.into_iter().flat_map(|(expected, _)| expected).collect();
            expected.dedup();
            return vec![Fault { path: path.clone(), kind: FaultKind::Type { expected, found } }];
        }
        let best = tried.into_iter().zip(branches).min_by_key(|(faults, _)| faults.len());
        let Some((mut faults, branch)) = best else { return Vec::new() };
        for fault in &mut faults {
            let key = match &fault.kind {
                FaultKind::Unknown { key, is_certain: true, .. } if fault.path == within(path, key.as_str()) => key,
                _ => continue,
            };
            if let Some(other) = excluded_by(key, value, branch, branches) {
                fault.kind = FaultKind::Both { key: key.clone(), other };
            }
        }
        faults
    }

    fn object_faults(&self, value: &Value, schema: &Json, path: &Pointer, depth: usize) -> Vec<Fault> {
        if ["$yaml", "$json", "$text"].iter().any(|key| get(value, key).is_some()) {
            return Vec::new();
        }
        let mut faults = Vec::new();
        let properties = schema.get("properties").and_then(Json::as_object);
        let required = schema.get("required").and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_str);
        for key in required.filter(|key| !entries(value).any(|(present, _)| present == *key)) {
            let kind = FaultKind::Missing { keys: vec![key.to_owned()] };
            faults.push(Fault { path: within(path, key), kind });
        }
        let additional = schema.get("additionalProperties");
        for (key, member) in entries(value) {
            let inner = within(path, key);
            match (properties.and_then(|properties| properties.get(key)), additional) {
                (Some(schema), _) | (None, Some(schema @ Json::Object(_))) => {
                    faults.extend(self.faults(member, schema, &inner, depth + 1));
                }
                (None, Some(Json::Bool(true))) => {}
                (None, additional) => {
                    if let Some(properties) = properties {
                        let known = properties.keys().cloned().collect();
                        let is_certain = matches!(additional, Some(Json::Bool(false)));
                        let kind = FaultKind::Unknown { key: key.to_owned(), known, is_certain };
                        faults.push(Fault { path: inner, kind });
                    }
                }
            }
        }
        faults
    }

    /// The types that a value may have once it is rendered; `None` where that is not known.
    fn types_of(&self, value: &Value) -> Option<Vec<String>> {
        let found = match value {
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            Value::Number(number) if number.is_integer() => "integer",
            Value::Number(_) => "number",
            Value::Array(_) => "array",
            Value::Object(_) => "object",
            Value::String(text) if is_templated(text) => return self.types_of_text(text),
            // An empty text is dropped when it is rendered.
            Value::String(text) if text.is_empty() => return None,
            Value::String(_) => "string",
            _ => return None,
        };
        Some(vec![found.to_owned()])
    }

    fn types_of_text(&self, text: &str) -> Option<Vec<String>> {
        let nodes = nunjucks::parse(text, Syntax::default()).ok()?;
        match nodes.as_slice() {
            // Over several lines, the scaffolder does not take it for an expression alone.
            [Node::Output { expr, .. }] if !text.contains('\n') => self.types_of_expr(expr),
            [Node::Text(_), ..] if nodes.iter().all(|node| matches!(node, Node::Text(_) | Node::Output { .. })) => {
                Some(vec!["string".to_owned()])
            }
            _ => None,
        }
    }

    fn types_of_expr(&self, expr: &Expr) -> Option<Vec<String>> {
        let one = |name: &str| Some(vec![name.to_owned()]);
        match &expr.kind {
            ExprKind::Bool(_) | ExprKind::Not(_) | ExprKind::Compare(..) | ExprKind::Is { .. } => one("boolean"),
            ExprKind::Number(number) => one(if number.fract() == 0.0 { "integer" } else { "number" }),
            ExprKind::List(_) => one("array"),
            ExprKind::Dict(_) => one("object"),
            ExprKind::Filter { name, .. } => match name.as_str() {
                "lower" | "upper" | "trim" | "capitalize" | "title" | "projectSlug" => one("string"),
                "parseRepoUrl" | "parseEntityRef" => one("object"),
                "length" => one("integer"),
                _ => None,
            },
            ExprKind::Member { .. } => {
                let uses = nunjucks::uses(&[Node::Output { expr: expr.clone(), span: expr.span }]);
                let [read] = uses.reads.as_slice() else { return None };
                if read.root != "parameters" || read.is_computed {
                    return None;
                }
                let path: Vec<&str> = read.members.iter().map(|member| member.name.as_str()).collect();
                let types = self.parameters.at(&path)?.known_types()?;
                Some(types.iter().map(ToString::to_string).collect())
            }
            _ => None,
        }
    }
}

fn is_templated(text: &str) -> bool {
    text.contains(OUTPUT_START) || text.contains("{%") || text.contains("{#")
}

/// A key of the value that `branch` takes and those branches do not that take `key`.
fn excluded_by(key: &str, value: &Value, branch: &Json, branches: &[Json]) -> Option<String> {
    let takes = |branch: &Json, key: &str| branch.get("properties").is_some_and(|known| known.get(key).is_some());
    let others: Vec<_> = branches.iter().filter(|other| takes(other, key)).collect();
    if others.is_empty() {
        return None;
    }
    let is_alone = |name: &&str| takes(branch, name) && !others.iter().any(|other| takes(other, name));
    entries(value).map(|(name, _)| name).find(is_alone).map(str::to_owned)
}

fn type_names(schema: &Json) -> Vec<String> {
    match schema.get("type") {
        Some(Json::String(name)) => vec![name.clone()],
        Some(Json::Array(names)) => names.iter().filter_map(Json::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

fn fits(found: &str, expected: &[String]) -> bool {
    expected.iter().any(|expected| {
        expected == found
            || (expected == "number" && found == "integer")
            // Which numbers a form gives is not known.
            || (expected == "integer" && found == "number")
    })
}

fn choice(text: &str, schema: &Json, path: &Pointer) -> Option<Fault> {
    let allowed = match (schema.get("enum"), schema.get("const")) {
        (Some(Json::Array(allowed)), _) => allowed.clone(),
        (_, Some(only)) => vec![only.clone()],
        _ => return None,
    };
    if allowed.iter().any(|allowed| *allowed == to_json(&Value::from(text))) {
        return None;
    }
    let allowed = allowed.iter().map(|allowed| allowed.as_str().map_or_else(|| allowed.to_string(), str::to_owned));
    Some(Fault { path: path.clone(), kind: FaultKind::Choice { value: text.to_owned(), allowed: allowed.collect() } })
}
