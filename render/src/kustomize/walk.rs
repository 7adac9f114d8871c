//! All that a kustomization names, before kustomize sees it: which files it needs, and whether anything in it reaches
//! beyond files.
//!
//! Kustomize takes whatever names no file for a URL or a git repository and fetches it. So everything that is named must
//! be a file or folder of the checkouts; what looks like something else is told with its place.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use platlint_engine::Value;
use platlint_facts::{FileKind, Files, entries, items, resolve, str_at, value_at};
use platlint_source::Segment;

use super::file::{self, Kustomization};
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
        self.beyond(&kustomization)?;
        let named = self.named(&kustomization)?;
        self.walk.files.extend(texts_that_are_files(self.files, folder, &kustomization.yaml.value));
        self.walk.kustomizations.push(kustomization);
        for named in named {
            self.folder(&named)?;
        }
        Ok(())
    }

    /// Charts and plugins.
    fn beyond(&self, kustomization: &Kustomization) -> Result<(), Stop> {
        for key in ["helmCharts", "helmChartInflationGenerator"] {
            if value_at(&kustomization.yaml.value, &[key]).is_some() && !self.allow.plugins {
                let text = format!("`{key}` runs Helm, which is not allowed (`render.allow: [plugins]`)");
                return Err(stop(kustomization, &[Segment::Key(key)], text, false));
            }
        }
        for key in ["generators", "transformers", "validators"] {
            for (index, text) in kustomization.texts(key) {
                let at = [Segment::Key(key), Segment::Index(index)];
                let read;
                let config = if text.contains('\n') {
                    text
                } else {
                    read = self.files.read(&resolve(&kustomization.folder, text)).unwrap_or_default();
                    &read
                };
                self.plugin(kustomization, &at, config)?;
            }
        }
        Ok(())
    }

    fn plugin(&self, kustomization: &Kustomization, at: &[Segment<'_>], config: &str) -> Result<(), Stop> {
        for document in config.split("\n---") {
            let Some(config) = Yaml::read(document) else { continue };
            let function = value_at(&config.value, &["metadata", "annotations"]).into_iter().flat_map(entries).find(
                |(name, _)| {
                    name.starts_with("config.kubernetes.io/function") || name.starts_with("config.k8s.io/function")
                },
            );
            let kind = str_at(&config.value, &["kind"]).unwrap_or("?");
            let refused = match function {
                Some((_, Value::String(function))) if function.contains("exec") && !self.allow.exec => {
                    Some(("runs a program", "exec"))
                }
                Some(_) if !self.allow.plugins => Some(("is a plugin", "plugins")),
                None if !self.allow.plugins
                    && (str_at(&config.value, &["apiVersion"]) != Some("builtin") || kind.starts_with("HelmChart")) =>
                {
                    Some(("is a plugin", "plugins"))
                }
                _ => None,
            };
            if let Some((what, allow)) = refused {
                let text = format!("{kind} {what}, which is not allowed (`render.allow: [{allow}]`)");
                return Err(stop(kustomization, at, text, false));
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
                for list in ["files", "envs", "env"] {
                    let single = str_at(generator, &[list]).map(|text| (0, text)).into_iter();
                    let many = value_at(generator, &[list]).into_iter().flat_map(items).enumerate();
                    let many = many.filter_map(|(number, value)| match value {
                        Value::String(text) => Some((number, &**text)),
                        _ => None,
                    });
                    for (number, text) in single.chain(many) {
                        let path = text.split_once('=').map_or(text, |(_, path)| path);
                        let at = [Segment::Key(key), Segment::Index(index), Segment::Key(list), Segment::Index(number)];
                        self.entry(kustomization, &at, path, May::File)?;
                    }
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
        if kind == FileKind::File && may != May::Folder && !is_url {
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
