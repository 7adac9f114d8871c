//! Prints a [`Report`]: one file per format, one variant of [`Format`] each.
//!
//! Decides how a run looks. What was found, in which order and what follows from it is settled in the report; whether
//! colour is wanted and where the bytes go is the caller's choice. Equal reports give equal bytes.

mod concise;
mod excerpt;
mod full;
mod github;
mod grouped;
mod json;
mod junit;
mod sarif;
mod summary;
mod visible;

use std::collections::HashMap;
use std::io::{self, BufWriter, Write as _};
use std::sync::Arc;

pub use summary::sentence as summary_sentence;
pub(crate) use visible::{lines, one_line};

use crate::report::{Report, RuleInfo};

/// How a report is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, clap::ValueEnum)]
pub enum Format {
    /// For people: the source with carets, the reason and the remedy, a summary at the end.
    Full,
    /// For people and problem matchers: one line per finding.
    Concise,
    /// For tools: platlint's own JSON, version 1.
    Json,
    /// For code scanning: SARIF 2.1.0.
    Sarif,
    /// For GitHub Actions: workflow commands that become annotations.
    Github,
    /// For test reports: `JUnit` XML.
    Junit,
}

/// How text looks that people read; the formats for machines pay no heed to it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Style {
    /// Whether escape sequences for colour are written.
    pub colour: bool,
    /// Columns of the terminal; `None` where it is none.
    pub width: Option<usize>,
}

/// Where the text of a judged file is to be had, for the source lines in [`Format::Full`].
pub trait Sources {
    /// The decoded text of this file, named as in the report; `None` where it cannot be read (any more).
    fn text(&self, file: &str) -> Option<Arc<str>>;
}

/// No texts: places are named, no source lines are shown.
impl Sources for () {
    fn text(&self, _file: &str) -> Option<Arc<str>> {
        None
    }
}

/// Prints the report. Buffered and flushed here: `out` may be a bare file or a locked standard output.
///
/// # Errors
/// Only what `out` answers.
pub fn write(
    format: Format,
    report: &Report,
    sources: &dyn Sources,
    style: Style,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    // Large reports are some ten megabytes; a buffer of this size keeps system calls out of the profile.
    let mut out = BufWriter::with_capacity(64 * 1024, out);
    match format {
        Format::Full => full::write(report, sources, style, &mut out),
        Format::Concise => concise::write(report, style, &mut out),
        Format::Json => json::write(report, &mut out),
        Format::Sarif => sarif::write(report, &mut out),
        Format::Github => github::write(report, &mut out),
        Format::Junit => junit::write(report, &mut out),
    }?;
    out.flush()
}

/// The rules of a report by id, with their index: looked up once per finding.
struct Rules<'a>(HashMap<&'a str, (usize, &'a RuleInfo)>);

impl<'a> Rules<'a> {
    fn of(report: &'a Report) -> Self {
        Self(report.rules.iter().enumerate().map(|(index, rule)| (&*rule.id, (index, rule))).collect())
    }

    fn get(&self, id: &str) -> Option<&'a RuleInfo> {
        self.0.get(id).map(|(_, rule)| *rule)
    }

    fn index(&self, id: &str) -> Option<usize> {
        self.0.get(id).map(|(index, _)| *index)
    }
}

/// What follows from a point that was not decided, in the words of the configuration.
const fn effect_name(effect: platlint_engine::Level) -> &'static str {
    match effect {
        platlint_engine::Level::Off => "allow",
        other => other.as_str(),
    }
}
