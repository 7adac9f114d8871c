//! What YAML 1.2 allows and the cluster's reader, go-yaml v2, refuses or reads as something else.
//!
//! - Tabs: go-yaml takes a tab for a blank only where no key can begin: behind a value or a key's colon, and inside
//!   brackets. At the start of a line, even of an empty one, and behind `-` or `?` it is an error there.
//! - `?` in a plain scalar inside brackets ends the scalar there, and `:` cannot begin one. A key there has one line.
//! - U+0085, U+2028 and U+2029 end a line there. A comment could hide fields from us that the cluster sees.

use crate::arena::{Arena, Shape, Style};
use crate::error::{ReadError, ReadErrorKind};
use crate::span::{Span, offset, stored};

/// The first thing in the document at `span` that the cluster refuses or reads otherwise.
pub(crate) fn refused(arena: &Arena<'_>, span: Span) -> Option<ReadError> {
    let chunk = span.slice(arena.text);
    tab(arena, span, chunk).or_else(|| in_brackets(arena)).or_else(|| line_separator(arena, span, chunk))
}

fn tab(arena: &Arena<'_>, span: Span, chunk: &str) -> Option<ReadError> {
    if !chunk.as_bytes().contains(&b'\t') {
        return None;
    }
    let bytes = arena.text.as_bytes().get(..offset(span.end))?;
    // Nodes stand in the order of the file, so what lies between scalars and brackets is found in one pass.
    let mut at = offset(span.start);
    for node in &arena.nodes {
        let covers = node.style == Style::Flow || matches!(node.shape, Shape::Scalar | Shape::Alias);
        if covers && offset(node.start) >= at && node.end > node.start {
            if let Some(tab) = in_gap(bytes, at, offset(node.start)) {
                return Some(error(tab, 1, TAB));
            }
            at = offset(node.end);
        }
    }
    in_gap(bytes, at, bytes.len()).map(|tab| error(tab, 1, TAB))
}

const TAB: &str = "a tab stands here, and Kubernetes reads only spaces in this place";

/// In plain texts inside brackets: a `?`, a `:` at the start, and a `:` at the end which was not masked.
fn in_brackets(arena: &Arena<'_>) -> Option<ReadError> {
    let bytes = arena.text.as_bytes();
    let collections = (0..).zip(&arena.nodes).filter(|(_, node)| node.style == Style::Flow);
    for (id, _) in collections {
        if arena.data(id).shape == Shape::Mapping
            && let Some((key, _)) = arena.pairs(id).find(|(key, _)| key_of_lines(arena, *key))
        {
            let message = "inside brackets Kubernetes takes a key of one line only";
            return Some(error(offset(arena.data(key).start), 1, message));
        }
        for child in arena.children(id) {
            let data = arena.data(*child);
            if data.shape != Shape::Scalar || data.style != Style::Plain || data.end == data.start {
                continue;
            }
            let text = arena.span(*child).slice(arena.text);
            if let Some(at) = text.find('?') {
                let message = "inside brackets Kubernetes ends the text at this `?`: quote the text";
                return Some(error(offset(data.start) + at, 1, message));
            }
            if text.starts_with(':') {
                let message = "inside brackets Kubernetes takes this `:` for the end of a key: quote the text";
                return Some(error(offset(data.start), 1, message));
            }
            if let Some([b':', b',' | b'[' | b']' | b'{' | b'}']) = bytes.get(offset(data.end)..offset(data.end) + 2) {
                let message = "inside brackets Kubernetes takes this `:` for text: quote it, or put a blank behind it";
                return Some(error(offset(data.end), 1, message));
            }
        }
    }
    None
}

/// Whether `key` is a scalar of several lines with a colon behind it and no `?` before it.
fn key_of_lines(arena: &Arena<'_>, key: u32) -> bool {
    let data = arena.data(key);
    let span = arena.span(key);
    if data.shape != Shape::Scalar || !span.slice(arena.text).contains(['\n', '\r']) {
        return false;
    }
    let before = arena.text.get(..offset(arena.span_with_properties(key).start)).unwrap_or("");
    let behind = arena.text.get(offset(span.end)..).unwrap_or("");
    behind.trim_ascii_start().starts_with(':') && !before.trim_ascii_end().ends_with('?')
}

fn line_separator(arena: &Arena<'_>, span: Span, chunk: &str) -> Option<ReadError> {
    const SEPARATORS: [char; 3] = ['\u{85}', '\u{2028}', '\u{2029}'];
    if chunk.is_ascii() || !chunk.contains(SEPARATORS) {
        return None;
    }
    let quoted: Vec<Span> = (0..)
        .zip(&arena.nodes)
        .filter(|(_, node)| matches!(node.style, Style::SingleQuoted | Style::DoubleQuoted))
        .map(|(id, _)| arena.span(id))
        .collect();
    for (at, found) in chunk.match_indices(SEPARATORS) {
        let at = offset(span.start) + at;
        let before = quoted.partition_point(|range| offset(range.start) <= at);
        let inside = quoted.get(before.wrapping_sub(1)).is_some_and(|range| offset(range.end) > at);
        // In quotes the other two stay what they are.
        if !inside || found == "\u{85}" {
            let message =
                "Kubernetes ends the line at this invisible separator: write it as an escape in double quotes";
            return Some(error(at, found.len(), message));
        }
    }
    None
}

fn error(at: usize, length: usize, message: &'static str) -> ReadError {
    ReadError::new(ReadErrorKind::InvalidYaml, Span::new(stored(at), stored(at + length)), message)
}

fn in_gap(bytes: &[u8], from: usize, to: usize) -> Option<usize> {
    let mut at = from;
    while at < to {
        match bytes.get(at)? {
            b'\t' if !takes_tab(bytes, at) => return Some(at),
            // What lets one tab follow lets the whole run follow; asking again for each would take quadratic time.
            b'\t' => at += bytes.iter().skip(at).take_while(|byte| matches!(byte, b' ' | b'\t')).count(),
            b'#' if at == 0 || bytes.get(at - 1).is_some_and(u8::is_ascii_whitespace) => {
                at += bytes.iter().skip(at).take_while(|byte| !matches!(byte, b'\n' | b'\r')).count();
            }
            _ => at += 1,
        }
    }
    None
}

/// Whether what stands before `at` on its line lets a tab follow.
fn takes_tab(bytes: &[u8], at: usize) -> bool {
    let line = bytes.get(..at).unwrap_or(&[]).rsplit(|byte| matches!(byte, b'\n' | b'\r')).next().unwrap_or(&[]);
    match line.trim_ascii_end() {
        [] => false,
        b"---" => true,
        [before @ .., b'-' | b'?'] => !before.last().is_none_or(u8::is_ascii_whitespace),
        [before @ .., b':'] => !before.trim_ascii().is_empty(),
        _ => true,
    }
}
