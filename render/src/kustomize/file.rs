//! One kustomization file, read.

use std::path::{Path, PathBuf};

use platlint_engine::Value;
use platlint_facts::{FileKind, Files, items, str_at, value_at};

use crate::yaml::Yaml;

/// The names that kustomize looks for.
pub(crate) const NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// A kustomization file.
#[derive(Debug)]
pub(crate) struct Kustomization {
    pub(crate) folder: PathBuf,
    pub(crate) file: PathBuf,
    pub(crate) yaml: Yaml,
}

/// The name of the kustomization file of a folder.
pub(crate) fn name(files: &dyn Files, folder: &Path) -> Option<&'static str> {
    NAMES.into_iter().find(|name| files.kind(&folder.join(name)) == FileKind::File)
}

impl Kustomization {
    /// Reads the kustomization of a folder; none where there is none or it cannot be read.
    pub(crate) fn read(files: &dyn Files, folder: &Path) -> Option<Self> {
        let file = folder.join(name(files, folder)?);
        let yaml = Yaml::read(&files.read(&file).ok()?)?;
        Some(Self { folder: folder.to_owned(), file, yaml })
    }

    /// Whether it only changes what others build.
    pub(crate) fn is_component(&self) -> bool {
        str_at(&self.yaml.value, &["kind"]) == Some("Component")
    }

    /// The entries of a list of texts, with their numbers.
    pub(crate) fn texts(&self, key: &str) -> impl Iterator<Item = (usize, &str)> {
        let list = value_at(&self.yaml.value, &[key]);
        list.into_iter().flat_map(items).enumerate().filter_map(|(index, value)| match value {
            Value::String(text) => Some((index, &**text)),
            _ => None,
        })
    }

    /// What may be folders with further kustomizations, as written.
    pub(crate) fn folders(&self) -> Vec<String> {
        ["resources", "bases", "components"]
            .iter()
            .flat_map(|key| self.texts(key))
            .map(|(_, text)| text.to_owned())
            .collect()
    }
}
