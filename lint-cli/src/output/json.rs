//! platlint's own JSON, version 1 (docs/output-formats.md): what other tools may rely on.
//!
//! Streamed: one finding per line, nothing of the report is copied. Fields may be added, never removed or renamed
//! within version 1.

use std::io;

use platlint_engine::PatchOp;
use serde::Serialize;

use super::{Rules, effect_name};
use crate::report::{Exempted, Fault, Finding, Fingerprint, Place, Related, Report, Spot, Summary, Undecided};

/// The version of this format.
const VERSION: u32 = 1;

pub(super) fn write(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    let rules = Rules::of(report);
    write!(out, r#"{{"version":{VERSION},"tool":"platlint {}","revision":"#, env!("CARGO_PKG_VERSION"))?;
    serde_json::to_writer(&mut *out, &report.revision)?;
    out.write_all(br#","config":"#)?;
    serde_json::to_writer(&mut *out, &report.config)?;
    out.write_all(b",\n\"summary\":")?;
    serde_json::to_writer::<_, Summary>(&mut *out, &report.summary)?;
    list(out, "findings", report.findings.iter().map(|finding| finding_line(finding, &rules)))?;
    list(out, "undecided", report.undecided.iter().map(undecided_line))?;
    list(out, "exempted", report.exempted.iter().map(exempted_line))?;
    list(out, "faults", report.faults.iter().map(fault_line))?;
    out.write_all(b"}\n")
}

/// A list with one item per line, so that two outputs can be compared by lines.
fn list<T: Serialize>(out: &mut dyn io::Write, name: &str, items: impl Iterator<Item = T>) -> io::Result<()> {
    write!(out, ",\n\"{name}\":[")?;
    let mut empty = true;
    // Into a buffer of known type, a line at a time: serde_json writes in pieces of a few bytes.
    let mut line = Vec::new();
    for item in items {
        line.clear();
        line.extend_from_slice(if empty { b"\n" } else { b",\n" });
        serde_json::to_writer(&mut line, &item)?;
        out.write_all(&line)?;
        empty = false;
    }
    // An empty list stays on its line: `"findings":[]`.
    out.write_all(if empty { b"]" } else { b"\n]" })
}

/// The fields of a place are listed in each structure: serde's `flatten` goes through a slower path.
#[derive(Serialize)]
struct FindingLine<'a> {
    rule: &'a str,
    level: &'static str,
    severity: &'static str,
    message: &'a str,
    file: &'a str,
    document: u32,
    line: u32,
    column: u32,
    end_line: u32,
    end_column: u32,
    path: &'a str,
    object: Option<ObjectFields<'a>>,
    /// Of a rendered object, who made it of what.
    origin: Option<OriginFields<'a>>,
    related: RelatedList<'a>,
    fix: Option<FixFields<'a>>,
    help: Option<&'a str>,
    fingerprint: Fingerprint,
    docs: &'a str,
}

#[derive(Serialize)]
struct OriginFields<'a> {
    tool: &'a str,
    from: &'a str,
    rendered: &'a str,
    line: u32,
}

#[derive(Serialize)]
struct FixFields<'a> {
    safety: &'static str,
    patch: &'a [PatchOp],
}

#[derive(Serialize)]
struct UndecidedLine<'a> {
    rule: &'a str,
    reason: &'a str,
    effect: &'static str,
    file: &'a str,
    document: u32,
    line: u32,
    column: u32,
    end_line: u32,
    end_column: u32,
    path: &'a str,
    object: Option<ObjectFields<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    origin: Option<OriginFields<'a>>,
}

#[derive(Serialize)]
struct ExemptedLine<'a> {
    rule: &'a str,
    message: &'a str,
    file: &'a str,
    document: u32,
    line: u32,
    column: u32,
    end_line: u32,
    end_column: u32,
    path: &'a str,
    object: Option<ObjectFields<'a>>,
    by: &'a str,
    expires: &'a str,
}

#[derive(Serialize)]
struct FaultLine<'a> {
    rule: &'a str,
    kind: &'static str,
    message: &'a str,
    file: &'a str,
    document: u32,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ObjectFields<'a> {
    api_version: &'a str,
    kind: &'a str,
    namespace: Option<&'a str>,
    name: Option<&'a str>,
}

/// Serialises the slice itself: no list is built per finding.
struct RelatedList<'a>(&'a [Related]);

#[derive(Serialize)]
struct RelatedFields<'a> {
    /// Absent where it is the finding's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<&'a str>,
    line: u32,
    column: u32,
    end_line: u32,
    end_column: u32,
    path: &'a str,
    message: &'a str,
}

impl Serialize for RelatedList<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|related| {
            let Place { line, column, end_line, end_column } = related.place;
            RelatedFields {
                file: related.file.as_deref(),
                line,
                column,
                end_line,
                end_column,
                path: &related.path,
                message: &related.message,
            }
        }))
    }
}

fn finding_line<'a>(finding: &'a Finding, rules: &Rules<'a>) -> FindingLine<'a> {
    let spot = &finding.spot;
    let Place { line, column, end_line, end_column } = spot.place;
    FindingLine {
        rule: &finding.rule,
        level: finding.level.as_str(),
        severity: finding.severity.as_str(),
        message: &finding.message,
        file: &spot.file,
        document: spot.document,
        line,
        column,
        end_line,
        end_column,
        path: &spot.path,
        object: object_fields(spot),
        origin: origin_fields(spot),
        related: RelatedList(&finding.related),
        fix: finding.fix.as_deref().map(|fix| FixFields { safety: fix.safety.as_str(), patch: &fix.patch }),
        help: finding.help.as_deref(),
        fingerprint: finding.fingerprint,
        docs: rules.get(&finding.rule).map_or("", |rule| rule.docs.as_str()),
    }
}

fn undecided_line(undecided: &Undecided) -> UndecidedLine<'_> {
    let spot = &undecided.spot;
    let Place { line, column, end_line, end_column } = spot.place;
    UndecidedLine {
        rule: &undecided.rule,
        reason: &undecided.reason,
        effect: effect_name(undecided.effect),
        file: &spot.file,
        document: spot.document,
        line,
        column,
        end_line,
        end_column,
        path: &spot.path,
        object: object_fields(spot),
        origin: origin_fields(spot),
    }
}

fn exempted_line(exempted: &Exempted) -> ExemptedLine<'_> {
    let spot = &exempted.spot;
    let Place { line, column, end_line, end_column } = spot.place;
    ExemptedLine {
        rule: &exempted.rule,
        message: &exempted.message,
        file: &spot.file,
        document: spot.document,
        line,
        column,
        end_line,
        end_column,
        path: &spot.path,
        object: object_fields(spot),
        by: &exempted.by,
        expires: &exempted.expires,
    }
}

fn fault_line(fault: &Fault) -> FaultLine<'_> {
    FaultLine {
        rule: &fault.rule,
        kind: fault.kind,
        message: &fault.message,
        file: &fault.file,
        document: fault.document,
    }
}

fn origin_fields(spot: &Spot) -> Option<OriginFields<'_>> {
    spot.origin.as_deref().map(|origin| OriginFields {
        tool: &origin.tool,
        from: &origin.from,
        rendered: &origin.rendered,
        line: origin.line,
    })
}

fn object_fields(spot: &Spot) -> Option<ObjectFields<'_>> {
    spot.object.as_deref().map(|object| ObjectFields {
        api_version: &object.api_version,
        kind: &object.kind,
        namespace: object.namespace.as_deref(),
        name: object.name.as_deref(),
    })
}
