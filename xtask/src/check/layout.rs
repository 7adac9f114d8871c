//! The direction of dependencies between the crates of the workspace, and what the inner ones must never reach: the
//! reader knows no policies, and the engine is pure, so neither may pull in a runtime, a client or a command line.

use super::report::Outcome;
use crate::process;
use crate::workspace::Workspace;
use anyhow::{Context, Result};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// What a front end may depend on: every crate but the other front end.
const FRONT_END: &[&str] = &[
    "platlint-source",
    "platlint-engine",
    "platlint-config",
    "platlint-registry",
    "platlint-images",
    "platlint-facts",
    "platlint-catalog",
    "platlint-render",
];

/// What a reader of one domain's files may depend on.
const READER: &[&str] = &["platlint-source", "platlint-engine", "platlint-facts"];

/// For each crate the crates of the workspace that it may depend on directly.
const ALLOWED: &[(&str, &[&str])] = &[
    ("platlint-source", &[]),
    ("platlint-engine", &["platlint-source"]),
    ("platlint-config", &["platlint-source", "platlint-engine"]),
    ("platlint-registry", &["platlint-engine"]),
    ("platlint-images", &["platlint-source", "platlint-engine", "platlint-config", "platlint-registry"]),
    ("platlint-facts", &["platlint-source", "platlint-engine"]),
    ("platlint-backstage", READER),
    ("platlint-scaffolder", READER),
    ("platlint-crossplane", READER),
    ("platlint-gitops", READER),
    (
        "platlint-catalog",
        &[
            "platlint-source",
            "platlint-engine",
            "platlint-config",
            "platlint-facts",
            "platlint-backstage",
            "platlint-scaffolder",
            "platlint-crossplane",
            "platlint-gitops",
        ],
    ),
    ("platlint-render", READER),
    ("platlint", FRONT_END),
    ("platlint-webhook", FRONT_END),
    (
        "platlint-bench",
        &[
            "platlint-source",
            "platlint-engine",
            "platlint-config",
            "platlint-registry",
            "platlint-images",
            "platlint-e2e",
        ],
    ),
    // It drives the built programs from outside, as a user does.
    ("platlint-e2e", &[]),
    ("xtask", &[]),
];

/// Crates that must not be reached, however indirectly.
const FORBIDDEN: &[(&str, &[&str])] = &[
    ("platlint-source", &["regorus", "tokio", "kube", "axum", "clap", "hyper", "reqwest"]),
    ("platlint-engine", &["tokio", "kube", "axum", "clap", "hyper", "reqwest"]),
];

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    workspace_members: Vec<String>,
    resolve: Resolve,
}

#[derive(Deserialize)]
struct Package {
    id: String,
    name: String,
}

#[derive(Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    id: String,
    deps: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    pkg: String,
    dep_kinds: Vec<DependencyKind>,
}

/// `kind` is absent for normal dependencies, else `dev` or `build`.
#[derive(Deserialize)]
struct DependencyKind {
    kind: Option<String>,
}

/// Package names by what they depend on. Dev-dependencies are left out: tests may reach outwards.
type Graph = BTreeMap<String, BTreeSet<String>>;

/// Compares the workspace with the rules above.
pub(super) fn check(workspace: &Workspace) -> Result<Outcome> {
    let mut cargo = super::rust::cargo(workspace);
    cargo.args(["metadata", "--format-version", "1", "--locked"]);
    let metadata: Metadata =
        serde_json::from_slice(&process::output(&mut cargo)?).context("cargo metadata is not as expected")?;
    let (graph, members) = graph(&metadata);
    let faults = faults(&graph, &members);
    for fault in &faults {
        println!("{fault}");
    }
    Ok(if faults.is_empty() { Outcome::Passed } else { Outcome::Failed(format!("{} faults", faults.len())) })
}

fn graph(metadata: &Metadata) -> (Graph, BTreeSet<String>) {
    let names: BTreeMap<&str, &str> =
        metadata.packages.iter().map(|package| (package.id.as_str(), package.name.as_str())).collect();
    let name = |id: &String| names.get(id.as_str()).copied().unwrap_or_default().to_owned();
    let mut graph = Graph::new();
    for node in &metadata.resolve.nodes {
        let built = node
            .deps
            .iter()
            .filter(|dependency| dependency.dep_kinds.iter().any(|kind| kind.kind.as_deref() != Some("dev")));
        // Two versions of one crate share a name; what either reaches counts.
        graph.entry(name(&node.id)).or_default().extend(built.map(|dependency| name(&dependency.pkg)));
    }
    (graph, metadata.workspace_members.iter().map(name).collect())
}

fn faults(graph: &Graph, members: &BTreeSet<String>) -> Vec<String> {
    let mut faults = Vec::new();
    let none = BTreeSet::new();
    for member in members {
        let Some((_, allowed)) = ALLOWED.iter().find(|(name, _)| name == member) else {
            faults.push(format!("{member} has no place in the order of crates (xtask/src/check/layout.rs)"));
            continue;
        };
        for dependency in graph.get(member).unwrap_or(&none).intersection(members) {
            if !allowed.contains(&dependency.as_str()) {
                faults.push(format!("{member} must not depend on {dependency}"));
            }
        }
    }
    for (member, forbidden) in FORBIDDEN {
        for reached in reach(graph, member) {
            if forbidden.contains(&reached.as_str()) {
                faults.push(format!("{member} must not reach {reached}, see `cargo tree -p {member} -i {reached}`"));
            }
        }
    }
    faults
}

/// Everything that the crate depends on, directly or not.
fn reach(graph: &Graph, from: &str) -> BTreeSet<String> {
    let mut reached = BTreeSet::new();
    let mut open = vec![from.to_owned()];
    while let Some(name) = open.pop() {
        for dependency in graph.get(&name).into_iter().flatten() {
            if reached.insert(dependency.clone()) {
                open.push(dependency.clone());
            }
        }
    }
    reached
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(edges: &[(&str, &str)]) -> Vec<String> {
        let mut graph = Graph::new();
        for (from, to) in edges {
            graph.entry((*from).to_owned()).or_default().insert((*to).to_owned());
        }
        let members = edges.iter().flat_map(|(from, to)| [*from, *to]);
        let members = members.filter(|name| name.starts_with("platlint")).map(str::to_owned).collect();
        faults(&graph, &members)
    }

    #[test]
    fn lets_dependencies_point_inwards_only() {
        assert!(check(&[("platlint", "platlint-config"), ("platlint-config", "platlint-engine")]).is_empty());
        assert_eq!(check(&[("platlint-source", "platlint-engine")]).len(), 1);
        assert_eq!(check(&[("platlint-webhook", "platlint")]).len(), 1);
    }

    #[test]
    fn wants_a_place_for_each_new_crate() {
        assert_eq!(check(&[("platlint-new", "serde")]).len(), 1);
    }

    #[test]
    fn finds_forbidden_crates_behind_others() {
        assert_eq!(check(&[("platlint-engine", "innocent"), ("innocent", "tokio")]).len(), 1);
    }
}
