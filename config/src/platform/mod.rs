//! What a configuration knows of the platform beyond the files that are judged: definitions, entities, actions, clusters,
//! checkouts, and how charts are rendered. Read here as bytes; what is in them is understood by those who use it.
//!
//! Of configurations that extend each other all files count, those of what is extended first. What is said of rendering can
//! only be tightened by what extends ([`render`]); for what describes the installation, see [`crate::locks`].

mod known;
mod program;
mod render;

use std::collections::BTreeSet;
use std::path::{Path as FilePath, PathBuf};

use serde_json::{Map, Value, json};

use crate::files::Files;
use crate::layers::Layer;
use crate::placed::{At, Issue, Path};
use crate::problem::Problem;
pub use known::KnownFile;
pub(crate) use known::{Named, is_data, named};
pub use render::{Allow, ChartEntry, RenderSettings, Tool};

/// What is known of the platform.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PlatformSettings {
    /// Files with CRDs and XRDs.
    pub schemas: Vec<KnownFile>,
    /// Files with catalog entities.
    pub entities: Vec<KnownFile>,
    /// Checkouts by the address of their repository, folders absolute. Empty where the configuration comes from a bundle,
    /// which stands apart from every checkout.
    pub repositories: Vec<(String, PathBuf)>,
    /// Of software templates.
    pub templates: TemplateSettings,
    /// Of Argo CD.
    pub argocd: ArgocdSettings,
    /// Of charts and kustomizations.
    pub render: RenderSettings,
}

/// What the installation adds to software templates.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TemplateSettings {
    /// Files with exported actions.
    pub actions: Vec<KnownFile>,
    /// Names of filters.
    pub filters: Vec<String>,
}

/// What is known of Argo CD.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ArgocdSettings {
    /// Files with clusters.
    pub clusters: Vec<KnownFile>,
}

/// Reads what the layers say. `root` is what globs of a bundle are relative to, and `None` where the layers stand in folders
/// of their own.
pub(crate) fn read(files: &Files, layers: &[Layer], root: Option<&FilePath>) -> (PlatformSettings, Vec<Problem>) {
    let mut problems = Vec::new();
    let mut settings = PlatformSettings::default();
    let mut seen = BTreeSet::new();
    for layer in layers {
        for named in named(layer) {
            let list = match named.key {
                known::Key::Schemas => &mut settings.schemas,
                known::Key::Entities => &mut settings.entities,
                known::Key::Actions => &mut settings.templates.actions,
                known::Key::Clusters => &mut settings.argocd.clusters,
            };
            list.extend(known::read(files, layer, &named, &mut seen, &mut problems));
        }
        let filters = &mut settings.templates.filters;
        for filter in &layer.config.templates.filters {
            if !filters.contains(filter) {
                filters.push(filter.clone());
            }
        }
        if root.is_none() {
            checkouts(layer, &mut settings.repositories, &mut problems);
        }
    }
    settings.render = render::read(layers, root, &mut problems);
    (settings, problems)
}

/// Where layers speak of one address, the last counts.
fn checkouts(layer: &Layer, known: &mut Vec<(String, PathBuf)>, problems: &mut Vec<Problem>) {
    for (address, text) in &layer.config.repositories {
        let folder = absolute(&layer.folder.join(text));
        if !folder.is_dir() {
            let at = Path::of(["repositories", address]);
            let issue = Issue::new(&at, At::Value, format!("`{text}` is no folder"));
            let help = "name the folder with the checkout of this repository, or leave the entry out".to_owned();
            problems.push(layer.problem(issue.with_help(Some(help))));
        }
        match known.iter_mut().find(|(other, _)| other == address) {
            Some(entry) => entry.1 = folder,
            None => known.push((address.clone(), folder)),
        }
    }
}

/// An absolute path without `.`; one that cannot be made absolute stays as it is. The empty one is the working directory,
/// where a configuration lies that is found there.
fn absolute(path: &FilePath) -> PathBuf {
    let path = if path.as_os_str().is_empty() { FilePath::new(".") } else { path };
    std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf())
}

impl PlatformSettings {
    /// For the revision: by what is judged; `null` where nothing is known. Not where files stand, nor how charts are rendered.
    pub(crate) fn digests(&self) -> Value {
        let digests = |files: &[KnownFile]| files.iter().map(|file| file.sha256.clone()).collect::<Vec<_>>();
        let known = [
            ("schemas", digests(&self.schemas)),
            ("entities", digests(&self.entities)),
            ("actions", digests(&self.templates.actions)),
            ("filters", self.templates.filters.clone()),
            ("clusters", digests(&self.argocd.clusters)),
        ];
        let known = known.into_iter().filter(|(_, all)| !all.is_empty());
        let known: Map<String, Value> = known.map(|(key, all)| (key.to_owned(), all.into())).collect();
        if known.is_empty() { Value::Null } else { known.into() }
    }

    /// For `config show`: the sections as they count; `null` where one says nothing.
    pub(crate) fn shown(&self) -> Vec<(&'static str, Value)> {
        let files = |files: &[KnownFile]| {
            files.iter().map(|file| json!({"file": file.name, "sha256": file.sha256})).collect::<Vec<_>>()
        };
        let repositories: Map<String, Value> = (self.repositories.iter())
            .map(|(address, folder)| (address.clone(), folder.to_string_lossy().into()))
            .collect();
        vec![
            ("schemas", files(&self.schemas).into()),
            ("catalog", json!({"entities": files(&self.entities)})),
            ("repositories", repositories.into()),
            ("templates", json!({"actions": files(&self.templates.actions), "filters": self.templates.filters})),
            ("argocd", json!({"clusters": files(&self.argocd.clusters)})),
            ("render", self.render.shown()),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_of_a_configuration_in_the_working_directory_is_that_directory() {
        let here = std::env::current_dir().unwrap();
        // What `Path::parent` makes of `platlint.yaml`.
        assert_eq!(absolute(FilePath::new("")), here);
        assert_eq!(absolute(FilePath::new("./charts")), here.join("charts"));
    }
}
