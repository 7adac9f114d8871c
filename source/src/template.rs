//! Recognises templates that were not rendered.
//!
//! Helm's and Go's `{{ … }}` makes YAML unreadable or, worse, readable as something else. The parser's words about it
//! help nobody, so such documents are named before anything else is said.

use crate::error::{ReadError, ReadErrorKind};
use crate::span::{Span, stored};

/// The error for a template whose first action stands at `at`.
pub(crate) fn unrendered(text: &str, at: usize) -> ReadError {
    let rest = text.get(at..).unwrap_or("");
    let line = rest.lines().next().unwrap_or("");
    let length = line.find("}}").map_or(line.len(), |end| end + 2);
    ReadError::new(
        ReadErrorKind::UnrenderedTemplate,
        Span::new(stored(at), stored(at + length)),
        "this is a template, not YAML: render it first (for a Helm chart `helm template`) and check the result",
    )
}

/// The first `{{` in `text[span]` that is neither in a comment nor in quotes and stands at or before `failure`.
pub(crate) fn action_before(text: &str, span: Span, failure: u32) -> Option<usize> {
    let mut at = crate::span::offset(span.start);
    for line in span.slice(text).split_inclusive('\n') {
        // A parser notices what an action broke at the earliest in its line, often only some lines later.
        if at > crate::span::offset(failure) {
            return None;
        }
        if let Some(column) = action_in(line) {
            return Some(at + column);
        }
        at += line.len();
    }
    None
}

/// The action in `text[span]` that holds the place `failure`, in quotes or not: `"{{ default "x" .y }}"` ends its quotes
/// too early.
pub(crate) fn action_around(text: &str, span: Span, failure: u32) -> Option<usize> {
    let start = crate::span::offset(span.start);
    let before = text.get(start..crate::span::offset(failure))?;
    let open = before.rfind("{{")?;
    let closed = before.get(open..)?.contains("}}");
    let closes = text.get(crate::span::offset(failure)..crate::span::offset(span.end))?.contains("}}");
    (!closed && closes).then_some(start + open)
}

fn action_in(line: &str) -> Option<usize> {
    let mut quote = None;
    let mut before = b' ';
    for (at, byte) in line.bytes().enumerate() {
        match (quote, byte) {
            (Some(open), _) if byte == open && before != b'\\' => quote = None,
            (None, b'#') if before.is_ascii_whitespace() => return None,
            // An apostrophe inside a word opens nothing.
            (None, b'"' | b'\'') if !before.is_ascii_alphanumeric() => quote = Some(byte),
            (None, b'{') if line.get(at..).is_some_and(|rest| rest.starts_with("{{")) => return Some(at),
            _ => {}
        }
        before = byte;
    }
    None
}
