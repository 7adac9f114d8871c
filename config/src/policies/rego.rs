//! One Rego file before it is compiled: its package, and what it refers to. Found in the text; compiling is the
//! engine's business.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::problem::Problem;

/// A Rego file.
#[derive(Debug, Clone)]
pub(crate) struct RegoFile {
    /// As users know it.
    pub path: Arc<str>,
    /// Names of the folders it stands in, below and with the folder that was named.
    pub folders: Vec<String>,
    /// File name without `.rego`.
    pub stem: String,
    pub text: Arc<str>,
    /// Without `data`.
    pub package: String,
    /// Line of the package statement, from 1.
    pub package_line: u32,
}

/// What a policy file may have at most; also regorus' own limit.
pub(crate) const MAX_BYTES: usize = 1 << 20;

impl RegoFile {
    pub(crate) fn new(path: Arc<str>, folders: Vec<String>, stem: String, text: Arc<str>) -> Result<Self, Problem> {
        let found = text.lines().zip(1..).find(|(line, _)| !is_blank_or_comment(line));
        let statement = found.and_then(|(line, number)| Some((package_of(line)?, number)));
        match (statement, found) {
            (Some((package, package_line)), _) => Ok(Self { path, folders, stem, text, package, package_line }),
            (None, Some((_, line))) => {
                let message = "a Rego file begins with `package …`; only comments may stand above".to_owned();
                Err(Problem { file: path, line, column: 1, message, help: None })
            }
            (None, None) => Err(Problem::of_file(path, "the file holds no Rego")),
        }
    }

    /// Whether it is a test of other files.
    pub(crate) fn is_test(&self) -> bool {
        self.stem.ends_with("_test")
    }

    /// Whether it defines one of the sets that platlint asks a rule for.
    pub(crate) fn has_entry_point(&self) -> bool {
        const NAMES: [&str; 3] = ["deny", "undecided", "patch"];
        // Parsing is dear, and most libraries hold none of these words.
        NAMES.iter().any(|name| self.text.contains(name))
            && self.rule_names().iter().any(|rule| NAMES.contains(&&**rule))
    }

    /// Names of the rules it defines; none where it cannot be parsed, which is said elsewhere.
    pub(crate) fn rule_names(&self) -> Vec<Arc<str>> {
        platlint_engine::policy::rule_names(&self.path, &self.text)
    }

    /// Paths below `data` that occur in the text. Also those in comments and strings: one too many does no harm.
    pub(crate) fn references(&self) -> BTreeSet<&str> {
        let mut found = BTreeSet::new();
        for (start, _) in self.text.match_indices("data") {
            let before = self.text.get(..start).and_then(|text| text.chars().next_back());
            if before.is_some_and(|c| is_word(c) || c == '.') {
                continue;
            }
            let rest = self.text.get(start + "data".len()..).unwrap_or_default();
            if rest.starts_with(['.', '[']) {
                let rest = rest.strip_prefix('.').unwrap_or_default();
                let end = rest.find(|c| !is_word(c) && c != '.').unwrap_or(rest.len());
                found.insert(rest.get(..end).unwrap_or_default().trim_end_matches('.'));
            }
        }
        found
    }
}

/// Whether a reference can reach into a package: it leads into it, or to something above it.
pub(crate) fn reaches(reference: &str, package: &str) -> bool {
    let is_within = |inner: &str, outer: &str| {
        outer.is_empty() || inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    is_within(reference, package) || is_within(package, reference)
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

pub(crate) fn is_blank_or_comment(line: &str) -> bool {
    let line = line.trim_start_matches(['\u{feff}', ' ', '\t', '\r']);
    line.is_empty() || line.starts_with('#')
}

fn package_of(line: &str) -> Option<String> {
    let rest = line.trim_start_matches(['\u{feff}', ' ', '\t']).strip_prefix("package")?;
    let rest = rest.strip_prefix([' ', '\t'])?.trim_start();
    let end = rest.find(['#', ';', ' ', '\t', '\r']).unwrap_or(rest.len());
    rest.get(..end).filter(|name| !name.is_empty()).map(ToOwned::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> Result<RegoFile, Problem> {
        RegoFile::new("a.rego".into(), Vec::new(), "a".into(), text.into())
    }

    #[test]
    fn finds_the_package_below_comments() {
        let found = file("# a\n\n# b\npackage a.b_c # d\nimport rego.v1\n").unwrap();
        assert_eq!((found.package.as_str(), found.package_line), ("a.b_c", 4));
        assert_eq!(file("package a;import data.b\r\n").unwrap().package, "a");
        assert_eq!(file("package a\r\n").unwrap().package, "a");
    }

    #[test]
    fn a_file_without_package_is_a_problem_with_a_place() {
        insta::assert_snapshot!(file("# a\nimport data.x\n").unwrap_err(), @"a.rego:2:1: a Rego file begins with `package …`; only comments may stand above");
        insta::assert_snapshot!(file("# a\n").unwrap_err(), @"a.rego: the file holds no Rego");
        assert!(file("packages a\n").is_err());
    }

    #[test]
    fn knows_what_is_asked_of_rules() {
        for text in
            ["deny contains 1 if {\n\ttrue\n}\n", "  deny\tcontains 1\n", "undecided  contains 1", "patch contains {}"]
        {
            assert!(file(&format!("package a\n{text}")).unwrap().has_entry_point(), "{text}");
        }
        for text in ["denying contains 1", "# deny contains 1", "a := \"deny\"", "deny containsx"] {
            assert!(!file(&format!("package a\n{text}")).unwrap().has_entry_point(), "{text}");
        }
    }

    #[test]
    fn finds_references_and_what_they_reach() {
        let found = file("package a\nimport data.b.c as d\nx := data.e.f[0] + mydata.g + input.data.h\ny := data[z]\n")
            .unwrap();
        assert_eq!(found.references().into_iter().collect::<Vec<_>>(), ["", "b.c", "e.f"]);
        assert!(reaches("b.c", "b.c") && reaches("b.c.rule", "b.c") && reaches("b", "b.c") && reaches("", "b.c"));
        assert!(!reaches("b.cd", "b.c") && !reaches("b.c", "b.cd") && !reaches("e", "b"));
    }
}
