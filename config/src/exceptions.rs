//! Overrides, exemptions and self-service of all layers, checked and ready for the engine.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::NaiveDate;
use platlint_engine::{Exemption, Override, SelfService, glob};

use crate::layers::Layer;
use crate::placed::{At, Issue, Path};
use crate::problem::Problem;
use crate::settings::unknown;

/// Where `self-service` says no number of days.
const DEFAULT_MAX_DAYS: u32 = 30;

/// Something that does not stop the run but should be seen in it, at level warn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigFinding {
    /// Its id, like that of a rule: `expired-exemption`.
    pub rule: &'static str,
    /// The configuration file.
    pub file: Arc<str>,
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// What is wrong.
    pub message: String,
}

/// All exceptions, in the order in which they count.
#[derive(Debug, Default)]
pub(crate) struct Exceptions {
    pub overrides: Vec<Override>,
    pub exemptions: Vec<Exemption>,
    pub self_service: SelfService,
    pub findings: Vec<ConfigFinding>,
    pub notices: Vec<String>,
}

/// Gathers the exceptions. What extends another configuration overrides it, so its overrides are asked first. `silent`
/// are ids of rules that exist but were left out of this run.
pub(crate) fn gather(
    layers: &[Layer],
    ids: &BTreeSet<&str>,
    silent: &BTreeSet<String>,
    today: NaiveDate,
) -> (Exceptions, Vec<Problem>) {
    let mut all = Exceptions::default();
    let mut problems = Vec::new();
    for layer in layers.iter().rev() {
        all.overrides.extend(layer.config.overrides.iter().map(|entry| Override {
            rules: entry.rules.clone(),
            clusters: entry.clusters.clone(),
            namespaces: entry.namespaces.clone(),
            level: entry.level.into(),
        }));
    }
    for layer in layers {
        let mut issues = Vec::new();
        check_ids(layer, ids, silent, &mut issues);
        exemptions(layer, today, &mut all, &mut issues);
        problems.extend(layer.placed.problems(issues));
        let service = layer.config.self_service.iter();
        all.self_service.rules.extend(service.flat_map(|entry| entry.rules.iter().cloned()));
        all.notices.extend(idle_patterns(layer, ids, silent));
    }
    all.self_service.max_days = max_days(layers.iter());
    all.self_service.rules.sort();
    all.self_service.rules.dedup();
    (all, problems)
}

fn check_ids(layer: &Layer, ids: &BTreeSet<&str>, silent: &BTreeSet<String>, issues: &mut Vec<Issue>) {
    let is_known = |id: &str| id.contains('*') || ids.contains(id) || silent.contains(id);
    let mut check = |path: &Path, id: &str| {
        if !is_known(id) {
            issues.push(unknown(path, At::Value, id, ids));
        }
    };
    for (index, entry) in layer.config.overrides.iter().enumerate() {
        let rules = Path::of(["overrides"]).index(index).key("rules");
        entry.rules.iter().enumerate().for_each(|(position, id)| check(&rules.index(position), id));
    }
    for (index, entry) in layer.config.exemptions.iter().enumerate() {
        check(&Path::of(["exemptions"]).index(index).key("rule"), &entry.rule);
    }
    let service = layer.config.self_service.iter().flat_map(|entry| entry.rules.iter().enumerate());
    service.for_each(|(index, id)| check(&Path::of(["self-service", "rules"]).index(index), id));
}

fn exemptions(layer: &Layer, today: NaiveDate, all: &mut Exceptions, issues: &mut Vec<Issue>) {
    let list = Path::of(["exemptions"]);
    let paths: Vec<Path> = (0..layer.config.exemptions.len()).map(|index| list.index(index)).collect();
    let expiries: Vec<Path> = paths.iter().map(|path| path.key("expires")).collect();
    let items = layer.placed.places(&paths.iter().map(|path| (path, At::Value)).collect::<Vec<_>>());
    let ends = layer.placed.places(&expiries.iter().map(|path| (path, At::Value)).collect::<Vec<_>>());
    for (((entry, (line, _)), (end_line, end_column)), path) in
        layer.config.exemptions.iter().zip(items).zip(ends).zip(&expiries)
    {
        let Ok(expires) = NaiveDate::parse_from_str(&entry.expires, "%Y-%m-%d") else {
            let message = format!("`{path}` is {}, which is no day of the calendar", entry.expires);
            issues.push(Issue::new(path, At::Value, message));
            continue;
        };
        if today > expires {
            all.findings.push(ConfigFinding {
                rule: "expired-exemption",
                file: layer.placed.file.clone(),
                line: end_line,
                column: end_column,
                message: format!(
                    "the exemption from {} ended on {expires}; {} should renew or remove it",
                    entry.rule,
                    entry.owner.trim()
                ),
            });
        }
        all.exemptions.push(Exemption {
            rule: entry.rule.clone(),
            kind: entry.kind.clone(),
            namespace: entry.namespace.clone(),
            name: entry.name.clone(),
            container: entry.container.clone(),
            reason: entry.reason.trim().to_owned(),
            owner: entry.owner.trim().to_owned(),
            expires,
            place: format!("{}:{line}", layer.placed.file).into(),
        });
    }
}

/// The longest that self-service may last: what the last of these layers says that says anything.
pub(crate) fn max_days<'l>(layers: impl Iterator<Item = &'l Layer>) -> u32 {
    let said = layers.filter_map(|layer| layer.config.self_service.as_ref()?.max_days);
    said.last().unwrap_or(DEFAULT_MAX_DAYS)
}

/// Patterns that no rule matches: no fault, since rules come and go, but worth saying.
fn idle_patterns(layer: &Layer, ids: &BTreeSet<&str>, silent: &BTreeSet<String>) -> Vec<String> {
    let config = &layer.config;
    let overrides = config.overrides.iter().flat_map(|entry| entry.rules.iter().map(|pattern| ("overrides", pattern)));
    let exemptions = config.exemptions.iter().map(|entry| ("exemptions", &entry.rule));
    let service =
        config.self_service.iter().flat_map(|entry| entry.rules.iter().map(|pattern| ("self-service", pattern)));
    let patterns =
        overrides.chain(exemptions).chain(service).filter(|(_, pattern)| pattern.contains('*') && *pattern != "*");
    let is_idle = |pattern: &str| {
        !ids.iter().any(|id| glob::matches(pattern, id)) && !silent.iter().any(|id| glob::matches(pattern, id))
    };
    patterns
        .filter(|(_, pattern)| is_idle(pattern))
        .map(|(section, pattern)| format!("{}: no rule matches `{pattern}` under `{section}`", layer.placed.file))
        .collect()
}

/// Whether a list of patterns can mean a rule.
pub(crate) fn names(patterns: &[String], id: &str) -> bool {
    glob::any_matches(patterns, id)
}
