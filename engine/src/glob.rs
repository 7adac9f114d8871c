//! Patterns for namespaces, rule ids and names: `*` stands for any run of characters, also none. Nothing else is special.

/// Whether `text` matches `pattern`, in at most `pattern × text` steps and without allocating.
///
/// ```
/// use platlint_engine::glob::matches;
/// assert!(matches("prod-secure-*", "prod-secure-eu"));
/// assert!(!matches("prod-secure-*", "prod-secur"));
/// ```
#[must_use]
pub fn matches(pattern: &str, text: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut text) = text.strip_prefix(head) else { return false };
    let mut pieces = rest.split('*').peekable();
    while let Some(piece) = pieces.next() {
        if pieces.peek().is_none() {
            return text.ends_with(piece);
        }
        match text.find(piece).and_then(|at| text.get(at.saturating_add(piece.len())..)) {
            Some(rest) => text = rest,
            None => return false,
        }
    }
    true
}

/// Whether any of the patterns matches.
#[must_use]
pub fn any_matches<P: AsRef<str>>(patterns: &[P], text: &str) -> bool {
    patterns.iter().any(|pattern| matches(pattern.as_ref(), text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_as_people_expect() {
        for (pattern, text) in [
            ("*", ""),
            ("*", "a"),
            ("a*", "a"),
            ("a*c", "abc"),
            ("a*b*c", "a-b-b-c"),
            ("a", "a"),
            ("*b", "ab"),
            ("**", "x"),
        ] {
            assert!(matches(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in
            [("", "a"), ("a", "ab"), ("a*c", "ab"), ("aa*aa", "aaa"), ("a*b*c", "a-c"), ("A", "a"), ("a?", "ab")]
        {
            assert!(!matches(pattern, text), "{pattern} {text}");
        }
    }
}
