//! Patterns for issuers and subjects. A pattern matches the whole text or not at all, whatever is written in it.

use platlint_config::images::Matcher;
use regex::{Regex, RegexBuilder};

/// Longest pattern, and longest text that is compared, in bytes.
const MAX_PATTERN_BYTES: usize = 2048;
const MAX_TEXT_BYTES: usize = 8192;
/// Bytes that a compiled pattern may take.
const MAX_COMPILED_BYTES: usize = 1 << 20;

/// Why a pattern cannot be used. The configuration's author is at fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum MatcherError {
    /// Not a regular expression, too long or too large when compiled.
    #[error("`{pattern}` is not a regular expression that can be used: {detail}")]
    Regex {
        /// As written.
        pattern: String,
        /// What the compiler says, its last line.
        detail: String,
    },
    /// An empty exact text matches nobody.
    #[error("must not be empty")]
    Empty,
}

/// A compiled pattern.
#[derive(Debug, Clone)]
pub(crate) enum TextMatcher {
    Exact(String),
    Regex(Regex),
    Any,
}

impl TextMatcher {
    pub(crate) fn compile(matcher: &Matcher) -> Result<Self, MatcherError> {
        match matcher {
            Matcher::Any => Ok(Self::Any),
            Matcher::Exact(text) | Matcher::Regex(text) if text.is_empty() => Err(MatcherError::Empty),
            Matcher::Exact(text) => Ok(Self::Exact(text.clone())),
            Matcher::Regex(pattern) => {
                let wrong =
                    |detail: String| MatcherError::Regex { pattern: pattern.chars().take(200).collect(), detail };
                if pattern.len() > MAX_PATTERN_BYTES {
                    return Err(wrong(format!("longer than {MAX_PATTERN_BYTES} bytes")));
                }
                let compile = |pattern: &str| {
                    let compiled = RegexBuilder::new(pattern).size_limit(MAX_COMPILED_BYTES).build();
                    compiled.map_err(|error| wrong(error.to_string().lines().last().unwrap_or_default().to_owned()))
                };
                // First as it stands: `a)|(?:b` is no pattern, but would be one between `(?:` and `)`, and unanchored.
                compile(pattern)?;
                Ok(Self::Regex(compile(&format!(r"\A(?:{pattern})\z"))?))
            }
        }
    }

    /// Whether both were written alike, and so match the same.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Exact(one), Self::Exact(other)) => one == other,
            (Self::Regex(one), Self::Regex(other)) => one.as_str() == other.as_str(),
            (Self::Any, Self::Any) => true,
            _ => false,
        }
    }

    /// Whether the whole text matches.
    pub(crate) fn matches(&self, text: &str) -> bool {
        text.len() <= MAX_TEXT_BYTES
            && match self {
                Self::Exact(wanted) => wanted == text,
                Self::Regex(regex) => regex.is_match(text),
                Self::Any => true,
            }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn regex(pattern: &str) -> Result<TextMatcher, MatcherError> {
        TextMatcher::compile(&Matcher::Regex(pattern.to_owned()))
    }

    #[test]
    fn matches_whole_texts_only() {
        let matcher = regex("https://github.com/org/.*").unwrap();
        assert!(matcher.matches("https://github.com/org/app"));
        assert!(!matcher.matches("xhttps://github.com/org/app"));
        assert!(!matcher.matches("https://github.com/org-evil/app"));
        for pattern in ["a|b", "(?m)^a$", "(?s)a"] {
            let matcher = regex(pattern).unwrap();
            assert!(matcher.matches("a"), "{pattern}");
            for text in ["ab", "ba", "xa", "a\n", "a\nb", "b\na", ""] {
                assert!(!matcher.matches(text), "{pattern} on {text:?}");
            }
        }
    }

    #[test]
    fn refuses_patterns_that_would_leave_the_anchors() {
        for pattern in ["a)|(?:b", "(", "a)", "(?x)a #"] {
            let compiled = regex(pattern);
            assert!(compiled.is_err() || !compiled.unwrap().matches("b"), "{pattern}");
        }
        assert!(regex("a)|(?:b").is_err());
        assert!(regex(&"a".repeat(MAX_PATTERN_BYTES + 1)).is_err());
        assert!(regex(r"\w{1000}{1000}").is_err());
        assert!(regex("").is_err());
    }

    #[test]
    fn compares_exact_texts_byte_by_byte() {
        let matcher = TextMatcher::compile(&Matcher::Exact("a@b.c".to_owned())).unwrap();
        assert!(matcher.matches("a@b.c"));
        assert!(!matcher.matches("A@b.c") && !matcher.matches("a@bxc") && !matcher.matches("a@b.c "));
        assert!(TextMatcher::compile(&Matcher::Exact(String::new())).is_err());
    }
}
