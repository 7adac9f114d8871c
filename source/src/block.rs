//! Corrects the places the YAML parser reports for block nodes.
//!
//! It reports a block scalar from its first line of content, and a sequence that is not indented below its key from its
//! first item. People look for the `|` and the `-`.

use crate::span::{Span, offset, stored};

/// The range of a block scalar from its `|` or `>` to the end of its last line. The header lies after `floor`.
pub(crate) fn scalar(text: &str, reported: Span, floor: u32, empty: bool) -> Span {
    let floor = offset(floor);
    let content = offset(reported.start);
    let bytes = text.as_bytes();
    let start = if empty && header_at(bytes, content) {
        content
    } else {
        header_before(bytes, content, floor).unwrap_or(content)
    };
    let keeps = bytes.iter().skip(start + 1).take_while(|byte| !byte.is_ascii_whitespace()).take(2).any(|b| *b == b'+');
    let header = bytes.get(start..).unwrap_or(&[]);
    let header_end = start + header.iter().take_while(|byte| !byte.is_ascii_whitespace()).count();
    let mut end = trim_indent(bytes, offset(reported.end).min(text.len()));
    if empty && !keeps {
        end = header_end;
    }
    end = end.max(header_end);
    // Blank lines at the end are part of the value only under `+`; the ending of the last line is never in the range.
    while end > header_end && matches!(bytes.get(end - 1), Some(b'\n' | b'\r')) {
        let crlf = end > header_end + 1 && bytes.get(end - 2..end) == Some(b"\r\n");
        end -= if crlf { 2 } else { 1 };
        if keeps {
            break;
        }
    }
    Span::new(stored(start), stored(end))
}

/// Steps back over the indentation of the line after the scalar, which the reported range runs into.
fn trim_indent(bytes: &[u8], end: usize) -> usize {
    let mut at = end;
    while at > 0 && bytes.get(at - 1) == Some(&b' ') {
        at -= 1;
    }
    if at > 0 && matches!(bytes.get(at - 1), Some(b'\n' | b'\r')) && bytes.get(end).is_some() { at } else { end }
}

fn header_before(bytes: &[u8], content: usize, floor: usize) -> Option<usize> {
    let mut line_end = line_start(bytes, content);
    loop {
        if line_end <= floor {
            return None;
        }
        let start = line_start(bytes, line_end - 1).max(floor);
        let line = bytes.get(start..line_end)?;
        if !line.trim_ascii().is_empty() || start == floor {
            return (start..line_end).find(|at| header_at(bytes, *at));
        }
        line_end = start;
    }
}

fn line_start(bytes: &[u8], mut at: usize) -> usize {
    while at > 0 && bytes.get(at - 1) != Some(&b'\n') {
        // A lone CR ends a line too; a CR before an LF belongs to the line ending.
        if bytes.get(at - 1) == Some(&b'\r') && bytes.get(at) != Some(&b'\n') {
            break;
        }
        at -= 1;
    }
    at
}

/// Whether `|` or `>` at `at` is followed by nothing but indicators and a comment.
fn header_at(bytes: &[u8], at: usize) -> bool {
    if !matches!(bytes.get(at), Some(b'|' | b'>')) {
        return false;
    }
    let rest = bytes.get(at + 1..).unwrap_or(&[]);
    let indicators = rest.iter().take_while(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-')).count();
    let rest = rest.get(indicators..).unwrap_or(&[]);
    let blanks = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    match rest.get(blanks) {
        None | Some(b'\n' | b'\r') => true,
        Some(b'#') => blanks > 0,
        Some(_) => false,
    }
}

/// The `-` of a block sequence that is the value of a key ending at `key_end`; `reported` where it cannot be found.
pub(crate) fn sequence_start(text: &str, key_end: u32, reported: u32) -> u32 {
    let bytes = text.as_bytes();
    let mut at = offset(key_end);
    let limit = offset(reported);
    let mut colon = false;
    while at < limit {
        match bytes.get(at) {
            Some(b' ' | b'\t' | b'\n' | b'\r') => at += 1,
            Some(b'#') => {
                at += bytes.iter().skip(at).take_while(|byte| !matches!(byte, b'\n' | b'\r')).count();
            }
            Some(b':') if !colon => {
                colon = true;
                at += 1;
            }
            Some(b'&' | b'!') => {
                at += bytes.iter().skip(at).take_while(|byte| !byte.is_ascii_whitespace()).count();
            }
            Some(b'-') => return stored(at),
            _ => break,
        }
    }
    reported
}
