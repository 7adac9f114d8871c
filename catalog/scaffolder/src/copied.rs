//! Which files of a skeleton are copied as they are: patterns of `copyWithoutTemplating`, as `globby` reads them.

use regex::Regex;

/// Patterns may be compiled to so many bytes.
const PATTERN_BYTES: usize = 1 << 18;

/// Patterns of paths below a skeleton.
#[derive(Debug, Default)]
pub(crate) struct Patterns {
    wanted: Vec<Regex>,
    unwanted: Vec<Regex>,
}

impl Patterns {
    /// `None` where a pattern has forms that are not read here.
    pub(crate) fn of<'p>(patterns: impl IntoIterator<Item = &'p str>) -> Option<Self> {
        let mut made = Self::default();
        for pattern in patterns {
            match pattern.strip_prefix('!') {
                Some(unwanted) => made.unwanted.push(compiled(unwanted)?),
                None => made.wanted.push(compiled(pattern)?),
            }
        }
        Some(made)
    }

    /// Whether a file at this path below the skeleton is meant.
    pub(crate) fn matches(&self, path: &str) -> bool {
        self.wanted.iter().any(|pattern| pattern.is_match(path))
            && !self.unwanted.iter().any(|pattern| pattern.is_match(path))
    }
}

/// A pattern means the files below it, too.
fn compiled(pattern: &str) -> Option<Regex> {
    let pattern = pattern.strip_prefix("./").unwrap_or(pattern).trim_end_matches('/');
    let mut made = String::from("^");
    let mut rest = pattern;
    let mut braces = 0_u32;
    while let Some(letter) = rest.chars().next() {
        if let Some(after) = rest.strip_prefix("**/") {
            made.push_str("(?:.*/)?");
            rest = after;
            continue;
        }
        let width = if rest.starts_with("**") { 2 } else { letter.len_utf8() };
        match letter {
            '*' if width == 2 => made.push_str(".*"),
            '*' => made.push_str("[^/]*"),
            '?' => made.push_str("[^/]"),
            '{' => {
                braces += 1;
                made.push_str("(?:");
            }
            '}' if braces > 0 => {
                braces -= 1;
                made.push(')');
            }
            ',' if braces > 0 => made.push('|'),
            '[' | ']' | '(' | ')' | '!' | '@' | '+' | '\\' => return None,
            other => made.push_str(&regex::escape(&other.to_string())),
        }
        rest = rest.get(width..).unwrap_or_default();
    }
    made.push_str("(?:/.*)?$");
    if braces > 0 {
        return None;
    }
    regex::RegexBuilder::new(&made).size_limit(PATTERN_BYTES).build().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_patterns_as_globby_does() {
        let patterns = Patterns::of([".github/workflows", "**/*.min.{js,css}", "docs/*", "!docs/index.md"]).unwrap();
        for path in [".github/workflows/ci.yaml", "a/b/x.min.js", "x.min.css", "docs/a.md"] {
            assert!(patterns.matches(path), "{path}");
        }
        for path in [".github/other.yaml", "x.js", "docs/index.md", "README.md"] {
            assert!(!patterns.matches(path), "{path}");
        }
        assert!(!Patterns::default().matches("a"));
        assert!(Patterns::of(["[ab].txt"]).is_none());
    }
}
