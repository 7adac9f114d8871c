//! Objects that every cluster has, on which new policies are tried before they come into force.

use chrono::{DateTime, Utc};
use platlint_engine::{
    Ancestry, Facts, Gvk, ImageFacts, Namespace, Operation, PolicySet, Review, Scope, Situation, Value, scope_of,
};

/// Whole objects, as users write them.
const OBJECTS: &[&str] = &[
    r#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"sample","labels":{"app":"sample"}},"spec":{
        "initContainers":[{"name":"init","image":"registry.example/init:1"}],
        "containers":[{"name":"web","image":"registry.example/web@sha256:0000000000000000000000000000000000000000000000000000000000000000",
            "ports":[{"containerPort":8080}],"env":[{"name":"A","value":"b"}],
            "resources":{"limits":{"cpu":"100m","memory":"64Mi"},"requests":{"cpu":"10m","memory":"32Mi"}},
            "securityContext":{"runAsNonRoot":true}}],
        "volumes":[{"name":"tmp","emptyDir":{}}]}}"#,
    r#"{"apiVersion":"v1","kind":"Pod","metadata":{},"spec":{"containers":[]}}"#,
    r#"{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"sample","annotations":{"owner":"team"}},"spec":{"replicas":2,
        "selector":{"matchLabels":{"app":"sample"}},"template":{"metadata":{"labels":{"app":"sample"}},"spec":{
        "containers":[{"name":"web","image":"web"}]}}}}"#,
    r#"{"apiVersion":"batch/v1","kind":"CronJob","metadata":{"name":"sample"},"spec":{"schedule":"* * * * *","jobTemplate":{"spec":{
        "template":{"spec":{"containers":[{"name":"job","image":"job:1"}],"restartPolicy":"Never"}}}}}}"#,
    r#"{"apiVersion":"v1","kind":"Service","metadata":{"name":"sample"},"spec":{"type":"LoadBalancer","ports":[{"port":80}],
        "selector":{"app":"sample"}}}"#,
    r#"{"apiVersion":"networking.k8s.io/v1","kind":"Ingress","metadata":{"name":"sample"},"spec":{"ingressClassName":"public",
        "rules":[{"host":"sample.example"}]}}"#,
    r#"{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"sample"}}"#,
    r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"sample"},"data":{"a":"b"}}"#,
];

/// Reviews of them: created, updated and deleted; and of every kind that a rule names, an object of that kind with a name
/// and nothing else.
pub(super) fn reviews(set: &PolicySet, now: DateTime<Utc>) -> Vec<Review> {
    let written = OBJECTS.iter().filter_map(|text| Value::from_json_str(text).ok());
    let objects = written.chain(bare_objects(set));
    let reviews = objects.filter_map(|object| Some((Gvk::of(&object)?, object)));
    let operations = [Operation::Create, Operation::Update, Operation::Delete];
    reviews.flat_map(|(kind, object)| operations.map(|one| review(one, kind.clone(), object.clone(), now))).collect()
}

/// What may be known of a review's images: each of the four answers, for all of them.
pub(super) fn images(set: &PolicySet, review: &Review) -> Vec<Facts> {
    let digest = format!("sha256:{}", "0".repeat(64));
    let facts = |status: &str| {
        let is_verified = status == "verified";
        let signers = if is_verified { serde_json::json!(["release"]) } else { serde_json::json!([]) };
        let signature = serde_json::json!({"status": status, "authorities": signers, "identities": [],
            "attestations": [], "reason": "a sample"});
        let of_image = |image: platlint_engine::ImageUse| {
            let pinned =
                (is_verified && !image.value.contains('@')).then(|| format!("{}@{digest}", image.value).into());
            let known = (status != "unknown").then(|| digest.as_str().into());
            (image.value, ImageFacts { signature: Value::from(signature.clone()), digest: known, pinned })
        };
        Facts::default().with_images(set.images(review).into_iter().map(of_image).collect())
    };
    ["verified", "unsigned", "invalid", "unknown"].map(facts).into()
}

fn bare_objects(set: &PolicySet) -> impl Iterator<Item = Value> {
    let patterns = set.rules().iter().flat_map(|rule| &rule.meta.matches.kinds);
    let named = patterns.flat_map(|pattern| {
        pattern.groups.iter().flat_map(|group| pattern.kinds.iter().map(move |kind| (group, kind)))
    });
    let mut kinds: Vec<_> = named.filter(|(group, kind)| &***group != "*" && &***kind != "*").collect();
    kinds.sort_unstable();
    kinds.dedup();
    kinds.into_iter().filter_map(|(group, kind)| {
        let api_version = if group.is_empty() { "v1".to_owned() } else { format!("{group}/v1") };
        let object = serde_json::json!({"apiVersion": api_version, "kind": &**kind, "metadata": {"name": "sample"}});
        Value::from_json_str(&object.to_string()).ok()
    })
}

fn review(operation: Operation, kind: Gvk, object: Value, now: DateTime<Utc>) -> Review {
    let namespace = match scope_of(&kind) {
        Scope::Cluster => Namespace::Cluster,
        Scope::Namespaced | Scope::Unknown => Namespace::Named("sample".into()),
    };
    Review {
        operation,
        kind,
        name: Some("sample".into()),
        namespace,
        old_object: (operation != Operation::Create).then(|| object.clone()),
        object,
        user: Value::from_json_str(r#"{"username":"sample","groups":["system:authenticated"]}"#).ok(),
        dry_run: Some(false),
        situation: Situation { now, cluster: None },
        is_list_item: false,
        ancestry: Ancestry::Proved(Vec::new()),
    }
}
