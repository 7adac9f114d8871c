//! Files that a configuration names because something is known from them: found, read whole, and told apart by digest.

use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path as FilePath, PathBuf};
use std::sync::Arc;

use crate::bundle::{MAX_FILE, digest};
use crate::files::Files;
use crate::layers::Layer;
use crate::placed::{At, Issue, Path};
use crate::policies::source::{reason, shown};
use crate::problem::Problem;
use crate::walk;

/// A file that was read.
#[derive(Clone, PartialEq, Eq)]
pub struct KnownFile {
    /// As users know it.
    pub name: Arc<str>,
    /// Where it lies; in a bundle nothing can be read from there.
    pub path: PathBuf,
    /// What it holds.
    pub bytes: Arc<[u8]>,
    /// Digest of the bytes, in hexadecimal digits.
    pub sha256: String,
}

impl fmt::Debug for KnownFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KnownFile").field("name", &self.name).field("sha256", &self.sha256).finish_non_exhaustive()
    }
}

/// What a file tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Key {
    Schemas,
    Entities,
    Actions,
    Clusters,
}

/// A file or folder as a configuration names it.
pub(crate) struct Named<'l> {
    pub key: Key,
    pub text: &'l str,
    pub at: Path,
}

/// All that a configuration names.
pub(crate) fn named(layer: &Layer) -> Vec<Named<'_>> {
    let config = &layer.config;
    let mut all = of_key(Key::Schemas, &["schemas"], &config.schemas);
    all.extend(of_key(Key::Entities, &["catalog", "entities"], &config.catalog.entities));
    all.extend(of_key(Key::Actions, &["templates", "actions"], &config.templates.actions));
    all.extend(of_key(Key::Clusters, &["argocd", "clusters"], &config.argocd.clusters));
    all
}

fn of_key<'l>(key: Key, path: &[&str], texts: &'l [String]) -> Vec<Named<'l>> {
    let at = Path::of(path.iter().copied());
    texts.iter().enumerate().map(|(index, text)| Named { key, text, at: at.index(index) }).collect()
}

/// Whether a file in a folder that is named counts. A file that is named itself does, whatever it is called.
pub(crate) fn is_data(path: &FilePath) -> bool {
    path.extension().is_some_and(|extension| ["json", "yaml", "yml"].iter().any(|known| extension == *known))
}

/// Reads a file, or all data below a folder in order of the names. What another entry of the key named already is not read
/// again: `seen` holds what was.
pub(super) fn read(
    files: &Files,
    layer: &Layer,
    named: &Named<'_>,
    seen: &mut BTreeSet<(Key, PathBuf)>,
    problems: &mut Vec<Problem>,
) -> Vec<KnownFile> {
    let mut known = Vec::new();
    let mut say = |message: String| problems.push(layer.problem(Issue::new(&named.at, At::Value, message)));
    let root = layer.folder.join(named.text);
    let walked = walk::below(files, &root, &is_data);
    let is_silent = walked.problems.is_empty();
    for problem in walked.problems {
        let which = if problem.file == shown(&root) { named.text } else { &*problem.file };
        say(format!("`{which}` {}", problem.message));
    }
    if walked.files.is_empty() && is_silent {
        say(format!("`{}` holds no .yaml, .yml or .json files", named.text));
    }
    for found in walked.files {
        // One path for each file, however it is named.
        let path = files.real(&found.path).unwrap_or_else(|_| found.path.clone());
        if !seen.insert((named.key, path.clone())) {
            continue;
        }
        let name = shown(&found.path);
        match files.read(&path, MAX_FILE) {
            Err(error) => say(format!("`{name}` cannot be read: {}", reason(&error))),
            Ok(bytes) if u64::try_from(bytes.len()).is_ok_and(|length| length > MAX_FILE) => {
                say(format!("`{name}` is larger than {} MiB", MAX_FILE >> 20));
            }
            Ok(bytes) => known.push(KnownFile { name, path, sha256: digest(&bytes), bytes: bytes.into() }),
        }
    }
    known
}
