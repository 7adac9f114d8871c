//! Makes text from outside harmless for a terminal and a log: no character of a file, a message or a name may move the
//! cursor, change colours or reorder what people read.
//!
//! Every character becomes exactly one, so that columns stay true. Escaping for a syntax (XML, workflow commands, JSON)
//! is the business of the formats.

use std::borrow::Cow;

use crate::report::ObjectRef;

/// Whether a character must not reach a terminal as it is: control characters, and what reorders or breaks lines.
const fn is_active(c: char) -> bool {
    matches!(c,
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}'
        // Bidirectional marks, embeddings, overrides and isolates (UAX #9): they make a line read unlike its bytes.
        | '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        // Line and paragraph separators.
        | '\u{2028}' | '\u{2029}')
}

/// The visible stand-in of a character: control pictures where Unicode has them.
pub(super) const fn stand_in(c: char) -> char {
    match c {
        '\0'..='\u{1f}' => match char::from_u32(c as u32 + 0x2400) {
            Some(picture) => picture,
            None => char::REPLACEMENT_CHARACTER,
        },
        '\u{7f}' => '\u{2421}',
        c if is_active(c) => char::REPLACEMENT_CHARACTER,
        c => c,
    }
}

/// On one line: line breaks and tabs become spaces, other active characters visible.
pub(crate) fn one_line(text: &str) -> Cow<'_, str> {
    map(text, |c| match c {
        '\n' | '\r' | '\t' => ' ',
        c => stand_in(c),
    })
}

/// Line feeds stay, tabs become spaces, other active characters visible; a carriage return before a line feed is dropped.
pub(crate) fn lines(text: &str) -> Cow<'_, str> {
    if text.contains('\r') {
        return Cow::Owned(lines(&text.replace("\r\n", "\n").replace('\r', "\n")).into_owned());
    }
    map(text.trim_end(), |c| match c {
        '\n' => '\n',
        '\t' => ' ',
        c => stand_in(c),
    })
}

fn map(text: &str, to: impl Fn(char) -> char) -> Cow<'_, str> {
    // Nearly all text is plain ASCII, which bytes tell.
    let plain = text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    if !plain && text.chars().any(is_active) { Cow::Owned(text.chars().map(to).collect()) } else { Cow::Borrowed(text) }
}

/// What people call an object: `Deployment shop/cart`, with what is known of it.
pub(super) fn object_name(object: &ObjectRef) -> String {
    let mut text = one_line(if object.kind.is_empty() { "object" } else { &object.kind }).into_owned();
    let name = object.name.as_deref().unwrap_or("(no name)");
    text.push(' ');
    if let Some(namespace) = object.namespace.as_deref().filter(|namespace| !namespace.is_empty()) {
        text.push_str(&one_line(namespace));
        text.push('/');
    }
    text.push_str(&one_line(name));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaves_ordinary_text_alone_without_a_copy() {
        assert!(matches!(one_line("käse 東京 🚀"), Cow::Borrowed("käse 東京 🚀")));
    }

    #[test]
    fn shows_escape_sequences_instead_of_running_them() {
        assert_eq!(one_line("a\u{1b}[31mb\u{9b}c\u{7f}"), "a␛[31mb\u{fffd}c␡");
    }

    #[test]
    fn folds_line_breaks_into_spaces_on_one_line_and_keeps_them_in_paragraphs() {
        assert_eq!(one_line("a\r\nb\tc"), "a  b c");
        assert_eq!(lines("a\r\nb\tc\rd\n"), "a\nb c\nd");
    }

    #[test]
    fn disarms_characters_that_reorder_a_line() {
        assert_eq!(one_line("user\u{202e}nimda\u{2066}"), "user\u{fffd}nimda\u{fffd}");
    }

    #[test]
    fn names_objects_with_what_is_known_of_them() {
        let mut object = ObjectRef { kind: "Deployment".into(), ..ObjectRef::default() };
        assert_eq!(object_name(&object), "Deployment (no name)");
        object.name = Some("cart".into());
        object.namespace = Some(String::new());
        assert_eq!(object_name(&object), "Deployment cart");
        object.namespace = Some("shop".into());
        assert_eq!(object_name(&object), "Deployment shop/cart");
    }
}
