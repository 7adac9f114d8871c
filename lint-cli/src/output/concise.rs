//! One line per finding, `file:line:column: error[rule] message`: for people who scan and for problem matchers.
//!
//! Points that were not decided follow as `note[rule]` (or as what the configuration makes of them), then the faults of
//! policies. Nothing else is printed: no summary, so that the lines can be counted.

use std::io;

use anstyle::{AnsiColor, Effects, Style as Ansi};
use platlint_engine::Level;

use super::{Style, visible};
use crate::report::{Place, Report};

const BOLD: Ansi = Ansi::new().effects(Effects::BOLD);
const NONE: Ansi = Ansi::new();

pub(super) fn write(report: &Report, style: Style, out: &mut dyn io::Write) -> io::Result<()> {
    let mut print = |file: &str, place: Option<Place>, word: &str, ansi: Ansi, rule: &str, text: &str| {
        let (bold, ansi) = if style.colour { (BOLD, ansi) } else { (NONE, NONE) };
        let (file, rule, text) = (visible::one_line(file), visible::one_line(rule), visible::one_line(text));
        write!(out, "{bold}{file}")?;
        if let Some(place) = place {
            write!(out, ":{}:{}", place.line, place.column)?;
        }
        writeln!(out, "{bold:#}: {ansi}{word}[{rule}]{ansi:#} {text}")
    };
    for finding in &report.findings {
        let (word, ansi) = match finding.level {
            Level::Error => ("error", AnsiColor::BrightRed.on_default()),
            Level::Warn => ("warning", AnsiColor::Yellow.on_default()),
            Level::Audit | Level::Off => ("audit", AnsiColor::Cyan.on_default()),
        };
        print(&finding.spot.file, Some(finding.spot.place), word, ansi, &finding.rule, &finding.message)?;
    }
    for point in &report.undecided {
        let (word, ansi) = match point.effect {
            Level::Error => ("error", AnsiColor::BrightRed.on_default()),
            Level::Warn => ("warning", AnsiColor::Yellow.on_default()),
            Level::Audit | Level::Off => ("note", AnsiColor::Cyan.on_default()),
        };
        let text = format!("not decided: {}", point.reason);
        print(&point.spot.file, Some(point.spot.place), word, ansi, &point.rule, &text)?;
    }
    for fault in &report.faults {
        let text = format!("policy fault ({}) in document {}: {}", fault.kind, fault.document, fault.message);
        print(&fault.file, None, "error", AnsiColor::BrightRed.on_default(), &fault.rule, &text)?;
    }
    Ok(())
}
