//! From files to rules: which package is a rule, what it is called, which modules it needs.
//!
//! Levels, parameters and locks are decided by the configuration ([`crate::settings`]).

pub(crate) mod builtin;
mod closure;
mod conftest;
mod native;
pub(crate) mod rego;
pub(crate) mod rego_error;
pub(crate) mod source;

use std::collections::BTreeMap;
use std::sync::Arc;

use platlint_engine::{RuleMeta, policy::Code};

use crate::metadata::Annotations;
use crate::problem::Problem;
use rego::RegoFile;

pub(crate) use conftest::conftest;
pub(crate) use native::{built_in, native};

/// A rule as its files have it, before any configuration.
pub(crate) struct FoundRule {
    pub meta: RuleMeta,
    pub code: Code,
    /// Its file, as users know it, and the line of its package.
    pub file: Arc<str>,
    pub line: u32,
    /// `None` for foreign and built-in rules: nobody is told of problems in theirs.
    pub annotations: Option<Annotations>,
    pub builtin: bool,
}

impl FoundRule {
    /// A problem of the rule as a whole, at its package statement.
    pub(crate) fn problem(&self, message: impl Into<String>) -> Problem {
        Problem { file: self.file.clone(), line: self.line, column: 1, message: message.into(), help: None }
    }
}

/// One rule per id; a second one is a problem that names both places.
pub(crate) fn duplicates(rules: &[FoundRule]) -> Vec<Problem> {
    let mut known: BTreeMap<&str, &FoundRule> = BTreeMap::new();
    let mut problems = Vec::new();
    // A built-in rule is never the one at fault.
    let (shipped, own): (Vec<&FoundRule>, Vec<&FoundRule>) = rules.iter().partition(|rule| rule.builtin);
    for rule in shipped.into_iter().chain(own) {
        match known.get(&*rule.meta.id) {
            Some(first) => {
                let message = format!("a rule `{}` is already defined in {}", rule.meta.id, first.file);
                problems.push(rule.problem(message).with_help("ids are unique; rename the folder of one of them"));
            }
            None => {
                known.insert(&rule.meta.id, rule);
            }
        }
    }
    problems
}

/// Syntax errors, file by file: a rule is compiled with its libraries, and one broken library should be named once.
pub(crate) fn syntax(files: &[RegoFile]) -> Vec<Problem> {
    let broken = |file: &RegoFile| {
        // Before it is parsed: parsing is what takes so long.
        if let Some((line, column)) = platlint_engine::policy::too_deep(&file.text) {
            return Some(rego_error::too_deep(&file.path, line, column));
        }
        let mut engine = regorus::Engine::new();
        let error = engine.add_policy(file.path.to_string(), file.text.to_string()).err()?;
        Some(rego_error::of_text(&format!("{error:#}"), Some(&file.path)))
    };
    files.iter().filter_map(broken).collect()
}
