//! For people: each finding with its source line and carets, the object, the remedy; then what was not decided, in
//! groups; then policies that failed; at the end one line that sums up.
//!
//! Which lines are shown is decided in `excerpt`; annotate-snippets draws them.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt::Write as _;
use std::io;

use annotate_snippets::{AnnotationKind, Element, Group, Level as Drawn, Origin, Renderer, Snippet};
use platlint_engine::Level;

use super::excerpt::Text;
use super::{Rules, Sources, Style, grouped, summary, visible};
use crate::report::{Fault, Finding, Place, Related, Report};

/// Columns of source shown at most, however wide the terminal is: lines hold secrets.
const MOST_COLUMNS: usize = 200;
/// Columns taken where the width is not known: a file or a pipe.
const UNKNOWN_WIDTH: usize = 140;
/// Below this carets are of no use.
const FEWEST_COLUMNS: usize = 40;
/// For the line number and the frame beside the source.
const GUTTER_COLUMNS: usize = 10;
/// Places named per group of what was not decided.
const PLACES_NAMED: usize = 3;

pub(super) fn write(report: &Report, sources: &dyn Sources, style: Style, out: &mut dyn io::Write) -> io::Result<()> {
    let mut page = Page::new(report, sources, style);
    for finding in &report.findings {
        writeln!(out, "{}\n", page.finding(finding))?;
    }
    for group in grouped::groups(&report.undecided) {
        writeln!(out, "{}\n", page.undecided(&group))?;
    }
    for fault in &report.faults {
        writeln!(out, "{}\n", page.fault(fault))?;
    }
    writeln!(out, "{}", summary::sentence(report))?;
    summary::fixable(report).map_or(Ok(()), |sentence| writeln!(out, "{sentence}"))
}

struct Page<'a> {
    rules: Rules<'a>,
    sources: &'a dyn Sources,
    renderer: Renderer,
    columns: usize,
    /// The file of the last finding: findings come by file, so one text is held at a time.
    open: Option<(&'a str, Option<Text>)>,
    /// Rules whose documentation was named: once each is enough.
    documented: HashSet<&'a str>,
}

impl<'a> Page<'a> {
    fn new(report: &'a Report, sources: &'a dyn Sources, style: Style) -> Self {
        let columns = style.width.unwrap_or(UNKNOWN_WIDTH).min(MOST_COLUMNS);
        let renderer = if style.colour { Renderer::styled() } else { Renderer::plain() };
        Self {
            rules: Rules::of(report),
            sources,
            // The excerpts are cut already; a second cut would shift columns once more.
            renderer: renderer.term_width(10 * MOST_COLUMNS),
            columns: columns.saturating_sub(GUTTER_COLUMNS).max(FEWEST_COLUMNS),
            open: None,
            documented: HashSet::new(),
        }
    }

    fn finding(&mut self, finding: &'a Finding) -> String {
        // Places in other files are named in notes, not shown.
        let here: Vec<&Related> = finding.related.iter().filter(|related| related.file.is_none()).collect();
        let places: Vec<Place> =
            std::iter::once(finding.spot.place).chain(here.iter().map(|related| related.place)).collect();
        let columns = self.columns;
        let excerpts = self.text(&finding.spot.file).map_or_else(Vec::new, |text| text.excerpts(&places, columns));
        let file = visible::one_line(&finding.spot.file);
        let level = match finding.level {
            Level::Error => Drawn::ERROR,
            Level::Warn => Drawn::WARNING,
            Level::Audit | Level::Off => Drawn::INFO.with_name("audit"),
        };
        let mut group = Group::with_title(
            level.primary_title(visible::one_line(&finding.message)).id(visible::one_line(&finding.rule)),
        );
        let mut headings: Vec<Place> =
            excerpts.iter().filter_map(|excerpt| places.get(excerpt.marks.first()?.place)).copied().collect();
        // Without its line the finding is still named by file, line and column.
        if headings.first() != places.first() {
            let Place { line, column, .. } = finding.spot.place;
            group = group.element(Origin::path(file.clone()).line(line as usize).char_column(column as usize));
            headings.insert(0, finding.spot.place);
        }
        for excerpt in &excerpts {
            let mut snippet = Snippet::source(&excerpt.source).line_start(excerpt.first_line as usize).path(&*file);
            for mark in &excerpt.marks {
                let kind = if mark.place == 0 { AnnotationKind::Primary } else { AnnotationKind::Context };
                let label = mark.place.checked_sub(1).and_then(|index| here.get(index));
                let label = label.map(|related| visible::one_line(&related.message));
                snippet = snippet.annotation(kind.span(mark.span.clone()).label(label));
            }
            group = group.element(snippet);
        }
        for note in self.notes(finding) {
            group = group.element(note);
        }
        with_places(&self.renderer.render(&[group]), &file, &headings)
    }

    /// The object, the remedy, and at the first finding of a rule its documentation.
    fn notes(&mut self, finding: &'a Finding) -> Vec<Element<'a>> {
        let mut notes = Vec::new();
        let mut note = |name: &'static str, text: Cow<'a, str>| {
            if !text.is_empty() {
                notes.push(Drawn::NOTE.with_name(name).message(text).into());
            }
        };
        if let Some(object) = &finding.spot.object {
            note("object", Cow::Owned(visible::object_name(object)));
        }
        if let Some(origin) = &finding.spot.origin {
            note("rendered", Cow::Owned(rendered(origin)));
        }
        for related in &finding.related {
            if let Some(file) = &related.file {
                let Place { line, column, .. } = related.place;
                let said = if related.message.is_empty() { String::new() } else { format!(": {}", related.message) };
                let told = format!("{file}:{line}:{column}{said}");
                note("see", Cow::Owned(visible::one_line(&told).into_owned()));
            }
        }
        let rule = self.rules.get(&finding.rule);
        note(
            "help",
            visible::lines(finding.help.as_deref().or(rule.map(|rule| rule.remedy.as_str())).unwrap_or_default()),
        );
        if let Some(rule) = rule
            && self.documented.insert(&rule.id)
        {
            note("docs", visible::one_line(&rule.docs));
        }
        notes
    }

    fn undecided(&self, undecided: &grouped::Group<'_>) -> String {
        let level = match undecided.effect {
            Level::Error => Drawn::ERROR,
            Level::Warn => Drawn::WARNING,
            Level::Audit | Level::Off => Drawn::NOTE,
        };
        let title = match undecided.spots.len() {
            1 => format!("not decided: {}", visible::one_line(undecided.reason)),
            count => format!("not decided at {count} places: {}", visible::one_line(undecided.reason)),
        };
        let group = Group::with_title(level.primary_title(title).id(visible::one_line(undecided.rule)))
            .element(Drawn::NOTE.with_name("at").message(undecided.first_places(PLACES_NAMED)));
        self.renderer.render(&[group])
    }

    fn fault(&self, fault: &Fault) -> String {
        let title = format!("the policy failed ({}): {}", fault.kind, visible::one_line(&fault.message));
        let place = format!("{}, document {}", visible::one_line(&fault.file), fault.document);
        let group = Group::with_title(Drawn::ERROR.primary_title(title).id(visible::one_line(&fault.rule)))
            .element(Drawn::NOTE.with_name("at").message(place))
            .element(Drawn::NOTE.message("a fault of the policy, not of the file; the rule has no verdict there"));
        self.renderer.render(&[group])
    }

    fn text(&mut self, file: &'a str) -> Option<&Text> {
        if self.open.as_ref().is_none_or(|(open, _)| *open != file) {
            self.open = Some((file, self.sources.text(file).map(Text::new)));
        }
        self.open.as_ref().and_then(|(_, text)| text.as_ref())
    }
}

/// Who made the object, and the line at fault where no file has it.
fn rendered(origin: &crate::report::Origin) -> String {
    let made = format!("by {} from {}, line {} of {}", origin.tool, origin.from, origin.line, origin.rendered);
    let told = match &origin.excerpt {
        Some(excerpt) => format!("{made}: {}", excerpt.trim()),
        None => made,
    };
    visible::one_line(&told).chars().take(MOST_COLUMNS).collect()
}

/// Puts the report's own places into the headings: the renderer knows only the lines it was given, of which columns may
/// be cut off on the left, and which may have changed since.
///
/// The headings are the first lines that begin with an arrow or three colons: titles and labels are one line each and
/// begin otherwise, and notes come last.
fn with_places(drawn: &str, file: &str, headings: &[Place]) -> String {
    let mut out = String::with_capacity(drawn.len() + 16);
    let mut headings = headings.iter();
    for (index, line) in drawn.lines().enumerate() {
        if index > 0 {
            out.push('\n');
        }
        let frame = if headings.len() > 0 { heading_frame(line) } else { None };
        match frame.and_then(|frame| Some((frame, headings.next()?))) {
            Some((frame, place)) => {
                // Writing into a String never fails.
                let _ = write!(out, "{frame}{file}:{}:{}", place.line, place.column);
            }
            None => out.push_str(line),
        }
    }
    out
}

/// What stands before the file's name in the heading of an excerpt, with its colours; `None` for any other line.
fn heading_frame(line: &str) -> Option<&str> {
    let arrow = without_colours(line.trim_start()).trim_start();
    let rest = without_colours(arrow.strip_prefix("--> ").or_else(|| arrow.strip_prefix("::: "))?);
    line.get(..line.len() - rest.len())
}

fn without_colours(mut text: &str) -> &str {
    while let Some((_, rest)) = text.strip_prefix("\u{1b}[").and_then(|sequence| sequence.split_once('m')) {
        text = rest;
    }
    text
}
