//! How charts and kustomizations are rendered, as the layers say it together.
//!
//! Rendering runs programs. So whoever extends a configuration cannot choose another program than that one does, nor allow
//! what it does not: it can only switch a program off and take permissions away. That holds whether or not any rule is
//! locked, and keeps order among those who share a configuration; it is no wall against somebody who may change
//! platlint.yaml, and need not extend anything. Against that one stands that no program is run that the repository brings
//! along ([`crate::platform::program`]).

use std::collections::BTreeSet;
use std::path::{Path as FilePath, PathBuf};

use serde_json::{Value, json};

use super::{absolute, program};
use crate::layers::Layer;
use crate::placed::{At, Issue, Path};
use crate::problem::Problem;
use crate::wire::{AllowName, RenderEntry};

/// How charts and kustomizations are rendered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RenderSettings {
    /// What renders charts.
    pub helm: Tool,
    /// What renders kustomizations.
    pub kustomize: Tool,
    /// The Kubernetes version that charts are told; that of the program where `None`.
    pub kube_version: Option<String>,
    /// With what charts are rendered; the first entry that names a chart counts.
    pub charts: Vec<ChartEntry>,
    /// What may be done beyond the files at hand.
    pub allow: Allow,
}

/// A program.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Tool {
    /// The one that is installed.
    #[default]
    Auto,
    /// None.
    Off,
    /// This one; absolute.
    Path(PathBuf),
}

/// With what some charts are rendered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChartEntry {
    /// The folder that `path` starts from: that of the configuration, or where platlint runs for one from a bundle. Absolute.
    pub base: PathBuf,
    /// A glob of chart folders.
    pub path: String,
    /// Sets of values files, relative to the chart's folder.
    pub values: Vec<Vec<String>>,
    /// The namespace of the release.
    pub namespace: Option<String>,
    /// The name of the release.
    pub release: Option<String>,
}

/// What rendering may do beyond the files at hand.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools)] // permissions, each given by itself
pub struct Allow {
    /// Kustomize may fetch bases and files from addresses and repositories.
    pub remote_bases: bool,
    /// Kustomize may render Helm charts and run plugins in containers.
    pub plugins: bool,
    /// Kustomize may run programs that a kustomization names.
    pub exec: bool,
    /// Helm may download what a chart depends on.
    pub dependency_downloads: bool,
}

/// The programs, each with its key.
const HELM: &str = "helm";
const KUSTOMIZE: &str = "kustomize";

pub(super) fn read(layers: &[Layer], root: Option<&FilePath>, problems: &mut Vec<Problem>) -> RenderSettings {
    for layer in layers.iter().filter(|layer| !layer.bases.is_empty()) {
        let extended: Vec<&Layer> = layer.bases.iter().filter_map(|position| layers.get(*position)).collect();
        for key in [HELM, KUSTOMIZE] {
            problems.extend(chooses(layer, key, &extended));
        }
        allows(layer, &extended, problems);
    }
    let all: Vec<&Layer> = layers.iter().collect();
    let entry = |layer: &Layer| layer.config.render.clone();
    let allowed = allowed(&all);
    // What extends speaks of its own charts, so it comes first.
    let charts = layers.iter().rev().flat_map(|layer| {
        let base = absolute(root.unwrap_or(&layer.folder));
        entry(layer).charts.into_iter().map(move |chart| ChartEntry {
            base: base.clone(),
            path: chart.path,
            values: chart.values,
            namespace: chart.namespace,
            release: chart.release,
        })
    });
    let repositories = program::repositories(layers.iter().map(|layer| layer.folder.as_path()));
    let mut program = |key: &str| {
        let found = tool(&all, key);
        // A bundle holds no programs, and where it is unpacked others may be installed.
        if root.is_some() && matches!(found, Tool::Path(_)) {
            return Tool::Auto;
        }
        if let Tool::Path(path) = &found {
            problems.extend(unfit(layers, key, path, &repositories));
        }
        found
    };
    RenderSettings {
        helm: program(HELM),
        kustomize: program(KUSTOMIZE),
        kube_version: layers.iter().rev().find_map(|layer| entry(layer).kube_version),
        charts: charts.collect(),
        allow: Allow {
            remote_bases: allowed.contains(&AllowName::RemoteBases),
            plugins: allowed.contains(&AllowName::Plugins),
            exec: allowed.contains(&AllowName::Exec),
            dependency_downloads: allowed.contains(&AllowName::DependencyDownloads),
        },
    }
}

/// What is written under `helm` or `kustomize`.
fn written<'e>(entry: &'e RenderEntry, key: &str) -> Option<&'e str> {
    if key == HELM { entry.helm.as_deref() } else { entry.kustomize.as_deref() }
}

/// What one layer says.
fn own_tool(layer: &Layer, key: &str) -> Option<Tool> {
    Some(match written(&layer.config.render, key)? {
        "auto" => Tool::Auto,
        "off" => Tool::Off,
        path => Tool::Path(absolute(&layer.folder.join(path))),
    })
}

/// What these layers say together: the last that says anything.
fn tool(layers: &[&Layer], key: &str) -> Tool {
    layers.iter().rev().find_map(|layer| own_tool(layer, key)).unwrap_or_default()
}

/// The program that a layer chooses although what it extends has another.
fn chooses(layer: &Layer, key: &str, extended: &[&Layer]) -> Option<Problem> {
    let own = own_tool(layer, key)?;
    if own == Tool::Off || own == tool(extended, key) {
        return None;
    }
    let issue = Issue::new(
        &Path::of(["render", key]),
        At::Value,
        "which program renders is said by the configuration that this one extends",
    );
    Some(layer.problem(issue.with_help(Some("here it can only be switched off: write `off`".to_owned()))))
}

/// Why a program is not run, where it is named.
fn unfit(layers: &[Layer], key: &str, program: &FilePath, repositories: &[PathBuf]) -> Option<Problem> {
    let layer = layers.iter().rev().find(|layer| written(&layer.config.render, key).is_some())?;
    let text = written(&layer.config.render, key)?;
    let message = if FilePath::new(text).is_relative() {
        format!("`{text}` is no absolute path of a program")
    } else if let Some(folder) = program::is_below(program, repositories) {
        let folder = folder.display();
        format!("`{text}` lies below {folder}: what is judged there could bring along the program that is run")
    } else if !program.is_file() {
        format!("there is no program `{text}`")
    } else {
        return None;
    };
    let help = match platlint_engine::suggest::nearest(text, &["auto", "off"]) {
        Some(word) => format!("did you mean `{word}`?"),
        None => "write `auto`, `off`, or the absolute path of a program outside of what is judged".to_owned(),
    };
    Some(layer.problem(Issue::new(&Path::of(["render", key]), At::Value, message).with_help(Some(help))))
}

/// What these layers allow together: what those allow that extend nothing, without what others leave out.
fn allowed(layers: &[&Layer]) -> BTreeSet<AllowName> {
    let own = |layer: &&Layer| layer.config.render.allow.clone();
    let (lowest, others): (Vec<&Layer>, Vec<&Layer>) = layers.iter().partition(|layer| layer.bases.is_empty());
    let mut allowed: BTreeSet<AllowName> = lowest.iter().filter_map(own).flatten().collect();
    for narrower in others.iter().filter_map(own) {
        allowed.retain(|one| narrower.contains(one));
    }
    allowed
}

/// What a layer allows although what it extends does not.
fn allows(layer: &Layer, extended: &[&Layer], problems: &mut Vec<Problem>) {
    let known = allowed(extended);
    for (index, one) in layer.config.render.allow.iter().flatten().enumerate() {
        if !known.contains(one) {
            let at = Path::of(["render", "allow"]).index(index);
            let message = format!("`{}` is not allowed by what this configuration extends", one.as_str());
            problems.push(layer.problem(Issue::new(&at, At::Value, message)));
        }
    }
}

impl RenderSettings {
    pub(super) fn shown(&self) -> Value {
        let tool = |tool: &Tool| match tool {
            Tool::Auto => "auto".to_owned(),
            Tool::Off => "off".to_owned(),
            Tool::Path(path) => path.to_string_lossy().into_owned(),
        };
        let charts: Vec<Value> = (self.charts.iter())
            .map(|chart| {
                json!({"path": chart.path, "values": chart.values, "namespace": chart.namespace, "release": chart.release})
            })
            .collect();
        let Allow { remote_bases, plugins, exec, dependency_downloads } = self.allow;
        let allow = [
            (remote_bases, AllowName::RemoteBases),
            (plugins, AllowName::Plugins),
            (exec, AllowName::Exec),
            (dependency_downloads, AllowName::DependencyDownloads),
        ];
        let allow: Vec<&str> = allow.into_iter().filter(|(is, _)| *is).map(|(_, name)| name.as_str()).collect();
        json!({
            "helm": tool(&self.helm), "kustomize": tool(&self.kustomize), "kube-version": self.kube_version,
            "charts": charts, "allow": allow,
        })
    }
}
