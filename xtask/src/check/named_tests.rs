//! Tests that pages name must exist: a promise whose test was renamed or dropped is held by nothing.

use crate::workspace::Workspace;
use anyhow::{Context, Result};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Pages that name tests, as `` `a_test_in_words` ``.
const PAGES: &[&str] = &["docs/admission-checklist.md", "docs/image-threats.md", "SECURITY.md"];

/// Names with fewer words are code of other kinds, such as `deny` or `owner_annotation`.
const WORDS: usize = 4;

/// What the pages name and no Rust file defines. `files` are those that git knows.
pub(super) fn faults(workspace: &Workspace, files: &str) -> Result<Vec<String>> {
    let mut defined = BTreeSet::new();
    for path in files.split_terminator('\0').filter(|path| Path::new(path).extension().is_some_and(|end| end == "rs")) {
        // A file may have been deleted since git last looked.
        let text = fs::read_to_string(workspace.root.join(path)).unwrap_or_default();
        defined.extend(functions(&text).map(str::to_owned));
    }
    let mut faults = Vec::new();
    for page in PAGES {
        let text = fs::read_to_string(workspace.root.join(page)).with_context(|| format!("no {page}"))?;
        let missing = named(&text).filter(|name| !defined.contains(*name));
        faults.extend(missing.map(|name| format!("{page}: there is no test `{name}`")));
    }
    Ok(faults)
}

fn functions(text: &str) -> impl Iterator<Item = &str> {
    text.split("fn ").skip(1).filter_map(|rest| rest.split_once('(')).map(|(name, _)| name)
}

fn named(text: &str) -> impl Iterator<Item = &str> {
    let quoted = text.split('`').skip(1).step_by(2);
    quoted.filter(|name| {
        name.split('_').count() >= WORDS
            && name
                .chars()
                .all(|character| character.is_ascii_lowercase() || character.is_ascii_digit() || character == '_')
            && !name.starts_with("platlint_")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_names_of_tests_from_other_code() {
        let page =
            "| `a_test_of_four` | `deny`, `owner_annotation` and `platlint_mutations_undone_total` | `a/b_c_d_e.rs` |";
        assert_eq!(named(page).collect::<Vec<_>>(), ["a_test_of_four"]);
    }

    #[test]
    fn finds_functions_of_any_kind() {
        let code = "#[test]\nfn one_of_them() {}\n#[tokio::test]\nasync fn another_of_them() {}";
        assert_eq!(functions(code).collect::<Vec<_>>(), ["one_of_them", "another_of_them"]);
    }
}
