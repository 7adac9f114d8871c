//! Whose credentials an image is looked up with: those of the Pod that names it, and of nobody else. The API server is a
//! stand-in that lists what the test puts there; the real one is asked in the end-to-end tests.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use platlint_registry::testing::{Access, Account};
use platlint_webhook::images::{Keychain, MountedConfig, prefill};
use serde_json::{Value, json};

use super::cluster::{ApiServer, opened};
use super::scene::{DENIES, Scene, Set, containers, message, pod_of, sign};
use crate::support::review;

/// A review of a Pod in this namespace.
fn in_namespace(namespace: &str, mut pod: Value) -> Value {
    pod["metadata"]["namespace"] = json!(namespace);
    let mut review = review(pod);
    review["request"]["namespace"] = json!(namespace);
    review
}

fn naming_secret(mut pod: Value, secret: &str) -> Value {
    pod["spec"]["imagePullSecrets"] = json!([{"name": secret}]);
    pod
}

/// A docker configuration for one registry.
fn docker_config(host: &str, user: &str) -> String {
    let auth = STANDARD.encode(format!("{user}:password of {user}"));
    json!({"auths": {host: {"auth": auth}}}).to_string()
}

fn account(user: &str, repositories: &[&str]) -> Account {
    Account::new(user, &format!("password of {user}"), repositories)
}

/// The users whose credentials the registry was shown.
fn users(scene: &Scene) -> Vec<String> {
    let requests = scene.registry.requests();
    let shown = requests.iter().filter_map(|one| one.authorization.as_deref()?.strip_prefix("Basic "));
    let mut users: Vec<String> = shown
        .map(|auth| {
            let text = String::from_utf8(STANDARD.decode(auth).unwrap()).unwrap();
            text.split_once(':').unwrap().0.to_owned()
        })
        .collect();
    users.sort();
    users.dedup();
    users
}

#[tokio::test(flavor = "multi_thread")]
async fn no_namespace_looks_images_up_by_the_secrets_of_another() {
    let set = Set::new(DENIES);
    let host = set.registry.host();
    let api = ApiServer::default();
    for namespace in ["shop", "bank", "closed"] {
        api.secret(namespace, "registry", &docker_config(&host, namespace));
    }
    api.account("bank", "default", &["registry"]);
    let cluster = opened(&api, &["shop", "bank"]).await;
    let secrets = cluster.secrets(&[("shop", "registry"), ("bank", "registry")]).await;
    let keychain = Arc::new(Keychain::new(secrets, Arc::default()));
    let scene = set.looking(|looks| looks.keychain = keychain).play();
    let [shop, bank, closed] = ["shop/web", "bank/web", "closed/web"].map(|repository| scene.signed(repository));
    let accounts = ["shop", "bank", "closed"].map(|user| account(user, &[&format!("{user}/")]));
    scene.registry.access(Access::Basic(accounts.into()));
    let mut client = scene.server.client().await;

    let other = client.ask(&in_namespace("shop", naming_secret(pod_of(&[&bank]), "registry"))).await;
    assert!(message(&other).contains("is not known"), "{other}");
    assert_eq!(users(&scene), ["shop"]);
    let own = client.ask(&in_namespace("shop", naming_secret(pod_of(&[&shop]), "registry"))).await;
    assert_eq!(own["allowed"], true, "{own}");
    assert_eq!(users(&scene), ["shop"]);
    let by_account = client.ask(&in_namespace("bank", pod_of(&[&bank]))).await;
    assert_eq!(by_account["allowed"], true, "{by_account}");
    assert_eq!(users(&scene), ["bank", "shop"]);

    // Its Secret exists, but nobody opened the namespace.
    let unread = client.ask(&in_namespace("closed", naming_secret(pod_of(&[&closed]), "registry"))).await;
    assert!(message(&unread).contains("is not known"), "{unread}");
    assert_eq!(users(&scene), ["bank", "shop"]);
    let requests = api.requests();
    assert!(requests.iter().all(|one| !one.contains("/closed/")), "{requests:?}");
    let of_secrets = requests.iter().filter(|one| one.contains("/secrets?"));
    assert!(of_secrets.clone().count() >= 4, "{requests:?}");
    assert!(of_secrets.clone().all(|one| one.contains("fieldSelector=type%3Dkubernetes.io%2Fdockerc")), "{requests:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pull_secret_that_cannot_be_read_does_not_hide_what_is_public() {
    let set = Set::new(DENIES);
    let api = ApiServer::default();
    api.secret("shop", "registry", "no json at all");
    let cluster = opened(&api, &["shop"]).await;
    let keychain = Arc::new(Keychain::new(cluster.secrets(&[("shop", "registry")]).await, Arc::default()));
    let scene = set.looking(|looks| looks.keychain = keychain).play();
    let (public, private) = (scene.signed("public/web"), scene.signed("shop/web"));
    let mut client = scene.server.client().await;
    let answer = client.ask(&in_namespace("shop", naming_secret(pod_of(&[&public]), "registry"))).await;
    assert_eq!(answer["allowed"], true, "{answer}");
    scene.registry.access(Access::Basic(vec![account("robot", &["shop/"])]));
    let answer = client.ask(&in_namespace("shop", naming_secret(pod_of(&[&private]), "registry"))).await;
    assert!(message(&answer).contains("is not known"), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_template_is_looked_up_by_the_secrets_that_it_names() {
    let set = Set::new(DENIES);
    let api = ApiServer::default();
    api.secret("shop", "registry", &docker_config(&set.registry.host(), "robot"));
    let cluster = opened(&api, &["*"]).await;
    let keychain = Arc::new(Keychain::new(cluster.secrets(&[("shop", "registry")]).await, Arc::default()));
    let scene = set.looking(|looks| looks.keychain = keychain).play();
    let image = scene.signed("shop/web");
    scene.registry.access(Access::Basic(vec![account("robot", &["shop/"])]));
    let spec = json!({"containers": containers(&[&image]), "imagePullSecrets": [{"name": "registry"}]});
    let cron = json!({"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "web", "namespace": "shop"},
        "spec": {"schedule": "* * * * *", "jobTemplate": {"spec": {"template": {"spec": spec}}}}});
    let answer = scene.server.client().await.ask(&review(cron)).await;
    assert_eq!(answer["allowed"], true, "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_mounted_configuration_counts_everywhere_and_starts_no_program() {
    let set = Set::new(DENIES);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.json");
    std::fs::write(&file, docker_config(&set.registry.host(), "robot")).unwrap();
    let mounted = Arc::new(MountedConfig::read(Some(file.clone())).unwrap());
    let keychain = Arc::new(Keychain::new(platlint_webhook::cluster::PullSecrets::default(), mounted.clone()));
    let scene = set.looking(|looks| looks.keychain = keychain).play();
    let (image, other) = (scene.signed("shop/web"), scene.signed("shop/other"));
    scene.registry.access(Access::Basic(vec![account("robot", &["shop/"])]));
    let mut client = scene.server.client().await;
    let answer = client.ask(&in_namespace("anywhere", pod_of(&[&image]))).await;
    assert_eq!(answer["allowed"], true, "{answer}");

    std::fs::write(&file, json!({"credHelpers": {scene.registry.host(): "platlint-test"}}).to_string()).unwrap();
    assert_eq!(mounted.poll(), Ok(true));
    let asked = scene.registry.count();
    let answer = client.ask(&in_namespace("anywhere", pod_of(&[&other]))).await;
    assert!(message(&answer).contains(&format!("registry {}: no credential", scene.registry.host())), "{answer}");
    assert_eq!(scene.registry.count(), asked, "without its credential nothing is asked");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_runs_is_looked_up_at_the_start_by_the_rights_of_its_pods() {
    let set = Set::new(DENIES);
    let api = ApiServer::default();
    let host = set.registry.host();
    api.secret("shop", "registry", &docker_config(&host, "robot"));
    let digest = set.registry.put_image("shop/web", "1.0");
    sign(&set.registry, "shop/web", &digest, &set.key);
    for name in ["a", "b"] {
        api.pod(json!({"metadata": {"name": name, "namespace": "shop"},
            "spec": {"containers": [{"name": "web", "image": format!("{host}/shop/web:1.0")}], "imagePullSecrets": [{"name": "registry"}]},
            "status": {"containerStatuses": [{"name": "web", "imageID": format!("{host}/shop/web@{digest}")}]}}));
    }
    let mut cluster = opened(&api, &["shop"]).await;
    let keychain = Arc::new(Keychain::new(cluster.secrets(&[("shop", "registry")]).await, Arc::default()));
    let scene = set.looking(|looks| looks.keychain = keychain.clone()).play();
    scene.registry.access(Access::Basic(vec![account("robot", &["shop/"])]));
    prefill::run(cluster.running(), scene.server.judges.policies.clone(), keychain).await;
    let asked = scene.registry.count();
    assert!((1..=5).contains(&asked), "{asked} requests for one image of two Pods");
    let answer = scene.create(&[&scene.named("shop/web", &digest)]).await;
    assert_eq!(answer["allowed"], true, "{answer}");
    assert_eq!(scene.registry.count(), asked, "it was known already");
}
