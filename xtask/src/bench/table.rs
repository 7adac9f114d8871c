//! Tells measurements as a Markdown table and keeps it in bench/README.md between markers.

use super::Measured;
use super::rows::{REFERENCE, Row, SAME_RULES};
use super::usage::Usage;
use anyhow::{Context, Result, bail};
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::time::Duration;

/// Whether the subject found what there is to find. Its messages are compared where it judges conftest's own rules.
pub(super) fn right(row: &Row, subject: &Measured, all: &[Measured]) -> bool {
    let Some(found) = &subject.findings else { return true };
    let reference = all.iter().find(|other| other.name == REFERENCE).and_then(|other| other.findings.as_ref());
    let same = subject.name != SAME_RULES || reference.is_some_and(|other| other.messages == found.messages);
    same && row.expected.is_none_or(|expected| expected == found.total)
}

/// The row's table with a line of circumstances.
pub(super) fn section(row: &Row, measured: &[Measured], circumstances: &str) -> String {
    let mut text = format!("**{}**: {}.", row.name, row.work);
    if let Some(expected) = row.expected {
        let _ = write!(text, " {expected} findings are right.");
    }
    text.push_str("\n\n| | findings | CPU, best | CPU, median | wall, median | peak | CPU, of conftest's | wall, of conftest's |\n");
    text.push_str("|---|---:|---:|---:|---:|---:|---:|---:|\n");
    let reference = measured.iter().find(|subject| subject.name == REFERENCE);
    for subject in measured {
        let findings = match &subject.findings {
            None => "–".to_owned(),
            Some(found) if right(row, subject, measured) => match found.reader {
                0 => found.total.to_string(),
                reader => format!("{} and {reader} of the reader", found.total),
            },
            Some(found) => format!("{} (wrong)", found.total),
        };
        let figures = match &subject.fault {
            Some(fault) => format!("failed: {} | | | | |", fault.replace('|', "/")),
            None => figures(&subject.runs, reference.map(|subject| subject.runs.as_slice())),
        };
        let _ = writeln!(text, "| {} | {findings} | {figures} |", subject.name);
    }
    let _ = writeln!(text, "\n{circumstances}");
    text
}

fn figures(runs: &[Usage], reference: Option<&[Usage]>) -> String {
    let cpu = median(runs, Usage::cpu);
    let wall = median(runs, Usage::wall);
    let best = runs.iter().map(Usage::cpu).min().unwrap_or_default();
    let peak = runs.iter().map(|run| run.peak).max().unwrap_or_default();
    let part = |own: Duration, of: fn(&Usage) -> Duration| {
        let other = reference.map(|runs| median(runs, of)).unwrap_or_default();
        if own.is_zero() || other.is_zero() {
            return "–".to_owned();
        }
        let ratio = other.as_secs_f64() / own.as_secs_f64();
        if ratio >= 1.0 { format!("1/{ratio:.1}") } else { format!("{:.1}×", 1.0 / ratio) }
    };
    let peak = format!("{}.{} MiB", peak / 1024, peak % 1024 * 10 / 1024);
    let (cpu_part, wall_part) = (part(cpu, Usage::cpu), part(wall, Usage::wall));
    format!("{} | {} | {} | {peak} | {cpu_part} | {wall_part}", shown(best), shown(cpu), shown(wall))
}

/// The middle run; the slower one of two.
fn median(runs: &[Usage], of: fn(&Usage) -> Duration) -> Duration {
    let mut times: Vec<Duration> = runs.iter().map(of).collect();
    times.sort();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

fn shown(time: Duration) -> String {
    if time < Duration::from_millis(100) {
        format!("{:.1} ms", time.as_secs_f64() * 1e3)
    } else {
        format!("{:.2} s", time.as_secs_f64())
    }
}

/// Replaces what stands between the row's markers.
pub(super) fn replace(page: &Path, name: &str, section: &str) -> Result<()> {
    let text = fs::read_to_string(page).with_context(|| format!("no {}", page.display()))?;
    let (start, end) = (format!("<!-- {name} -->\n"), format!("<!-- /{name} -->"));
    let Some((before, rest)) = text.split_once(&start) else { bail!("{} has no `{start}`", page.display()) };
    let Some((_, after)) = rest.split_once(&end) else { bail!("{} has no `{end}`", page.display()) };
    fs::write(page, format!("{before}{start}{section}{end}{after}"))?;
    Ok(())
}
