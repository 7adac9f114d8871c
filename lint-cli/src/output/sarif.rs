//! SARIF 2.1.0 (OASIS), as code scanning services take it.
//!
//! Violations are results of kind `fail`; what an exemption covers is a suppressed result; policies that failed are
//! notifications of an unsuccessful invocation. What was not decided is of kind `open`, which the standard (3.27.9)
//! defines as evaluated with too little information to conclude, not `review`, which asks a person to judge; a result
//! that does not fail has the level `none` (3.27.10). Where the configuration lets it warn or fail, it is a failing
//! result like any other.
//!
//! Left out on purpose: source snippets, since files hold secrets.

mod limit;
mod uri;

use std::io;

use platlint_engine::{Level, Severity};
use serde_json::{Value, json};

use self::limit::Quota;
use super::{Rules, visible};
use crate::report::{Exempted, Fault, Finding, ObjectRef, Place, Report, RuleInfo, Spot, Undecided};

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
/// The base that relative addresses stand on: the checkout, by the name that code scanning services know.
const ROOT: &str = "%SRCROOT%";
/// Characters of a rule's descriptions that GitHub takes.
const MOST_DESCRIPTION: usize = 1024;

pub(super) fn write(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    let rules = Rules::of(report);
    let mut quota = Quota::of(report);
    let driver = json!({
        "name": "platlint",
        "semanticVersion": env!("CARGO_PKG_VERSION"),
        "informationUri": env!("CARGO_PKG_REPOSITORY"),
        "rules": report.rules.iter().map(descriptor).collect::<Vec<_>>(),
    });
    let invocation = json!({
        "executionSuccessful": report.faults.is_empty(),
        "toolExecutionNotifications": notifications(report, &rules, &quota),
    });
    let base = json!({ ROOT: { "description": { "text": "The folder that platlint ran in." } } });
    let properties = json!({ "revision": report.revision, "config": report.config, "summary": report.summary });
    writeln!(out, r#"{{"$schema":"{SCHEMA}","version":"2.1.0","runs":[{{"#)?;
    writeln!(out, r#""tool":{{"driver":{driver}}},"#)?;
    writeln!(out, r#""invocations":[{invocation}],"#)?;
    writeln!(out, r#""originalUriBaseIds":{base},"#)?;
    writeln!(out, r#""columnKind":"unicodeCodePoints","properties":{properties},"#)?;
    write!(out, r#""results":["#)?;
    let mut separator = "\n";
    let mut result = |result: Value| {
        write!(out, "{separator}{result}")?;
        separator = ",\n";
        io::Result::Ok(())
    };
    for finding in report.findings.iter().filter(|finding| quota.admits(finding.level)) {
        result(violation(finding, &rules))?;
    }
    for point in report.undecided.iter().filter(|point| quota.admits(point.effect)) {
        result(open(point, &rules))?;
    }
    for exempted in report.exempted.iter().filter(|_| quota.admits(Level::Off)) {
        result(suppressed(exempted, &rules))?;
    }
    writeln!(out, "\n]}}]}}")
}

fn descriptor(rule: &RuleInfo) -> Value {
    let description = if rule.description.is_empty() { &rule.title } else { &rule.description };
    let remedy = if rule.remedy.is_empty() { &rule.title } else { &rule.remedy };
    let mut value = json!({
        "id": &*rule.id,
        "shortDescription": { "text": first(&rule.title) },
        "fullDescription": { "text": first(description) },
        "help": { "text": remedy, "markdown": format!("{description}\n\n**Remedy:** {remedy}") },
        "defaultConfiguration": { "enabled": rule.level != Level::Off, "level": level_name(rule.level) },
        // GitHub reads the severity only of rules that carry this tag.
        "properties": { "tags": ["security"], "security-severity": security_severity(rule.severity) },
    });
    if !rule.docs.is_empty() {
        value["helpUri"] = json!(rule.docs);
    }
    value
}

fn first(text: &str) -> String {
    text.chars().take(MOST_DESCRIPTION).collect()
}

/// A number within the band that GitHub gives the word: above 9.0 critical, from 7.0 high, from 4.0 medium, below low.
const fn security_severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "2.0",
    }
}

const fn level_name(level: Level) -> &'static str {
    match level {
        Level::Error => "error",
        Level::Warn => "warning",
        Level::Audit => "note",
        Level::Off => "none",
    }
}

fn violation(finding: &Finding, rules: &Rules<'_>) -> Value {
    let text = match &finding.help {
        Some(help) => format!("{}\n\n{help}", finding.message),
        None => finding.message.clone(),
    };
    let mut value = result(&finding.rule, level_name(finding.level), &text, &finding.spot, rules);
    value["kind"] = json!("fail");
    value["partialFingerprints"] = json!({
        // The only one that GitHub compares; without it the upload hashes lines, which a moved block changes.
        "primaryLocationLineHash": finding.fingerprint,
        "platlint/v1": finding.fingerprint,
    });
    if !finding.related.is_empty() {
        let places = finding.related.iter().enumerate().map(|(id, related)| {
            json!({
                "id": id,
                "message": { "text": related.message },
                "physicalLocation": physical(&finding.spot.file, Some(related.place)),
            })
        });
        value["relatedLocations"] = places.collect();
    }
    value
}

fn open(point: &Undecided, rules: &Rules<'_>) -> Value {
    let text = format!("not decided: {}", point.reason);
    let mut value = result(&point.rule, level_name(point.effect), &text, &point.spot, rules);
    value["kind"] = json!(if point.effect == Level::Off { "open" } else { "fail" });
    value
}

fn suppressed(exempted: &Exempted, rules: &Rules<'_>) -> Value {
    let level = rules.get(&exempted.rule).map_or(Level::Error, |rule| rule.level);
    let mut value = result(&exempted.rule, level_name(level), &exempted.message, &exempted.spot, rules);
    value["kind"] = json!("fail");
    value["suppressions"] = json!([{
        "kind": "external",
        "status": "accepted",
        "justification": format!("exempted by {} until {}", exempted.by, exempted.expires),
    }]);
    value
}

fn result(rule: &str, level: &str, text: &str, spot: &Spot, rules: &Rules<'_>) -> Value {
    let mut location = json!({ "physicalLocation": physical(&spot.file, Some(spot.place)) });
    if let Some(object) = spot.object.as_deref() {
        location["logicalLocations"] = json!([logical(object)]);
    }
    let mut value = json!({
        "ruleId": rule,
        "level": level,
        "message": { "text": text },
        "locations": [location],
        "properties": { "document": spot.document, "path": spot.path },
    });
    if let Some(index) = rules.index(rule) {
        value["ruleIndex"] = json!(index);
    }
    value
}

fn physical(file: &str, place: Option<Place>) -> Value {
    let artifact = match uri::of_file(file) {
        uri::FileUri::Relative(uri) => json!({ "uri": uri, "uriBaseId": ROOT }),
        uri::FileUri::Absolute(uri) => json!({ "uri": uri }),
    };
    let mut value = json!({ "artifactLocation": artifact });
    if let Some(place) = place {
        // The end is exclusive here as there: "one greater than the column of the last character".
        value["region"] = json!({
            "startLine": place.line.max(1),
            "startColumn": place.column.max(1),
            "endLine": place.end_line.max(place.line).max(1),
            "endColumn": place.end_column.max(1),
        });
    }
    value
}

fn logical(object: &ObjectRef) -> Value {
    let mut value = json!({ "fullyQualifiedName": visible::object_name(object), "kind": "resource" });
    if let Some(name) = &object.name {
        value["name"] = json!(name);
    }
    value
}

/// What went wrong with the run itself: policies that failed, results that were left out.
fn notifications(report: &Report, rules: &Rules<'_>, quota: &Quota) -> Vec<Value> {
    let mut list: Vec<Value> = report.faults.iter().map(|fault| notification(fault, rules)).collect();
    if let Some(text) = quota.notice() {
        list.push(json!({
            "level": "warning",
            "message": { "text": text },
            "descriptor": { "id": "results-left-out" },
        }));
    }
    list
}

fn notification(fault: &Fault, rules: &Rules<'_>) -> Value {
    let mut rule = json!({ "id": &*fault.rule });
    if let Some(index) = rules.index(&fault.rule) {
        rule["index"] = json!(index);
    }
    json!({
        "level": "error",
        "message": { "text": format!("the policy failed ({}): {}", fault.kind, fault.message) },
        "descriptor": { "id": format!("policy-fault/{}", fault.kind) },
        "associatedRule": rule,
        "locations": [{ "physicalLocation": physical(&fault.file, None) }],
        "properties": { "document": fault.document },
    })
}
