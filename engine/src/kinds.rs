//! What is known of kinds without asking a cluster: which are cluster-scoped, and which carry Pod templates.

use std::sync::Arc;

use crate::value::get_str;
use regorus::Value;

/// Group, version and kind. The core group is the empty string.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Gvk {
    /// API group, empty for core.
    pub group: Arc<str>,
    /// API version, such as `v1`.
    pub version: Arc<str>,
    /// Kind, such as `Deployment`.
    pub kind: Arc<str>,
}

impl Gvk {
    /// Reads `apiVersion` (`group/version`, or `version` for core) and `kind`.
    #[must_use]
    pub fn new(api_version: &str, kind: &str) -> Self {
        let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
        Self { group: group.into(), version: version.into(), kind: kind.into() }
    }

    /// `None` where the object lacks a non-empty `apiVersion` or `kind`.
    #[must_use]
    pub fn of(object: &Value) -> Option<Self> {
        let api_version = get_str(object, "apiVersion").filter(|text| !text.is_empty())?;
        let kind = get_str(object, "kind").filter(|text| !text.is_empty())?;
        Some(Self::new(api_version, kind))
    }

    /// `group/version`, or `version` for core.
    #[must_use]
    pub fn api_version(&self) -> String {
        if self.group.is_empty() { self.version.to_string() } else { format!("{}/{}", self.group, self.version) }
    }
}

/// Whether objects of a kind live in a namespace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Cluster-scoped: the namespace is the empty string.
    Cluster,
    /// Namespaced.
    Namespaced,
    /// A kind this table does not know, such as a custom resource.
    Unknown,
}

/// Cluster-scoped kinds of Kubernetes 1.36 and of the platform's usual companions, by group.
const CLUSTER_SCOPED: &[(&str, &[&str])] = &[
    ("", &["ComponentStatus", "Namespace", "Node", "PersistentVolume"]),
    (
        "admissionregistration.k8s.io",
        &[
            "MutatingAdmissionPolicy",
            "MutatingAdmissionPolicyBinding",
            "MutatingWebhookConfiguration",
            "ValidatingAdmissionPolicy",
            "ValidatingAdmissionPolicyBinding",
            "ValidatingWebhookConfiguration",
        ],
    ),
    (
        "apiextensions.crossplane.io",
        &["Composition", "CompositionRevision", "CompositeResourceDefinition", "EnvironmentConfig"],
    ),
    ("apiextensions.k8s.io", &["CustomResourceDefinition"]),
    ("apiregistration.k8s.io", &["APIService"]),
    ("authentication.k8s.io", &["SelfSubjectReview", "TokenReview"]),
    ("authorization.k8s.io", &["SelfSubjectAccessReview", "SelfSubjectRulesReview", "SubjectAccessReview"]),
    ("cert-manager.io", &["ClusterIssuer"]),
    ("certificates.k8s.io", &["CertificateSigningRequest", "ClusterTrustBundle"]),
    ("flowcontrol.apiserver.k8s.io", &["FlowSchema", "PriorityLevelConfiguration"]),
    ("gateway.networking.k8s.io", &["GatewayClass"]),
    ("internal.apiserver.k8s.io", &["StorageVersion"]),
    ("kyverno.io", &["ClusterPolicy", "ClusterCleanupPolicy"]),
    ("networking.k8s.io", &["IngressClass", "IPAddress", "ServiceCIDR"]),
    ("node.k8s.io", &["RuntimeClass"]),
    (
        "pkg.crossplane.io",
        &["Configuration", "ConfigurationRevision", "Function", "FunctionRevision", "Provider", "ProviderRevision"],
    ),
    ("rbac.authorization.k8s.io", &["ClusterRole", "ClusterRoleBinding"]),
    ("resource.k8s.io", &["DeviceClass", "DeviceTaintRule", "ResourceSlice"]),
    ("scheduling.k8s.io", &["PriorityClass"]),
    ("storage.k8s.io", &["CSIDriver", "CSINode", "StorageClass", "VolumeAttachment", "VolumeAttributesClass"]),
    ("storagemigration.k8s.io", &["StorageVersionMigration"]),
    ("templates.gatekeeper.sh", &["ConstraintTemplate"]),
];

/// Groups whose remaining kinds are all namespaced.
const NAMESPACED_GROUPS: &[&str] = &[
    "",
    "apps",
    "argoproj.io",
    "autoscaling",
    "batch",
    "coordination.k8s.io",
    "discovery.k8s.io",
    "events.k8s.io",
    "extensions",
    "gateway.networking.k8s.io",
    "monitoring.coreos.com",
    "networking.k8s.io",
    "policy",
    "rbac.authorization.k8s.io",
    "serving.knative.dev",
];

/// The scope of a kind, from the table.
#[must_use]
pub fn scope_of(gvk: &Gvk) -> Scope {
    let cluster_scoped = CLUSTER_SCOPED
        .iter()
        .find(|(group, _)| *group == &*gvk.group)
        .is_some_and(|(_, kinds)| kinds.contains(&&*gvk.kind));
    // Constraints are the one group in which every kind is cluster-scoped, whatever it is called.
    if cluster_scoped || &*gvk.group == "constraints.gatekeeper.sh" {
        Scope::Cluster
    } else if NAMESPACED_GROUPS.contains(&&*gvk.group) {
        Scope::Namespaced
    } else {
        Scope::Unknown
    }
}

/// Groups of the kinds that the API server itself brings, now or in versions still met; `""` is the core group.
const OWN_GROUPS: &[&str] = &[
    "",
    "apps",
    "batch",
    "autoscaling",
    "policy",
    "extensions",
    "networking.k8s.io",
    "rbac.authorization.k8s.io",
    "storage.k8s.io",
    "admissionregistration.k8s.io",
    "apiextensions.k8s.io",
    "apiregistration.k8s.io",
    "auditregistration.k8s.io",
    "authentication.k8s.io",
    "authorization.k8s.io",
    "certificates.k8s.io",
    "coordination.k8s.io",
    "discovery.k8s.io",
    "events.k8s.io",
    "flowcontrol.apiserver.k8s.io",
    "imagepolicy.k8s.io",
    "internal.apiserver.k8s.io",
    "node.k8s.io",
    "resource.k8s.io",
    "scheduling.k8s.io",
    "settings.k8s.io",
    "storagemigration.k8s.io",
];

/// Groups of catalog files, which never were in a cluster.
const CATALOG_GROUPS: &[&str] = &["backstage.io", "scaffolder.backstage.io"];

/// Whether the kinds of a group are custom resources: whatever the API server does not bring itself, `gateway.networking.k8s.io`
/// among them, and no catalog file is.
#[must_use]
pub fn is_custom_group(group: &str) -> bool {
    !OWN_GROUPS.contains(&group) && !CATALOG_GROUPS.contains(&group)
}

/// Where an object keeps its Pods: paths at which `metadata` and `spec` of a Pod stand; the empty path is the object
/// itself. Empty for kinds that carry none.
#[must_use]
pub fn pod_templates(group: &str, kind: &str) -> &'static [&'static [&'static str]] {
    const OBJECT: &[&[&str]] = &[&[]];
    const TEMPLATE: &[&[&str]] = &[&["template"]];
    const SPEC_TEMPLATE: &[&[&str]] = &[&["spec", "template"]];
    const JOB_TEMPLATE: &[&[&str]] = &[&["spec", "jobTemplate", "spec", "template"]];
    match (group, kind) {
        ("", "Pod") | ("serving.knative.dev", "Revision") => OBJECT,
        ("", "PodTemplate") => TEMPLATE,
        ("", "ReplicationController")
        | ("apps" | "extensions", "Deployment" | "ReplicaSet" | "DaemonSet")
        | ("apps", "StatefulSet")
        | ("batch", "Job")
        | ("argoproj.io", "Rollout")
        | ("serving.knative.dev", "Service" | "Configuration") => SPEC_TEMPLATE,
        ("batch", "CronJob") => JOB_TEMPLATE,
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_group_version_and_kind() {
        assert_eq!(Gvk::new("apps/v1", "Deployment").api_version(), "apps/v1");
        assert_eq!(&*Gvk::new("v1", "Pod").group, "");
        assert_eq!(Gvk::new("v1", "Pod").api_version(), "v1");
    }

    #[test]
    fn knows_scopes_and_admits_ignorance() {
        assert_eq!(scope_of(&Gvk::new("v1", "Namespace")), Scope::Cluster);
        assert_eq!(scope_of(&Gvk::new("v1", "Pod")), Scope::Namespaced);
        assert_eq!(scope_of(&Gvk::new("constraints.gatekeeper.sh/v1beta1", "Any")), Scope::Cluster);
        assert_eq!(scope_of(&Gvk::new("example.org/v1", "Widget")), Scope::Unknown);
    }

    #[test]
    fn tells_custom_groups_from_those_of_kubernetes_and_of_catalog_files() {
        for own in ["", "apps", "networking.k8s.io", "apiextensions.k8s.io", "backstage.io", "scaffolder.backstage.io"]
        {
            assert!(!is_custom_group(own), "{own}");
        }
        for custom in ["gateway.networking.k8s.io", "snapshot.storage.k8s.io", "argoproj.io", "example.org"] {
            assert!(is_custom_group(custom), "{custom}");
        }
    }
}
