//! How a scalar is written: without quotes only where every reader takes the text for the same text.

use std::fmt::Write as _;

use super::tree::Tree;
use crate::arena::{Style, Tag};
use crate::scalar::Scalar;
use crate::{core_schema, kubernetes, timestamp};

/// Where a scalar is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Within {
    /// In a block collection.
    Block,
    /// In brackets.
    Flow,
    /// In JSON.
    Json,
}

/// The text of a scalar; `style` is that of the value it replaces. Empty collections are `{}` and `[]`.
pub(super) fn written(value: &Tree, style: Style, within: Within) -> String {
    match value {
        Tree::Null => "null".to_owned(),
        Tree::Bool(value) => value.to_string(),
        Tree::Int(value) => value.to_string(),
        Tree::Uint(value) => value.to_string(),
        Tree::Float(value) => value.to_string(),
        Tree::Text(text) => string(text, style, within),
        Tree::List(_) => "[]".to_owned(),
        Tree::Map(_) => "{}".to_owned(),
    }
}

/// The text of a string or key.
pub(super) fn string(text: &str, style: Style, within: Within) -> String {
    let raw = !text.chars().any(must_be_escaped);
    match style {
        _ if within == Within::Json => double_quoted(text),
        Style::SingleQuoted if raw => format!("'{}'", text.replace('\'', "''")),
        Style::Plain if raw && is_plain(text, within) => text.to_owned(),
        _ => double_quoted(text),
    }
}

/// Whether every reader takes the text without quotes for itself. Stricter than YAML asks: what looks like a number, a
/// date or a time to anybody is quoted.
fn is_plain(text: &str, within: Within) -> bool {
    let is_text = |read: Result<Scalar<'_>, _>| matches!(read, Ok(Scalar::Str(read)) if read == text);
    if !is_text(kubernetes::resolve(Tag::None, text)) || !is_text(core_schema::resolve(Tag::None, text)) {
        return false;
    }
    let looks_like_number = text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.:_eExXoOb".contains(&byte))
        && text.bytes().any(|byte| byte.is_ascii_digit());
    if looks_like_number || timestamp::is_timestamp(text) {
        return false;
    }
    let mut before = None;
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let next = rest.peek().copied();
        let fits = match c {
            _ if c.is_alphanumeric() => true,
            '.' => before.is_some() || next.is_some_and(|next| next.is_alphanumeric() || next == '/'),
            '-' if before.is_none() => {
                within == Within::Block
                    && !text.starts_with("---")
                    && next.is_some_and(|next| next.is_alphanumeric() || next == '-')
            }
            '_' | '/' | '-' => true,
            ' ' => before.is_some() && next.is_some(),
            '@' | '+' | '=' | '$' | '(' | ')' | '%' | '~' | ';' | '<' | '>' | '^' => before.is_some(),
            ',' => before.is_some() && within == Within::Block,
            ':' => before.is_some() && next.is_some_and(|next| next.is_alphanumeric() || next == '/'),
            '#' => before.is_some_and(|before| before != ' '),
            _ => false,
        };
        if !fits {
            return false;
        }
        before = Some(c);
    }
    before.is_some()
}

fn must_be_escaped(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{FEFF}' | '\u{FFFE}' | '\u{FFFF}')
}

/// With escapes that both YAML and JSON know.
fn double_quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if must_be_escaped(c) => {
                // Writing to a string cannot fail.
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaves_quotes_out_only_where_no_reader_errs() {
        for text in [
            "nginx:1.27",
            "64Mi",
            "500m",
            "a b",
            "a-b",
            "-c",
            "--flag=x",
            "RuntimeDefault",
            "café",
            "a,b",
            "http://x/y#z",
            "example.com/owner",
            "v1.2.3",
            "/bin/sh",
            "a@b",
            "100%",
        ] {
            assert_eq!(string(text, Style::Plain, Within::Block), text);
        }
        for text in [
            "",
            " ",
            "yes",
            "y",
            "n",
            "Off",
            "true",
            "null",
            "~",
            "1",
            "1_000",
            "0o17",
            "017",
            "0x1F",
            "1e3",
            "1.",
            ".5",
            "1:30",
            "10:20:30",
            "2026-11-21",
            "2026-11-21T10:00:00Z",
            "1.27",
            "-1",
            "+1",
            ".inf",
            ".NaN",
            "- a",
            "-",
            "---",
            "a: b",
            "a:",
            ":a",
            "a #b",
            "#a",
            " a",
            "a ",
            "*a",
            "&a",
            "!a",
            "|",
            ">",
            "%a",
            "@a",
            "`a",
            "{a",
            "[a",
            "a]",
            "'a",
            "\"a",
            "a\nb",
            "a\tb",
            "=",
            "<<",
            "?",
            "? a",
            "{{ x }}",
            "a\u{85}b",
            "\u{FEFF}a",
            "x'y",
        ] {
            let quoted = string(text, Style::Plain, Within::Block);
            assert!(quoted.starts_with('"') && quoted.ends_with('"'), "{text:?}: {quoted}");
        }
        assert_eq!(string("a,b", Style::Plain, Within::Flow), "\"a,b\"");
        assert_eq!(string("-c", Style::Plain, Within::Flow), "\"-c\"");
        assert_eq!(string("a", Style::Plain, Within::Json), "\"a\"");
    }

    #[test]
    fn keeps_single_quotes_where_they_can_hold_the_text() {
        assert_eq!(string("it's", Style::SingleQuoted, Within::Block), "'it''s'");
        assert_eq!(string("a\nb", Style::SingleQuoted, Within::Block), "\"a\\nb\"");
        assert_eq!(string("a", Style::DoubleQuoted, Within::Block), "\"a\"");
        assert_eq!(string("\u{1}\u{2028}", Style::Plain, Within::Json), "\"\\u0001\\u2028\"");
    }
}
