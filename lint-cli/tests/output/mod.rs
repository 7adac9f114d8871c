//! Every byte that `platlint check` prints, per format.

mod machines;
mod people;
mod sample;
mod schemas;

use std::sync::Arc;

use platlint_cli::output::{Format, Sources, Style, write};
use platlint_cli::report::Report;

/// What a format prints.
fn printed_with(format: Format, report: &Report, sources: &dyn Sources, style: Style) -> String {
    let mut out = Vec::new();
    write(format, report, sources, style, &mut out).expect("a Vec takes all");
    String::from_utf8(out).expect("output is UTF-8")
}

/// What a format prints without colour, width unknown, with the sample's texts.
fn printed(format: Format, report: &Report) -> String {
    printed_with(format, report, &sample::Texts, Style::default())
}

/// A source that has one text for every file.
struct OneText(Arc<str>);

impl Sources for OneText {
    fn text(&self, _file: &str) -> Option<Arc<str>> {
        Some(Arc::clone(&self.0))
    }
}
