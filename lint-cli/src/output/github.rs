//! Workflow commands of GitHub Actions, which become annotations beside the changed lines.
//!
//! GitHub shows few annotations per step, so points that were not decided are one notice per rule and reason. The text
//! of a command is data from outside: it is escaped, so that no file can issue a command of its own.

use std::fmt::Write as _;
use std::io;

use platlint_engine::Level;

use super::{Rules, grouped, visible};
use crate::report::{Place, Report, Spot};

/// How standard input is named in a report: an annotation has no file then.
const STDIN: &str = "<stdin>";
/// Places named in the notice about what was not decided.
const PLACES_NAMED: usize = 10;

pub(super) fn write(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    let rules = Rules::of(report);
    for finding in &report.findings {
        let help = finding.help.as_deref().or_else(|| rules.get(&finding.rule).map(|rule| rule.remedy.as_str()));
        let mut text = finding.message.clone();
        if let Some(object) = &finding.spot.object {
            text.push_str(" (");
            text.push_str(&visible::object_name(object));
            text.push(')');
        }
        if let Some(help) = help.filter(|help| !help.is_empty()) {
            text.push_str("\nhelp: ");
            text.push_str(help);
        }
        command(out, word(finding.level), &finding.spot.file, Some(finding.spot.place), &finding.rule, &text)?;
    }
    for group in grouped::groups(&report.undecided) {
        let first: Option<&&Spot> = group.spots.first();
        let places = group.first_places(PLACES_NAMED);
        let text = match group.spots.len() {
            1 => format!("not decided: {}", group.reason),
            count => format!("not decided at {count} places: {}\n{places}", group.reason),
        };
        let file = first.map_or(STDIN, |spot| &*spot.file);
        command(out, word(group.effect), file, first.map(|spot| spot.place), group.rule, &text)?;
    }
    for fault in &report.faults {
        let text = format!(
            "the policy failed ({}) on document {}: {}\na fault of the policy, not of the file",
            fault.kind, fault.document, fault.message
        );
        command(out, "error", &fault.file, None, &fault.rule, &text)?;
    }
    Ok(())
}

const fn word(level: Level) -> &'static str {
    match level {
        Level::Error => "error",
        Level::Warn => "warning",
        Level::Audit | Level::Off => "notice",
    }
}

fn command(
    out: &mut dyn io::Write,
    word: &str,
    file: &str,
    place: Option<Place>,
    rule: &str,
    text: &str,
) -> io::Result<()> {
    write!(out, "::{word} ")?;
    if file != STDIN {
        write!(out, "file={},", property(file))?;
        if let Some(place) = place {
            write!(out, "line={},endLine={},", place.line, last_line(place))?;
            // GitHub takes no columns of a span that crosses lines. The end column is inclusive there: left out, it is
            // the start column.
            if last_line(place) == place.line {
                let end = place.end_column.saturating_sub(1).max(place.column);
                write!(out, "col={},endColumn={end},", place.column)?;
            }
        }
    }
    writeln!(out, "title={}::{}", property(&format!("platlint {rule}")), data(text))
}

/// A span that ends before the first column of a line ends on the line before.
const fn last_line(place: Place) -> u32 {
    if place.end_column <= 1 && place.end_line > place.line { place.end_line - 1 } else { place.end_line }
}

/// The text of a command: `%`, CR and LF as GitHub's toolkit escapes them.
fn data(text: &str) -> String {
    escape(&visible::lines(text), &['%', '\r', '\n'])
}

/// A property of a command: `:` and `,` end it, too.
fn property(text: &str) -> String {
    escape(&visible::one_line(text), &['%', '\r', '\n', ':', ','])
}

fn escape(text: &str, special: &[char]) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let mut rest = text;
    while let Some(at) = rest.find(special) {
        let (before, from) = rest.split_at(at);
        let mut chars = from.chars();
        out.push_str(before);
        if let Some(c) = chars.next() {
            // Writing into a String never fails.
            let _ = write!(out, "%{:02X}", u32::from(c));
        }
        rest = chars.as_str();
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_what_would_end_a_command_or_a_property() {
        assert_eq!(data("50 %\r\n::error::x"), "50 %25%0A::error::x");
        assert_eq!(property("a,b:c%"), "a%2Cb%3Ac%25");
    }

    #[test]
    fn takes_a_span_up_to_a_line_start_as_ending_on_the_line_before() {
        assert_eq!(last_line(Place { line: 4, column: 1, end_line: 5, end_column: 1 }), 4);
        assert_eq!(last_line(Place { line: 4, column: 1, end_line: 5, end_column: 2 }), 5);
    }
}
