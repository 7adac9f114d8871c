//! Which repositories and folders the corpora are made of.

/// One repository and the folders taken from it.
pub(super) struct Source {
    pub(super) owner: &'static str,
    pub(super) name: &'static str,
    /// Folders relative to the repository's root; none means all of it.
    pub(super) folders: &'static [&'static str],
}

/// The corpus `real`: manifests that projects publish for their users.
pub(super) const REAL: &[Source] = &[
    Source { owner: "argoproj", name: "argo-cd", folders: &["manifests"] },
    Source { owner: "istio", name: "istio", folders: &["samples"] },
    Source { owner: "prometheus-operator", name: "kube-prometheus", folders: &["manifests"] },
    // Its three folders of ready manifests. The rest is kustomize parts, CI files and the source of a Helm chart. With
    // exactly these the documents and findings of the bench kit come out.
    Source {
        owner: "GoogleCloudPlatform",
        name: "microservices-demo",
        folders: &["istio-manifests", "kubernetes-manifests", "release"],
    },
    Source { owner: "kubernetes", name: "examples", folders: &[] },
    Source { owner: "knative", name: "serving", folders: &["config"] },
    Source { owner: "kubernetes", name: "ingress-nginx", folders: &["deploy"] },
];

/// The corpus `kyverno-k8s`: many small documents.
pub(super) const KYVERNO: Source = Source { owner: "kyverno", name: "policies", folders: &[] };
