//! Rules that hold in some namespaces only.

use crate::cluster;
use crate::scene::only;
use platlint_e2e::authority::Authority;
use platlint_e2e::cluster::{named_namespace, namespace, unique};
use platlint_e2e::registration::Registration;
use platlint_e2e::webhook::{Setup, Webhook};
use serde_json::json;

#[test]
fn a_public_load_balancer_is_denied_in_prod_secure_namespaces_only() {
    let Some(plane) = cluster() else { return };
    let service = namespace(plane, "namespaces");
    let secure = named_namespace(plane, &unique("prod-secure-eu"));
    let other = named_namespace(plane, &unique("prod-eu"));
    let authority = Authority::new("platlint-e2e webhook");
    let config = only("no-public-load-balancer: error");
    let webhook = Webhook::start(plane, &authority, &Setup::new(&service.name, &config));
    let namespaces = [service.name.as_str(), &secure.name, &other.name];
    let registered = Registration::of_namespace(&namespaces, webhook.port()).apply(plane, &authority);
    let balancer = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"},
        "spec": {"type": "LoadBalancer", "ports": [{"port": 443}]}});
    registered.await_denial(&secure.path("v1", "services"), &balancer);
    let text = secure.kubectl.apply(&balancer.to_string()).expect_failure();
    assert!(text.contains("denied the request: [no-public-load-balancer] "), "{text}");
    other.kubectl.apply(&balancer.to_string()).expect_success();
    // Internal by the annotation, then public by its removal.
    let mut internal = balancer.clone();
    internal["metadata"]["annotations"] = json!({"service.beta.kubernetes.io/azure-load-balancer-internal": "true"});
    secure.kubectl.apply(&internal.to_string()).expect_success();
    let annotation = "service.beta.kubernetes.io/azure-load-balancer-internal-";
    secure.kubectl.run(&["annotate", "service", "web", annotation]).expect_failure();
    secure.kubectl.run(&["patch", "service", "web", "-p", "{\"spec\":{\"type\":\"ClusterIP\"}}"]).expect_success();
    secure.kubectl.run(&["annotate", "service", "web", annotation]).expect_success();
    secure.kubectl.run(&["patch", "service", "web", "-p", "{\"spec\":{\"type\":\"LoadBalancer\"}}"]).expect_failure();
}
