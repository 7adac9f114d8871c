//! Cuts the few lines out of a file that a finding is about, ready for the renderer of `full`.
//!
//! No more of a file is shown than needed: only the marked lines, of a long line only the columns around the mark, of a
//! long span only its first line. Files hold secrets, and a minified file is one line of a megabyte. The work per
//! finding is bounded by the columns shown, not by the length of the line (as long as that is ASCII).

use std::ops::Range;
use std::sync::Arc;

use unicode_width::UnicodeWidthChar as _;

use super::visible;
use crate::report::Place;

/// Spans over more lines than this are marked on their first line only.
const MOST_SPANNED_LINES: u32 = 6;
/// Marks this close, in lines, stand in one excerpt.
const NEAR_LINES: u32 = 8;
/// Columns shown before a mark that lies far to the right.
const LEAD_COLUMNS: usize = 20;
/// How the renderer prints a tab.
const TAB_COLUMNS: usize = 4;

/// A file's text with its lines. A line ends at LF, CRLF or a lone CR, as in YAML.
pub(super) struct Text {
    text: Arc<str>,
    lines: Vec<Line>,
}

struct Line {
    bytes: Range<usize>,
    ascii: bool,
}

/// Some lines that stand together, made harmless, with marks in them.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Excerpt {
    /// The lines, joined by line feeds.
    pub(super) source: String,
    /// Number of the first line.
    pub(super) first_line: u32,
    /// The first mark is the one that the excerpt's heading names.
    pub(super) marks: Vec<Mark>,
}

/// A marked range.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Mark {
    /// Bytes of [`Excerpt::source`].
    pub(super) span: Range<usize>,
    /// Which of the places it is.
    pub(super) place: usize,
}

impl Text {
    pub(super) fn new(text: Arc<str>) -> Self {
        let bytes = text.as_bytes();
        let mut lines = Vec::new();
        let (mut start, mut at, mut ascii) = (0, 0, true);
        while at < bytes.len() {
            match bytes[at] {
                ending @ (b'\n' | b'\r') => {
                    lines.push(Line { bytes: start..at, ascii });
                    at += if ending == b'\r' && bytes.get(at + 1) == Some(&b'\n') { 2 } else { 1 };
                    (start, ascii) = (at, true);
                }
                byte => {
                    ascii &= byte.is_ascii();
                    at += 1;
                }
            }
        }
        lines.push(Line { bytes: start..at, ascii });
        Self { text, lines }
    }

    /// The excerpts that show these places, the first place's first. Places that the text does not have are left out:
    /// the file may have changed since it was judged.
    pub(super) fn excerpts(&self, places: &[Place], columns: usize) -> Vec<Excerpt> {
        let mut left: Vec<(usize, Place)> = places
            .iter()
            .enumerate()
            .filter(|(_, place)| place.line >= 1 && self.line(place.line).is_some())
            .map(|(index, place)| (index, self.shortened(*place)))
            .collect();
        let mut excerpts = Vec::new();
        while let Some(&(index, lead)) = left.first() {
            let from = self.window_start(lead, columns);
            // The lead stands in its own excerpt whatever its columns: the loop ends.
            let joins = |at: usize, place: Place| at == index || near(lead, place) && self.shows(from, columns, place);
            let (group, rest): (Vec<_>, Vec<_>) = left.into_iter().partition(|(at, place)| joins(*at, *place));
            excerpts.push(self.excerpt(&group, from, columns));
            left = rest;
        }
        excerpts
    }

    fn line(&self, number: u32) -> Option<&Line> {
        self.lines.get((number as usize).checked_sub(1)?)
    }

    fn line_text(&self, line: &Line) -> &str {
        &self.text[line.bytes.clone()]
    }

    /// A long span ends with its first line; a span ends inside the text and not before its start.
    fn shortened(&self, place: Place) -> Place {
        let last = u32::try_from(self.lines.len()).unwrap_or(u32::MAX);
        let end_line = place.end_line.clamp(place.line, last);
        if end_line - place.line >= MOST_SPANNED_LINES || end_line != place.end_line.max(place.line) {
            return Place { end_line: place.line, end_column: u32::MAX, ..place };
        }
        Place { end_line, ..place }
    }

    /// The first character (from 0) to show, so that the mark is seen.
    fn window_start(&self, place: Place, columns: usize) -> usize {
        let start = place.column.saturating_sub(1) as usize;
        let end = if place.line == place.end_line { place.end_column.saturating_sub(1) as usize } else { start };
        let fits = self.line(place.line).is_none_or(|line| shown(self.line_text(line), columns).1);
        if fits || end.clamp(start, start + LEAD_COLUMNS) < columns { 0 } else { start.saturating_sub(LEAD_COLUMNS) }
    }

    /// Whether a place's start is seen through the window of another place.
    fn shows(&self, from: usize, columns: usize, place: Place) -> bool {
        let start = place.column.saturating_sub(1) as usize;
        let Some(line) = self.line(place.line) else { return false };
        let text = self.cut_at(line, from);
        start >= from && start - from <= shown(text, columns).0.chars().count()
    }

    /// The line from this character on; empty where it is shorter.
    fn cut_at(&self, line: &Line, from: usize) -> &str {
        let text = self.line_text(line);
        if from == 0 {
            return text;
        }
        if line.ascii {
            return text.get(from..).unwrap_or_default();
        }
        text.char_indices().nth(from).map_or("", |(at, _)| &text[at..])
    }

    fn excerpt(&self, group: &[(usize, Place)], from: usize, columns: usize) -> Excerpt {
        let first_line = group.iter().map(|(_, place)| place.line).min().unwrap_or(1);
        let last_line = group.iter().map(|(_, place)| place.end_line).max().unwrap_or(first_line);
        let mut source = String::new();
        // Per line: where its first shown character stands in `source`, and where its text ends.
        let mut rows = Vec::new();
        for number in first_line..=last_line {
            let Some(line) = self.line(number) else { break };
            if number > first_line {
                source.push('\n');
            }
            if from > 0 {
                source.push('…');
            }
            let start = source.len();
            let (text, whole) = shown(self.cut_at(line, from), columns);
            source.extend(text.chars().map(|c| if c == '\t' { c } else { visible::stand_in(c) }));
            rows.push(start..source.len());
            if !whole {
                source.push('…');
            }
        }
        let byte = |line: u32, column: u32| {
            let row = rows.get((line - first_line) as usize).cloned().unwrap_or(source.len()..source.len());
            let chars = (column.saturating_sub(1) as usize).saturating_sub(from);
            source[row.clone()].char_indices().nth(chars).map_or(row.end, |(at, _)| row.start + at)
        };
        let marks = group
            .iter()
            .map(|(index, place)| {
                let start = byte(place.line, place.column);
                Mark { span: start..byte(place.end_line, place.end_column).max(start), place: *index }
            })
            .collect();
        Excerpt { source, first_line, marks }
    }
}

fn near(lead: Place, other: Place) -> bool {
    // Both ways: a duplicate key is written after what it repeats.
    other.line.abs_diff(lead.line) <= NEAR_LINES
        && other.end_line.abs_diff(lead.line) <= NEAR_LINES + MOST_SPANNED_LINES
}

/// The start of a line that fits into so many columns, and whether that is all of it.
fn shown(line: &str, columns: usize) -> (&str, bool) {
    let mut used = 0;
    for (count, (at, c)) in line.char_indices().enumerate() {
        used += if c == '\t' { TAB_COLUMNS } else { visible::stand_in(c).width().unwrap_or(1) };
        // Characters of no width do not use up columns: they are bounded by their number.
        if used > columns || count >= 4 * columns {
            return (&line[..at], false);
        }
    }
    (line, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn place(line: u32, column: u32, end_line: u32, end_column: u32) -> Place {
        Place { line, column, end_line, end_column }
    }

    fn excerpts(text: &str, places: &[Place], columns: usize) -> Vec<Excerpt> {
        Text::new(text.into()).excerpts(places, columns)
    }

    fn marked(excerpt: &Excerpt, index: usize) -> &str {
        &excerpt.source[excerpt.marks[index].span.clone()]
    }

    #[test]
    fn shows_the_marked_line_and_no_other() {
        let found = excerpts("a: 1\r\nkäse: 東京\rc: 3\n", &[place(2, 7, 2, 9)], 80);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].source, "käse: 東京");
        assert_eq!((found[0].first_line, marked(&found[0], 0)), (2, "東京"));
    }

    #[test]
    fn shows_near_places_together_and_far_ones_apart() {
        let text = "key: 0\n".repeat(50);
        let found = excerpts(&text, &[place(10, 1, 10, 4), place(8, 1, 8, 4), place(40, 1, 40, 4)], 80);
        assert_eq!(found.iter().map(|e| (e.first_line, e.marks.len())).collect::<Vec<_>>(), [(8, 2), (40, 1)]);
        assert_eq!(found[0].marks[0].place, 0);
        assert_eq!(found[1].marks[0].place, 2);
    }

    #[test]
    fn cuts_a_long_line_around_the_mark() {
        let text = format!("{}needle{}", "x".repeat(1_000_000), "y".repeat(1_000_000));
        let found = excerpts(&text, &[place(1, 1_000_001, 1, 1_000_007)], 60);
        assert_eq!(found[0].source, format!("…{}needle{}…", "x".repeat(20), "y".repeat(34)));
        assert_eq!(marked(&found[0], 0), "needle");
    }

    #[test]
    fn counts_wide_characters_as_two_columns_when_cutting() {
        let found = excerpts(&"東".repeat(300), &[place(1, 1, 1, 3)], 60);
        assert_eq!(found[0].source.chars().filter(|c| *c == '東').count(), 30);
    }

    #[test]
    fn marks_only_the_first_line_of_a_long_span() {
        let text = "key: |\n  secret\n".to_owned() + &"  more\n".repeat(20);
        let found = excerpts(&text, &[place(1, 6, 22, 7)], 80);
        assert_eq!((found[0].source.as_str(), marked(&found[0], 0)), ("key: |", "|"));
    }

    #[test]
    fn bears_places_that_the_text_does_not_have() {
        assert_eq!(excerpts("a: 1", &[place(7, 1, 7, 2), place(0, 0, 0, 0)], 80), []);
        let found = excerpts("a: 1", &[place(1, 90, 3, 2)], 80);
        assert_eq!(found[0].marks[0].span, 4..4);
    }

    #[test]
    fn makes_control_characters_visible_without_moving_the_mark() {
        let found = excerpts("k: \u{1b}[31mred\u{1b}[0m", &[place(1, 9, 1, 12)], 80);
        assert_eq!(found[0].source, "k: ␛[31mred␛[0m");
        assert_eq!(marked(&found[0], 0), "red");
    }
}
