//! Which files a step fetches from beside its template.

use std::path::{Path, PathBuf};

use platlint_facts::{FileKind, Files};

use crate::fetching::{Fetch, Wanted};
use crate::nunjucks::Work;

/// So many files of one skeleton are looked at.
pub(crate) const MOST_FILES: usize = 2_000;
/// What it costs to look at a file or a folder, of what [`Work`] counts.
pub(crate) const LOOK: usize = 4096;
/// Folders are followed so deeply.
const DEEPEST: usize = 24;

/// The files that a step fetches, each with its path below the skeleton; one more than are looked at where there are more.
pub(crate) fn list(fetch: &Fetch<'_>, files: &dyn Files, path: PathBuf, work: &Work) -> Vec<(PathBuf, String)> {
    let mut paths = Vec::new();
    match fetch.wanted {
        Wanted::File => paths.push((path, String::new())),
        Wanted::Folder => Listing { files, work, paths: &mut paths }.below(&path, "", 0),
    }
    paths
}

struct Listing<'l> {
    files: &'l dyn Files,
    work: &'l Work,
    paths: &'l mut Vec<(PathBuf, String)>,
}

impl Listing<'_> {
    fn below(&mut self, folder: &Path, above: &str, depth: usize) {
        if depth > DEEPEST {
            return;
        }
        for entry in self.files.list(folder).unwrap_or_default() {
            if self.paths.len() > MOST_FILES || self.work.spend(LOOK).is_err() {
                return;
            }
            let path = folder.join(&entry.name);
            let relative = if above.is_empty() { entry.name } else { format!("{above}/{}", entry.name) };
            if entry.is_folder {
                self.below(&path, &relative, depth + 1);
            } else if self.files.kind(&path) == FileKind::File {
                self.paths.push((path, relative));
            }
        }
    }
}
