//! The way of an installation: Helm, a replica with just what the chart gives it, admission through the Service, upgrade,
//! the emergency switch, the loss of all replicas, removal. On a control plane of its own, since what is installed
//! reaches the whole cluster.

use super::helm::{Helm, Ports, await_ready, readiness, start_replica};
use super::{NAMESPACE, namespace_in};
use platlint_e2e::cluster::named_namespace;
use platlint_e2e::control_plane::ControlPlane;
use platlint_e2e::registration::make_service;
use platlint_e2e::{assets, wait};
use serde_json::Value;

const VALIDATING: &str = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/platlint-validate";
const MUTATING: &str = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/platlint-mutate";
const ACCOUNT: &str = "system:serviceaccount:platlint:platlint-webhook";

/// Has no owner.
const SERVICE: &str = "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {ports: [{port: 80}]}}";

fn is_filled(configuration: &Value) -> bool {
    configuration["webhooks"].as_array().is_some_and(|webhooks| !webhooks.is_empty())
}

/// Waits until the elected replica has filled the configuration.
fn await_filled(plane: &ControlPlane) -> Value {
    wait::until("the configuration to be filled", || plane.api().get(VALIDATING).filter(is_filled))
}

#[test]
fn installs_admits_upgrades_and_leaves_nothing_behind() {
    // Tells the skip, and names the keeper.
    if crate::cluster().is_none() {
        return;
    }
    let Some(program) = Helm::program() else { return };
    let plane = &ControlPlane::start(assets::api_server().expect("found already"));
    let helm = Helm::new(program, plane);
    namespace_in(plane);
    let shop = named_namespace(plane, "shop");
    let ports = Ports::free();

    // Installed: nothing is asked before a replica is ready.
    let chart = Helm::chart();
    let values = format!("{chart}/ci/default.values.yaml");
    let settings =
        format!("mode=enforce,server.port={0},service.port={0},server.observePort={1}", ports.webhook, ports.observe);
    helm.run("install", &[&chart, "--values", &values, "--set", &settings]);
    assert!(!is_filled(&plane.api().get(VALIDATING).expect("an empty configuration")));
    shop.kubectl.run_with(&["create", "--dry-run=server", "-f", "-"], SERVICE).expect_success();

    // A replica fills it, with no more permissions than the chart grants.
    lead_to_loopback(plane, &ports);
    let mut replica = start_replica(plane, "platlint-webhook-0");
    await_ready(&mut replica, ports.observe);
    let filled = await_filled(plane);
    assert_eq!(filled["webhooks"][0]["failurePolicy"], "Fail");
    may_create_nothing(plane);

    // What the release does not state stays as it is when the release is applied again, as Helm does it.
    let configurations = ["--show-only", "templates/webhooks.yaml", &chart, "--values", &values];
    let empty = helm.run("template", &configurations);
    let again = ["apply", "--server-side", "--field-manager=helm", "-f", "-"];
    plane.kubectl().run_with(&again, &empty).expect_success();
    assert_eq!(plane.api().get(VALIDATING).expect("the configuration")["webhooks"], filled["webhooks"]);

    // The emergency switch: what is deleted stays deleted, until the next upgrade.
    let delete = |kind: &str, name: &str| plane.kubectl().run(&["delete", kind, name]).expect_success();
    delete("validatingwebhookconfiguration", "platlint-validate");
    delete("mutatingwebhookconfiguration", "platlint-mutate");
    wait::until("the replica to tell what is missing", || {
        replica.log().contains("platlint-validate is not in the cluster").then_some(())
    });
    assert!(plane.api().get(VALIDATING).is_none() && plane.api().get(MUTATING).is_none());
    assert_eq!(readiness(ports.observe).map(|(status, _)| status), Some(200));
    let secret = format!("/api/v1/namespaces/{NAMESPACE}/secrets/platlint-ca");
    let authority = plane.api().get(&secret).expect("the CA")["data"].clone();
    assert!(authority.is_object());
    // The Service was changed by this test only.
    helm.run("upgrade", &[&chart, "--reuse-values", "--set", "replicas=3", "--force-conflicts"]);
    lead_to_loopback(plane, &ports);
    await_filled(plane);
    assert_eq!(plane.api().get(&secret).expect("the CA")["data"], authority);

    // Judged, through the Service.
    let said = wait::until("a denial", || {
        let said = shop.kubectl.run_with(&["create", "--dry-run=server", "-f", "-"], SERVICE);
        said.stderr.contains("owner-annotation").then_some(said.stderr)
    });
    assert!(said.contains("admission webhook \"validate.platlint.dev\" denied the request: "), "{said}");

    // All replicas gone: others must wait, our own Pods come back, and so may the cluster's.
    replica.kill();
    let said = shop.kubectl.run_with(&["create", "-f", "-"], SERVICE).expect_failure();
    assert!(said.contains("failed calling webhook \"validate.platlint.dev\""), "{said}");
    plane
        .kubectl()
        .run_with(&["create", "--dry-run=server", "--namespace", "kube-system", "-f", "-"], SERVICE)
        .expect_success();
    let pods = || plane.api().get(&format!("/api/v1/namespaces/{NAMESPACE}/pods")).expect("Pods")["items"].clone();
    let names = |pods: &Value| -> Vec<String> {
        let names = pods.as_array().into_iter().flatten().filter_map(|pod| pod["metadata"]["name"].as_str());
        names.map(str::to_owned).collect()
    };
    let before = wait::until("three Pods", || Some(names(&pods())).filter(|pods| pods.len() == 3));
    plane.kubectl().run(&["delete", "pod", &before[0], "--namespace", NAMESPACE, "--grace-period=0", "--force"]);
    wait::until("another Pod in its place", || {
        let now = names(&pods());
        (now.len() == 3 && !now.contains(&before[0])).then_some(())
    });

    // Removed while no replica answers: the configurations go first, so nothing stands in the way.
    helm.run("uninstall", &[]);
    shop.kubectl.run_with(&["create", "-f", "-"], SERVICE).expect_success();
    assert!(plane.api().get(VALIDATING).is_none() && plane.api().get(MUTATING).is_none());
    let kinds = "secrets,configmaps,leases,serviceaccounts,roles,rolebindings,services,deployments,networkpolicies,\
        poddisruptionbudgets,clusterroles,clusterrolebindings,validatingadmissionpolicies,validatingadmissionpolicybindings";
    let left =
        ["get", kinds, "--namespace", NAMESPACE, "--selector", "app.kubernetes.io/part-of=platlint", "-o", "name"];
    assert_eq!(plane.kubectl().run(&left).expect_success(), "");
}

/// Lets the Service lead to the loopback interface instead of Pods, which have no network here.
fn lead_to_loopback(plane: &ControlPlane, ports: &Ports) {
    plane.kubectl().run(&["delete", "service", "platlint-webhook", "--namespace", NAMESPACE]).expect_success();
    make_service(&plane.api(), NAMESPACE, ports.webhook);
}

/// What the service account could do to make a configuration, another Secret, or a workload.
fn may_create_nothing(plane: &ControlPlane) {
    let may = |verb: &str, what: &[&str]| {
        let account = format!("--as={ACCOUNT}");
        let arguments = [&["auth", "can-i", verb], what, &["--namespace", NAMESPACE, &account]].concat();
        plane.kubectl().run(&arguments).stdout.trim() == "yes"
    };
    let configurations = "validatingwebhookconfigurations.admissionregistration.k8s.io";
    assert!(may("patch", &[&format!("{configurations}/platlint-validate")]));
    for verb in ["create", "delete", "update"] {
        assert!(!may(verb, &[configurations]), "{verb}");
    }
    assert!(!may("patch", &[&format!("{configurations}/another")]));
    assert!(may("get", &["secrets/platlint-ca"]));
    assert!(!may("get", &["secrets/another"]) && !may("list", &["secrets"]) && !may("create", &["secrets"]));
    assert!(!may("create", &["pods"]) && !may("get", &["pods"]));
}
