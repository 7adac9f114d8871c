//! The folders of checkouts to which sources lead, and the tool that makes manifests of each.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use platlint_engine::{Pointer, suggest};
use platlint_facts::{FileKind, Files, resolve};
use serde_json::Value;

use crate::application::reference;
use crate::deployment::{Directory, Helm, Kustomize, Tool};
use crate::repositories::Repositories;
use crate::yaml::{at, get, items_at, map_at, text_at, with};

/// Where a source leads.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Lead {
    /// To a folder that is there.
    Folder { source: PathBuf, repository: PathBuf, tool: Box<Tool> },
    /// To nothing; the nearest that is there.
    Missing { suggestion: Option<String> },
    /// To a file, where a folder is needed.
    File,
    /// It cannot be told.
    Unknown(String),
    /// To a repository that is not at hand.
    Elsewhere,
}

/// A folder that a document names, and where.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Step {
    pub(crate) field: Pointer,
    pub(crate) path: String,
    pub(crate) lead: Lead,
}

pub(crate) struct Paths<'p> {
    pub(crate) files: &'p dyn Files,
    pub(crate) repositories: &'p Repositories,
}

impl Paths<'_> {
    /// Where the sources of an Application lead.
    pub(crate) fn of_application(&self, object: &Value, sources: &[(Value, Pointer)]) -> Vec<Step> {
        let name = text_at(object, &["metadata", "name"]).unwrap_or_default();
        let mut steps = Vec::new();
        for (source, field) in sources {
            let (Some(url), Some(path)) = (text_at(source, &["repoURL"]), text_at(source, &["path"])) else { continue };
            if path.is_empty() || at(source, &["chart"]).is_some() {
                continue;
            }
            let revision = text_at(source, &["targetRevision"]);
            let lead = self.lead(url, path, revision, &|folder, root| self.tool(source, name, folder, root, sources));
            steps.push(Step { field: with(field, "path".into()), path: path.to_owned(), lead });
        }
        steps
    }

    /// Where a path in a repository leads.
    pub(crate) fn lead(
        &self,
        url: &str,
        path: &str,
        revision: Option<&str>,
        tool: &dyn Fn(&Path, &Path) -> Tool,
    ) -> Lead {
        let Some(root) = self.repositories.checkout(url) else { return Lead::Elsewhere };
        if path.contains("{{") {
            return Lead::Unknown("a part of the path is filled in later".to_owned());
        }
        let folder = resolve(root, path.trim_start_matches('/'));
        if !folder.starts_with(root) {
            return Lead::Unknown("the path leads out of its repository".to_owned());
        }
        match self.files.kind(&folder) {
            FileKind::Folder => {
                let tool = Box::new(tool(&folder, root));
                Lead::Folder { source: folder, repository: root.to_owned(), tool }
            }
            FileKind::File => Lead::File,
            FileKind::Outside => Lead::Unknown("the checkout cannot be looked at".to_owned()),
            FileKind::Missing if revision.is_some_and(is_fixed) => {
                Lead::Unknown("the revision is fixed, and the checkout may be another one".to_owned())
            }
            FileKind::Missing => Lead::Missing { suggestion: self.nearest(root, path) },
        }
    }

    /// The path with its first missing step replaced by the nearest name beside it, where that leads somewhere.
    fn nearest(&self, root: &Path, path: &str) -> Option<String> {
        let steps: Vec<&str> = path.split('/').filter(|step| !matches!(*step, "" | ".")).collect();
        let mut found = PathBuf::new();
        for step in steps {
            let next = found.join(step);
            if self.files.kind(&root.join(&next)) == FileKind::Folder {
                found = next;
                continue;
            }
            let entries = self.files.list(&root.join(&found)).ok()?;
            let names: Vec<&str> =
                entries.iter().filter(|entry| entry.is_folder).map(|entry| entry.name.as_str()).collect();
            found = found.join(suggest::nearest(step, &names)?);
        }
        Some(found.to_string_lossy().replace('\\', "/"))
    }

    /// The tool that Argo CD would choose: the one that is named, else the one whose file is there.
    fn tool(&self, source: &Value, name: &str, folder: &Path, root: &Path, all: &[(Value, Pointer)]) -> Tool {
        let is_file = |name: &str| self.files.kind(&folder.join(name)) == FileKind::File;
        let named = |key: &str| get(source, key);
        if named("plugin").is_some() {
            return Tool::Plugin;
        }
        let is_kustomized =
            ["kustomization.yaml", "kustomization.yml", "Kustomization"].iter().any(|name| is_file(name));
        // A named directory counts only where nothing else is found, as there its fields change nothing.
        match (named("helm"), named("kustomize")) {
            (Some(helm), _) => Tool::Helm(self.helm(helm, name, folder, root, all)),
            (None, Some(kustomize)) => Tool::Kustomize(kustomized(kustomize)),
            (None, None) if named("directory").is_some() => Tool::Directory(directory(source)),
            (None, None) if is_kustomized => Tool::Kustomize(Kustomize::default()),
            (None, None) if is_file("Chart.yaml") => Tool::Helm(self.helm(&Value::Null, name, folder, root, all)),
            (None, None) => Tool::Directory(directory(source)),
        }
    }

    fn helm(&self, helm: &Value, name: &str, folder: &Path, root: &Path, all: &[(Value, Pointer)]) -> Helm {
        let text = |key: &str| text_at(helm, &[key]).filter(|text| !text.is_empty()).map(str::to_owned);
        let truth = |key: &str| get(helm, key) == Some(&Value::Bool(true));
        let mut made = Helm {
            release: text("releaseName").unwrap_or_else(|| name.to_owned()),
            ignores_missing_values: truth("ignoreMissingValueFiles"),
            skips_crds: truth("skipCrds"),
            ..Helm::default()
        };
        for file in items_at(helm, &["valueFiles"]).iter().filter_map(Value::as_str) {
            match self.value_file(file, folder, root, all) {
                Some(path) => made.value_files.push(path),
                None => made.unknown_value_files.push(file.to_owned()),
            }
        }
        made.values = match get(helm, "valuesObject") {
            Some(values) => Some(crate::yaml::write(values)),
            None => text("values"),
        };
        for parameter in items_at(helm, &["parameters"]) {
            let field = |key: &str| text_at(parameter, &[key]).unwrap_or_default().to_owned();
            let forced = get(parameter, "forceString") == Some(&Value::Bool(true));
            made.parameters.push((field("name"), field("value"), forced));
        }
        for parameter in items_at(helm, &["fileParameters"]) {
            let field = |key: &str| text_at(parameter, &[key]).unwrap_or_default();
            match self.value_file(field("path"), folder, root, all) {
                Some(path) => made.file_parameters.push((field("name").to_owned(), path)),
                None => made.unknown_value_files.push(field("path").to_owned()),
            }
        }
        made
    }

    /// A file of values: beside the chart, from the root of the repository, or from another source of the Application.
    fn value_file(&self, file: &str, folder: &Path, root: &Path, all: &[(Value, Pointer)]) -> Option<PathBuf> {
        if file.contains("{{") || file.contains("://") {
            return None;
        }
        if file.starts_with('$') {
            let name = reference(file)?;
            let (source, _) = all.iter().find(|(source, _)| text_at(source, &["ref"]) == Some(name))?;
            let root = self.repositories.checkout(text_at(source, &["repoURL"])?)?;
            let rest = file.split_once('/').map_or("", |(_, rest)| rest);
            return Some(resolve(root, rest)).filter(|path| path.starts_with(root));
        }
        let path = match file.strip_prefix('/') {
            Some(rest) => resolve(root, rest),
            None => resolve(folder, file),
        };
        path.starts_with(root).then_some(path)
    }
}

/// Whether a revision names one state for ever, or a released version: a commit or a tag with a version.
pub(crate) fn is_fixed(revision: &str) -> bool {
    let is_commit = (7..=64).contains(&revision.len()) && revision.bytes().all(|byte| byte.is_ascii_hexdigit());
    let version = revision.rsplit('/').next().unwrap_or(revision);
    let numbers = version.strip_prefix('v').unwrap_or(version);
    let is_version = numbers.starts_with(|letter: char| letter.is_ascii_digit()) && numbers.contains('.');
    is_commit || is_version || revision.starts_with("refs/tags/")
}

fn directory(source: &Value) -> Directory {
    let text = |key: &str| text_at(source, &["directory", key]).filter(|text| !text.is_empty()).map(str::to_owned);
    Directory {
        recurse: at(source, &["directory", "recurse"]) == Some(&Value::Bool(true)),
        include: text("include"),
        exclude: text("exclude"),
    }
}

/// What a `kustomize` field changes.
pub(crate) fn kustomized(kustomize: &Value) -> Kustomize {
    let text = |key: &str| text_at(kustomize, &[key]).filter(|text| !text.is_empty()).map(str::to_owned);
    let texts = |key: &str| items_at(kustomize, &[key]).iter().filter_map(Value::as_str).map(str::to_owned).collect();
    let pairs = |key: &str| {
        let map = map_at(kustomize, &[key]).into_iter().flatten();
        map.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect()
    };
    let replicas = items_at(kustomize, &["replicas"]).iter();
    Kustomize {
        name_prefix: text("namePrefix"),
        name_suffix: text("nameSuffix"),
        namespace: text("namespace"),
        images: texts("images"),
        labels: pairs("commonLabels"),
        annotations: pairs("commonAnnotations"),
        replicas: replicas
            .filter_map(|item| {
                Some((text_at(item, &["name"])?.to_owned(), get(item, "count").map(crate::template::shown)?))
            })
            .collect(),
        components: texts("components"),
        has_patches: !items_at(kustomize, &["patches"]).is_empty(),
    }
}

/// The namespace in which objects land.
pub(crate) fn namespace(text: Option<&str>) -> Option<Arc<str>> {
    text.filter(|text| !text.is_empty() && !text.contains("{{")).map(Into::into)
}

#[cfg(test)]
mod tests {
    use super::*;
    use platlint_facts::MemoryFiles;
    use serde_json::json;

    const URL: &str = "https://git.example/org/repo";

    fn lead(files: &[(&str, &str)], source: Value) -> Lead {
        let files = MemoryFiles::of(files);
        let repositories = Repositories::new(&[(URL.into(), "/r".into())]);
        let paths = Paths { files: &files, repositories: &repositories };
        let object = json!({"metadata": {"name": "web"}});
        let steps = paths.of_application(
            &object,
            &[(source, Pointer::root()), (json!({"ref": "v", "repoURL": URL}), Pointer::root())],
        );
        steps.into_iter().next().unwrap().lead
    }

    fn tool(files: &[(&str, &str)], source: Value) -> Tool {
        match lead(files, source) {
            Lead::Folder { tool, .. } => *tool,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_path_that_is_missing_gets_the_nearest() {
        let files = [("/r/apps/cart/x.yaml", "")];
        let missing = lead(&files, json!({"repoURL": format!("{URL}.git"), "path": "apps/crat"}));
        assert_eq!(missing, Lead::Missing { suggestion: Some("apps/cart".into()) });
        let fixed = lead(&files, json!({"repoURL": URL, "path": "apps/crat", "targetRevision": "v1.2.0"}));
        assert!(matches!(fixed, Lead::Unknown(_)));
        assert_eq!(lead(&files, json!({"repoURL": "https://other", "path": "x"})), Lead::Elsewhere);
        assert_eq!(lead(&files, json!({"repoURL": URL, "path": "apps/cart/x.yaml"})), Lead::File);
        assert!(matches!(lead(&files, json!({"repoURL": URL, "path": "../x"})), Lead::Unknown(_)));
    }

    #[test]
    fn the_tool_is_the_one_that_is_named_or_found() {
        let chart = [("/r/a/Chart.yaml", ""), ("/r/values/x.yaml", "")];
        let helm = json!({
            "valueFiles": ["values.yaml", "/values/x.yaml", "$v/values/x.yaml", "https://x/y.yaml"],
            "fileParameters": [{"name": "own", "path": "own.txt"}, {"name": "far", "path": "$other/far.txt"}],
        });
        let Tool::Helm(helm) = tool(&chart, json!({"repoURL": URL, "path": "a", "helm": helm})) else { panic!() };
        assert_eq!(helm.release, "web");
        let shown: Vec<_> = helm.value_files.iter().map(|path| path.to_string_lossy().into_owned()).collect();
        assert_eq!(shown, ["/r/a/values.yaml", "/r/values/x.yaml", "/r/values/x.yaml"]);
        assert_eq!(helm.unknown_value_files, ["https://x/y.yaml", "$other/far.txt"]);
        assert_eq!(helm.file_parameters, [("own".to_owned(), PathBuf::from("/r/a/own.txt"))]);
        let kustomized = tool(&[("/r/a/kustomization.yaml", "")], json!({"repoURL": URL, "path": "a"}));
        assert_eq!(kustomized, Tool::Kustomize(Kustomize::default()));
        let plain =
            tool(&[("/r/a/b/x.yaml", "")], json!({"repoURL": URL, "path": "a", "directory": {"recurse": true}}));
        assert_eq!(plain, Tool::Directory(Directory { recurse: true, include: None, exclude: None }));
    }
}
