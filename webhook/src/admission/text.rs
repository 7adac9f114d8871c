//! Texts as the API server and its users can take them: one line, bounded, paths as Kubernetes names fields.

use std::fmt::Write as _;

use platlint_engine::{Pointer, Segment};

/// The text on one line: every run of blanks and control characters becomes one blank. The API server drops a warning
/// with a newline or a tab without a word.
#[must_use]
pub fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    let mut gap = false;
    for character in text.chars() {
        if character.is_whitespace() || character.is_control() {
            gap = true;
            continue;
        }
        if gap && !line.is_empty() {
            line.push(' ');
        }
        gap = false;
        line.push(character);
    }
    line
}

/// At most so many characters, the last of them `…` where something was cut.
#[must_use]
pub fn cut(text: String, chars: usize) -> String {
    // A text of so few bytes has no more characters.
    if text.len() <= chars || text.chars().count() <= chars {
        return text;
    }
    let mut short: String = text.chars().take(chars.saturating_sub(1)).collect();
    short.push('…');
    short
}

/// `spec.containers[0].image`, and `metadata.annotations[a.b/c]` for keys that a dot would make ambiguous.
#[must_use]
pub fn field(path: &Pointer) -> String {
    let mut text = String::new();
    for segment in &path.0 {
        // Writing to a string cannot fail.
        let _ = match segment {
            Segment::Index(index) => write!(text, "[{index}]"),
            Segment::Key(key) if key.contains(['.', '/', '[', ']']) => write!(text, "[{key}]"),
            Segment::Key(key) if text.is_empty() => write!(text, "{key}"),
            Segment::Key(key) => write!(text, ".{key}"),
        };
    }
    one_line(&text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_no_newline_tab_or_control_character() {
        assert_eq!(one_line("\n a\tb \r\n c\u{1b}[0m "), "a b c [0m");
        assert_eq!(one_line(" \n"), "");
    }

    #[test]
    fn cuts_by_characters_and_says_so() {
        assert_eq!(cut("größer".into(), 6), "größer");
        assert_eq!(cut("größere".into(), 6), "größe…");
    }

    #[test]
    fn names_fields_as_kubernetes_does() {
        let path: Pointer =
            ["spec".into(), "containers".into(), Segment::Index(0), "image".into()].into_iter().collect();
        assert_eq!(field(&path), "spec.containers[0].image");
        let path: Pointer = ["metadata".into(), "annotations".into(), "a.b/c".into()].into_iter().collect();
        assert_eq!(field(&path), "metadata.annotations[a.b/c]");
        assert_eq!(field(&Pointer::root()), "");
    }
}
