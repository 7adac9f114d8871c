//! House rules that a program can check: names that say nothing, files that are too long, modules without a subject.

use super::report::Outcome;
use crate::process;
use crate::workspace::Workspace;
use anyhow::{Context, Result};
use std::path::Path;
use std::process::Command;

/// Names that collect whatever has no better place.
const EMPTY_NAMES: &[&str] = &["util", "utils", "common", "helper", "helpers", "manager", "managers", "misc"];

/// Longest Rust file, in lines.
const MAX_LINES: usize = 500;

/// Checks all files that git knows or would add.
pub(super) fn check(workspace: &Workspace) -> Result<Outcome> {
    let mut git = Command::new("git");
    git.current_dir(&workspace.root).args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
    let listing = String::from_utf8(process::output(&mut git)?).context("a file name is no UTF-8")?;
    let mut faults = Vec::new();
    for path in listing.split_terminator('\0') {
        faults.extend(name_fault(path));
        if Path::new(path).extension().is_some_and(|extension| extension == "rs") {
            // A file may have been deleted since git last looked.
            if let Ok(text) = std::fs::read_to_string(workspace.root.join(path)) {
                faults.extend(text_faults(path, &text));
            }
        }
    }
    faults.extend(super::named_tests::faults(workspace, &listing)?);
    for fault in &faults {
        println!("{fault}");
    }
    Ok(if faults.is_empty() { Outcome::Passed } else { Outcome::Failed(format!("{} faults", faults.len())) })
}

fn name_fault(path: &str) -> Option<String> {
    let said = |part: &&str| EMPTY_NAMES.contains(&part.split('.').next().unwrap_or_default());
    path.split('/').find(said).map(|part| format!("{path}: `{part}` says nothing about the subject"))
}

fn text_faults(path: &str, text: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let lines = text.lines().count();
    if lines > MAX_LINES {
        faults.push(format!("{path}: {lines} lines, {MAX_LINES} at most: split it by subject"));
    }
    let first = text.lines().find(|line| !line.is_empty() && !line.starts_with("#!"));
    if !first.is_some_and(|line| line.starts_with("//!")) {
        faults.push(format!("{path}: does not open with `//!` and what it decides"));
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_names_that_say_nothing() {
        assert!(name_fault("engine/src/utils.rs").is_some());
        assert!(name_fault("engine/src/common/mod.rs").is_some());
        assert!(name_fault("engine/src/commonmark.rs").is_none());
    }

    #[test]
    fn finds_long_files_and_modules_without_a_subject() {
        assert!(text_faults("a.rs", "//! Reads scalars.\n").is_empty());
        assert_eq!(text_faults("a.rs", "use std::fs;\n").len(), 1);
        assert_eq!(text_faults("a.rs", &"//! long\n".repeat(MAX_LINES + 1)).len(), 1);
    }
}
