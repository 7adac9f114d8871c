//! How a document is laid out: lines, columns, and the habits that inserted text follows.

use std::ops::Range;

use super::refusal::Refusal;
use crate::arena::Style;
use crate::document::Document;
use crate::node::{Kind, Node};

/// Bytes of a file in which its line ending shows.
const FIRST_LINES: usize = 4096;
/// Widest indentation step that is recognised.
const WIDEST: usize = 16;

/// The text of a document with its habits. Offsets are those of the file.
pub(super) struct Layout<'t> {
    text: &'t str,
    /// Where the document begins and ends.
    pub(super) start: usize,
    pub(super) end: usize,
    /// The line ending of most lines.
    pub(super) newline: &'static str,
    /// Columns from the keys of a map to those of a map below.
    pub(super) step: usize,
    /// Columns from a key to the dashes of its list.
    pub(super) list_step: usize,
    /// How JSON is written; `None` for YAML.
    pub(super) json: Option<JsonHabits<'t>>,
}

/// How a JSON document is written.
#[derive(Clone, Copy)]
pub(super) struct JsonHabits<'t> {
    /// Whether entries stand on lines of their own, and by what they are indented.
    pub(super) unit: Option<&'t str>,
    pub(super) colon: &'t str,
    pub(super) comma: &'t str,
}

impl<'t> Layout<'t> {
    pub(super) fn of(text: &'t str, document: &Document<'_>) -> Self {
        let span = document.chunk().span;
        let Range { start, end } = span.range();
        let mut layout = Self {
            text,
            start,
            end: end.min(text.len()),
            newline: newline(span.slice(text), text),
            step: 2,
            list_step: 2,
            json: None,
        };
        if document.is_json() {
            layout.json = Some(layout.json_habits(document.root()));
        } else {
            let mut counts = Counts::default();
            counts.visit(&layout, document.root());
            layout.step = most(&counts.maps).unwrap_or(2);
            layout.list_step = most(&counts.lists).unwrap_or(layout.step);
        }
        layout
    }

    pub(super) fn slice(&self, start: usize, end: usize) -> &'t str {
        self.text.get(start..end).unwrap_or("")
    }

    fn bytes(&self) -> &'t [u8] {
        self.text.as_bytes().get(..self.end).unwrap_or_default()
    }

    pub(super) fn line_start(&self, at: usize) -> usize {
        let before = self.slice(self.start, at);
        before.rfind(['\n', '\r']).map_or(self.start, |newline| self.start + newline + 1)
    }

    /// The end of the line, before its ending.
    pub(super) fn line_end(&self, at: usize) -> usize {
        self.slice(at, self.end).find(['\n', '\r']).map_or(self.end, |length| at + length)
    }

    /// The start of the next line, where `at` is the end of one.
    pub(super) fn next_line(&self, at: usize) -> usize {
        match self.bytes().get(at..).unwrap_or_default() {
            [b'\r', b'\n', ..] => at + 2,
            [_, ..] => at + 1,
            [] => at,
        }
    }

    /// The end of the line before the one that starts at `at`; `None` where there is none in this document.
    pub(super) fn line_before(&self, at: usize) -> Option<usize> {
        let before = self.slice(self.start, at);
        let without = before.strip_suffix("\r\n").or_else(|| before.strip_suffix(['\n', '\r']))?;
        Some(self.start + without.len())
    }

    /// What stands on the line before `at`, without a byte order mark.
    fn line_prefix(&self, at: usize) -> &'t str {
        let prefix = self.slice(self.line_start(at), at);
        prefix.strip_prefix('\u{FEFF}').unwrap_or(prefix)
    }

    /// The column of `at`, from 0, where only spaces and dashes of lists stand before it.
    pub(super) fn column(&self, at: usize) -> Result<usize, Refusal> {
        let prefix = self.line_prefix(at);
        if prefix.contains('\t') {
            return Err(Refusal::Tab);
        }
        if prefix.starts_with("---") || !prefix.bytes().all(|byte| byte == b' ' || byte == b'-') {
            return Err(Refusal::Layout);
        }
        Ok(prefix.len())
    }

    /// Whether only blanks stand before `at` on its line.
    pub(super) fn begins_line(&self, at: usize) -> bool {
        self.line_prefix(at).bytes().all(|byte| byte == b' ' || byte == b'\t')
    }

    /// The blanks that the line of `at` begins with.
    pub(super) fn indentation(&self, at: usize) -> &'t str {
        let line = self.slice(self.line_start(at), self.line_end(at));
        let line = line.strip_prefix('\u{FEFF}').unwrap_or(line);
        line.get(..line.len() - line.trim_start_matches([' ', '\t']).len()).unwrap_or("")
    }

    /// Behind the colon of the key that ends at `key_end`.
    pub(super) fn colon(&self, key_end: usize) -> Result<usize, Refusal> {
        let rest = self.slice(key_end, self.end);
        let blanks = rest.len() - rest.trim_start_matches([' ', '\t']).len();
        if rest.as_bytes().get(blanks) == Some(&b':') { Ok(key_end + blanks + 1) } else { Err(Refusal::Layout) }
    }

    /// Where a line can be inserted behind the content that ends at `end`: at the end of its line, behind the comment
    /// there and the lines that continue this comment in the same column.
    pub(super) fn behind(&self, end: usize) -> Result<usize, Refusal> {
        let mut line_end = self.line_end(end);
        let rest = self.slice(end, line_end);
        let comment = rest.trim_start_matches([' ', '\t']);
        if comment.is_empty() {
            return Ok(line_end);
        }
        if !comment.starts_with('#') || comment.len() == rest.len() {
            return Err(Refusal::Layout);
        }
        let column = self.slice(self.line_start(end), line_end - comment.len()).chars().count();
        loop {
            let next = self.next_line(line_end);
            let next_end = self.line_end(next);
            let line = self.slice(next, next_end);
            let indentation = line.len() - line.trim_start_matches(' ').len();
            if next == line_end || indentation != column || line.as_bytes().get(indentation) != Some(&b'#') {
                return Ok(line_end);
            }
            line_end = next_end;
        }
    }

    /// As [`Layout::behind`], and behind comments below that stand deeper than `column`: they speak of what ends here.
    pub(super) fn below(&self, end: usize, column: usize) -> Result<usize, Refusal> {
        let mut below = self.behind(end)?;
        let mut line_end = below;
        loop {
            let next = self.next_line(line_end);
            if next == line_end {
                return Ok(below);
            }
            line_end = self.line_end(next);
            let line = self.slice(next, line_end);
            let content = line.trim_start_matches(' ');
            if content.starts_with('#') && line.len() - content.len() > column {
                below = line_end;
            } else if !content.is_empty() {
                return Ok(below);
            }
        }
    }

    /// Line ending and indentation of a new line.
    pub(super) fn new_line(&self, column: usize) -> String {
        format!("{}{:column$}", self.newline, "")
    }

    pub(super) fn has_line_break(&self, start: usize, end: usize) -> bool {
        self.slice(start, end).contains(['\n', '\r'])
    }

    fn json_habits(&self, root: Node<'_>) -> JsonHabits<'t> {
        let mut habits = JsonHabits { unit: None, colon: ": ", comma: ", " };
        let rows: Vec<_> = root.written_entries().collect();
        let mut starts: Vec<_> = rows.iter().map(|(key, _)| key.span()).collect();
        starts.extend(root.items().map(Node::span));
        let root_start = root.span().range().start;
        if let Some(first) = starts.first().map(|span| span.range().start)
            && self.has_line_break(root_start, first)
            && self.begins_line(first)
        {
            let unit = self.indentation(first);
            habits.unit = Some(unit.strip_prefix(self.indentation(root_start)).unwrap_or(unit));
        }
        let on_one_line = |text: &'t str| (!text.contains(['\n', '\r'])).then_some(text);
        if let Some((key, value)) = rows.first()
            && let Some(colon) = on_one_line(self.slice(key.span().range().end, value.span().range().start))
        {
            habits.colon = colon;
            if !colon.ends_with([' ', '\t']) {
                habits.comma = ",";
            }
        }
        if let [(_, value), (key, _), ..] = rows.as_slice()
            && let Some(comma) = on_one_line(self.slice(value.span().range().end, key.span().range().start))
        {
            habits.comma = comma;
        }
        habits
    }
}

/// The line ending of most lines of the document; if it has none, of the file's first lines.
fn newline(document: &str, file: &str) -> &'static str {
    let (mut lf, mut crlf, mut cr) = (0_usize, 0_usize, 0_usize);
    // Files of a thousand documents on one line each must not be counted a thousand times.
    let begin = file.as_bytes().get(..FIRST_LINES).unwrap_or(file.as_bytes());
    let bytes = if document.contains(['\n', '\r']) { document.as_bytes() } else { begin };
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'\n' if at > 0 && bytes.get(at - 1) == Some(&b'\r') => crlf += 1,
            b'\n' => lf += 1,
            b'\r' if bytes.get(at + 1) != Some(&b'\n') => cr += 1,
            _ => {}
        }
    }
    if crlf > lf && crlf >= cr {
        "\r\n"
    } else if cr > lf {
        "\r"
    } else {
        "\n"
    }
}

/// How often each step of indentation occurs.
#[derive(Default)]
struct Counts {
    maps: [usize; WIDEST],
    lists: [usize; WIDEST],
}

impl Counts {
    /// As deep as the document is nested, which the reader bounds.
    fn visit(&mut self, layout: &Layout<'_>, node: Node<'_>) {
        if node.is_alias() || node.style() != Style::Block {
            return;
        }
        for item in node.items() {
            self.visit(layout, item);
        }
        let mut outer = None;
        for (key, value) in node.written_entries() {
            if value.style() == Style::Block && !value.is_alias() {
                let outer = *outer.get_or_insert_with(|| layout.column(key.span_with_properties().range().start).ok());
                let inner = match value.kind() {
                    Kind::Mapping => value.written_entries().next().map(|(key, _)| key.span_with_properties()),
                    _ => Some(value.span()),
                };
                let inner = inner.and_then(|span| layout.column(span.range().start).ok());
                let counts = if value.kind() == Kind::Mapping { &mut self.maps } else { &mut self.lists };
                if let (Some(outer), Some(inner)) = (outer, inner)
                    && let Some(count) = inner.checked_sub(outer).and_then(|step| counts.get_mut(step))
                {
                    *count += 1;
                }
                self.visit(layout, value);
            }
        }
    }
}

fn most(counts: &[usize]) -> Option<usize> {
    let most = counts.iter().copied().max().filter(|most| *most > 0)?;
    counts.iter().position(|count| *count == most)
}
