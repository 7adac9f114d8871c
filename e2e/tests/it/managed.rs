//! An installation that looks after itself: two replicas behind a Service, certificates and webhook configurations kept
//! by the elected one. On a control plane of its own, since what is installed reaches the whole cluster.

use crate::requests::{at_the_api_server, told};
use crate::scene::{limited_pod, only, pod};
use platlint_e2e::api::Api;
use platlint_e2e::assets;
use platlint_e2e::authority::Authority;
use platlint_e2e::balancer::Balancer;
use platlint_e2e::cluster::{Namespace, named_namespace};
use platlint_e2e::control_plane::ControlPlane;
use platlint_e2e::load::Load;
use platlint_e2e::registration::make_service;
use platlint_e2e::wait;
use platlint_e2e::webhook::{Setup, Webhook};
use serde_json::{Value, json};
use std::process::Command;
use std::time::{Duration, Instant};

const OWN: &str = "platlint";
const VALIDATING: &str = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations";
const MUTATING: &str = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations";

struct Installation {
    balancer: Balancer,
    replicas: Vec<Webhook>,
    shop: Namespace,
    api: Api,
    plane: ControlPlane,
}

impl Installation {
    fn start(config: &str) -> Self {
        let plane = ControlPlane::start(assets::api_server().expect("found already"));
        let api = plane.api();
        named_namespace(&plane, OWN);
        let shop = named_namespace(&plane, "shop");
        let balancer = Balancer::start();
        make_service(&api, OWN, balancer.port());
        // Empty, as the chart makes them.
        for (path, kind, name) in [
            (VALIDATING, "ValidatingWebhookConfiguration", "platlint-validate"),
            (MUTATING, "MutatingWebhookConfiguration", "platlint-mutate"),
        ] {
            let object =
                json!({"apiVersion": "admissionregistration.k8s.io/v1", "kind": kind, "metadata": {"name": name}});
            api.must_create(path, &object);
        }
        let mut installation = Self { balancer, replicas: Vec::new(), shop, api, plane };
        for name in ["first", "second"] {
            let replica = installation.replica(name, config);
            installation.replicas.push(replica);
        }
        wait::until("two ready replicas", || (installation.balancer.ready().len() == 2).then_some(()));
        wait::until("the configuration to be filled", || installation.bundle());
        let bad = pod("marker", "example.org/web:1");
        wait::until("a marker to be denied", || {
            let said = installation.shop.kubectl.run_with(&["apply", "--dry-run=server", "-f", "-"], &bad);
            said.stderr.contains("[resource-limits]").then_some(())
        });
        installation
    }

    fn replica(&self, name: &str, config: &str) -> Webhook {
        let port = self.balancer.port().to_string();
        let flags = ["--service-port", &port, "--pod", name, "--drain-delay", "1"];
        let setup = Setup { is_managed: true, flags: &flags, ..Setup::new(OWN, config) };
        let webhook = Webhook::start(&self.plane, &Authority::new("unused"), &setup);
        self.balancer.add(webhook.port(), webhook.observe());
        webhook
    }

    fn validating(&self) -> Value {
        self.api.get(&format!("{VALIDATING}/platlint-validate")).expect("the configuration")
    }

    /// The CA bundle of the validating configuration, where it has one.
    fn bundle(&self) -> Option<String> {
        let bundle = self.validating()["webhooks"][0]["clientConfig"]["caBundle"].as_str()?.to_owned();
        (!bundle.is_empty()).then_some(bundle)
    }

    fn write_bundle(&self, bundle: &str) {
        let mut webhooks = self.validating()["webhooks"].clone();
        webhooks[0]["clientConfig"]["caBundle"] = json!(bundle);
        let path = format!("{VALIDATING}/platlint-validate");
        let answer = self.api.merge(&path, &json!({"webhooks": webhooks}));
        assert_eq!(answer.status, 200, "{}", answer.json());
    }

    fn load(&self) -> Load {
        let load = at_the_api_server(self.api.client(), &self.shop.path("v1", "pods"), 40);
        load.await_more(20);
        load
    }
}

#[test]
fn two_replicas_keep_their_configurations_and_certificates() {
    // Tells the skip, and names the keeper.
    if crate::cluster().is_none() {
        return;
    }
    let config = only("resource-limits: error");
    let mut installation = Installation::start(&config);
    leaves_the_system_and_itself_alone(&installation);
    prints_what_it_writes(&installation, &config);
    restores_a_bundle(&installation, "", "caBundle wiped");
    let wrong = platlint_e2e::registration::base64(Authority::new("somebody else").pem().as_bytes());
    restores_a_bundle(&installation, &wrong, "caBundle of a wrong authority");
    renews_its_authority_under_load(&installation);
    follows_the_rules(&installation);
    hands_over(&mut installation);
}

/// Bad Pods are let in where the cluster itself lives, and where we do.
fn leaves_the_system_and_itself_alone(installation: &Installation) {
    for namespace in ["kube-system", "kube-node-lease", OWN] {
        wait::until("the default service account", || {
            installation.api.get(&format!("/api/v1/namespaces/{namespace}/serviceaccounts/default"))
        });
        let kubectl = installation.plane.kubectl().namespace(namespace);
        let arguments = ["create", "--dry-run=server", "-f", "-"];
        kubectl.run_with(&arguments, &pod("a", "example.org/web:1")).expect_success();
    }
    installation.shop.kubectl.apply(&limited_pod("a")).expect_success();
}

/// `print-webhooks` prints what the elected replica has written, but for the authority.
fn prints_what_it_writes(installation: &Installation, config: &str) {
    let folder = installation.plane.path("printing");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("platlint.yaml"), config).unwrap();
    let mut command = Command::new(assets::own("platlint-webhook"));
    let port = installation.balancer.port().to_string();
    command.env_clear().current_dir(&folder).args(["print-webhooks", "--config", "platlint.yaml"]);
    command
        .args(["--namespace", OWN, "--service-port", &port, "--kubeconfig"])
        .arg(installation.plane.path("admin.kubeconfig"));
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let arguments = ["create", "--dry-run=client", "--output", "json", "-f", "-"];
    let read = installation.plane.kubectl().run_with(&arguments, &text).expect_success();
    let mut live = installation.validating()["webhooks"].clone();
    live[0]["clientConfig"].as_object_mut().unwrap().remove("caBundle");
    let printed: Vec<Value> = serde_json::Deserializer::from_str(&read).into_iter().map(Result::unwrap).collect();
    let mut items =
        printed.iter().flat_map(|one| one["items"].as_array().cloned().unwrap_or_else(|| vec![one.clone()]));
    let mut validating = items.find(|one| one["kind"] == "ValidatingWebhookConfiguration").unwrap()["webhooks"].clone();
    validating[0]["clientConfig"].as_object_mut().unwrap().remove("caBundle");
    // The API server fills in what is not said.
    for (key, value) in validating[0].as_object().unwrap() {
        let expected = if key == "rules" || key == "clientConfig" { continue } else { value };
        assert_eq!(&live[0][key], expected, "{key}");
    }
    let rules = |webhooks: &Value| -> Value {
        let mut rules = webhooks[0]["rules"].clone();
        rules.as_array_mut().unwrap().iter_mut().for_each(|rule| drop(rule.as_object_mut().unwrap().remove("scope")));
        rules
    };
    assert_eq!(rules(&live), rules(&validating));
}

fn restores_a_bundle(installation: &Installation, other: &str, what: &str) {
    let before = installation.bundle().unwrap();
    let load = installation.load();
    let start = Instant::now();
    installation.write_bundle(other);
    wait::until("the bundle to be restored", || (installation.bundle().as_ref() == Some(&before)).then_some(()));
    let took = start.elapsed();
    load.await_more(20);
    let outcome = load.stop();
    told(&format!("{what}, restored after {took:.1?}"), &outcome);
    // Under Fail nothing passes unjudged meanwhile.
    assert!(outcome.faults.iter().all(|(_, _, fault)| fault.contains("failed calling webhook")), "{outcome}");
    assert!(took < Duration::from_secs(15), "{took:?}");
}

fn renews_its_authority_under_load(installation: &Installation) {
    let before = installation.bundle().unwrap();
    let load = installation.load();
    let start = Instant::now();
    let path = format!("/api/v1/namespaces/{OWN}/secrets/platlint-ca");
    let annotations = json!({"metadata": {"annotations": {"platlint.dev/rotate": "now"}}});
    let answer = installation.api.merge(&path, &annotations);
    assert_eq!(answer.status, 200, "{}", answer.json());
    // Both at first, then the new one alone.
    wait::until("both authorities in the bundle", || {
        installation.bundle().filter(|bundle| bundle.len() > before.len())
    });
    let took = start.elapsed();
    load.await_more(100);
    let outcome = load.stop();
    told(&format!("authority renewed, both in the bundle after {took:.1?}"), &outcome);
    outcome.assert_nothing_lost();
}

/// A rule for another kind makes the API server send that kind.
fn follows_the_rules(installation: &Installation) {
    let asks_for_services = || {
        let rules = installation.validating()["webhooks"][0]["rules"].clone();
        let has = |rule: &Value, key: &str, name: &str| {
            let names = rule[key].as_array().unwrap();
            names.contains(&json!("*")) || names.contains(&json!(name))
        };
        let mut rules = rules.as_array().unwrap().iter();
        rules.any(|rule| has(rule, "apiGroups", "") && has(rule, "resources", "services"))
    };
    assert!(!asks_for_services());
    for replica in &installation.replicas {
        replica.write_config(&only("resource-limits: error\nowner-annotation: error"));
    }
    wait::until_ok("Services to be asked about", || {
        let logs = || installation.replicas.iter().map(Webhook::log).collect::<String>();
        if asks_for_services() { Ok(()) } else { Err(format!("{}\n{}", installation.validating(), logs())) }
    });
    let service = "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {ports: [{port: 80}]}}";
    wait::until("a Service without an owner to be denied", || {
        let said = installation.shop.kubectl.run_with(&["create", "--dry-run=server", "-f", "-"], service);
        said.stderr.contains("[owner-annotation]").then_some(())
    });
}

/// The replica that was elected goes; the other one looks after the configuration then.
fn hands_over(installation: &mut Installation) {
    let lease = format!("/apis/coordination.k8s.io/v1/namespaces/{OWN}/leases");
    let holder = |api: &Api| -> Option<String> {
        let leases = api.get(&lease)?["items"].as_array()?.clone();
        leases
            .iter()
            .find_map(|one| one["spec"]["holderIdentity"].as_str().filter(|name| !name.is_empty()).map(str::to_owned))
    };
    let leader = holder(&installation.api).expect("an elected replica");
    let index = usize::from(leader.contains("second"));
    let before = installation.bundle().unwrap();
    let mut gone = installation.replicas.remove(index);
    let start = Instant::now();
    gone.process().kill();
    installation.balancer.remove(gone.port());
    installation.write_bundle("");
    wait::until("the other replica to restore the bundle", || {
        installation.bundle().filter(|bundle| bundle.len() == before.len())
    });
    println!(
        "FAULT elected replica killed and caBundle wiped: restored by the other one after {:.1?}",
        start.elapsed()
    );
    assert_ne!(holder(&installation.api).as_deref(), Some(leader.as_str()));
}
