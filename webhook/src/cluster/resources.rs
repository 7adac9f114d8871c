//! Which API resources objects of a kind are sent under: `Deployment` of `apps` as `deployments`, a Pod also as
//! `pods/ephemeralcontainers` and `pods/resize`.
//!
//! From a table for Kubernetes and its usual companions, so that it works without a cluster; what the table lacks comes
//! from the API server's discovery, and where neither knows the kind, from the convention for plurals, which is said.

use std::collections::{BTreeMap, BTreeSet};

use kube::Client;
use platlint_engine::is_custom_group;

/// A kind of a group.
pub(super) type GroupKind = (String, String);

/// Kinds whose resource is not found by adding an `s` to the lower-cased kind, or is more than one. Group, kind, resources.
///
/// The review of a subresource carries the kind of its body: a `kubectl exec` is a `PodExecOptions` to `pods/exec`. A
/// resize and an ephemeral container are whole Pods.
const SPECIAL: &[(&str, &str, &[&str])] = &[
    ("", "Binding", &["bindings", "pods/binding"]),
    ("", "Endpoints", &["endpoints"]),
    ("", "NodeProxyOptions", &["nodes/proxy"]),
    ("", "Pod", &["pods", "pods/ephemeralcontainers", "pods/resize"]),
    ("", "PodAttachOptions", &["pods/attach"]),
    ("", "PodExecOptions", &["pods/exec"]),
    ("", "PodPortForwardOptions", &["pods/portforward"]),
    ("", "PodProxyOptions", &["pods/proxy"]),
    ("", "ServiceProxyOptions", &["services/proxy"]),
    ("gateway.networking.k8s.io", "Gateway", &["gateways"]),
];

/// Group and kind, and the resources (group, resource).
type Elsewhere = (&'static str, &'static str, &'static [(&'static str, &'static str)]);

/// Kinds whose reviews come under resources of other groups.
const ELSEWHERE: &[Elsewhere] = &[
    ("policy", "Eviction", &[("", "pods/eviction")]),
    (
        "autoscaling",
        "Scale",
        &[
            ("", "replicationcontrollers/scale"),
            ("apps", "deployments/scale"),
            ("apps", "replicasets/scale"),
            ("apps", "statefulsets/scale"),
        ],
    ),
];

/// Groups whose kinds are built into the API server or served by well-known projects: the convention holds for all of
/// them but for what [`SPECIAL`] lists, so nothing is guessed.
const REGULAR_GROUPS: &[&str] = &[
    "",
    "admissionregistration.k8s.io",
    "apiextensions.k8s.io",
    "apiextensions.crossplane.io",
    "apiregistration.k8s.io",
    "apps",
    "argoproj.io",
    "autoscaling",
    "batch",
    "cert-manager.io",
    "certificates.k8s.io",
    "coordination.k8s.io",
    "discovery.k8s.io",
    "events.k8s.io",
    "extensions",
    "flowcontrol.apiserver.k8s.io",
    "gateway.networking.k8s.io",
    "kyverno.io",
    "monitoring.coreos.com",
    "networking.istio.io",
    "networking.k8s.io",
    "node.k8s.io",
    "pkg.crossplane.io",
    "policy",
    "rbac.authorization.k8s.io",
    "resource.k8s.io",
    "scheduling.k8s.io",
    "serving.knative.dev",
    "storage.k8s.io",
    "traefik.io",
];

/// What the API server told of its resources: by group and kind the resources, subresources included.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Discovered {
    resources: BTreeMap<GroupKind, BTreeSet<String>>,
}

/// The resources of a kind, as (group, resource).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mapped {
    pub resources: Vec<(String, String)>,
    /// Neither the table nor the API server knows the kind.
    pub is_guess: bool,
}

/// The resources of a kind.
pub(super) fn of(group: &str, kind: &str, discovered: &Discovered) -> Mapped {
    let here = |resource: &str| (group.to_owned(), resource.to_owned());
    let special = SPECIAL.iter().find(|(g, k, _)| (*g, *k) == (group, kind));
    if let Some((_, _, resources)) = special {
        return Mapped { resources: resources.iter().map(|resource| here(resource)).collect(), is_guess: false };
    }
    if let Some((_, _, resources)) = ELSEWHERE.iter().find(|(g, k, _)| (*g, *k) == (group, kind)) {
        let resources = resources.iter().map(|(group, resource)| ((*group).to_owned(), (*resource).to_owned()));
        return Mapped { resources: resources.collect(), is_guess: false };
    }
    if let Some(resources) = discovered.resources.get(&(group.to_owned(), kind.to_owned())) {
        return Mapped { resources: resources.iter().map(|resource| here(resource)).collect(), is_guess: false };
    }
    Mapped { resources: vec![here(&plural(kind))], is_guess: !REGULAR_GROUPS.contains(&group) }
}

/// The groups in which a kind is known, for rules that name a kind of any group.
pub(super) fn groups_of(kind: &str, discovered: &Discovered) -> BTreeSet<String> {
    let special = SPECIAL.iter().filter(|(_, k, _)| *k == kind).map(|(group, ..)| (*group).to_owned());
    let told = discovered.resources.keys().filter(|(_, k)| k == kind).map(|(group, _)| group.clone());
    let workloads = ["Deployment", "DaemonSet", "ReplicaSet", "StatefulSet", "ControllerRevision"];
    let batch = ["Job", "CronJob"];
    let networking = ["Ingress", "IngressClass", "NetworkPolicy"];
    let core = ["Namespace", "Service", "ConfigMap", "Secret", "ServiceAccount", "PersistentVolumeClaim", "Node"];
    let well_known = [("apps", &workloads[..]), ("batch", &batch), ("networking.k8s.io", &networking), ("", &core)];
    let well_known = well_known.into_iter().filter(|(_, kinds)| kinds.contains(&kind));
    special.chain(told).chain(well_known.map(|(group, _)| group.to_owned())).collect()
}

/// The plural by the API's convention.
pub(super) fn plural(kind: &str) -> String {
    let lower = kind.to_lowercase();
    let consonant_y = |text: &str| !text.ends_with(['a', 'e', 'i', 'o', 'u']);
    match lower.strip_suffix('y') {
        Some(stem) if consonant_y(stem) => format!("{stem}ies"),
        _ if lower.ends_with(['s', 'x']) || lower.ends_with("ch") || lower.ends_with("sh") => format!("{lower}es"),
        _ => format!("{lower}s"),
    }
}

impl Discovered {
    /// Groups that the API server serves and does not bring itself.
    pub(super) fn custom_groups(&self) -> BTreeSet<&str> {
        self.resources.keys().map(|(group, _)| group.as_str()).filter(|group| is_custom_group(group)).collect()
    }

    /// Resources by group and kind, for tests.
    #[cfg(test)]
    pub(super) fn of(resources: &[(&str, &str, &str)]) -> Self {
        let mut found = Self::default();
        for (group, kind, name) in resources {
            let key = ((*group).to_owned(), (*kind).to_owned());
            found.resources.entry(key).or_default().insert((*name).to_owned());
        }
        found
    }

    /// Asks the API server for all resources of all groups. Of a group that does not answer (its own API server is down) what
    /// was known before stays.
    pub(super) async fn ask(&self, client: &Client) -> Result<Self, kube::Error> {
        let mut found = Self::default();
        for version in client.list_core_api_versions().await?.versions {
            found.take(client.list_core_api_resources(&version).await?, "");
        }
        for group in client.list_api_groups().await?.groups {
            for version in &group.versions {
                match client.list_api_group_resources(&version.group_version).await {
                    Ok(resources) => found.take(resources, &group.name),
                    Err(error) => {
                        tracing::warn!(group = version.group_version, %error, "its resources are not known anew");
                        let known = self.resources.iter().filter(|((of, _), _)| *of == group.name);
                        found.resources.extend(known.map(|(kind, names)| (kind.clone(), names.clone())));
                    }
                }
            }
        }
        Ok(found)
    }

    fn take(&mut self, list: k8s_openapi::apimachinery::pkg::apis::meta::v1::APIResourceList, group: &str) {
        for resource in list.resources {
            // Statuses are never judged; Scale and the like are in the table. What an `exec` sends is in the table too.
            if resource.name.contains('/') {
                continue;
            }
            self.resources.entry((group.to_owned(), resource.kind)).or_default().insert(resource.name);
        }
    }
}

/// How the objects of a kind are listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Collection {
    pub path: String,
}

impl Collection {
    /// The collection of `resource` over all namespaces.
    pub(super) fn new(api_version: &str, resource: &str) -> Self {
        let root = if api_version.contains('/') { "apis" } else { "api" };
        Self { path: format!("/{root}/{api_version}/{resource}") }
    }

    /// Asks the API server where this kind is; `None` where it has none.
    pub(super) async fn find(client: &Client, api_version: &str, kind: &str) -> Result<Option<Self>, kube::Error> {
        let answer = if api_version.contains('/') {
            client.list_api_group_resources(api_version).await
        } else {
            client.list_core_api_resources(api_version).await
        };
        let list = match answer {
            Err(kube::Error::Api(status)) if status.code == 404 => return Ok(None),
            other => other?,
        };
        let resource = list.resources.into_iter().find(|one| one.kind == kind && !one.name.contains('/'));
        Ok(resource.map(|resource| Self::new(api_version, &resource.name)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(group: &str, kind: &str) -> Vec<String> {
        let mapped = of(group, kind, &Discovered::default());
        assert!(!mapped.is_guess, "{group} {kind}");
        mapped.resources.into_iter().map(|(group, resource)| format!("{group}/{resource}")).collect()
    }

    #[test]
    fn knows_the_resources_of_usual_kinds() {
        assert_eq!(names("", "Pod"), ["/pods", "/pods/ephemeralcontainers", "/pods/resize"]);
        assert_eq!(names("apps", "Deployment"), ["apps/deployments"]);
        assert_eq!(names("networking.k8s.io", "Ingress"), ["networking.k8s.io/ingresses"]);
        assert_eq!(names("networking.k8s.io", "NetworkPolicy"), ["networking.k8s.io/networkpolicies"]);
        assert_eq!(names("gateway.networking.k8s.io", "Gateway"), ["gateway.networking.k8s.io/gateways"]);
        assert_eq!(names("", "PodExecOptions"), ["/pods/exec"]);
        assert_eq!(names("policy", "Eviction"), ["/pods/eviction"]);
        assert_eq!(names("", "Endpoints"), ["/endpoints"]);
        assert_eq!(names("argoproj.io", "ApplicationSet"), ["argoproj.io/applicationsets"]);
    }

    #[test]
    fn what_discovery_tells_is_better_than_a_guess() {
        let guessed = of("example.org", "Mouse", &Discovered::default());
        assert_eq!((guessed.resources, guessed.is_guess), (vec![("example.org".into(), "mouses".into())], true));
        let key = ("example.org".to_owned(), "Mouse".to_owned());
        let told = Discovered { resources: [(key, BTreeSet::from(["mice".to_owned()]))].into() };
        let mapped = of("example.org", "Mouse", &told);
        assert_eq!((mapped.resources, mapped.is_guess), (vec![("example.org".into(), "mice".into())], false));
        assert_eq!(groups_of("Mouse", &told), BTreeSet::from(["example.org".to_owned()]));
    }

    #[test]
    fn lists_over_all_namespaces() {
        assert_eq!(Collection::new("v1", "pods").path, "/api/v1/pods");
        assert_eq!(Collection::new("apps/v1", "replicasets").path, "/apis/apps/v1/replicasets");
    }
}
