//! How a configuration and what it extends want each rule: later layers on top of earlier ones.

use std::collections::BTreeSet;

use platlint_engine::{Level, Mutate, Requirement, UndecidedEffect};
use serde_json::{Map, Value};

use crate::images::Section;
use crate::layers::Layer;
use crate::parameters;
use crate::placed::{At, Issue, Path};
use crate::policies::FoundRule;
use crate::problem::Problem;
use crate::wire::SettingsEntry;

/// Stands for all rules under `rules`.
pub(crate) const EVERY: &str = "*";

/// How a rule is wanted, with the layers that said so.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    pub level: Level,
    pub undecided: UndecidedEffect,
    pub mutate: Mutate,
    /// As written, defaults not filled in.
    pub parameters: Map<String, Value>,
    pub locked: bool,
    /// Who said each of them last, and by which key (`*` or the id).
    pub level_by: Option<(usize, String)>,
    pub undecided_by: Option<(usize, String)>,
    pub mutate_by: Option<(usize, String)>,
    pub parameters_by: Option<usize>,
}

/// How the layers at `positions` (in order) want a rule.
pub(crate) fn wanted(rule: &FoundRule, layers: &[Layer], positions: impl IntoIterator<Item = usize>) -> Wanted {
    let mut wanted = Wanted {
        level: rule.meta.level,
        undecided: rule.meta.undecided,
        mutate: Mutate::default(),
        parameters: Map::new(),
        locked: false,
        level_by: None,
        undecided_by: None,
        mutate_by: None,
        parameters_by: None,
    };
    for position in positions {
        for (key, entry) in entries(rule, layers, position) {
            if let Some(level) = entry.level {
                wanted.level = level.into();
                wanted.level_by = Some((position, key.to_owned()));
            }
            if let Some(undecided) = entry.undecided {
                wanted.undecided = undecided.into();
                wanted.undecided_by = Some((position, key.to_owned()));
            }
            if let Some(mutate) = entry.mutate {
                wanted.mutate = mutate.into();
                wanted.mutate_by = Some((position, key.to_owned()));
            }
            // Under `*` they are a problem of their own.
            if let Some(parameters) = entry.parameters
                && key != EVERY
            {
                wanted.parameters.extend(parameters);
                wanted.parameters_by = Some(position);
            }
            wanted.locked |= entry.locked == Some(true);
        }
    }
    wanted
}

/// What a layer says of a rule: under `*` first, then under its id.
pub(crate) fn entries<'k>(rule: &'k FoundRule, layers: &[Layer], position: usize) -> Vec<(&'k str, SettingsEntry)> {
    let rules = layers.get(position).map(|layer| &layer.config.rules);
    let entry = |key: &'k str| rules.and_then(|rules| rules.get(key)).map(|entry| (key, entry.settings()));
    [entry(EVERY), entry(&rule.meta.id)].into_iter().flatten().collect()
}

/// The rule's parameters with defaults, or what is wrong with them at the layer that said it.
pub(crate) fn with_defaults(rule: &FoundRule, wanted: &Wanted, layers: &[Layer]) -> Result<Value, Vec<Problem>> {
    let schema = rule.meta.parameters.as_ref();
    let mut value = Value::Object(wanted.parameters.clone());
    if let Some(schema) = schema {
        parameters::fill(&mut value, schema);
    }
    let must_be_given = schema.is_some_and(|schema| schema.get("required").is_some());
    if wanted.parameters.is_empty() && !must_be_given {
        return Ok(value);
    }
    let empty = Map::new();
    let found = parameters::issues(schema, value.as_object().unwrap_or(&empty));
    if found.is_empty() || wanted.level == Level::Off && wanted.parameters.is_empty() {
        return Ok(value);
    }
    Err(found.into_iter().map(|issue| parameter_problem(rule, wanted, layers, issue)).collect())
}

fn parameter_problem(rule: &FoundRule, wanted: &Wanted, layers: &[Layer], issue: Issue) -> Problem {
    let id = &*rule.meta.id;
    let said = issue.path.0.first().and_then(|step| match step {
        crate::placed::Step::Key(key) => layers.iter().rposition(|layer| {
            let entry = layer.config.rules.get(id).map(crate::wire::RuleEntry::settings);
            entry.and_then(|entry| entry.parameters).is_some_and(|parameters| parameters.contains_key(key))
        }),
        crate::placed::Step::Index(_) => None,
    });
    let Some(layer) = said.or(wanted.parameters_by).and_then(|position| layers.get(position)) else {
        let message = format!("parameters of rule `{id}`: {}", issue.message);
        return rule.problem(message).with_help(format!("give them in platlint.yaml under `rules.{id}.parameters`"));
    };
    let path = Path::of(["rules", id, "parameters"]).join(&issue.path);
    let message = format!("parameters of rule `{id}`: {}", issue.message);
    layer.problem(Issue { path, message, ..issue })
}

/// Why a rule cannot run although its level says so.
pub(crate) fn inactive(rule: &FoundRule, images: Option<&Section>) -> Option<String> {
    let decides = images.is_some_and(|images| images.decides);
    (rule.meta.requires.contains(&Requirement::ImageSignatures) && !decides).then(|| {
        format!("rule {} is inactive: no authorities are configured under images.rules in platlint.yaml", rule.meta.id)
    })
}

/// A rule that is to change objects, by its own id, and proposes no changes.
pub(crate) fn cannot_mutate(rule: &FoundRule, layers: &[Layer]) -> Vec<Problem> {
    let id = &*rule.meta.id;
    let said = layers.iter().filter(|layer| {
        let entry = layer.config.rules.get(id).map(crate::wire::RuleEntry::settings);
        entry.and_then(|entry| entry.mutate).is_some_and(|mutate| Mutate::from(mutate) != Mutate::Off)
    });
    let said: Vec<&Layer> = said.collect();
    if said.is_empty() || rule.code.patches() {
        return Vec::new();
    }
    let issue = || Issue::new(&Path::of(["rules", id, "mutate"]), At::Value, format!("rule `{id}` has no patches"));
    said.into_iter()
        .map(|layer| layer.problem(issue().with_help(Some("only rules that define `patch` can mutate".to_owned()))))
        .collect()
}

/// What cannot stand under `*`, and ids that no rule has.
pub(crate) fn unknown_rules(layers: &[Layer], ids: &BTreeSet<&str>, silent: &BTreeSet<String>) -> Vec<Problem> {
    let mut problems = Vec::new();
    for layer in layers {
        let mut issues = Vec::new();
        for (id, entry) in &layer.config.rules {
            let path = Path::of(["rules", id]);
            if id == EVERY {
                if entry.settings().parameters.is_some() {
                    issues.push(Issue::new(
                        &path.key("parameters"),
                        At::Key,
                        "parameters belong to one rule and cannot stand under `*`",
                    ));
                }
            } else if !ids.contains(id.as_str()) && !silent.contains(id) {
                issues.push(unknown(&path, At::Key, id, ids));
            }
        }
        problems.extend(layer.placed.problems(issues));
    }
    problems
}

/// An id that no rule has.
pub(crate) fn unknown(path: &Path, at: At, id: &str, ids: &BTreeSet<&str>) -> Issue {
    Issue::new(path, at, format!("there is no rule `{id}`"))
        .with_help(platlint_engine::suggest::help(id, ids.iter().copied()))
}
