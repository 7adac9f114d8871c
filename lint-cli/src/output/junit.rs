//! `JUnit` XML for test reports: one suite per file, one case per rule and object.
//!
//! Violations at level `error` fail; what only warns or is only reported is skipped with its text, as Conftest does, so
//! that a run that ends well shows no failed test; what was not decided or is exempted is skipped, too, and a policy
//! that failed is an error. Objects without any of these are not in a report: when there is nothing to tell, one passed
//! case says so.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::io;

use platlint_engine::Level;

use super::{Rules, summary, visible};
use crate::report::{ObjectRef, Report, Spot};

/// What becomes of a case; the worst of what happened to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Outcome {
    Skipped,
    Failed,
    Error,
}

impl Outcome {
    const fn element(self) -> &'static str {
        match self {
            Self::Skipped => "skipped",
            Self::Failed => "failure",
            Self::Error => "error",
        }
    }

    const fn of(level: Level) -> Self {
        match level {
            Level::Error => Self::Failed,
            Level::Warn | Level::Audit | Level::Off => Self::Skipped,
        }
    }
}

/// One rule and one object of a file.
struct Case<'a> {
    rule: &'a str,
    document: u32,
    object: Option<&'a ObjectRef>,
    outcome: Outcome,
    /// What the outcome is called: `violation`, `warning`, `undecided`, …
    kind: &'static str,
    /// First what decided the outcome.
    message: String,
    /// Everything, one line each and more for remedies.
    text: String,
}

#[derive(Default)]
struct Suite<'a> {
    cases: Vec<Case<'a>>,
    at: HashMap<(&'a str, u32, Option<&'a ObjectRef>), usize>,
}

impl<'a> Suite<'a> {
    fn add(&mut self, rule: &'a str, document: u32, object: Option<&'a ObjectRef>, found: Found) {
        let index = *self.at.entry((rule, document, object)).or_insert(self.cases.len());
        match self.cases.get_mut(index) {
            None => {
                let Found { outcome, kind, message, text } = found;
                self.cases.push(Case { rule, document, object, outcome, kind, message, text });
            }
            Some(case) => {
                if found.outcome > case.outcome {
                    (case.outcome, case.kind, case.message) = (found.outcome, found.kind, found.message);
                }
                case.text.push('\n');
                case.text.push_str(&found.text);
            }
        }
    }

    fn count(&self, outcome: Outcome) -> usize {
        self.cases.iter().filter(|case| case.outcome == outcome).count()
    }
}

/// One thing to tell about a case.
struct Found {
    outcome: Outcome,
    kind: &'static str,
    message: String,
    text: String,
}

pub(super) fn write(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    let suites = suites(report);
    writeln!(out, r#"<?xml version="1.0" encoding="UTF-8"?>"#)?;
    if suites.is_empty() {
        writeln!(out, r#"<testsuites name="platlint" tests="1" failures="0" errors="0">"#)?;
        writeln!(out, r#"  <testsuite name="platlint" tests="1" failures="0" errors="0" skipped="0">"#)?;
        let name = summary::sentence(report);
        writeln!(out, r#"    <testcase classname="platlint" name="{}"/>"#, attribute(&name))?;
        writeln!(out, "  </testsuite>")?;
        return writeln!(out, "</testsuites>");
    }
    let all = |outcome| suites.values().map(|suite| suite.count(outcome)).sum::<usize>();
    writeln!(
        out,
        r#"<testsuites name="platlint" tests="{}" failures="{}" errors="{}">"#,
        suites.values().map(|suite| suite.cases.len()).sum::<usize>(),
        all(Outcome::Failed),
        all(Outcome::Error)
    )?;
    for (file, suite) in &suites {
        write_suite(file, suite, out)?;
    }
    writeln!(out, "</testsuites>")
}

fn suites(report: &Report) -> BTreeMap<&str, Suite<'_>> {
    let rules = Rules::of(report);
    let mut suites: BTreeMap<&str, Suite<'_>> = BTreeMap::new();
    let mut add = |rule, spot, found| {
        let spot: &Spot = spot;
        suites.entry(&*spot.file).or_default().add(rule, spot.document, spot.object.as_deref(), found);
    };
    for finding in &report.findings {
        let help = finding.help.as_deref().or_else(|| rules.get(&finding.rule).map(|rule| rule.remedy.as_str()));
        let mut text = line(&finding.spot, &finding.message);
        if let Some(help) = help.filter(|help| !help.is_empty()) {
            text.push_str("\nhelp: ");
            text.push_str(help);
        }
        let kind = match finding.level {
            Level::Error => "violation",
            Level::Warn => "warning",
            Level::Audit | Level::Off => "audit",
        };
        let found = Found { outcome: Outcome::of(finding.level), kind, message: finding.message.clone(), text };
        add(&finding.rule, &finding.spot, found);
    }
    for point in &report.undecided {
        let message = format!("not decided: {}", point.reason);
        let text = line(&point.spot, &message);
        add(&point.rule, &point.spot, Found { outcome: Outcome::of(point.effect), kind: "undecided", message, text });
    }
    for exempted in &report.exempted {
        let message = format!("exempted by {} until {}: {}", exempted.by, exempted.expires, exempted.message);
        let text = line(&exempted.spot, &message);
        let found = Found { outcome: Outcome::Skipped, kind: "exempted", message, text };
        add(&exempted.rule, &exempted.spot, found);
    }
    for fault in &report.faults {
        let message = format!("the policy failed ({}): {}", fault.kind, fault.message);
        let text = format!("{}: {message}\na fault of the policy, not of the file", fault.file);
        let found = Found { outcome: Outcome::Error, kind: "policy-fault", message, text };
        suites.entry(&*fault.file).or_default().add(&fault.rule, fault.document, None, found);
    }
    suites
}

fn line(spot: &Spot, message: &str) -> String {
    format!("{}:{}:{}: {message}", spot.file, spot.place.line, spot.place.column)
}

fn write_suite(file: &str, suite: &Suite<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    writeln!(
        out,
        r#"  <testsuite name="{}" tests="{}" failures="{}" errors="{}" skipped="{}">"#,
        attribute(file),
        suite.cases.len(),
        suite.count(Outcome::Failed),
        suite.count(Outcome::Error),
        suite.count(Outcome::Skipped)
    )?;
    // Readers know a case by class and name: objects of one name in one file are told apart by their document.
    let mut names = HashSet::new();
    for case in &suite.cases {
        let mut name = case.object.map_or_else(|| format!("document {}", case.document), visible::object_name);
        if !names.insert((case.rule, name.clone())) {
            name = format!("{name} (document {})", case.document);
        }
        let element = case.outcome.element();
        writeln!(out, r#"    <testcase classname="{}" name="{}">"#, attribute(case.rule), attribute(&name))?;
        writeln!(
            out,
            r#"      <{element} type="{}" message="{}">{}</{element}>"#,
            case.kind,
            attribute(&case.message),
            escaped(&visible::lines(&case.text))
        )?;
        writeln!(out, "    </testcase>")?;
    }
    writeln!(out, "  </testsuite>")
}

fn attribute(text: &str) -> String {
    escaped(&visible::one_line(text))
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let mut rest = text;
    // The last two are the characters that XML 1.0 forbids and that are no control characters.
    while let Some(at) = rest.find(['&', '<', '>', '"', '\u{fffe}', '\u{ffff}']) {
        let (before, from) = rest.split_at(at);
        let mut chars = from.chars();
        out.push_str(before);
        out.push_str(match chars.next() {
            Some('&') => "&amp;",
            Some('<') => "&lt;",
            Some('>') => "&gt;",
            Some('"') => "&quot;",
            _ => "\u{fffd}",
        });
        rest = chars.as_str();
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lets_no_character_through_that_xml_forbids() {
        assert_eq!(attribute("a<b>&\"\u{0}\u{ffff}\n"), "a&lt;b&gt;&amp;&quot;␀\u{fffd} ");
    }
}
