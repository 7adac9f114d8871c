//! Two replicas behind a balancer, under load through the API server: what is lost when one of them goes.

use crate::cluster;
use crate::requests::{at_the_api_server, told};
use crate::scene::only;
use platlint_e2e::authority::Authority;
use platlint_e2e::balancer::Balancer;
use platlint_e2e::cluster::{Namespace, namespace};
use platlint_e2e::control_plane::ControlPlane;
use platlint_e2e::load::Load;
use platlint_e2e::registration::{Registered, Registration};
use platlint_e2e::wait;
use platlint_e2e::webhook::{Setup, Webhook};
use serde_json::json;
use std::time::{Duration, Instant};

/// Requests a second, in a debug build and beside other tests.
const RATE: u32 = 50;

struct Pair {
    _registered: Registered,
    balancer: Balancer,
    first: Webhook,
    second: Webhook,
    space: Namespace,
    plane: &'static ControlPlane,
    authority: Authority,
}

impl Pair {
    fn start(timeout: u8) -> Option<Self> {
        let plane = cluster()?;
        let space = namespace(plane, "replicas");
        let authority = Authority::new("platlint-e2e webhook");
        let balancer = Balancer::start();
        let first = replica(plane, &authority, &space, &balancer);
        let second = replica(plane, &authority, &space, &balancer);
        wait::until("both replicas to be ready", || (balancer.ready().len() == 2).then_some(()));
        let namespaces = [space.name.as_str()];
        let mut registration = Registration::of_namespace(&namespaces, balancer.port());
        registration.timeout = timeout;
        let registered = registration.apply(plane, &authority);
        let bad = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "marker"},
            "spec": {"containers": [{"name": "web", "image": "example.org/web:1"}]}});
        registered.await_denial(&space.path("v1", "pods"), &bad);
        Some(Self { _registered: registered, balancer, first, second, space, plane, authority })
    }

    fn load(&self) -> Load {
        let load = at_the_api_server(self.plane.api().client(), &self.space.path("v1", "pods"), RATE);
        load.await_more(50);
        load
    }
}

fn replica(plane: &ControlPlane, authority: &Authority, space: &Namespace, balancer: &Balancer) -> Webhook {
    // The balancer asks ten times a second; a kubelet and kube-proxy are slower, and the default is made for them.
    let flags = ["--drain-delay", "1"];
    let config = only("resource-limits: error");
    let webhook = Webhook::start(plane, authority, &Setup { flags: &flags, ..Setup::new(&space.name, &config) });
    balancer.add(webhook.port(), webhook.observe());
    webhook
}

#[test]
fn a_rolling_restart_under_load_loses_nothing() {
    let Some(mut pair) = Pair::start(10) else { return };
    let load = pair.load();
    let start = Instant::now();
    for turn in 0..2 {
        // As a Deployment with maxSurge 1: the new one is ready before the old one goes.
        let new = replica(pair.plane, &pair.authority, &pair.space, &pair.balancer);
        wait::until("three ready replicas", || (pair.balancer.ready().len() == 3).then_some(()));
        let old = if turn == 0 { &mut pair.first } else { &mut pair.second };
        let mut old = std::mem::replace(old, new);
        let status = old.terminate(Duration::from_secs(30));
        assert!(status.success(), "{status}: {}", old.log());
        pair.balancer.remove(old.port());
        load.await_more(50);
    }
    let took = start.elapsed();
    let outcome = load.stop();
    told(&format!("two replicas replaced in {took:.1?}"), &outcome);
    outcome.assert_nothing_lost();
}

#[test]
fn a_killed_replica_costs_what_was_sent_to_it_and_lets_nothing_bad_in() {
    let Some(mut pair) = Pair::start(10) else { return };
    let load = pair.load();
    pair.first.process().kill();
    wait::until("the balancer to notice", || (pair.balancer.ready().len() == 1).then_some(()));
    load.await_more(100);
    let outcome = load.stop();
    told("one of two replicas killed", &outcome);
    // Under Fail a request without an answer is refused, never let in; the client repeats it.
    for (_, _, fault) in &outcome.faults {
        assert!(fault.starts_with("500 ") && fault.contains("failed calling webhook"), "{fault}");
    }
    assert!(outcome.faulty_for() < Duration::from_secs(5), "{outcome}");
}

#[test]
fn a_hanging_replica_costs_the_time_out_at_most_and_lets_nothing_bad_in() {
    let Some(mut pair) = Pair::start(2) else { return };
    let load = pair.load();
    pair.first.hang();
    wait::until("the balancer to notice", || (pair.balancer.ready().len() == 1).then_some(()));
    load.await_more(200);
    pair.first.resume();
    wait::until("both replicas to be ready", || (pair.balancer.ready().len() == 2).then_some(()));
    load.await_more(50);
    let outcome = load.stop();
    told("one of two replicas stopped (SIGSTOP) and continued", &outcome);
    for (_, took, fault) in &outcome.faults {
        assert!(fault.starts_with("500 ") && fault.contains("failed calling webhook"), "{fault}");
        assert!(*took < Duration::from_secs(6), "{outcome}");
    }
}
