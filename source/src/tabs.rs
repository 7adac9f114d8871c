//! Tabs between tokens that YAML 1.2 allows and go-yaml v2, so the cluster, refuses.
//!
//! go-yaml takes a tab for a blank only where no key can begin: behind a value or a key's colon, and inside brackets. At
//! the start of a line, even of an empty one, and behind `-` or `?` it is an error there.

use crate::arena::{Arena, Shape, Style};
use crate::error::{ReadError, ReadErrorKind};
use crate::span::{Span, offset, stored};

/// The first tab of the document at `span` that the cluster refuses.
pub(crate) fn refused(arena: &Arena<'_>, span: Span) -> Option<ReadError> {
    let bytes = arena.text.as_bytes().get(..offset(span.end))?;
    if !bytes.get(offset(span.start)..)?.contains(&b'\t') {
        return None;
    }
    // Nodes stand in the order of the file, so what lies between scalars and brackets is found in one pass.
    let mut at = offset(span.start);
    for node in &arena.nodes {
        let covers = node.style == Style::Flow || matches!(node.shape, Shape::Scalar | Shape::Alias);
        if covers && offset(node.start) >= at && node.end > node.start {
            if let Some(tab) = in_gap(bytes, at, offset(node.start)) {
                return Some(error(tab));
            }
            at = offset(node.end);
        }
    }
    in_gap(bytes, at, bytes.len()).map(error)
}

fn error(tab: usize) -> ReadError {
    let span = Span::new(stored(tab), stored(tab + 1));
    ReadError::new(
        ReadErrorKind::InvalidYaml,
        span,
        "a tab stands here, and Kubernetes reads only spaces in this place",
    )
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
