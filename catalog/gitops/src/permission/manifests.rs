//! The kinds in a folder of manifests, against those that a project allows.

use std::collections::BTreeSet;
use std::path::Path;

use platlint_engine::{Gvk, Scope, scope_of};
use platlint_facts::Files;
use serde_json::Value;

use crate::deployment::Directory;
use crate::globs::{Dialect, Matcher};
use crate::project::Kinds;
use crate::yaml::{self, text_at};

/// More files of one folder are not looked at.
const MOST_FILES: usize = 500;
/// Deeper folders are not looked at.
const MOST_FOLDERS: usize = 32;

/// What came of looking.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Objects that may not be deployed: file, kind and name.
    pub(super) forbidden: BTreeSet<(String, String, String)>,
    /// Why there may be others.
    pub(super) open: BTreeSet<String>,
}

/// Looks at the files that Argo CD takes for manifests.
pub(super) fn judge(files: &dyn Files, folder: &Path, directory: &Directory, kinds: &Kinds) -> Found {
    let matcher = |glob: &Option<String>| glob.as_ref().map(|glob| Matcher::new(glob, Dialect::Name));
    let mut walk = Walk {
        files,
        folder,
        recurses: directory.recurse,
        include: matcher(&directory.include),
        exclude: matcher(&directory.exclude),
        manifests: Vec::new(),
        is_cut: false,
    };
    walk.enter("", 0);
    let mut found = Found::default();
    if walk.is_cut {
        found.open.insert(format!("of its files, no more than {MOST_FILES} are looked at for their kinds"));
    }
    for file in walk.manifests {
        let Ok(text) = files.read(&folder.join(&file)) else {
            found.open.insert(format!("{file} cannot be read"));
            continue;
        };
        for object in yaml::read_all(&text) {
            match object {
                Some(object) => found.object(&object, &file, kinds),
                None => {
                    found.open.insert(format!("{file} cannot be read as YAML"));
                }
            }
        }
    }
    found
}

impl Found {
    fn object(&mut self, object: &Value, file: &str, kinds: &Kinds) {
        let (Some(version), Some(kind)) = (text_at(object, &["apiVersion"]), text_at(object, &["kind"])) else {
            return;
        };
        let (group, version) = version.split_once('/').unwrap_or(("", version));
        let gvk = Gvk { group: group.into(), version: version.into(), kind: kind.into() };
        let name = text_at(object, &["metadata", "name"]).unwrap_or_default();
        let allow = |is_namespaced| kinds.allow(group, kind, name, is_namespaced);
        let is_allowed = match scope_of(&gvk) {
            Scope::Namespaced => Some(allow(true)),
            Scope::Cluster => Some(allow(false)),
            Scope::Unknown => (allow(true) == allow(false)).then(|| allow(true)),
        };
        match is_allowed {
            Some(true) => {}
            Some(false) => {
                self.forbidden.insert((file.to_owned(), kind.to_owned(), name.to_owned()));
            }
            None => {
                self.open.insert(format!("whether the kind {kind} lives in namespaces is not known here"));
            }
        }
    }
}

struct Walk<'w> {
    files: &'w dyn Files,
    folder: &'w Path,
    recurses: bool,
    include: Option<Matcher>,
    exclude: Option<Matcher>,
    /// Relative to the folder.
    manifests: Vec<String>,
    is_cut: bool,
}

impl Walk<'_> {
    fn enter(&mut self, below: &str, depth: usize) {
        let Ok(entries) = self.files.list(&self.folder.join(below)).map_err(|_| self.is_cut = true) else { return };
        for entry in entries {
            let path = if below.is_empty() { entry.name } else { format!("{below}/{}", entry.name) };
            if entry.is_folder {
                if self.recurses && depth < MOST_FOLDERS {
                    self.enter(&path, depth.saturating_add(1));
                }
                self.is_cut |= self.recurses && depth >= MOST_FOLDERS;
            } else if self.is_manifest(&path) {
                if self.manifests.len() >= MOST_FILES {
                    self.is_cut = true;
                    return;
                }
                self.manifests.push(path);
            }
        }
    }

    fn is_manifest(&self, path: &str) -> bool {
        [".yaml", ".yml", ".json"].iter().any(|ending| path.ends_with(ending))
            && self.exclude.as_ref().is_none_or(|exclude| !exclude.matches(path))
            && self.include.as_ref().is_none_or(|include| include.matches(path))
    }
}
