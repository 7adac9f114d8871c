//! All that a kustomization names, before kustomize sees it: which files it needs, and whether anything in it reaches
//! beyond files.
//!
//! Kustomize takes whatever names no file for a URL or a git repository and fetches it. So everything that is named must
//! be a file or folder of the checkouts; what looks like something else is told with its place. This is the only guard
//! against connections: programs written in Go send what goes to this machine past any proxy. So that nothing is read
//! otherwise than it was checked, kustomizations and configurations of plugins are copied as the values that were checked.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use platlint_engine::Value;
use platlint_facts::{FileKind, Files, items, resolve, str_at, value_at};
use platlint_source::Segment;

use super::file::{self, Kustomization};
use super::{keys, output};
use crate::Allow;
use crate::yaml::Yaml;

/// Most kustomizations of one target.
const MOST: usize = 500;

/// What a kustomization consists of.
#[derive(Debug, Default)]
pub(crate) struct Walk {
    /// Its own first, then those that it includes, in the order in which they are named.
    pub(crate) kustomizations: Vec<Kustomization>,
    /// The files of all of them.
    pub(crate) files: BTreeSet<PathBuf>,
    /// Of these the ones that hold objects, or the configuration of what makes them.
    pub(crate) sources: BTreeSet<PathBuf>,
    /// What the copies of kustomizations and configurations of plugins hold instead of their text: the same as checked.
    pub(crate) checked: BTreeMap<PathBuf, String>,
}

impl Walk {
    /// Adds another one.
    pub(crate) fn extend(&mut self, other: Self) {
        self.kustomizations.extend(other.kustomizations);
        self.files.extend(other.files);
        self.sources.extend(other.sources);
        self.checked.extend(other.checked);
    }
}

/// Why kustomize is not asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stop {
    pub(crate) file: PathBuf,
    pub(crate) line: u32,
    pub(crate) text: String,
    /// Whether nobody could build it, as opposed to nobody being allowed to.
    pub(crate) is_fault: bool,
}

/// Reads a kustomization and all that it includes.
pub(crate) fn walk(files: &dyn Files, folder: &Path, allow: Allow) -> Result<Walk, Stop> {
    let mut walker = Walker { files, allow, walk: Walk::default(), seen: BTreeSet::new() };
    walker.folder(&Named { folder: folder.to_owned(), file: folder.join(file::NAMES[0]), line: 1 })?;
    walker.claims()?;
    Ok(walker.walk)
}

struct Walker<'a> {
    files: &'a dyn Files,
    allow: Allow,
    walk: Walk,
    seen: BTreeSet<PathBuf>,
}

/// A folder, and where it is named.
struct Named {
    folder: PathBuf,
    file: PathBuf,
    line: u32,
}

/// What an entry may name.
#[derive(Clone, Copy, PartialEq)]
enum May {
    File,
    Folder,
    Both,
}

impl Walker<'_> {
    fn folder(&mut self, named: &Named) -> Result<(), Stop> {
        let folder = named.folder.as_path();
        if !self.seen.insert(folder.to_owned()) {
            return Ok(());
        }
        let stop = |text: String, is_fault| Stop { file: named.file.clone(), line: named.line, text, is_fault };
        if self.seen.len() > MOST {
            return Err(stop(format!("it has more than the {MOST} kustomizations that are built"), false));
        }
        let shown = self.files.shown(folder);
        let Some(kustomization) = Kustomization::read(self.files, folder) else {
            return Err(stop(format!("{shown} has no kustomization file that can be read"), true));
        };
        self.walk.files.insert(kustomization.file.clone());
        Self::known(&kustomization)?;
        self.beyond(&kustomization)?;
        let named = self.named(&kustomization)?;
        self.walk.files.extend(texts_that_are_files(self.files, folder, &kustomization.yaml.value));
        self.walk.kustomizations.push(kustomization);
        for named in named {
            self.folder(&named)?;
        }
        Ok(())
    }

    /// Whether all keys are known.
    fn known(kustomization: &Kustomization) -> Result<(), Stop> {
        let value = &kustomization.yaml.value;
        if let Some(keys::Unknown { key, within }) = keys::unknown(value) {
            let mut at = Vec::new();
            if let Some((list, index)) = within {
                at.extend([Segment::Key(list), Segment::Index(index)]);
            }
            at.push(Segment::Key(&key));
            let text = format!("`{key}` is no key that is known here, so nobody knows what kustomize would read");
            return Err(stop(kustomization, &at, text, false));
        }
        Ok(())
    }

    /// Charts and plugins; then the value is what is copied.
    fn beyond(&mut self, kustomization: &Kustomization) -> Result<(), Stop> {
        let unwritable = |_| stop(kustomization, &[], "it cannot be written as JSON".to_owned(), false);
        let mut copied = serde_json::to_value(&kustomization.yaml.value).map_err(unwritable)?;
        for key in ["helmCharts", "helmChartInflationGenerator"] {
            if value_at(&kustomization.yaml.value, &[key]).is_some() && !self.allow.plugins {
                let text = format!("`{key}` runs Helm, which is not allowed (`render.allow: [plugins]`)");
                return Err(stop(kustomization, &[Segment::Key(key)], text, false));
            }
        }
        for key in ["generators", "transformers", "validators"] {
            for (index, text) in kustomization.texts(key) {
                let at = [Segment::Key(key), Segment::Index(index)];
                if text.contains('\n') {
                    let checked = self.plugins(kustomization, &at, text)?;
                    if let Some(written) = copied.get_mut(key).and_then(|list| list.get_mut(index)) {
                        // Behind a comment, because a line break tells it from a path.
                        *written = format!("# checked\n{checked}\n").into();
                    }
                    continue;
                }
                let file = resolve(&kustomization.folder, text);
                if self.files.kind(&file) != FileKind::File {
                    // Told with other entries; a folder's objects are made by kustomize, and become configuration unseen.
                    if self.files.kind(&file) == FileKind::Folder && !looks_remote(text) && !self.allow.plugins {
                        let text =
                            format!("`{key}` of a folder, \"{text}\", are not allowed (`render.allow: [plugins]`)");
                        return Err(stop(kustomization, &at, text, false));
                    }
                    continue;
                }
                let config = self.files.read(&file).map_err(|error| {
                    let text = format!("{} cannot be read: {error}", self.files.shown(&file));
                    stop(kustomization, &at, text, false)
                })?;
                let checked = self.plugins(kustomization, &at, &config)?;
                self.walk.checked.insert(file.clone(), checked);
                self.walk.sources.insert(file);
            }
        }
        self.walk.checked.insert(kustomization.file.clone(), copied.to_string());
        Ok(())
    }

    /// Configurations of plugins, as they are copied.
    fn plugins(&mut self, kustomization: &Kustomization, at: &[Segment<'_>], text: &str) -> Result<String, Stop> {
        let unreadable = || stop(kustomization, at, "the configuration of a plugin cannot be read".to_owned(), false);
        let mut checked = Vec::new();
        for config in Yaml::values(text).ok_or_else(unreadable)? {
            self.plugin(kustomization, at, &config)?;
            checked.push(serde_json::to_string(&config).map_err(|_| unreadable())?);
        }
        Ok(checked.join("\n---\n"))
    }

    fn plugin(&mut self, kustomization: &Kustomization, at: &[Segment<'_>], config: &Value) -> Result<(), Stop> {
        let kind = str_at(config, &["kind"]).unwrap_or("?");
        let refused = match keys::function(config) {
            Some(Value::String(function)) if function.contains("exec") && !self.allow.exec => {
                Some(("runs a program", "exec"))
            }
            Some(_) if !self.allow.plugins => Some(("is a plugin", "plugins")),
            None if !self.allow.plugins
                && (str_at(config, &["apiVersion"]) != Some("builtin") || kind.starts_with("HelmChart")) =>
            {
                Some(("is a plugin", "plugins"))
            }
            _ => None,
        };
        if let Some((what, allow)) = refused {
            let text = format!("{kind} {what}, which is not allowed (`render.allow: [{allow}]`)");
            return Err(stop(kustomization, at, text, false));
        }
        match keys::files_of_builtin(config) {
            Ok(files) => {
                files.into_iter().try_for_each(|path| self.entry(kustomization, at, path, May::File).map(drop))
            }
            Err(_) if self.allow.plugins => Ok(()),
            Err(None) => {
                let text = format!("{kind} is no builtin plugin that is known (`render.allow: [plugins]`)");
                Err(stop(kustomization, at, text, false))
            }
            Err(Some(key)) => {
                let text =
                    format!("{kind} has the key `{key}`, which is not known, so nobody knows what it would read");
                Err(stop(kustomization, at, text, false))
            }
        }
    }

    /// Nothing may say itself where it comes from.
    fn claims(&self) -> Result<(), Stop> {
        for file in &self.walk.files {
            let Ok(text) = self.files.read(file) else { continue };
            if output::tells_an_origin(&text) {
                let text = format!(
                    "{} holds the annotation {}, by which kustomize tells where objects come from",
                    self.files.shown(file),
                    output::ORIGIN
                );
                return Err(Stop { file: file.clone(), line: 1, text, is_fault: false });
            }
        }
        Ok(())
    }

    /// Checks every entry that names something; returns the folders, each with the place where it is named.
    fn named(&mut self, kustomization: &Kustomization) -> Result<Vec<Named>, Stop> {
        let mut folders = Vec::new();
        for (key, may) in [
            ("resources", May::Both),
            ("bases", May::Folder),
            ("components", May::Folder),
            ("crds", May::File),
            ("configurations", May::File),
            ("patchesStrategicMerge", May::File),
            ("generators", May::Both),
            ("transformers", May::Both),
            ("validators", May::Both),
        ] {
            for (index, text) in kustomization.texts(key) {
                let at = [Segment::Key(key), Segment::Index(index)];
                if key == "resources" {
                    self.walk.sources.insert(resolve(&kustomization.folder, text));
                }
                if let Some(folder) = self.entry(kustomization, &at, text, may)? {
                    let line = kustomization.yaml.line(&at);
                    folders.push(Named { folder, file: kustomization.file.clone(), line });
                }
            }
        }
        let value = &kustomization.yaml.value;
        if let Some(path) = str_at(value, &["openapi", "path"]) {
            self.entry(kustomization, &[Segment::Key("openapi"), Segment::Key("path")], path, May::File)?;
        }
        for key in ["patches", "patchesJson6902", "replacements"] {
            for (index, entry) in value_at(value, &[key]).into_iter().flat_map(items).enumerate() {
                if let Some(path) = str_at(entry, &["path"]) {
                    let at = [Segment::Key(key), Segment::Index(index), Segment::Key("path")];
                    self.entry(kustomization, &at, path, May::File)?;
                }
            }
        }
        for key in ["configMapGenerator", "secretGenerator"] {
            for (index, generator) in value_at(value, &[key]).into_iter().flat_map(items).enumerate() {
                for (list, number, path) in keys::files_of_generator(generator) {
                    let at = [Segment::Key(key), Segment::Index(index), Segment::Key(list), Segment::Index(number)];
                    self.entry(kustomization, &at, path, May::File)?;
                }
            }
        }
        Ok(folders)
    }

    /// One entry: a folder is returned, a file kept.
    fn entry(
        &mut self,
        kustomization: &Kustomization,
        at: &[Segment<'_>],
        text: &str,
        may: May,
    ) -> Result<Option<PathBuf>, Stop> {
        // Written out in place.
        if text.contains('\n') {
            return Ok(None);
        }
        let path = resolve(&kustomization.folder, text);
        let kind = self.files.kind(&path);
        let is_url = text.contains("://");
        // Of what may be more than a file kustomize reads what is no YAML for it as something else.
        let is_file = !is_url && (may == May::File || !text.contains([':', '{']));
        if kind == FileKind::File && may != May::Folder && is_file {
            self.walk.files.insert(path);
            return Ok(None);
        }
        if is_url || looks_remote(text) {
            if self.allow.remote_bases {
                return Ok(None);
            }
            let text =
                format!("\"{text}\" is fetched from elsewhere, which is not allowed (`render.allow: [remote-bases]`)");
            return Err(stop(kustomization, at, text, false));
        }
        match kind {
            FileKind::Folder if may != May::File => Ok(Some(path)),
            FileKind::Outside => {
                let text = format!("\"{text}\" leads out of the repositories of this run");
                Err(stop(kustomization, at, text, false))
            }
            FileKind::Folder => Err(stop(kustomization, at, format!("\"{text}\" is a folder, not a file"), true)),
            FileKind::File => Err(stop(kustomization, at, format!("\"{text}\" is a file, not a folder"), true)),
            FileKind::Missing => Err(stop(kustomization, at, format!("there is no file or folder \"{text}\""), true)),
        }
    }
}

fn stop(kustomization: &Kustomization, at: &[Segment<'_>], text: String, is_fault: bool) -> Stop {
    Stop { file: kustomization.file.clone(), line: kustomization.yaml.line(at), text, is_fault }
}

/// Whether kustomize could take a path for a git repository. More than it does: `host:path`, `user@host`, queries, GitHub
/// without a scheme, folders of git itself.
pub(crate) fn looks_remote(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    text.contains([':', '@', '?'])
        || text.starts_with("github.com")
        || text.contains("_git/")
        || format!("{text}/").contains(".git/")
}

/// The files that any text in a value names, alone or behind `key=`: kustomize has more fields for files than are checked
/// one by one, and transformers name files of their own.
fn texts_that_are_files(files: &dyn Files, folder: &Path, value: &Value) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![value.clone()];
    while let Some(value) = open.pop() {
        match &value {
            Value::String(text) if text.contains('\n') => {
                open.extend(Yaml::read(text).map(|yaml| yaml.value).filter(|value| !matches!(value, Value::String(_))));
            }
            Value::String(text) => {
                let path = text.split_once('=').map_or(&**text, |(_, path)| path);
                found.extend(
                    [&**text, path]
                        .map(|text| resolve(folder, text))
                        .into_iter()
                        .filter(|path| path.starts_with(folder) && files.kind(path) == FileKind::File),
                );
            }
            Value::Array(list) => open.extend(list.iter().cloned()),
            Value::Object(map) => open.extend(map.iter().map(|(_, value)| value.clone())),
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use platlint_facts::MemoryFiles;

    fn stopped(kustomization: &str) -> String {
        let files = MemoryFiles::of(&[
            ("/r/k/kustomization.yaml", kustomization),
            ("/r/k/a.yaml", "a: 1"),
            (
                "/r/k/fn.yaml",
                "apiVersion: x/v1\nkind: Fn\nmetadata:\n  annotations:\n    config.kubernetes.io/function: |\n      exec: {path: ./evil}\n",
            ),
            ("/r/k/https:/x.example/a.yaml", "a: 1"),
            ("/r/k/github.com/o/r/kustomization.yaml", ""),
        ]);
        match walk(&files, Path::new("/r/k"), Allow::default()) {
            Ok(walk) => format!("{} files", walk.files.len()),
            Err(stop) => format!("{} {}", stop.line, stop.text),
        }
    }

    #[test]
    fn stops_at_whatever_is_fetched_from_elsewhere() {
        for entry in [
            "https://x.example/a.yaml",
            "github.com/o/r",
            "git@x.example:o/r",
            "x.example:o/r",
            "o/r.git//base",
            "../base?ref=main",
            "file:///etc//x",
        ] {
            let said = stopped(&format!("resources:\n- a.yaml\n- {entry}\n"));
            assert!(said.starts_with(&format!("3 \"{entry}\" is fetched from elsewhere")), "{entry}: {said}");
        }
        let said = stopped("patches:\n- path: https://x.example/p.yaml\n");
        assert!(said.starts_with("2 \"https"), "{said}");
        let said = stopped("configMapGenerator:\n- name: x\n  files:\n  - k=http://x.example\n");
        assert!(said.starts_with("4 \"http"), "{said}");
    }

    #[test]
    fn stops_at_charts_plugins_and_programs() {
        assert!(stopped("helmCharts: []\nresources: []\n").starts_with("1 `helmCharts` runs Helm"));
        assert!(stopped("transformers: [fn.yaml]\n").starts_with("1 Fn runs a program"));
        assert!(stopped("generators:\n- |-\n  apiVersion: x/v1\n  kind: Gen\n").starts_with("2 Gen is a plugin"));
        assert_eq!(
            stopped("transformers:\n- |-\n  apiVersion: builtin\n  kind: PatchTransformer\n  path: a.yaml\n"),
            "2 files"
        );
    }

    #[test]
    fn names_what_is_missing_where_it_is_named() {
        assert_eq!(
            stopped("resources: [a.yaml]\n\npatches:\n- path: none.yaml\n"),
            "4 there is no file or folder \"none.yaml\""
        );
        assert_eq!(stopped("resources: [a.yaml]\n"), "2 files");
        assert_eq!(stopped("components: [a.yaml]\n"), "1 \"a.yaml\" is a file, not a folder");
    }
}
