//! The files that an entity points to: those of placeholders, the folder of its documentation, and the targets of a
//! Location. Only relative paths are looked at; nothing is fetched.

use platlint_engine::{Pointer, Value, get, get_str, glob};
use platlint_facts::{Doc, FileKind, Files, Note, Notes, items, resolve, str_at};

use crate::keys::nearest;
use crate::placeholder::{each_placeholder, filled_later};
use crate::{DANGLING_FILE, kind};

/// So many names are looked at for the pattern of one target.
const MOST_NAMES: usize = 20_000;

/// Notes every file that is not there.
pub(crate) fn check(doc: &Doc, files: &dyn Files, notes: &mut Notes) {
    let mut places = Places { doc, files, notes };
    let (mut path, object) = (Vec::new(), &doc.object);
    each_placeholder(object, &mut path, &mut |at, resolver, given| places.placeholder(at, resolver, given));
    places.documentation();
    if *doc.gvk.group == *kind::CATALOG && &*doc.gvk.kind == "Location" {
        places.targets();
    }
}

/// The part of a value that leads from the entity's folder; `None` for URLs, and for paths from a root that is not known.
fn relative(value: &str) -> Option<&str> {
    let is_url = value.split_once(':').is_some_and(|(scheme, _)| {
        scheme.len() > 1 && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
    });
    (!is_url && !value.starts_with('/') && !value.is_empty()).then_some(value)
}

struct Places<'n> {
    doc: &'n Doc,
    files: &'n dyn Files,
    notes: &'n mut Notes,
}

impl Places<'_> {
    fn note(&mut self, problem: &str, subject: &str, path: Pointer, value: &str) {
        let suggestion = (problem == "missing").then(|| self.neighbour(value)).flatten();
        let note = Note::at(path).with("problem", problem).with("subject", subject).with("value", value);
        let file = self.doc.folder.as_deref().map(|folder| self.files.shown(&resolve(folder, value)));
        self.notes.problem(DANGLING_FILE, note.maybe("file", file).suggestion(suggestion));
    }

    fn unknown(&mut self, path: Pointer, reason: &str) {
        self.notes.unknown(DANGLING_FILE, path, reason);
    }

    /// What stands at a relative path; `None`, and noted, where nobody knows.
    fn kind(&mut self, path: &Pointer, value: &str) -> Option<FileKind> {
        let Some(folder) = self.doc.folder.as_deref() else {
            self.unknown(path.clone(), "the folder of this document is not known");
            return None;
        };
        let kind = self.files.kind(&resolve(folder, value));
        if kind == FileKind::Outside {
            self.unknown(path.clone(), "it lies outside the files of this run");
            return None;
        }
        Some(kind)
    }

    /// A file beside the one that is missing, with nearly the same name.
    fn neighbour(&self, value: &str) -> Option<String> {
        let (folder, name) = value.rsplit_once('/').map_or(("", value), |(folder, name)| (folder, name));
        let entries = self.files.list(&resolve(self.doc.folder.as_deref()?, folder)).ok()?;
        let near = nearest(name, entries.iter().map(|entry| entry.name.as_str()))?;
        Some(if folder.is_empty() { near.to_owned() } else { format!("{folder}/{near}") })
    }

    fn placeholder(&mut self, path: Pointer, resolver: &str, given: &Value) {
        let Value::String(value) = given else {
            self.note("no-text", resolver, path, "");
            return;
        };
        if let Some(reason) = filled_later(given) {
            self.unknown(path, reason);
        } else if let Some(value) = relative(value) {
            let file = value.split(['?', '#']).next().unwrap_or(value);
            match self.kind(&path, file) {
                Some(FileKind::Missing) => self.note("missing", resolver, path, file),
                Some(FileKind::Folder) => self.note("folder", resolver, path, file),
                _ => {}
            }
        }
    }

    /// `backstage.io/techdocs-ref: dir:…`.
    fn documentation(&mut self) {
        const KEY: &str = "backstage.io/techdocs-ref";
        const SUBJECT: &str = "techdocs";
        let Some(annotations) = platlint_facts::value_at(&self.doc.object, &["metadata", "annotations"]) else {
            return;
        };
        let Some(value) = get_str(annotations, KEY).and_then(|value| value.strip_prefix("dir:")) else { return };
        let path = platlint_facts::path_of(&["metadata", "annotations", KEY]);
        let value = value.trim();
        if crate::placeholder::is_templated(value) {
            self.unknown(path, "it is filled in by a software template");
            return;
        }
        if get(annotations, "backstage.io/source-location").is_some() {
            self.unknown(path, "the folder is looked for where the annotation backstage.io/source-location says");
            return;
        }
        let Some(value) = relative(value) else { return };
        match self.kind(&path, value) {
            Some(FileKind::Missing) => self.note("missing", SUBJECT, path, value),
            Some(FileKind::File) => self.note("file", SUBJECT, path, value),
            Some(FileKind::Folder) => {
                if let Some(problem) = self.lacks(value) {
                    self.note(problem, SUBJECT, path, value);
                }
            }
            _ => {}
        }
    }

    /// What a folder of documentation lacks: documents, for which `TechDocs` also takes a README. Where it has no configuration,
    /// `TechDocs` makes one, for the documents in `docs`.
    fn lacks(&self, value: &str) -> Option<&'static str> {
        let folder = resolve(self.doc.folder.as_deref()?, value);
        let mut configurations = ["mkdocs.yaml", "mkdocs.yml"].iter().map(|name| folder.join(name));
        let configuration = configurations.find(|file| self.files.kind(file) == FileKind::File);
        let text = match &configuration {
            Some(configuration) => self.files.read(configuration).ok()?,
            None => "".into(),
        };
        let line = text.lines().find_map(|line| line.strip_prefix("docs_dir:"));
        let written = line.map(|line| line.split(" #").next().unwrap_or(line).trim().trim_matches(['"', '\'']));
        let written = written.filter(|value| !value.is_empty()).unwrap_or("docs");
        // An environment variable, or another value that is made when the pages are.
        if written.starts_with('!') {
            return None;
        }
        let has_documents = self.files.kind(&resolve(&folder, written)) != FileKind::Missing
            || ["README.md", "readme.md"].iter().any(|name| self.files.kind(&folder.join(name)) == FileKind::File);
        let problem = if configuration.is_some() { "no-docs" } else { "no-mkdocs" };
        (!has_documents).then_some(problem)
    }

    fn targets(&mut self) {
        let Some(spec) = get(&self.doc.object, "spec") else { return };
        let of_type = str_at(spec, &["type"]);
        if str_at(spec, &["presence"]) == Some("optional") || !matches!(of_type, None | Some("file" | "url")) {
            return;
        }
        let one = get(spec, "target").map(|target| (Pointer(vec!["spec".into(), "target".into()]), target));
        let several = get(spec, "targets").into_iter().flat_map(items).enumerate();
        let several =
            several.map(|(index, target)| (Pointer(vec!["spec".into(), "targets".into(), index.into()]), target));
        for (path, target) in one.into_iter().chain(several) {
            let Value::String(text) = target else { continue };
            if let Some(reason) = filled_later(target) {
                self.unknown(path, reason);
                continue;
            }
            let Some(value) = relative(text) else { continue };
            // Of a path without a point, type file means one from where Backstage was started.
            if of_type == Some("file") && !value.starts_with('.') {
                self.unknown(
                    path,
                    "a path of type file that does not begin with a point leads from the backend's folder",
                );
            } else if value.contains(['*', '?', '[', '{']) {
                self.pattern(path, value);
            } else {
                match self.kind(&path, value) {
                    Some(FileKind::Missing) => self.note("missing", "target", path, value),
                    Some(FileKind::Folder) => self.note("folder", "target", path, value),
                    _ => {}
                }
            }
        }
    }

    fn pattern(&mut self, path: Pointer, value: &str) {
        if value.contains(['?', '[', '{']) {
            self.unknown(path, "patterns with other signs than * are not followed");
            return;
        }
        let (fixed, steps) = split_pattern(value);
        let fixed = if fixed.is_empty() { "." } else { fixed };
        match self.kind(&path, fixed) {
            Some(FileKind::Folder) => {
                let Some(folder) = self.doc.folder.as_deref().map(|folder| resolve(folder, fixed)) else { return };
                let mut left = MOST_NAMES;
                match any_match(self.files, &folder, &steps, &mut left) {
                    Some(true) => {}
                    Some(false) => self.note("no-match", "target", path, value),
                    None => self.unknown(path, "there are too many files to look at"),
                }
            }
            Some(_) => self.note("no-match", "target", path, value),
            None => {}
        }
    }
}

/// The folder before the first pattern, and the steps from there.
fn split_pattern(value: &str) -> (&str, Vec<&str>) {
    let star = value.find('*').unwrap_or(value.len());
    let end = value.get(..star).and_then(|before| before.rfind('/')).map_or(0, |slash| slash + 1);
    let (fixed, rest) = value.split_at_checked(end).unwrap_or(("", value));
    (fixed, rest.split('/').filter(|step| !step.is_empty()).collect())
}

/// Whether any file matches the steps of a pattern; `None` where that takes too long to find out.
fn any_match(files: &dyn Files, folder: &std::path::Path, steps: &[&str], left: &mut usize) -> Option<bool> {
    let Some((step, rest)) = steps.split_first() else { return Some(false) };
    let is_any_depth = *step == "**";
    if is_any_depth && any_match(files, folder, rest, left)? {
        return Some(true);
    }
    let Ok(entries) = files.list(folder) else { return Some(false) };
    *left = left.checked_sub(entries.len())?;
    for entry in entries {
        let inner = folder.join(&entry.name);
        let found = if is_any_depth {
            (entry.is_folder && any_match(files, &inner, steps, left)?) || (!entry.is_folder && rest.is_empty())
        } else if !glob::matches(step, &entry.name) {
            false
        } else if entry.is_folder {
            any_match(files, &inner, rest, left)?
        } else {
            rest.is_empty()
        };
        if found {
            return Some(true);
        }
    }
    Some(false)
}

#[cfg(test)]
mod tests {
    use super::*;
    use platlint_facts::MemoryFiles;
    use std::path::Path;

    #[test]
    fn tells_relative_paths_from_others() {
        for path in ["a.yaml", "./a:b/c", "../x", "a/b.yaml"] {
            assert_eq!(relative(path), Some(path));
        }
        for other in ["https://example.org/a", "url:x", "/etc/passwd", "", "github-discovery:x"] {
            assert_eq!(relative(other), None, "{other}");
        }
    }

    #[test]
    fn follows_patterns() {
        let files = MemoryFiles::of(&[("/r/a/catalog-info.yaml", ""), ("/r/b/c/x.yaml", ""), ("/r/top.yaml", "")]);
        let matched = |pattern: &str| {
            let (fixed, steps) = split_pattern(pattern);
            any_match(&files, &resolve(Path::new("/r"), fixed), &steps, &mut 1_000)
        };
        for pattern in ["*.yaml", "./*/catalog-info.yaml", "**/x.yaml", "b/**/*.yaml", "**", "b/*/x.yaml"] {
            assert_eq!(matched(pattern), Some(true), "{pattern}");
        }
        for pattern in ["*.yml", "*/x.yaml", "**/none.yaml", "c/*.yaml"] {
            assert_eq!(matched(pattern), Some(false), "{pattern}");
        }
        assert_eq!(any_match(&files, Path::new("/r"), &["**", "none"], &mut 1), None);
    }
}
