//! What platform files say of objects, in the cluster: by what the configuration brings along.

use serde_json::{Value, json};

use crate::support::{Judges, Server, bad, pod, post, review, update};
use platlint_webhook::admission::Mode;
use platlint_webhook::policies::{self, Reload};

use crate::support::{source, today};

/// Which buckets there are.
const DEFINITION: &str = "\
apiVersion: apiextensions.crossplane.io/v1
kind: CompositeResourceDefinition
metadata: {name: xbuckets.storage.example.org}
spec:
  group: storage.example.org
  names: {kind: XBucket, plural: xbuckets}
  claimNames: {kind: Bucket, plural: buckets}
  versions:
    - name: v1
      served: true
      referenceable: true
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec:
              type: object
              required: [region]
              properties:
                region: {type: string, enum: [eu, us]}
                size: {type: integer, minimum: 1}
";

const ENTITIES: &str = r#"[{"apiVersion": "backstage.io/v1alpha1", "kind": "Group", "metadata": {"name": "team-shop"},
    "spec": {"type": "team", "children": []}}]"#;

/// Of the built-in rules these, and no others.
const CONFIG: &str = "\
version: 1
rules:
  \"*\": off
  custom-resource-schema: error
  application-sync-option: error
  owner-annotation: error
schemas: [definitions]
catalog: {entities: [entities.json]}
";

fn judges(config: &str) -> Judges {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("definitions")).unwrap();
    std::fs::write(folder.path().join("definitions/buckets.yaml"), DEFINITION).unwrap();
    std::fs::write(folder.path().join("entities.json"), ENTITIES).unwrap();
    std::fs::write(folder.path().join("platlint.yaml"), config).unwrap();
    Judges::of_folder(folder, Mode::Enforce, 1)
}

fn bucket(spec: Value) -> Value {
    json!({"apiVersion": "storage.example.org/v1", "kind": "Bucket",
        "metadata": {"name": "pictures", "namespace": "shop", "annotations": {"owner": "team-shop"}}, "spec": spec})
}

fn application(option: &str) -> Value {
    json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Application",
        "metadata": {"name": "cart", "namespace": "argocd", "annotations": {"owner": "team-shop"}},
        "spec": {"project": "shop", "source": {"repoURL": "https://git.example.org/shop/cart", "path": "deploy", "targetRevision": "v1"},
            "destination": {"server": "https://kubernetes.default.svc", "namespace": "shop"},
            "syncPolicy": {"syncOptions": ["PruneLast=true", option]}}})
}

fn message(response: &Value) -> &str {
    response["status"]["message"].as_str().unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_that_violates_its_definition_is_denied_with_the_field() {
    let server = Server::start(judges(CONFIG));
    let mut client = server.client().await;
    let good = client.ask(&review(bucket(json!({"region": "eu", "size": 3})))).await;
    assert_eq!(good["allowed"], true, "{good}");
    let bad = client.ask(&review(bucket(json!({"region": "eu", "size": "large"})))).await;
    assert_eq!(bad["allowed"], false, "{bad}");
    assert!(
        message(&bad).contains("custom-resource-schema") && message(&bad).contains("spec.size"),
        "{}",
        message(&bad)
    );
    let lacking = client.ask(&review(bucket(json!({"size": 3})))).await;
    assert_eq!(lacking["allowed"], false, "{lacking}");
    // A group that the configuration does not speak of.
    let mut other = bucket(json!({"size": "large"}));
    other["apiVersion"] = json!("other.example.org/v1");
    let other = client.ask(&review(other)).await;
    assert_eq!((&other["allowed"], &other["warnings"]), (&json!(true), &Value::Null), "{other}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_does_not_answer_for_what_the_claim_had_before() {
    let server = Server::start(judges(CONFIG));
    let mut client = server.client().await;
    let old = bucket(json!({"region": "eu", "size": "large"}));
    let mut labelled = old.clone();
    labelled["metadata"]["labels"] = json!({"a": "b"});
    let kept = client.ask(&update(old.clone(), labelled)).await;
    assert_eq!(kept["allowed"], true, "{kept}");
    let worse = client.ask(&update(old, bucket(json!({"region": "moon", "size": "large"})))).await;
    assert_eq!(worse["allowed"], false, "{worse}");
    assert!(message(&worse).contains("spec.region") && !message(&worse).contains("spec.size"), "{}", message(&worse));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_with_a_misspelt_option_is_denied() {
    let server = Server::start(judges(CONFIG));
    let mut client = server.client().await;
    let good = client.ask(&review(application("CreateNamespace=true"))).await;
    assert_eq!(good["allowed"], true, "{good}");
    let bad = client.ask(&review(application("CreateNamespce=true"))).await;
    assert_eq!(bad["allowed"], false, "{bad}");
    let message = message(&bad);
    assert!(message.contains("application-sync-option") && message.contains("CreateNamespace"), "{message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_that_the_catalog_does_not_know_is_denied() {
    let server = Server::start(judges(CONFIG));
    let mut client = server.client().await;
    let owned = |owner: &str| {
        review(json!({"apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {"name": "cart", "namespace": "shop", "annotations": {"owner": owner}}, "spec": {}}))
    };
    assert_eq!(client.ask(&owned("team-shop")).await["allowed"], true);
    let unknown = client.ask(&owned("team-shpo")).await;
    assert_eq!(unknown["allowed"], false, "{unknown}");
    assert!(message(&unknown).contains("team-shpo"), "{}", message(&unknown));
    // Without a snapshot nobody knows who exists.
    let apart = Server::start(judges(&CONFIG.replace("catalog: {entities: [entities.json]}\n", "")));
    let mut client = apart.client().await;
    assert_eq!(client.ask(&owned("team-shpo")).await["allowed"], true);
}

#[tokio::test]
async fn rules_about_platform_files_leave_pods_alone() {
    let judges = judges(CONFIG);
    let active = judges.policies.current();
    assert!(!active.set.wants_platform(&platlint_engine::Gvk::new("v1", "Pod")));
    assert!(active.set.wants_platform(&platlint_engine::Gvk::new("storage.example.org/v1", "Bucket")));
    let mut owned = pod(bad());
    owned["metadata"]["annotations"] = json!({"owner": "team-shop"});
    let answer = judges.ask("/validate", &review(owned)).await;
    assert_eq!((&answer["allowed"], &answer["warnings"]), (&json!(true), &Value::Null), "{answer}");
}

#[tokio::test]
async fn what_no_rule_asks_for_is_not_read() {
    let judges = judges("version: 1\nrules: {\"*\": off, resource-limits: error}\nschemas: [definitions]\n");
    assert!(judges.policies.current().platform.is_none());
}

#[tokio::test]
async fn another_definition_is_another_configuration_and_a_broken_one_is_refused() {
    let mut judges = judges(CONFIG);
    let wide = bucket(json!({"region": "moon"}));
    assert_eq!(judges.ask("/validate", &review(wide.clone())).await["allowed"], false);
    let file = judges.folder.path().join("definitions/buckets.yaml");
    std::fs::write(&file, DEFINITION.replace("[eu, us]", "[eu, us, moon]")).unwrap();
    let policies = judges.policies.clone();
    assert!(matches!(judges.watch.poll(&policies, today()), Reload::Swapped(_)));
    assert_eq!(judges.ask("/validate", &review(wide.clone())).await["allowed"], true);
    std::fs::write(&file, "spec: [\n").unwrap();
    let Reload::Refused(error) = judges.watch.poll(&policies, today()) else { panic!("a broken definition is used") };
    assert!(error.to_string().contains("definitions/buckets.yaml:"), "{error}");
    assert_eq!(judges.ask("/validate", &review(wide)).await["allowed"], true, "the last good ones stay");
}

#[tokio::test]
async fn a_bundle_brings_the_same_along() {
    let plain = judges(CONFIG);
    let mut options = platlint_config::Options::new(plain.folder.path().to_path_buf(), today());
    options.config = Some(plain.folder.path().to_path_buf());
    let bundle = platlint_config::build_bundle(&options).unwrap();
    let path = plain.folder.path().join("bundle.tar.gz");
    std::fs::write(&path, bundle.tar_gz().unwrap()).unwrap();
    let packed = policies::load(&source(path), today()).unwrap();
    let active = plain.policies.current();
    assert_eq!(packed.set.revision(), active.set.revision());
    let defined = |platform: &Option<std::sync::Arc<platlint_webhook::platform::KnownPlatform>>| {
        platform.as_ref().unwrap().defined().clone()
    };
    assert_eq!(defined(&packed.platform), defined(&active.platform));
    plain.policies.swap(packed);
    let (status, response) = plain.send(post("/validate", review(bucket(json!({"region": "moon"}))).to_string())).await;
    assert_eq!(status, 200);
    let answer: Value = serde_json::from_slice(response.body()).unwrap();
    assert_eq!(answer["response"]["allowed"], false);
}
