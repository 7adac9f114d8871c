//! The kinds an API server serves, and those that a test adds as custom ones.

use crate::api::Api;
use crate::wait;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// How a kind is addressed.
#[derive(Clone, Debug, PartialEq)]
pub struct Resource {
    /// `deployments`.
    pub plural: String,
    /// Whether its objects live in namespaces.
    pub is_namespaced: bool,
}

/// Kinds by apiVersion and kind.
pub type Kinds = BTreeMap<(String, String), Resource>;

/// All kinds that are served now.
pub fn served(api: &Api) -> Kinds {
    let groups = api.get("/apis").expect("the groups");
    let groups = groups["groups"].as_array().expect("a list of groups");
    let versions = groups.iter().flat_map(|group| group["versions"].as_array().cloned().unwrap_or_default());
    let versions = versions.filter_map(|version| version["groupVersion"].as_str().map(str::to_owned));
    let paths = versions.map(|version| (version.clone(), format!("/apis/{version}")));
    let mut kinds = Kinds::new();
    for (version, path) in paths.chain([("v1".to_owned(), "/api/v1".to_owned())]) {
        let listing = api.get(&path).unwrap_or_default();
        for resource in listing["resources"].as_array().into_iter().flatten() {
            let (Some(plural), Some(kind)) = (resource["name"].as_str(), resource["kind"].as_str()) else { continue };
            if !plural.contains('/') {
                let is_namespaced = resource["namespaced"] == true;
                kinds.insert((version.clone(), kind.to_owned()), Resource { plural: plural.to_owned(), is_namespaced });
            }
        }
    }
    kinds
}

/// Makes a kind of any content, in these versions, and waits until it is served.
pub fn define(api: &Api, group: &str, kind: &str, versions: &BTreeSet<String>, is_namespaced: bool) {
    let plural = format!("{}s", kind.to_lowercase());
    let name = format!("{plural}.{group}");
    let schema = json!({"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}});
    let version = |(index, name): (usize, &String)| -> Value {
        json!({"name": name, "served": true, "storage": index == 0, "schema": schema})
    };
    let versions_of = versions.iter().enumerate().map(version).collect::<Vec<_>>();
    // Groups of Kubernetes itself want to be told that this is no kind of theirs.
    let annotations = json!({"api-approved.kubernetes.io": "unapproved, for tests"});
    let definition = json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": name, "annotations": annotations},
        "spec": {"group": group, "versions": versions_of, "scope": if is_namespaced { "Namespaced" } else { "Cluster" },
            "names": {"plural": plural, "singular": kind.to_lowercase(), "kind": kind}}});
    api.must_create("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", &definition);
    for version in versions {
        wait::until("a custom kind to be served", || api.get(&format!("/apis/{group}/{version}/{plural}")));
    }
}
