//! The control plane itself goes and comes back while the webhook runs. These tests have a control plane of their own.

use crate::requests::{at_the_webhook, told};
use crate::scene::{limited_pod, only, pod};
use platlint_e2e::assets;
use platlint_e2e::authority::Authority;
use platlint_e2e::cluster::namespace;
use platlint_e2e::control_plane::ControlPlane;
use platlint_e2e::registration::Registration;
use platlint_e2e::wait;
use platlint_e2e::webhook::{Setup, Webhook};
use serde_json::json;

#[test]
fn the_webhook_outlives_a_restart_of_the_api_server_and_of_etcd() {
    // Tells the skip, and names the keeper.
    if crate::cluster().is_none() {
        return;
    }
    let mut plane = ControlPlane::start(assets::api_server().expect("found already"));
    let space = namespace(&plane, "outage");
    let authority = Authority::new("platlint-e2e webhook");
    // A rule that needs the cache of LimitRanges, so that there is something to keep.
    let limits = json!({"apiVersion": "v1", "kind": "LimitRange", "metadata": {"name": "limits"},
        "spec": {"limits": [{"type": "Container", "default": {"cpu": "1", "memory": "64Mi"}}]}});
    let config = only("resource-limits: error");
    let mut webhook = Webhook::start(&plane, &authority, &Setup::new(&space.name, &config));
    let namespaces = [space.name.as_str()];
    let registered = Registration::of_namespace(&namespaces, webhook.port()).apply(&plane, &authority);
    let bad = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "marker"},
        "spec": {"containers": [{"name": "web", "image": "example.org/web:1"}]}});
    registered.await_denial(&space.path("v1", "pods"), &bad);
    let port = webhook.port();
    let trusted = authority.pem().to_owned();
    let load = at_the_webhook(50, move || platlint_e2e::https::Client::new(port, "localhost", &trusted, None));
    load.await_more(20);

    plane.stop_api_server();
    load.await_more(50);
    plane.start_api_server();
    plane.await_ready();
    wait::until("good Pods to be let in again", || space.kubectl.apply(&limited_pod("a")).succeeded.then_some(()));
    let text = space.kubectl.apply(&pod("b", "example.org/web:1")).expect_failure();
    assert!(text.contains("[resource-limits]"), "{text}");

    plane.stop_etcd();
    load.await_more(50);
    plane.start_etcd();
    plane.await_ready();
    // What is created after the outage reaches the caches: the watches have been taken up again.
    wait::until("the LimitRange to be made", || {
        let answer = plane.api().create(&space.path("v1", "limitranges"), &limits);
        matches!(answer.status, 201 | 409).then_some(())
    });
    let deployment = "{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {replicas: 0, selector: \
        {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}, spec: {containers: [{name: web, \
        image: \"example.org/web:1\"}]}}}}";
    wait::until("a Deployment to be judged by the new LimitRange", || {
        space.kubectl.apply(deployment).succeeded.then_some(())
    });
    let outcome = load.stop();
    told("API server restarted, then etcd; reviews sent to the webhook throughout", &outcome);
    outcome.assert_nothing_lost();
    webhook.process().assert_running();
    assert_eq!(webhook.readiness().map(|(status, _)| status), Some(200));
}
