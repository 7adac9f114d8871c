//! Packages as Conftest runs them: one rule of ours per package.

use std::collections::BTreeSet;

use platlint_engine::policy::{Code, ConftestPackage, Module};
use platlint_engine::{Level, Match, RuleMeta, Severity, UndecidedEffect};

use crate::policies::FoundRule;
use crate::policies::closure::module;
use crate::policies::rego::RegoFile;
use crate::problem::Problem;

/// The packages Conftest evaluates where none is named.
const DEFAULT: &str = "main";
/// Stands for every package with rules.
const EVERY: &str = "*";

/// The packages `namespaces` of a folder; `main` where none is named. A package's name is the rule's id.
pub(crate) fn conftest(root: &str, namespaces: &[String], files: &[RegoFile]) -> Result<Vec<FoundRule>, Vec<Problem>> {
    let files: Vec<&RegoFile> = files.iter().filter(|file| !file.is_test()).collect();
    let known: BTreeSet<&str> = files.iter().filter(|file| has_rules(file)).map(|file| file.package.as_str()).collect();
    let mut wanted: BTreeSet<&str> = namespaces.iter().map(String::as_str).collect();
    if wanted.is_empty() {
        wanted.insert(DEFAULT);
    }
    if wanted.remove(EVERY) {
        wanted.extend(&known);
    }
    let unknown: Vec<Problem> = wanted
        .iter()
        .filter(|name| files.iter().all(|file| file.package != **name))
        .map(|name| {
            let problem = Problem::of_file(root, format!("no package `{name}` in this folder"));
            let known = known.iter().copied().collect::<Vec<_>>().join(", ");
            let named = "name packages under `namespaces`, or `\"*\"` for all";
            problem.with_help(if known.is_empty() {
                named.to_owned()
            } else {
                format!("{named}; those with rules: {known}")
            })
        })
        .collect();
    if !unknown.is_empty() {
        return Err(unknown);
    }
    if wanted.is_empty() {
        let problem = Problem::of_file(root, "no rules in this folder");
        return Err(vec![problem.with_help("Conftest's rules are called `deny`, `warn` or `violation`")]);
    }
    Ok(wanted.into_iter().filter_map(|package| rule(package, &files)).collect())
}

fn rule(package: &str, files: &[&RegoFile]) -> Option<FoundRule> {
    let (own, others): (Vec<&RegoFile>, Vec<&RegoFile>) =
        files.iter().copied().partition(|file| file.package == package);
    let first = *own.first()?;
    let modules: Vec<Module> = own.into_iter().chain(others).map(module).collect();
    let meta = RuleMeta {
        id: package.into(),
        category: "conftest".into(),
        title: format!("Conftest package {package}"),
        description: String::new(),
        remedy: String::new(),
        severity: Severity::Medium,
        // Each of the package's rules has its own level, and this one is the highest they can have.
        level: Level::Error,
        matches: Match::default(),
        undecided: UndecidedEffect::Allow,
        matches_image_fields: false,
        requires: Vec::new(),
        problems: Vec::new(),
        settled: Vec::new(),
        parameters: None,
        fix: None,
        examples: Vec::new(),
        related_resources: Vec::new(),
        origin: first.path.clone(),
    };
    let code = Code::Conftest(ConftestPackage::new(modules, package.to_owned()));
    let (file, line) = (first.path.clone(), first.package_line);
    Some(FoundRule { meta, code, file, line, annotations: None, builtin: false })
}

/// Whether it defines a rule that Conftest evaluates.
fn has_rules(file: &RegoFile) -> bool {
    file.rule_names().iter().any(|rule| {
        let rests = ["deny", "warn", "violation"].into_iter().filter_map(|name| rule.strip_prefix(name));
        rests.into_iter().any(|rest| rest.is_empty() || rest.starts_with('_'))
    })
}
