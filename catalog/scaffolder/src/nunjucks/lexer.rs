//! Cuts the inside of a tag into tokens, as Nunjucks does: whatever is neither white space nor one of its signs belongs to
//! a name, so that `a@b` is one name and `a-b` is a subtraction.

use super::ast::Span;

/// A token and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Token {
    pub(crate) kind: TokenKind,
    pub(crate) span: Span,
}

/// What a token is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum TokenKind {
    Text(String),
    Number(f64),
    Bool(bool),
    Null,
    Regex,
    Name(String),
    /// Brackets, commas and operators.
    Sign(&'static str),
    /// `%}`, and whether white space after it is dropped.
    BlockEnd(bool),
    /// `}}`, likewise.
    OutputEnd(bool),
}

/// Longer signs first.
const SIGNS: [&str; 28] = [
    "===", "!==", "==", "!=", "<=", ">=", "//", "**", "(", ")", "[", "]", "{", "}", ",", ":", "~", "|", ".", "+", "-",
    "*", "/", "%", "<", ">", "=", "!",
];
const DELIMITERS: &str = "()[]{}%*-+~/#,:|.<>=!";

/// White space as Nunjucks knows it inside tags.
pub(crate) const fn is_space(letter: char) -> bool {
    matches!(letter, ' ' | '\n' | '\t' | '\r' | '\u{a0}')
}

/// The token at `at`, or after white space there; `None` at the end of the text or where no token can begin.
pub(crate) fn token(text: &str, at: usize) -> Option<Token> {
    let rest = text.get(at..)?;
    let start = at + (rest.len() - rest.trim_start_matches(is_space).len());
    let rest = text.get(start..)?;
    let first = rest.chars().next()?;
    let (kind, length) = match first {
        '"' | '\'' => string(rest, first),
        _ => end_of_tag(rest).or_else(|| regex(rest)).or_else(|| sign(rest)).unwrap_or_else(|| word(rest)),
    };
    (length > 0).then(|| Token { kind, span: Span { start, end: start + length } })
}

fn string(rest: &str, quote: char) -> (TokenKind, usize) {
    let mut value = String::new();
    let mut letters = rest.char_indices().skip(1);
    while let Some((at, letter)) = letters.next() {
        if letter == quote {
            return (TokenKind::Text(value), at + quote.len_utf8());
        }
        if letter == '\\' {
            match letters.next() {
                Some((_, 'n')) => value.push('\n'),
                Some((_, 't')) => value.push('\t'),
                Some((_, 'r')) => value.push('\r'),
                Some((_, other)) => value.push(other),
                None => {}
            }
        } else {
            value.push(letter);
        }
    }
    (TokenKind::Text(value), rest.len())
}

fn end_of_tag(rest: &str) -> Option<(TokenKind, usize)> {
    [("%}", TokenKind::BlockEnd(false)), ("-%}", TokenKind::BlockEnd(true))]
        .into_iter()
        .chain([("}}", TokenKind::OutputEnd(false)), ("-}}", TokenKind::OutputEnd(true))])
        .find(|(sign, _)| rest.starts_with(sign))
        .map(|(sign, kind)| (kind, sign.len()))
}

fn regex(rest: &str) -> Option<(TokenKind, usize)> {
    let body = rest.strip_prefix("r/")?;
    let mut escaped = false;
    let end = body.find(|letter| {
        let ends = letter == '/' && !escaped;
        escaped = letter == '\\';
        ends
    });
    let Some(end) = end else { return Some((TokenKind::Regex, rest.len())) };
    let flags = body.get(end + 1..).unwrap_or_default();
    let flags = flags.len() - flags.trim_start_matches(['g', 'i', 'm', 'y']).len();
    Some((TokenKind::Regex, "r/".len() + end + 1 + flags))
}

fn sign(rest: &str) -> Option<(TokenKind, usize)> {
    SIGNS.iter().find(|sign| rest.starts_with(**sign)).map(|sign| (TokenKind::Sign(sign), sign.len()))
}

fn word(rest: &str) -> (TokenKind, usize) {
    let ends = |letter: char| is_space(letter) || DELIMITERS.contains(letter);
    let length = rest.find(ends).unwrap_or(rest.len());
    let word = rest.get(..length).unwrap_or_default();
    let kind = match word {
        "true" => TokenKind::Bool(true),
        "false" => TokenKind::Bool(false),
        "none" | "null" => TokenKind::Null,
        _ if !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit()) => return number(rest, length),
        _ => TokenKind::Name(word.to_owned()),
    };
    (kind, length)
}

fn number(rest: &str, whole: usize) -> (TokenKind, usize) {
    let after = rest.get(whole..).unwrap_or_default();
    let length = match after.strip_prefix('.') {
        Some(decimals) => whole + 1 + decimals.len() - decimals.trim_start_matches(|c: char| c.is_ascii_digit()).len(),
        None => whole,
    };
    let value = rest.get(..length).and_then(|digits| digits.parse().ok()).unwrap_or(f64::NAN);
    (TokenKind::Number(value), length)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(text: &str) -> Vec<TokenKind> {
        let mut at = 0;
        let mut found = Vec::new();
        while let Some(token) = token(text, at) {
            at = token.span.end;
            found.push(token.kind);
        }
        found
    }

    #[test]
    fn cuts_names_at_signs_only() {
        let name = |text: &str| TokenKind::Name(text.to_owned());
        assert_eq!(tokens("a-b"), [name("a"), TokenKind::Sign("-"), name("b")]);
        assert_eq!(tokens("a@b $x"), [name("a@b"), name("$x")]);
        assert_eq!(tokens("a && b"), [name("a"), name("&&"), name("b")]);
    }

    #[test]
    fn reads_strings_numbers_and_words() {
        assert_eq!(
            tokens(r"'it\'s\n' 12 1.5 true none"),
            [
                TokenKind::Text("it's\n".into()),
                TokenKind::Number(12.0),
                TokenKind::Number(1.5),
                TokenKind::Bool(true),
                TokenKind::Null,
            ]
        );
        assert_eq!(tokens("r/a\\/b/gi"), [TokenKind::Regex]);
        assert_eq!(tokens("'open"), [TokenKind::Text("open".into())]);
    }

    #[test]
    fn ends_tags_with_and_without_a_dash() {
        assert_eq!(
            tokens("-}} }} %} -%}"),
            [
                TokenKind::OutputEnd(true),
                TokenKind::OutputEnd(false),
                TokenKind::BlockEnd(false),
                TokenKind::BlockEnd(true)
            ]
        );
    }
}
