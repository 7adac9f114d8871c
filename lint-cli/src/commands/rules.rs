//! `platlint rules`: the rules of this configuration.

use std::fmt::Write as _;

use platlint_engine::{Rule, RuleMeta};
use serde_json::json;

use super::check::answer;
use super::load::{load, now};
use crate::args::{ListFormat, RulesArgs};
use crate::exit::{ExitStatus, Failure};
use crate::own_rules;
use crate::report::RuleInfo;

pub(super) fn run(args: &RulesArgs) -> Result<ExitStatus, Failure> {
    if args.own {
        answer(&own(args.format))?;
        return Ok(ExitStatus::Clean);
    }
    let loaded = load(&args.policies, now()?)?;
    let rules = loaded.set.rules();
    answer(&match args.format {
        ListFormat::Text => text(rules),
        ListFormat::Json => json(rules),
        ListFormat::Markdown => markdown(rules),
    })?;
    Ok(ExitStatus::Clean)
}

/// Address of a rule's documentation page: within the project's documentation for built-in rules, none for others.
pub(super) fn docs(meta: &RuleMeta) -> String {
    if &*meta.origin == "builtin" {
        format!("{}/blob/main/docs/rules/{}.md", env!("CARGO_PKG_REPOSITORY"), meta.id)
    } else {
        String::new()
    }
}

fn text(rules: &[Rule]) -> String {
    let width = rules.iter().map(|rule| rule.meta.id.len()).max().unwrap_or_default();
    let mut out = String::new();
    for rule in rules {
        let meta = &rule.meta;
        // Writing to a string cannot fail.
        let _ = writeln!(
            out,
            "{:width$}  {:5}  {:8}  {}",
            meta.id,
            rule.settings.level.as_str(),
            meta.severity.as_str(),
            meta.title
        );
    }
    out
}

fn json(rules: &[Rule]) -> String {
    let listed: Vec<_> = rules
        .iter()
        .map(|rule| {
            let meta = &rule.meta;
            json!({
                "id": meta.id, "title": meta.title, "category": meta.category, "level": rule.settings.level.as_str(),
                "severity": meta.severity.as_str(), "locked": rule.settings.locked, "inactive": rule.settings.inactive,
                "description": meta.description, "remedy": meta.remedy, "parameters": meta.parameters,
                "fix": meta.fix, "mutates": rule.patches(), "mutate": rule.settings.mutate, "docs": docs(meta), "origin": meta.origin,
            })
        })
        .collect();
    format!("{:#}\n", json!({ "rules": listed }))
}

fn markdown(rules: &[Rule]) -> String {
    let mut out = String::from("# Rules\n\n| rule | what it says | severity | level |\n|---|---|---|---|\n");
    for rule in rules {
        let meta = &rule.meta;
        let title = meta.title.replace('|', "\\|");
        let _ = writeln!(
            out,
            "| [`{0}`]({0}.md) | {title} | {1} | {2} |",
            meta.id,
            meta.severity.as_str(),
            meta.level.as_str()
        );
    }
    out
}

/// What platlint finds without rules.
fn own(format: ListFormat) -> String {
    let rules = own_rules::ALL.map(own_rules::OwnRule::info);
    match format {
        ListFormat::Text => {
            let width = rules.iter().map(|rule| rule.id.len()).max().unwrap_or_default();
            let line = |rule: &RuleInfo| {
                let (level, severity) = (rule.level.as_str(), rule.severity.as_str());
                format!("{:width$}  {level:5}  {severity:8}  {}\n", rule.id, rule.title)
            };
            rules.iter().map(line).collect()
        }
        ListFormat::Json => {
            let listed = rules.iter().map(|rule| {
                json!({
                    "id": rule.id, "title": rule.title, "level": rule.level.as_str(), "severity": rule.severity.as_str(),
                    "description": rule.description, "remedy": rule.remedy, "docs": rule.docs,
                })
            });
            format!("{:#}\n", json!({ "rules": listed.collect::<Vec<_>>() }))
        }
        ListFormat::Markdown => {
            let mut out = String::from(
                "# What platlint finds by itself\n\nThese findings come from reading files and the configuration, not from policies. They have no settings\n\
                 under `rules`; which files are read is said under `files.exclude`.\n",
            );
            for rule in &rules {
                let _ = write!(
                    out,
                    "\n## {}\n\n**{}**\n\nSeverity {}, level {}.\n\n{}\n\nWhat to do: {}\n",
                    rule.id,
                    rule.title,
                    rule.severity.as_str(),
                    rule.level.as_str(),
                    rule.description,
                    rule.remedy
                );
            }
            out
        }
    }
}
