//! What runs, and by whom it is deployed: workloads in folders that are deployed, and what components of the catalog name as
//! theirs by annotations.

use std::collections::BTreeSet;
use std::sync::Arc;

use platlint_engine::pod_templates;
use platlint_facts::{Doc, Edge, Files, Node, NodeKind, Target, array_at, path_of, str_at, value_at};
use platlint_gitops::Deployment;

const APP_NAME: &str = "argocd/app-name";
const APP_NAMESPACE: &str = "argocd/app-namespace";
const KUBERNETES_ID: &str = "backstage.io/kubernetes-id";

/// One workload, as often as it is deployed; once where nobody is known to deploy it.
pub(crate) struct Workload<'d> {
    doc: &'d Doc,
    node: Node,
    deployment: Option<&'d Deployment>,
}

/// The workloads among the documents.
pub(crate) fn workloads<'d>(deployments: &'d [Deployment], docs: &'d [Arc<Doc>]) -> Vec<Workload<'d>> {
    let mut found = Vec::new();
    for doc in docs.iter().filter(|doc| is_workload(doc)) {
        let holds = |deployment: &&Deployment| {
            doc.folder.as_deref().is_some_and(|folder| folder.starts_with(&deployment.source))
        };
        let workload = |deployment: Option<&'d Deployment>| {
            let namespace = doc.namespace.as_deref().or(deployment.and_then(|one| one.namespace.as_deref()));
            let name = format!("{}/{}/{}", namespace.unwrap_or("?"), doc.gvk.kind, doc.name().unwrap_or("?"));
            Workload { doc, node: Node { kind: NodeKind::Workload, name: name.into() }, deployment }
        };
        let before = found.len();
        found.extend(deployments.iter().filter(holds).map(|deployment| workload(Some(deployment))));
        if found.len() == before {
            found.push(workload(None));
        }
    }
    found
}

/// Whether an object runs containers. Patches, which say only what is different, name no image or are of no workload.
fn is_workload(doc: &Doc) -> bool {
    pod_templates(&doc.gvk.group, &doc.gvk.kind).iter().any(|template| {
        let containers: Vec<&str> = template.iter().copied().chain(["spec", "containers"]).collect();
        array_at(&doc.object, &containers).any(|container| str_at(container, &["image"]).is_some())
    })
}

/// Which workloads lie in folders that are deployed.
pub(crate) fn held<'w>(workloads: &'w [Workload<'_>], files: &'w dyn Files) -> impl Iterator<Item = Edge> + 'w {
    workloads.iter().filter_map(|workload| {
        Some(Edge {
            from: Node { kind: NodeKind::Path, name: files.shown(&workload.deployment?.source).into() },
            relation: "holds",
            to: workload.node.clone(),
            target: Target::Exists,
            at: Some((workload.doc.id.clone(), path_of(&["metadata", "name"]))),
        })
    })
}

/// Which Applications components name in `argocd/app-name`, among those that begin an edge.
pub(crate) fn deployed_by(docs: &[Arc<Doc>], edges: &[Edge]) -> Vec<Edge> {
    let applications: BTreeSet<&Node> =
        edges.iter().map(|edge| &edge.from).filter(|node| node.kind == NodeKind::Application).collect();
    let mut found = Vec::new();
    for (doc, component) in components(docs) {
        let Some(names) = annotation(doc, APP_NAME) else { continue };
        let namespace = annotation(doc, APP_NAMESPACE);
        for name in names.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            let is_meant = |node: &&&Node| match node.name.split_once('/') {
                Some((other, own)) => own == name && namespace.is_none_or(|namespace| namespace == other),
                None => *node.name == *name,
            };
            let edge = |to: Node, target: Target| Edge {
                from: component.clone(),
                relation: "deployedBy",
                to,
                target,
                at: Some((doc.id.clone(), path_of(&["metadata", "annotations", APP_NAME]))),
            };
            let before = found.len();
            found.extend(applications.iter().filter(is_meant).map(|node| edge((*node).clone(), Target::Exists)));
            if found.len() == before {
                let name = namespace.map_or_else(|| name.to_owned(), |namespace| format!("{namespace}/{name}"));
                found.push(edge(Node { kind: NodeKind::Application, name: name.into() }, Target::Unknown));
            }
        }
    }
    found
}

/// Which workloads have the label that components name in `backstage.io/kubernetes-id`, on themselves or on their Pods.
pub(crate) fn runs_as(docs: &[Arc<Doc>], workloads: &[Workload<'_>]) -> Vec<Edge> {
    let mut found = Vec::new();
    for (doc, component) in components(docs) {
        let Some(id) = annotation(doc, KUBERNETES_ID) else { continue };
        for workload in workloads.iter().filter(|workload| has_id(workload.doc, id)) {
            found.push(Edge {
                from: component.clone(),
                relation: "runsAs",
                to: workload.node.clone(),
                target: Target::Exists,
                at: Some((doc.id.clone(), path_of(&["metadata", "annotations", KUBERNETES_ID]))),
            });
        }
    }
    found
}

fn has_id(doc: &Doc, id: &str) -> bool {
    let label = ["metadata", "labels", KUBERNETES_ID];
    let of_pods = |template: &&[&str]| {
        value_at(&doc.object, template).is_some_and(|template| str_at(template, &label) == Some(id))
    };
    str_at(&doc.object, &label) == Some(id) || pod_templates(&doc.gvk.group, &doc.gvk.kind).iter().any(of_pods)
}

/// Components and their nodes. Those whose name a template has yet to fill in have none.
fn components(docs: &[Arc<Doc>]) -> impl Iterator<Item = (&Doc, Node)> {
    docs.iter().filter(|doc| doc.is("backstage.io", "Component")).filter_map(|doc| {
        let name = doc.name().filter(|name| !name.is_empty() && !name.contains("{{"))?;
        let namespace = str_at(&doc.object, &["metadata", "namespace"]).filter(|namespace| !namespace.is_empty());
        let reference = platlint_backstage::canonical("component", namespace.unwrap_or("default"), name);
        Some((&**doc, Node { kind: NodeKind::Entity, name: reference.into() }))
    })
}

/// An annotation that is filled in.
fn annotation<'d>(doc: &'d Doc, key: &str) -> Option<&'d str> {
    str_at(&doc.object, &["metadata", "annotations", key]).filter(|text| !text.is_empty() && !text.contains("{{"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use platlint_engine::{Gvk, Pointer, Value};
    use platlint_facts::DocId;
    use serde_json::{Value as Json, json};

    fn doc(object: Json) -> Arc<Doc> {
        let object = Value::from(object);
        let id = DocId { file: "a.yaml".into(), document: 0, at: Pointer::root() };
        let gvk = Gvk::of(&object).unwrap();
        Arc::new(Doc { id, gvk, object, folder: None, maker: None, namespace: Some("shop".into()) })
    }

    fn component(annotations: &Json) -> Arc<Doc> {
        doc(json!({
            "apiVersion": "backstage.io/v1alpha1", "kind": "Component",
            "metadata": {"name": "Cart", "annotations": annotations},
        }))
    }

    fn deployment(labels: &Json, pod_labels: &Json, container: &Json) -> Arc<Doc> {
        doc(json!({
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "labels": labels},
            "spec": {"template": {"metadata": {"labels": pod_labels}, "spec": {"containers": [container]}}},
        }))
    }

    fn application(name: &str) -> Edge {
        Edge {
            from: Node { kind: NodeKind::Application, name: name.into() },
            relation: "inProject",
            to: Node { kind: NodeKind::Project, name: "default".into() },
            target: Target::Exists,
            at: None,
        }
    }

    fn shown(edges: &[Edge]) -> Vec<String> {
        let show = |edge: &Edge| format!("{} {} {} {:?}", edge.from.name, edge.relation, edge.to.name, edge.target);
        edges.iter().map(show).collect()
    }

    #[test]
    fn a_component_is_deployed_by_the_applications_that_it_names() {
        let known = ["argocd/cart-dev", "argocd/cart-prod", "teams/cart-prod", "bare"].map(application);
        let of = |annotations: Json| shown(&deployed_by(&[component(&annotations)], &known));
        assert_eq!(
            of(json!({APP_NAME: "cart-dev, cart-prod"})),
            [
                "component:default/cart deployedBy argocd/cart-dev Exists",
                "component:default/cart deployedBy argocd/cart-prod Exists",
                "component:default/cart deployedBy teams/cart-prod Exists",
            ]
        );
        assert_eq!(
            of(json!({APP_NAME: "cart-prod,bare", APP_NAMESPACE: "teams"})),
            [
                "component:default/cart deployedBy teams/cart-prod Exists",
                "component:default/cart deployedBy bare Exists"
            ]
        );
        assert_eq!(
            of(json!({APP_NAME: "cart-dev", APP_NAMESPACE: "teams"})),
            ["component:default/cart deployedBy teams/cart-dev Unknown"]
        );
        assert_eq!(of(json!({APP_NAME: "gone"})), ["component:default/cart deployedBy gone Unknown"]);
        assert_eq!(of(json!({APP_NAME: "${{ values.app }}"})), [""; 0]);
    }

    #[test]
    fn a_component_runs_as_the_workloads_with_its_label() {
        let (own, none, container) = (json!({KUBERNETES_ID: "cart"}), json!({}), json!({"image": "web:1"}));
        let labelled = |labels: &Json, pods: &Json| {
            let docs = [component(&own), deployment(labels, pods, &container)];
            shown(&runs_as(&docs, &workloads(&[], &docs)))
        };
        let edge = ["component:default/cart runsAs shop/Deployment/web Exists"];
        assert_eq!(labelled(&own, &none), edge);
        assert_eq!(labelled(&none, &own), edge);
        assert_eq!(labelled(&json!({KUBERNETES_ID: "other"}), &none), [""; 0]);
    }

    #[test]
    fn a_patch_without_an_image_is_no_workload() {
        let patch = deployment(&json!({}), &json!({}), &json!({"name": "web", "env": []}));
        assert!(workloads(&[], &[patch]).is_empty());
        let job = json!({"spec": {"template": {"spec": {"containers": [{"image": "job:1"}]}}}});
        let cron = json!({"apiVersion": "batch/v1", "kind": "CronJob", "spec": {"jobTemplate": job}});
        assert_eq!(workloads(&[], &[doc(cron)]).len(), 1);
    }
}
