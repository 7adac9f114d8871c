//! Patterns in the dialects that Argo CD uses: of projects, of folders in the git generator, and of its files.

use regex::Regex;

/// How far the wildcards reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// Names, namespaces and servers of projects: `*` is anything; `{a,b}` and classes are known.
    Name,
    /// Repositories of projects: `*` ends at a slash, `**` does not.
    Url,
    /// Folders of the git generator (Go's `path.Match`): `*` ends at a slash; there is no `**`.
    Folder,
    /// Files of the git generator, as git reads a path: `*` crosses slashes, and a folder means all below it.
    GitFile,
    /// Files of the git generator in the newer way: `*` ends at a slash, `**/` is any number of folders.
    DoubleStar,
}

/// Longer patterns match nothing.
const LONGEST: usize = 2_048;

/// A pattern ready to match; `None` where it is none.
pub(crate) fn pattern(glob: &str, dialect: Dialect) -> Option<Regex> {
    if glob.len() > LONGEST {
        return None;
    }
    let mut out = String::from("(?s)^");
    let mut rest = glob;
    let mut braces = 0_usize;
    let has_braces = matches!(dialect, Dialect::Name | Dialect::Url | Dialect::DoubleStar);
    while let Some(letter) = rest.chars().next() {
        let mut used = letter.len_utf8();
        match letter {
            '*' if rest.starts_with("**/") && dialect == Dialect::DoubleStar => {
                out.push_str("(?:[^/]*/)*");
                used = 3;
            }
            '*' if rest.starts_with("**") && dialect != Dialect::Folder => {
                out.push_str(".*");
                used = 2;
            }
            '*' => out.push_str(if crosses_slashes(dialect) { ".*" } else { "[^/]*" }),
            '?' => out.push_str(if crosses_slashes(dialect) { "." } else { "[^/]" }),
            '[' => {
                let end = rest.find(']')?;
                let class = rest.get(1..end)?;
                let (negation, class) = match class.strip_prefix(['!', '^']) {
                    Some(class) => ("^", class),
                    None => ("", class),
                };
                let escaped: String =
                    class.replace('\\', r"\\").replace('[', r"\[").replace('&', r"\&").replace('~', r"\~");
                out.extend(["[", negation, &escaped, "]"]);
                used = end.checked_add(1)?;
            }
            '{' if has_braces => {
                out.push_str("(?:");
                braces = braces.saturating_add(1);
            }
            '}' if braces > 0 => {
                out.push(')');
                braces = braces.saturating_sub(1);
            }
            ',' if braces > 0 => out.push('|'),
            '\\' => {
                let next = rest.get(1..)?.chars().next()?;
                out.push_str(&regex::escape(next.encode_utf8(&mut [0; 4])));
                used = used.saturating_add(next.len_utf8());
            }
            other => out.push_str(&regex::escape(other.encode_utf8(&mut [0; 4]))),
        }
        rest = rest.get(used..)?;
    }
    if dialect == Dialect::GitFile {
        out.push_str("(?:/.*)?");
    }
    out.push('$');
    regex::RegexBuilder::new(&out).size_limit(1 << 20).build().ok()
}

const fn crosses_slashes(dialect: Dialect) -> bool {
    matches!(dialect, Dialect::Name | Dialect::GitFile)
}

/// A pattern that is compiled once. What is no pattern matches nothing.
#[derive(Debug)]
pub(crate) enum Matcher {
    /// All texts.
    All,
    /// One text.
    Exact(String),
    /// Those of a pattern, where it is one.
    Pattern(Option<Regex>),
}

impl Matcher {
    pub(crate) fn new(glob: &str, dialect: Dialect) -> Self {
        if glob == "*" && dialect == Dialect::Name {
            return Self::All;
        }
        if !glob.contains(['*', '?', '[', '{', '\\']) && dialect != Dialect::GitFile {
            return Self::Exact(glob.to_owned());
        }
        Self::Pattern(pattern(glob, dialect))
    }

    pub(crate) const fn is_all(&self) -> bool {
        matches!(self, Self::All)
    }

    pub(crate) fn matches(&self, text: &str) -> bool {
        match self {
            Self::All => true,
            Self::Exact(exact) => exact == text,
            Self::Pattern(pattern) => pattern.as_ref().is_some_and(|pattern| pattern.is_match(text)),
        }
    }
}

/// Whether a text matches a pattern.
pub(crate) fn matches(glob: &str, text: &str, dialect: Dialect) -> bool {
    Matcher::new(glob, dialect).matches(text)
}

/// A list of patterns in which `/…/` is a regular expression.
pub(crate) fn matches_any_or_expression<'p>(patterns: impl IntoIterator<Item = &'p str>, text: &str) -> bool {
    patterns.into_iter().any(|glob| match glob.strip_prefix('/').and_then(|inner| inner.strip_suffix('/')) {
        Some(expression) if !expression.is_empty() => Regex::new(expression).is_ok_and(|regex| regex.is_match(text)),
        _ => matches(glob, text, Dialect::Name),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_dialect_has_its_own_stars() {
        for (glob, text, dialect, expected) in [
            ("team-*", "team-a/b", Dialect::Name, true),
            ("https://git.example/*", "https://git.example/a/b", Dialect::Url, false),
            ("https://git.example/**", "https://git.example/a/b", Dialect::Url, true),
            ("apps/*", "apps/a/b", Dialect::Folder, false),
            ("apps/*/b", "apps/a/b", Dialect::Folder, true),
            ("apps/**", "apps/a/b", Dialect::Folder, false),
            ("apps/*/config.json", "apps/a/b/config.json", Dialect::GitFile, true),
            ("apps", "apps/a/b/config.json", Dialect::GitFile, true),
            ("apps/*/config.json", "apps/a/b/config.json", Dialect::DoubleStar, false),
            ("apps/**/config.json", "apps/config.json", Dialect::DoubleStar, true),
            ("apps/**/config.json", "apps/config.json", Dialect::GitFile, false),
            ("{dev,prod}-[a-c]", "prod-b", Dialect::Name, true),
            ("a.c", "abc", Dialect::Name, false),
            ("[", "[", Dialect::Name, false),
        ] {
            assert_eq!(matches(glob, text, dialect), expected, "{glob} {text} {dialect:?}");
        }
    }

    #[test]
    fn expressions_stand_between_slashes() {
        assert!(matches_any_or_expression(["/^team-[0-9]+$/"], "team-12"));
        assert!(!matches_any_or_expression(["/^team-[0-9]+$/", "x"], "team-a"));
    }
}
