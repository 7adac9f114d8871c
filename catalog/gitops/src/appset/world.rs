//! What generators draw from: checkouts and clusters.

use std::path::Path;

use platlint_facts::{FileKind, Files};
use serde_json::Value;

use crate::base64;
use crate::globs::{Dialect, pattern};
use crate::repositories::Repositories;
use crate::template::Parameters;
use crate::yaml::{map_at, text_at};

/// Everything outside of the `ApplicationSet` itself.
pub(crate) struct World<'w> {
    pub(crate) files: &'w dyn Files,
    pub(crate) repositories: &'w Repositories,
    /// The clusters of the configured file; `None` where there is none.
    pub(crate) clusters: Option<&'w [Cluster]>,
}

/// More names of one checkout are not looked at for one pattern.
const MOST_NAMES: usize = 20_000;

/// The checkout has more names below a pattern than are looked at, or a folder cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TooMany;

impl World<'_> {
    /// Folders of a checkout that match a pattern, relative to its root, in order. Hidden ones do not count.
    pub(crate) fn folders(&self, root: &Path, glob: &str) -> Result<Vec<String>, TooMany> {
        let Some(regex) = pattern(glob, Dialect::Folder) else { return Ok(Vec::new()) };
        let deepest = glob.split('/').count();
        let mut found = Vec::new();
        let walk = Walk { files: self.files, root, deepest, hidden: false };
        walk.below(&literal_start(glob), &mut 0, &mut |path, is_folder| {
            if is_folder && regex.is_match(path) {
                found.push(path.to_owned());
            }
        })?;
        Ok(found)
    }

    /// Files of a checkout that match a pattern, relative to its root, in order.
    pub(crate) fn files(&self, root: &Path, glob: &str, dialect: Dialect) -> Result<Vec<String>, TooMany> {
        let Some(regex) = pattern(glob, dialect) else { return Ok(Vec::new()) };
        let mut found = Vec::new();
        let walk = Walk { files: self.files, root, deepest: 64, hidden: true };
        walk.below(&literal_start(glob), &mut 0, &mut |path, is_folder| {
            if !is_folder && regex.is_match(path) {
                found.push(path.to_owned());
            }
        })?;
        found.sort();
        found.dedup();
        Ok(found)
    }
}

/// The folders at the start of a pattern that hold no wildcard.
fn literal_start(glob: &str) -> String {
    let is_literal = |step: &&str| !step.contains(['*', '?', '[', '{', '\\']);
    let steps: Vec<&str> = glob.split('/').filter(|step| !step.is_empty()).collect();
    let literal: Vec<&str> = steps.iter().copied().take_while(is_literal).collect();
    // The last step is the name looked for, not a folder to look in.
    let kept = if literal.len() == steps.len() { literal.len().saturating_sub(1) } else { literal.len() };
    literal.get(..kept).unwrap_or_default().join("/")
}

struct Walk<'w> {
    files: &'w dyn Files,
    root: &'w Path,
    deepest: usize,
    hidden: bool,
}

impl Walk<'_> {
    fn below(&self, folder: &str, seen: &mut usize, visit: &mut dyn FnMut(&str, bool)) -> Result<(), TooMany> {
        if folder.split('/').filter(|step| !step.is_empty()).count() >= self.deepest {
            return Ok(());
        }
        let at = self.root.join(folder);
        if self.files.kind(&at) != FileKind::Folder {
            return Ok(());
        }
        for entry in self.files.list(&at).map_err(|_| TooMany)? {
            *seen = seen.saturating_add(1);
            if *seen > MOST_NAMES {
                return Err(TooMany);
            }
            if !self.hidden && entry.name.starts_with('.') {
                continue;
            }
            let path = if folder.is_empty() { entry.name } else { format!("{folder}/{}", entry.name) };
            visit(&path, entry.is_folder);
            if entry.is_folder {
                self.below(&path, seen, visit)?;
            }
        }
        Ok(())
    }
}

/// A cluster that Argo CD knows.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Cluster {
    pub(crate) name: String,
    pub(crate) server: String,
    pub(crate) project: String,
    pub(crate) labels: Parameters,
    pub(crate) annotations: Parameters,
}

/// The server of the cluster in which Argo CD itself runs.
pub(crate) const IN_CLUSTER_SERVER: &str = "https://kubernetes.default.svc";
/// Its name.
pub(crate) const IN_CLUSTER: &str = "in-cluster";

/// The label of Secrets that hold clusters.
const SECRET_TYPE: &str = "argocd.argoproj.io/secret-type";

impl Cluster {
    /// Reads `{name, server, metadata}` or a Secret; `None` for other objects.
    pub(crate) fn read(value: &Value) -> Option<Self> {
        let strings = |key: &str| {
            let map = map_at(value, &["metadata", key]).cloned().unwrap_or_default();
            map.into_iter().filter(|(_, value)| value.is_string()).collect::<Parameters>()
        };
        let (labels, annotations) = (strings("labels"), strings("annotations"));
        if text_at(value, &["kind"]) == Some("Secret") {
            if labels.get(SECRET_TYPE).and_then(Value::as_str) != Some("cluster") {
                return None;
            }
            let field = |key: &str| {
                let plain = text_at(value, &["stringData", key]).map(str::to_owned);
                plain.or_else(|| text_at(value, &["data", key]).and_then(base64::decode))
            };
            return Some(Self {
                name: field("name")?,
                server: field("server")?,
                project: field("project").unwrap_or_default(),
                labels,
                annotations,
            });
        }
        let field = |key: &str| text_at(value, &[key]).map(str::to_owned);
        Some(Self {
            name: field("name")?,
            server: field("server")?,
            project: field("project").unwrap_or_default(),
            labels,
            annotations,
        })
    }

    /// Its labels as selectors see them.
    pub(crate) fn labels_for_selectors(&self) -> std::collections::BTreeMap<String, String> {
        let own = self.labels.iter().filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())));
        own.chain([(SECRET_TYPE.to_owned(), "cluster".to_owned())]).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use platlint_facts::MemoryFiles;
    use serde_json::json;

    #[test]
    fn finds_folders_and_files_by_pattern() {
        let files = MemoryFiles::of(&[("/r/apps/a/x.yaml", ""), ("/r/apps/b/c/x.yaml", ""), ("/r/.github/x.yaml", "")]);
        let repositories = Repositories::default();
        let world = World { files: &files, repositories: &repositories, clusters: None };
        let root = Path::new("/r");
        assert_eq!(world.folders(root, "apps/*").unwrap(), ["apps/a", "apps/b"]);
        assert_eq!(world.folders(root, "*").unwrap(), ["apps"]);
        assert_eq!(world.folders(root, "apps/b").unwrap(), ["apps/b"]);
        assert_eq!(world.files(root, "apps/*/x.yaml", Dialect::GitFile).unwrap(), ["apps/a/x.yaml", "apps/b/c/x.yaml"]);
        assert_eq!(world.files(root, "apps/*/x.yaml", Dialect::DoubleStar).unwrap(), ["apps/a/x.yaml"]);
        assert_eq!(world.files(root, "apps/a", Dialect::GitFile).unwrap(), ["apps/a/x.yaml"]);
    }

    #[test]
    fn reads_clusters_and_their_secrets() {
        let secret = json!({
            "kind": "Secret",
            "metadata": {"labels": {"argocd.argoproj.io/secret-type": "cluster", "env": "prod"}},
            "data": {"name": "cHJvZA==", "server": "aHR0cHM6Ly9wcm9k"},
        });
        let cluster = Cluster::read(&secret).unwrap();
        assert_eq!((cluster.name.as_str(), cluster.server.as_str()), ("prod", "https://prod"));
        assert_eq!(Cluster::read(&json!({"name": "dev", "server": "https://dev"})).unwrap().name, "dev");
        assert_eq!(Cluster::read(&json!({"kind": "Secret", "stringData": {"name": "x"}})), None);
    }
}
