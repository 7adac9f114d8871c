//! A verdict becomes an answer: denied, warned of or allowed, with the text a user reads.
//!
//! Only the first line of a denial is sure to be seen (Events and Argo CD show no more), so it has the gravest finding
//! with its remedy.

use platlint_engine::{Finding, Level, PolicySet, Rule, Severity, Verdict};

use crate::admission::Mode;
use crate::admission::annotations;
use crate::admission::text::{cut, field, one_line};
use crate::admission::wire::{Cause, Details, Request, Response, Status};
use crate::limits::{DENIAL_FINDINGS, DENIAL_LINE_CHARS, WARNING_CHARS, WARNINGS_CHARS};

/// The answer of the validating hook.
#[must_use]
pub fn validating(request: &Request<'_>, set: &PolicySet, verdict: &Verdict, mode: Mode) -> Response {
    let points = points(verdict);
    let denied: Vec<&Point> = points.iter().filter(|point| mode.cap(point.level) == Level::Error).collect();
    let warned: Vec<&Point> =
        points.iter().filter(|point| !point.fault && mode.cap(point.level) == Level::Warn).collect();
    let mut audit_annotations = annotations::of_server(set.revision(), mode);
    annotations::add_verdict(&mut audit_annotations, verdict);
    Response {
        uid: request.uid.as_ref().to_owned(),
        allowed: denied.is_empty(),
        status: (!denied.is_empty()).then(|| status(request, set, &denied)),
        patch: None,
        audit_annotations,
        warnings: warnings(&warned),
    }
}

/// The answer where nothing is judged.
#[must_use]
pub fn unjudged(request: &Request<'_>, set: &PolicySet, mode: Mode) -> Response {
    Response {
        uid: request.uid.as_ref().to_owned(),
        allowed: true,
        status: None,
        patch: None,
        audit_annotations: annotations::of_server(set.revision(), mode),
        warnings: Vec::new(),
    }
}

/// Something to tell of an object.
struct Point {
    rule: String,
    message: String,
    field: String,
    level: Level,
    severity: Severity,
    /// The policy's fault: it denies as the rule would, but never warns the user, who cannot mend it.
    fault: bool,
}

/// Everything a verdict says at any level, the gravest first.
fn points(verdict: &Verdict) -> Vec<Point> {
    let finding = |one: &Finding, level: Level, prefix: &str| Point {
        rule: one.rule.to_string(),
        message: format!("{prefix}{}", one_line(&one.message)),
        field: field(&one.path),
        level,
        severity: one.severity,
        fault: false,
    };
    let findings = verdict.findings.iter().map(|one| finding(one, one.level, ""));
    let preexisting =
        verdict.preexisting.iter().map(|one| finding(one, one.level.min(Level::Warn), "already before this update: "));
    let undecided = verdict.undecided.iter().map(|one| Point {
        rule: one.rule.to_string(),
        message: format!("not decided: {}", one_line(&one.reason)),
        field: field(&one.path),
        level: one.effect,
        severity: Severity::Low,
        fault: false,
    });
    let faults = verdict.faults.iter().map(|one| Point {
        rule: one.rule.to_string(),
        message: format!(
            "policy fault, not yours: the rule could not be evaluated ({}: {}); tell who maintains the policies",
            one.kind.as_str(),
            one_line(&one.message)
        ),
        field: String::new(),
        level: one.level,
        severity: Severity::Low,
        fault: true,
    });
    let mut points: Vec<Point> = findings.chain(preexisting).chain(undecided).chain(faults).collect();
    // Stable: what is equally grave stays in the verdict's order.
    points.sort_by_key(|point| (std::cmp::Reverse(point.level), std::cmp::Reverse(point.severity)));
    points
}

fn status(request: &Request<'_>, set: &PolicySet, denied: &[&Point]) -> Status {
    let causes = denied.iter().take(DENIAL_FINDINGS).map(|point| Cause {
        reason: point.rule.clone(),
        message: cut(point.message.clone(), DENIAL_LINE_CHARS),
        field: point.field.clone(),
    });
    Status {
        code: 403,
        reason: "Forbidden",
        message: message(set, denied),
        details: Some(Details {
            name: request.name.as_deref().unwrap_or_default().to_owned(),
            group: request.kind.group.as_ref().to_owned(),
            kind: request.kind.kind.as_ref().to_owned(),
            causes: causes.collect(),
        }),
    }
}

fn message(set: &PolicySet, denied: &[&Point]) -> String {
    let mut lines: Vec<String> =
        denied.iter().take(DENIAL_FINDINGS).map(|point| cut(line(point), DENIAL_LINE_CHARS)).collect();
    let rule = denied.first().and_then(|point| Some((point, rule(set, &point.rule)?)));
    if let (Some((point, rule)), Some(first)) = (&rule, lines.first_mut())
        && !point.fault
    {
        let remedy = one_line(&rule.meta.remedy);
        if !remedy.is_empty() {
            first.push_str(if first.ends_with(['.', '!', '?', '…']) { " " } else { ". " });
            first.push_str(&remedy);
        }
    }
    let left = denied.len().saturating_sub(DENIAL_FINDINGS);
    if left > 0 {
        lines.push(format!("and {left} more"));
    }
    if let Some(docs) = rule.and_then(|(_, rule)| docs(rule)) {
        lines.push(format!("See {docs}"));
    }
    lines.join("\n")
}

/// `[rule] message (field)`.
fn line(point: &Point) -> String {
    if point.field.is_empty() {
        format!("[{}] {}", point.rule, point.message)
    } else {
        format!("[{}] {} ({})", point.rule, point.message, point.field)
    }
}

/// The rule of an id. Findings of a Conftest package are named `package.rule`.
fn rule<'s>(set: &'s PolicySet, id: &str) -> Option<&'s Rule> {
    let is_of =
        |rule: &&Rule| id.strip_prefix(&*rule.meta.id).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
    set.rules().iter().filter(is_of).max_by_key(|rule| rule.meta.id.len())
}

/// Where a rule is explained: the project's page of a built-in one, the first link of another.
fn docs(rule: &Rule) -> Option<String> {
    if &*rule.meta.origin == "builtin" {
        return Some(format!("{}/blob/main/docs/rules/{}.md", env!("CARGO_PKG_REPOSITORY"), rule.meta.id));
    }
    rule.meta.related_resources.first().map(|resource| one_line(&resource.reference))
}

/// One short line each. What does not fit is counted, and the count comes first.
fn warnings(warned: &[&Point]) -> Vec<String> {
    let mut lines: Vec<String> =
        warned.iter().map(|point| cut(line(point), WARNING_CHARS)).filter(|line| !line.is_empty()).collect();
    let total = lines.len();
    let mut chars = 0_usize;
    let fitting = lines
        .iter()
        .take_while(|line| {
            chars = chars.saturating_add(line.chars().count());
            // Room for the count.
            chars <= WARNINGS_CHARS.saturating_sub(WARNING_CHARS)
        })
        .count();
    if fitting < total {
        lines.truncate(fitting);
        let left = total.saturating_sub(fitting);
        lines.insert(0, format!("[platlint] {left} more findings than are shown here; `platlint check` shows all"));
    }
    lines
}
