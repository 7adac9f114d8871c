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
mod wire;

use std::borrow::Cow;
use std::io;

use platlint_engine::{Level, Severity};
use serde::Serialize;

use self::limit::Quota;
use self::wire::{
    ArtifactLocation, DescriptorReference, Driver, FaultProperties, Fingerprints, Help, Invocation, Location,
    LogicalLocation, Notification, Outcome, PhysicalLocation, Region, ReportingConfiguration, ReportingDescriptor,
    ResultProperties, RuleProperties, RuleReference, RunProperties, Suppression, Tool, UriBase, UriBases,
};
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
    writeln!(out, r#"{{"$schema":"{SCHEMA}","version":"2.1.0","runs":[{{"#)?;
    member(out, "tool", &tool(report))?;
    let invocation = Invocation {
        execution_successful: report.faults.is_empty(),
        tool_execution_notifications: notifications(report, &rules, &quota),
    };
    member(out, "invocations", &[invocation])?;
    let root = UriBase { description: "The folder that platlint ran in.".into() };
    member(out, "originalUriBaseIds", &UriBases { root })?;
    member(out, "columnKind", "unicodeCodePoints")?;
    let properties =
        RunProperties { revision: &report.revision, config: report.config.as_deref(), summary: report.summary };
    member(out, "properties", &properties)?;
    out.write_all(br#""results":["#)?;
    let mut separator: &[u8] = b"\n";
    let mut line = Vec::new();
    let mut result = |result: Outcome<'_>| {
        line.clear();
        line.extend_from_slice(separator);
        separator = b",\n";
        serde_json::to_writer(&mut line, &result)?;
        out.write_all(&line)
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
    out.write_all(b"\n]}]}\n")
}

fn member<T: Serialize + ?Sized>(out: &mut dyn io::Write, name: &str, value: &T) -> io::Result<()> {
    write!(out, "\"{name}\":")?;
    serde_json::to_writer(&mut *out, value)?;
    out.write_all(b",\n")
}

fn tool(report: &Report) -> Tool<'_> {
    Tool {
        driver: Driver {
            name: "platlint",
            semantic_version: env!("CARGO_PKG_VERSION"),
            information_uri: env!("CARGO_PKG_REPOSITORY"),
            rules: report.rules.iter().map(descriptor).collect(),
        },
    }
}

fn descriptor(rule: &RuleInfo) -> ReportingDescriptor<'_> {
    let description = if rule.description.is_empty() { &rule.title } else { &rule.description };
    let remedy = if rule.remedy.is_empty() { &rule.title } else { &rule.remedy };
    ReportingDescriptor {
        id: &rule.id,
        short_description: first(&rule.title).into(),
        full_description: first(description).into(),
        help: Help { text: remedy, markdown: format!("{description}\n\n**Remedy:** {remedy}") },
        help_uri: &rule.docs,
        default_configuration: ReportingConfiguration {
            enabled: rule.level != Level::Off,
            level: level_name(rule.level),
        },
        // GitHub documents the severity for rules with this tag only.
        properties: RuleProperties { tags: ["security"], security_severity: security_severity(rule.severity) },
    }
}

fn first(text: &str) -> &str {
    text.char_indices().nth(MOST_DESCRIPTION).map_or(text, |(at, _)| &text[..at])
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

fn violation<'a>(finding: &'a Finding, rules: &Rules<'_>) -> Outcome<'a> {
    let text = match &finding.help {
        Some(help) => Cow::Owned(format!("{}\n\n{help}", finding.message)),
        None => Cow::Borrowed(finding.message.as_str()),
    };
    let related = finding.related.iter().enumerate().map(|(id, related)| Location {
        id: Some(id),
        message: Some(related.message.as_str().into()),
        physical_location: physical(related.file.as_ref().unwrap_or(&finding.spot.file), Some(related.place)),
        logical_locations: None,
    });
    Outcome {
        related_locations: related.collect(),
        partial_fingerprints: Some(Fingerprints { line: finding.fingerprint, own: finding.fingerprint }),
        ..outcome(&finding.rule, finding.level, text, &finding.spot, rules)
    }
}

fn open<'a>(point: &'a Undecided, rules: &Rules<'_>) -> Outcome<'a> {
    let text = Cow::Owned(format!("not decided: {}", point.reason));
    Outcome {
        kind: if point.effect == Level::Off { "open" } else { "fail" },
        ..outcome(&point.rule, point.effect, text, &point.spot, rules)
    }
}

fn suppressed<'a>(exempted: &'a Exempted, rules: &Rules<'_>) -> Outcome<'a> {
    let level = rules.get(&exempted.rule).map_or(Level::Error, |rule| rule.level);
    Outcome {
        suppressions: Some([Suppression {
            kind: "external",
            status: "accepted",
            justification: format!("exempted by {} until {}", exempted.by, exempted.expires),
        }]),
        ..outcome(&exempted.rule, level, Cow::Borrowed(&exempted.message), &exempted.spot, rules)
    }
}

fn outcome<'a>(rule: &'a str, level: Level, text: Cow<'a, str>, spot: &'a Spot, rules: &Rules<'_>) -> Outcome<'a> {
    Outcome {
        rule_id: rule,
        rule_index: rules.index(rule),
        kind: "fail",
        level: level_name(level),
        message: text.into(),
        locations: [Location {
            physical_location: physical(&spot.file, Some(spot.place)),
            logical_locations: spot.object.as_deref().map(|object| [logical(object)]),
            ..Location::default()
        }],
        related_locations: Vec::new(),
        partial_fingerprints: None,
        suppressions: None,
        properties: ResultProperties { document: spot.document, path: &spot.path },
    }
}

fn physical(file: &str, place: Option<Place>) -> PhysicalLocation {
    let artifact_location = match uri::of_file(file) {
        uri::FileUri::Relative(uri) => ArtifactLocation { uri, uri_base_id: Some(ROOT) },
        uri::FileUri::Absolute(uri) => ArtifactLocation { uri, uri_base_id: None },
    };
    // The end is exclusive here as there: "one greater than the column of the last character" (3.30.8).
    let region = place.map(|place| Region {
        start_line: place.line.max(1),
        start_column: place.column.max(1),
        end_line: place.end_line.max(place.line).max(1),
        end_column: place.end_column.max(1),
    });
    PhysicalLocation { artifact_location, region }
}

fn logical(object: &ObjectRef) -> LogicalLocation<'_> {
    LogicalLocation {
        name: object.name.as_deref(),
        fully_qualified_name: visible::object_name(object),
        kind: "resource",
    }
}

/// What went wrong with the run itself: policies that failed, results that were left out.
fn notifications<'a>(report: &'a Report, rules: &Rules<'_>, quota: &Quota) -> Vec<Notification<'a>> {
    let mut list: Vec<Notification<'_>> = report.faults.iter().map(|fault| notification(fault, rules)).collect();
    if let Some(text) = quota.notice() {
        list.push(Notification {
            level: "warning",
            message: text.into(),
            descriptor: DescriptorReference { id: "results-left-out".into() },
            associated_rule: None,
            locations: Vec::new(),
            properties: None,
        });
    }
    list
}

fn notification<'a>(fault: &'a Fault, rules: &Rules<'_>) -> Notification<'a> {
    Notification {
        level: "error",
        message: format!("the policy failed ({}): {}", fault.kind, fault.message).into(),
        descriptor: DescriptorReference { id: format!("policy-fault/{}", fault.kind).into() },
        associated_rule: Some(RuleReference { id: &fault.rule, index: rules.index(&fault.rule) }),
        locations: vec![Location { physical_location: physical(&fault.file, None), ..Location::default() }],
        properties: Some(FaultProperties { document: fault.document }),
    }
}
