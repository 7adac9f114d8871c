//! Steps that fetch something from beside the template: where it should be, and whether it is there.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use platlint_engine::{Pointer, Value, get, get_str, suggest};
use platlint_facts::{Doc, FileKind, Files, Note, resolve, str_at};

use crate::template::{Step, within};

/// What a step expects beside the template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    File,
    Folder,
}

/// What becomes of what is fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Filled {
    /// It is copied as it is.
    Never,
    /// It is rendered as the scaffolder does.
    AsNunjucks,
    /// Another engine renders it, whose sources are no manifests either.
    AsCookiecutter,
}

/// A step that fetches from a relative place.
pub(crate) struct Fetch<'d> {
    pub(crate) step: &'d Step<'d>,
    /// The step's `input.url`.
    pub(crate) at: Pointer,
    pub(crate) url: &'d Arc<str>,
    pub(crate) wanted: Wanted,
    pub(crate) filled: Filled,
}

/// What came of looking.
pub(crate) enum Found {
    At(PathBuf),
    Missing(Note),
    Unknown(String),
}

/// The step as one that fetches from beside the template, if it is one.
pub(crate) fn fetch<'d>(step: &'d Step<'d>) -> Option<Fetch<'d>> {
    let (wanted, filled) = match &**step.action? {
        "fetch:template" => (Wanted::Folder, Filled::AsNunjucks),
        "fetch:template:file" => (Wanted::File, Filled::AsNunjucks),
        "fetch:cookiecutter" => (Wanted::Folder, Filled::AsCookiecutter),
        "fetch:plain:file" => (Wanted::File, Filled::Never),
        "fetch:plain" | "fetch:rails" => (Wanted::Folder, Filled::Never),
        _ => return None,
    };
    let url = get_str(step.input?, "url")?;
    let is_elsewhere = url.contains("://") || url.starts_with('/') || url.starts_with("git@") || url.is_empty();
    let at = within(&within(&step.path, "input"), "url");
    (!is_elsewhere).then_some(Fetch { step, at, url, wanted, filled })
}

impl Fetch<'_> {
    /// Looks for it.
    pub(crate) fn find(&self, doc: &Doc, files: &dyn Files) -> Found {
        if self.url.contains("{{") || self.url.contains("{%") {
            return Found::Unknown("which path it is depends on parameters".to_owned());
        }
        let is_elsewhere = |key: &str| str_at(&doc.object, &["metadata", "annotations", key]).is_some();
        if is_elsewhere("backstage.io/source-location") || is_elsewhere("backstage.io/managed-by-location") {
            return Found::Unknown("annotations say that the template stands elsewhere".to_owned());
        }
        let Some(folder) = &doc.folder else {
            return Found::Unknown("the files beside the template are not at hand".to_owned());
        };
        let path = resolve(folder, self.url);
        let note = |problem: &str| Note::at(self.at.clone()).with("url", &**self.url).with("problem", problem);
        match (files.kind(&path), self.wanted) {
            (FileKind::File, Wanted::File) | (FileKind::Folder, Wanted::Folder) => Found::At(path),
            (FileKind::File, Wanted::Folder) => Found::Missing(note("is a file, not a folder")),
            (FileKind::Folder, Wanted::File) => Found::Missing(note("is a folder, not a file")),
            (FileKind::Missing, _) => Found::Missing(note("does not exist").suggestion(self.near(&path, files))),
            (FileKind::Outside, _) => Found::Unknown("it lies outside of what is looked at".to_owned()),
        }
    }

    /// What stands beside where it should be, under a name like it.
    fn near(&self, path: &Path, files: &dyn Files) -> Option<String> {
        let name = path.file_name()?.to_str()?;
        let entries = files.list(path.parent()?).ok()?;
        let names: Vec<&str> = entries
            .iter()
            .filter(|entry| entry.is_folder == (self.wanted == Wanted::Folder))
            .map(|entry| entry.name.as_str())
            .collect();
        let near = suggest::nearest(name, &names)?;
        let folder = self.url.trim_end_matches('/').strip_suffix(name).unwrap_or("./");
        Some(format!("{folder}{near}"))
    }

    /// A field of the step's input.
    pub(crate) fn input(&self, key: &str) -> Option<&Value> {
        get(self.step.input?, key)
    }

    /// Where a field of the step's input is, or should be.
    pub(crate) fn input_at(&self, key: &str) -> Pointer {
        within(&within(&self.step.path, "input"), key)
    }
}
