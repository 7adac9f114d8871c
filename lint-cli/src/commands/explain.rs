//! `platlint explain RULE`: a rule's own documentation.

use std::fmt::Write as _;
use std::sync::Arc;

use platlint_engine::{FixSafety, Requirement, Rule};
use serde_json::Value as Json;

use super::check::answer;
use super::load::{load, now};
use crate::args::{ExplainArgs, ListFormat};
use crate::exit::{ExitStatus, Failure};
use crate::own_rules;
use crate::report::RuleInfo;

pub(super) fn run(args: &ExplainArgs) -> Result<ExitStatus, Failure> {
    let loaded = load(&args.policies, now()?)?;
    let rules = loaded.set.rules();
    if let Some(own) = own_rules::ALL.iter().find(|own| own.id == args.id) {
        answer(&own_page(&own.info(), args.format))?;
        return Ok(ExitStatus::Clean);
    }
    let Some(rule) = rules.iter().find(|rule| *rule.meta.id == *args.id) else {
        let known: Vec<&str> = rules.iter().map(|rule| &*rule.meta.id).collect();
        return Err(Failure::Usage(format!("there is no rule `{}`; there are {}", args.id, known.join(", "))));
    };
    answer(&match args.format {
        ListFormat::Text | ListFormat::Markdown => page(rule),
        ListFormat::Json => format!(
            "{:#}\n",
            serde_json::json!({
                "id": rule.meta.id, "title": rule.meta.title, "description": rule.meta.description, "remedy": rule.meta.remedy,
                "severity": rule.meta.severity.as_str(), "level": rule.settings.level.as_str(), "parameters": rule.meta.parameters,
                "fix": rule.meta.fix, "mutates": rule.patches(), "mutate": rule.settings.mutate, "examples": rule.meta.examples, "problems": rule.meta.problems, "settled": rule.meta.settled, "related_resources": rule.meta.related_resources,
            })
        ),
    })?;
    Ok(ExitStatus::Clean)
}

/// What platlint finds by itself, explained like a rule.
fn own_page(rule: &RuleInfo, format: ListFormat) -> String {
    let RuleInfo { id, title, description, remedy, severity, level, .. } = rule;
    match format {
        ListFormat::Json => format!(
            "{:#}\n",
            serde_json::json!({"id": id, "title": title, "description": description, "remedy": remedy,
                "severity": severity.as_str(), "level": level.as_str()})
        ),
        ListFormat::Text | ListFormat::Markdown => format!(
            "# {id}\n\n**{title}**\n\nSeverity {}, level {}.\n\n{description}\n\n## What to do\n\n{remedy}\n",
            severity.as_str(),
            level.as_str()
        ),
    }
}

/// The rule's page, in Markdown that reads well on a terminal too.
fn page(rule: &Rule) -> String {
    let meta = &rule.meta;
    let mut out = format!("# {}\n\n**{}**\n\n", meta.id, meta.title);
    // Writing to a string cannot fail, here and below.
    let _ = writeln!(out, "Severity {}, level {} by default.\n", meta.severity.as_str(), meta.level.as_str());
    if !meta.description.is_empty() {
        let _ = writeln!(out, "{}\n", meta.description.trim());
    }
    if !meta.remedy.is_empty() {
        let _ = writeln!(out, "## What to do\n\n{}\n", meta.remedy.trim());
    }
    changes(rule, &mut out);
    examples(rule, &mut out);
    parameters(meta.parameters.as_ref(), &mut out);
    requirements(&meta.requires, &mut out);
    asked(&meta.problems, &meta.settled, &mut out);
    if !meta.related_resources.is_empty() {
        out.push_str("## Further reading\n\n");
        for link in &meta.related_resources {
            let text = if link.description.is_empty() { &link.reference } else { &link.description };
            let _ = writeln!(out, "- [{text}]({})", link.reference);
        }
        out.push('\n');
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

/// What it changes, where it is told to.
fn changes(rule: &Rule, out: &mut String) {
    if !rule.patches() {
        return;
    }
    let id = &rule.meta.id;
    let _ = writeln!(
        out,
        "## What it changes\n\nThis rule can change objects as their author would have to: in the cluster where \
         `rules.{id}.mutate` is `pods` or `all`{}\n",
        match rule.meta.fix {
            Some(FixSafety::Safe) => ", in files with `platlint fix`.",
            Some(FixSafety::Unsafe) =>
                ", in files with `platlint fix --unsafe`: look at what comes out, it may run otherwise than before.",
            None => ". In files it changes nothing.",
        }
    );
}

fn examples(rule: &Rule, out: &mut String) {
    for example in &rule.meta.examples {
        let _ = writeln!(out, "## Example: {}\n", example.title);
        for (what, yaml) in [("Found", &example.bad), ("Accepted", &example.good)] {
            if !yaml.is_empty() {
                let _ = writeln!(out, "{what}:\n\n```yaml\n{}\n```\n", yaml.trim_end());
            }
        }
    }
}

fn parameters(schema: Option<&Json>, out: &mut String) {
    let Some(properties) = schema.and_then(|schema| schema.get("properties")).and_then(Json::as_object) else { return };
    if properties.is_empty() {
        return;
    }
    out.push_str("## Parameters\n\n| name | default | meaning |\n|---|---|---|\n");
    for (name, property) in properties {
        let default = property.get("default").map_or_else(|| "none".to_owned(), |value| format!("`{value}`"));
        let meaning = property.get("description").and_then(Json::as_str).unwrap_or_default();
        let cell = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|");
        let _ = writeln!(out, "| `{name}` | {} | {} |", cell(&default), cell(meaning));
    }
    out.push('\n');
}

/// Of which notes of the readers it speaks, and which leave it nothing to say.
fn asked(problems: &[Arc<str>], settled: &[Arc<str>], out: &mut String) {
    let listed = |words: &[Arc<str>]| words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(" or ");
    if !problems.is_empty() || !settled.is_empty() {
        out.push_str("## When it is asked\n\n");
    }
    if !problems.is_empty() {
        let noted = listed(problems);
        let _ = writeln!(
            out,
            "Where the readers of platform files noted {noted} of the object, as a problem or as not known.\n"
        );
    }
    if !settled.is_empty() {
        let noted = listed(settled);
        let _ = writeln!(
            out,
            "Not where they noted that {noted} is settled, unless the configuration gives the rule parameters.\n"
        );
    }
}

fn requirements(requires: &[Requirement], out: &mut String) {
    if requires.is_empty() {
        return;
    }
    out.push_str("## What must be known\n\nWhere one of these is not known the rule may be *not decided*:\n\n");
    for requirement in requires {
        let text = match requirement {
            Requirement::Namespace => "the object's namespace".to_owned(),
            Requirement::User => "who makes the change".to_owned(),
            Requirement::OldObject => "the object before the change".to_owned(),
            Requirement::ImageSignatures => "the signatures of the images".to_owned(),
            Requirement::ImagePins => "what the images' tags point at, to fix what is found".to_owned(),
            Requirement::Catalog => "the catalog's entities".to_owned(),
            Requirement::Platform => "what platform files say of the object".to_owned(),
            Requirement::Inventory { api_version, kind, only_for_patches } => {
                let purpose = if *only_for_patches { ", to fix what is found" } else { "" };
                format!("other objects: {api_version} {kind}{purpose}")
            }
        };
        let _ = writeln!(out, "- {text}");
    }
    out.push('\n');
}
