//! Recognises templates that were not rendered.
//!
//! Helm's and Go's `{{ … }}` makes YAML unreadable or, worse, readable as something else. The parser's words about it
//! help nobody, so such documents are named before anything else is said. Backstage's `${{ … }}` is plain text to YAML and
//! breaks nothing, so a template of its scaffolder is YAML like any other.

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
    let has_text = takes_dollars_for_text(span.slice(text));
    let mut at = crate::span::offset(span.start);
    for line in span.slice(text).split_inclusive('\n') {
        // A parser notices what an action broke at the earliest in its line, often only some lines later.
        if at > crate::span::offset(failure) {
            return None;
        }
        if let Some(column) = action_in(line, has_text) {
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
    if before.get(..open)?.ends_with('$') && takes_dollars_for_text(span.slice(text)) {
        return None;
    }
    let closed = before.get(open..)?.contains("}}");
    let closes = text.get(crate::span::offset(failure)..crate::span::offset(span.end))?.contains("}}");
    (!closed && closes).then_some(start + open)
}

/// Whether `${{` is text in a document: it is one of the scaffolder's templates, or has no other marks of a template.
fn takes_dollars_for_text(document: &str) -> bool {
    let is_scaffolders = |line: &str| line.starts_with("apiVersion:") && line.contains("scaffolder.backstage.io/");
    let has_other_marks = || {
        let opens =
            document.match_indices("{{").any(|(at, _)| !document.get(..at).is_some_and(|it| it.ends_with(['$', '{'])));
        opens || document.contains("{%")
    };
    document.lines().any(is_scaffolders) || !has_other_marks()
}

fn action_in(line: &str, takes_dollars_for_text: bool) -> Option<usize> {
    let mut quote = None;
    let mut before = b' ';
    for (at, byte) in line.bytes().enumerate() {
        match (quote, byte) {
            (Some(open), _) if byte == open && before != b'\\' => quote = None,
            (None, b'#') if before.is_ascii_whitespace() => return None,
            // An apostrophe inside a word opens nothing.
            (None, b'"' | b'\'') if !before.is_ascii_alphanumeric() => quote = Some(byte),
            (None, b'{')
                if line.get(at..).is_some_and(|rest| rest.starts_with("{{"))
                    && (before != b'$' || !takes_dollars_for_text) =>
            {
                return Some(at);
            }
            _ => {}
        }
        before = byte;
    }
    None
}
