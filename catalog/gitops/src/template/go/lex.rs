//! Words of an action of a Go template.

use serde_json::Value;

use super::super::Failure;

/// One word.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    /// `.a`, directly behind what stands before it or at its start; without a name, the dot alone.
    Field(String),
    /// `$x`; empty for `$`.
    Variable(String),
    /// A name: a function or a keyword.
    Name(String),
    /// A string, a number, or a truth value.
    Literal(Value),
    /// `|`
    Pipe,
    /// `(`
    Open,
    /// `)`
    Close,
    /// `:=`
    Declare,
    /// `=`
    Assign,
    /// `,`
    Comma,
    /// White space between words: it ends chains such as `.a.b`.
    Space,
}

/// An error of parsing.
pub(super) fn malformed(message: impl Into<String>) -> Failure {
    Failure::Malformed { message: message.into(), undefined: None }
}

/// The words of an action, without its brackets.
pub(super) fn tokens(action: &str) -> Result<Vec<Token>, Failure> {
    let mut found = Vec::new();
    let mut rest = action;
    while let Some(first) = rest.chars().next() {
        let (token, length) = match first {
            ' ' | '\t' | '\r' | '\n' => (Token::Space, rest.len().saturating_sub(rest.trim_start().len())),
            '|' => (Token::Pipe, 1),
            '(' => (Token::Open, 1),
            ')' => (Token::Close, 1),
            ',' => (Token::Comma, 1),
            ':' if rest.starts_with(":=") => (Token::Declare, 2),
            '=' => (Token::Assign, 1),
            '"' => quoted(rest)?,
            '`' => raw(rest)?,
            '\'' => return Err(Failure::Unsupported("a character constant".to_owned())),
            '.' if !rest.get(1..).is_some_and(|rest| rest.starts_with(|next: char| next.is_ascii_digit())) => {
                let name = name_at(rest.get(1..).unwrap_or_default());
                (Token::Field(name.to_owned()), name.len().saturating_add(1))
            }
            '$' => {
                let name = name_at(rest.get(1..).unwrap_or_default());
                (Token::Variable(name.to_owned()), name.len().saturating_add(1))
            }
            '0'..='9' | '-' | '+' | '.' => number(rest)?,
            first if first.is_alphabetic() || first == '_' => {
                let name = name_at(rest);
                let token = match name {
                    "true" => Token::Literal(true.into()),
                    "false" => Token::Literal(false.into()),
                    name => Token::Name(name.to_owned()),
                };
                (token, name.len())
            }
            other => return Err(malformed(format!("unexpected \"{other}\" in an action"))),
        };
        let follows = |token: &Token| {
            matches!(token, Token::Field(_) | Token::Variable(_) | Token::Name(_) | Token::Literal(_) | Token::Close)
        };
        let starts = matches!(token, Token::Variable(_) | Token::Name(_) | Token::Literal(_));
        if starts && found.last().is_some_and(follows) {
            return Err(malformed(format!("unexpected \"{first}\" in an action")));
        }
        found.push(token);
        rest = rest.get(length.max(1)..).unwrap_or_default();
    }
    Ok(found)
}

/// The letters, digits and underscores at the start.
fn name_at(text: &str) -> &str {
    let end = text.find(|letter: char| !letter.is_alphanumeric() && letter != '_').unwrap_or(text.len());
    text.get(..end).unwrap_or_default()
}

/// A string in double quotes, and how many bytes it takes.
fn quoted(text: &str) -> Result<(Token, usize), Failure> {
    let mut value = String::new();
    let mut letters = text.char_indices().skip(1);
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return Ok((Token::Literal(value.into()), at.saturating_add(1))),
            '\n' => break,
            '\\' => match letters.next() {
                Some((_, 'n')) => value.push('\n'),
                Some((_, 't')) => value.push('\t'),
                Some((_, 'r')) => value.push('\r'),
                Some((_, escaped @ ('"' | '\\'))) => value.push(escaped),
                Some((_, other)) => return Err(Failure::Unsupported(format!("the escape \"\\{other}\""))),
                None => break,
            },
            letter => value.push(letter),
        }
    }
    Err(malformed("unterminated quoted string"))
}

fn raw(text: &str) -> Result<(Token, usize), Failure> {
    let inner = text.get(1..).unwrap_or_default();
    let end = inner.find('`').ok_or_else(|| malformed("unterminated raw quoted string"))?;
    let value = inner.get(..end).unwrap_or_default().replace('\r', "");
    Ok((Token::Literal(value.into()), end.saturating_add(2)))
}

fn number(text: &str) -> Result<(Token, usize), Failure> {
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '_' | '+' | '-');
    let end = text.find(|letter: char| !is_part(letter)).unwrap_or(text.len());
    let word = text.get(..end).unwrap_or_default();
    let is_decimal = word.trim_start_matches(['+', '-']).bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let has_octal = word.trim_start_matches(['+', '-']).starts_with('0') && word.len() > 1 && !word.contains('.');
    if !is_decimal || has_octal {
        return Err(Failure::Unsupported(format!("the number \"{word}\"")));
    }
    let whole = word.parse::<i64>().ok().map(Value::from);
    let value = whole.or_else(|| word.parse::<f64>().ok().map(Value::from));
    value.map(|value| (Token::Literal(value), end)).ok_or_else(|| malformed(format!("bad number \"{word}\"")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_words_apart() {
        assert_eq!(
            tokens(r#"printf "a\"b" $x.y .c 1.5"#).unwrap(),
            [
                Token::Name("printf".into()),
                Token::Space,
                Token::Literal("a\"b".into()),
                Token::Space,
                Token::Variable("x".into()),
                Token::Field("y".into()),
                Token::Space,
                Token::Field("c".into()),
                Token::Space,
                Token::Literal(1.5.into()),
            ]
        );
    }

    #[test]
    fn names_hold_no_dash() {
        assert!(tokens(".labels.app-name").is_err());
    }
}
