//! Discovery: which files of the given paths are looked at. Honours .gitignore and the configuration's exclusions, also
//! for files that are named one by one, as pre-commit does.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use globset::{Glob, GlobSet, GlobSetBuilder};
use ignore::WalkBuilder;

use super::{Content, InputFile, stdin};
use crate::commands::complain;
use crate::exit::Failure;

/// Endings of files that may hold manifests.
const ENDINGS: [&str; 3] = ["yaml", "yml", "json"];

/// What to select.
#[derive(Debug, Default)]
pub struct Selection {
    /// Patterns that exclude, relative to `root`.
    pub exclude: Vec<String>,
    /// The folder of the configuration, else the working directory.
    pub root: PathBuf,
    /// Name of standard input.
    pub stdin_name: Option<String>,
}

/// The files of `paths`, each once, sorted by name. Fails where a path does not exist or cannot be listed.
pub fn discover(paths: &[PathBuf], selection: &Selection) -> Result<Vec<InputFile>, Failure> {
    let here = std::env::current_dir().map_err(Failure::io("the working directory"))?;
    let exclude = globs(&selection.exclude)?;
    let root = real(&here.join(&selection.root));
    let is_excluded = |path: &Path| {
        if exclude.is_empty() {
            return false;
        }
        let path = real(&here.join(path));
        exclude.is_match(path.strip_prefix(&root).unwrap_or(&path))
    };
    // By their real paths: names are for people, and two files can have names that look alike.
    let mut found: BTreeMap<PathBuf, InputFile> = BTreeMap::new();
    let mut add = |path: &Path, content: Content| {
        let name: Arc<str> = name(path, &here).into();
        found.entry(normal(path)).or_insert_with(|| InputFile::new(name, content));
    };
    let mut from_stdin = None;
    for path in paths {
        if path.as_os_str() == "-" {
            if from_stdin.is_none() {
                from_stdin = Some(stdin::read(selection.stdin_name.as_deref())?);
            }
            continue;
        }
        let metadata = std::fs::metadata(path).map_err(Failure::io(path.display().to_string()))?;
        if !metadata.is_dir() {
            if !is_excluded(path) {
                // A pipe can be read only once, and files are looked at again: for source lines and for other objects.
                let content = if metadata.is_file() { Content::Path(path.clone()) } else { stdin::read_pipe(path)? };
                add(path, content);
            }
            continue;
        }
        let walk = WalkBuilder::new(path)
            .hidden(false)
            // Only what is versioned with the files: the same checkout gives the same answer on every machine.
            .git_global(false)
            .git_exclude(false)
            .ignore(false)
            .filter_entry(|entry| entry.file_name() != ".git" && !is_evidence(entry.path()))
            .build();
        for entry in walk {
            let entry = entry.map_err(|error| Failure::Usage(error.to_string()))?;
            let path = entry.path();
            // A link to a file is read, also one that leads nowhere (that is then said); linked folders are not entered.
            let is_file = entry.file_type().is_some_and(|kind| kind.is_file() || (kind.is_symlink() && !path.is_dir()));
            if is_file && has_ending(path) && !is_excluded(path) {
                add(path, Content::Path(path.to_owned()));
            } else if entry.path_is_symlink() && path.is_dir() {
                complain(&format!("{} is a link to a folder and is not entered", self::name(path, &here)));
            }
        }
    }
    Ok(found.into_values().chain(from_stdin).collect())
}

fn has_ending(path: &Path) -> bool {
    path.extension()
        .and_then(|ending| ending.to_str())
        .is_some_and(|ending| ENDINGS.iter().any(|known| known.eq_ignore_ascii_case(ending)))
}

/// A set of path patterns as in .gitignore files: `**` for any number of folders.
pub(crate) fn globs(patterns: &[String]) -> Result<GlobSet, Failure> {
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        set.add(Glob::new(pattern).map_err(|error| Failure::Usage(error.to_string()))?);
    }
    set.build().map_err(|error| Failure::Usage(error.to_string()))
}

/// A path as users write it: relative to the working directory where it lies below, `/` between folders.
pub(crate) fn name(path: &Path, here: &Path) -> String {
    let relative = if path.is_absolute() { path.strip_prefix(here).unwrap_or(path) } else { path };
    let shown = normal(relative).to_string_lossy().into_owned();
    if cfg!(windows) { shown.replace('\\', "/") } else { shown }
}

/// Without `..` and links as far as the file system knows, so that no way of writing a path misses a pattern.
pub(crate) fn real(path: &Path) -> PathBuf {
    let canonical = |path: &Path| std::fs::canonicalize(path).ok();
    // The file's own name stays: a link is excluded by the name it has here.
    let with_own_name = || Some(canonical(path.parent()?)?.join(path.file_name()?));
    let real = if path.is_dir() { canonical(path).or_else(with_own_name) } else { with_own_name() };
    real.or_else(|| canonical(path)).unwrap_or_else(|| normal(path))
}

/// Without `.` components.
fn normal(path: &Path) -> PathBuf {
    path.components().filter(|component| !matches!(component, Component::CurDir)).collect()
}

/// What `platlint images lock` keeps beside the lock file: named by the digest of its content, and no manifest. Nothing
/// else in that folder is passed over.
fn is_evidence(path: &Path) -> bool {
    let is_digest = |stem: &str| stem.len() == 64 && stem.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let name = path.file_name().and_then(|name| name.to_str()).and_then(|name| name.strip_suffix(".json"));
    name.is_some_and(is_digest) && path.parent().is_some_and(|folder| folder.ends_with(".platlint/bundles"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_relative_and_normal() {
        let here = Path::new("/repo");
        assert_eq!(name(Path::new("./k8s/a.yaml"), here), "k8s/a.yaml");
        assert_eq!(name(Path::new("/repo/k8s/a.yaml"), here), "k8s/a.yaml");
        assert_eq!(name(Path::new("/else/a.yaml"), here), "/else/a.yaml");
        assert_eq!(name(Path::new("../a.yaml"), here), "../a.yaml");
    }

    #[test]
    fn a_wrong_pattern_is_a_usage_error() {
        assert!(globs(&["[".to_owned()]).is_err());
    }
}
