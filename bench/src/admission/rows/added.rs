//! M7: what the webhook adds to the creation of a Pod at a real API server, beside a hook that does nothing.
//!
//! Each variant has a namespace of its own with its own registration, through a Service as in a cluster. Rounds of creates,
//! one after another, go to the variants in turn, so that a slow minute slows them all. The API server's own count of
//! webhook calls shows that each variant's hooks were asked.

use super::Bench;
use crate::reviews;
use crate::server::Server;
use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use platlint_e2e::control_plane::ControlPlane;
use platlint_e2e::process::Running;
use platlint_e2e::registration::Registration;
use platlint_e2e::{cluster, ports};
use serde_json::Value;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

/// Creates of a round.
const CREATES: u32 = 100;

/// One way to be asked, or none.
struct Variant {
    name: &'static str,
    hook: Option<Hook>,
    mutates: bool,
    namespace: String,
    /// Medians of the rounds.
    medians: Vec<Duration>,
}

#[derive(Clone, Copy, PartialEq)]
enum Hook {
    Nothing,
    Platlint,
}

/// Measures and prints the table.
pub(crate) fn run(bench: &Bench, programs: &Path, noop: &Path, rounds: u32) -> Result<()> {
    let plane = ControlPlane::start(programs);
    let variant = |name, hook, mutates, namespace: &str| {
        let namespace = cluster::named_namespace(&plane, namespace).name;
        Variant { name, hook, mutates, namespace, medians: Vec::new() }
    };
    let mut variants = [
        variant("no webhook", None, false, "plain"),
        variant("validating: no-op in Go", Some(Hook::Nothing), false, "noop-v"),
        variant("validating: platlint", Some(Hook::Platlint), false, "ours-v"),
        variant("mutating and validating: no-op in Go", Some(Hook::Nothing), true, "noop-m"),
        variant("mutating and validating: platlint", Some(Hook::Platlint), true, "ours-m"),
    ];
    let names: Vec<String> = variants.iter().map(|one| format!("platlint-webhook.{}.svc", one.namespace)).collect();
    let config = bench.config_of(
        "added",
        "version: 1\nrules:\n  seccomp-profile: {level: warn, mutate: pods}\n  owner-annotation: error\n",
    )?;
    let ours = bench.start_for("added", &config, &names)?;
    let (_noop, noop_port) = start_noop(bench, noop, &names)?;
    let mut registered = Vec::new();
    for one in &variants {
        let Some(hook) = one.hook else { continue };
        let namespaces = [one.namespace.as_str()];
        let port = if hook == Hook::Nothing { noop_port } else { ours.port };
        let registration = Registration::of_namespace(&namespaces, port);
        let registration = if one.mutates { registration.with_mutation() } else { registration };
        registered.push(registration.apply(&plane, &bench.authority));
    }
    // The API server sees a configuration within milliseconds; the counts below show that it did.
    std::thread::sleep(Duration::from_secs(2));
    for round in 0..=rounds {
        for one in &mut variants {
            let before = calls(&plane)?;
            let median = creates(&plane, one, round)?;
            let expected = u64::from(CREATES) * (u64::from(one.hook.is_some()) + u64::from(one.mutates));
            let made = calls(&plane)? - before;
            // A mutating hook may be asked a second time where another plugin changed the object after it.
            ensure!(
                made >= expected && (expected > 0) == (made > 0),
                "{}: {made} calls, expected {expected}",
                one.name
            );
            // The first round fills caches and is not counted.
            if round > 0 {
                one.medians.push(median);
            }
        }
    }
    tell(&mut variants);
    drop(registered);
    ours.drain()?;
    Ok(())
}

fn tell(variants: &mut [Variant]) {
    println!("| variant | p50 of a create: median of rounds | least | most | added |");
    println!("|---|---:|---:|---:|---:|");
    let milliseconds = |time: Duration| time.as_secs_f64() * 1e3;
    let mut base = None;
    for one in variants {
        one.medians.sort();
        let (Some(first), Some(last)) = (one.medians.first(), one.medians.last()) else { continue };
        let middle = milliseconds(one.medians.get(one.medians.len() / 2).copied().unwrap_or(*first));
        let base = *base.get_or_insert(middle);
        println!(
            "| {} | {middle:.2} ms | {:.2} ms | {:.2} ms | {:+.2} ms |",
            one.name,
            milliseconds(*first),
            milliseconds(*last),
            middle - base
        );
    }
}

/// Creates Pods one after another and gives the median time.
fn creates(plane: &ControlPlane, variant: &Variant, round: u32) -> Result<Duration> {
    let api = plane.api();
    let path = format!("/api/v1/namespaces/{}/pods", variant.namespace);
    let mut times = Vec::new();
    platlint_e2e::runtime().block_on(async {
        for index in 0..CREATES {
            let pod = reviews::pod_to_create(u64::from(round * CREATES + index));
            let body = Bytes::from(pod.to_string());
            let began = Instant::now();
            let answer = api.client().exchange("POST", &path, &[("content-type", "application/json")], body).await?;
            times.push(began.elapsed());
            ensure!(answer.status == 201, "{}: {}", variant.name, answer.json());
            let profile = &answer.json()["spec"]["securityContext"]["seccompProfile"]["type"];
            let mutated = variant.mutates && variant.hook == Some(Hook::Platlint);
            ensure!((profile == "RuntimeDefault") == mutated, "{}: the seccomp profile is {profile}", variant.name);
        }
        Ok(())
    })?;
    times.sort();
    times.get(times.len() / 2).copied().context("no create was timed")
}

/// How often the API server has asked webhooks so far.
fn calls(plane: &ControlPlane) -> Result<u64> {
    let answer = plane.api().send("GET", "/metrics", "text/plain", &Value::Null);
    let text = String::from_utf8(answer.body.to_vec())?;
    let counts = text.lines().filter(|line| line.starts_with("apiserver_admission_webhook_request_total{"));
    let mut total = 0;
    for line in counts {
        total += line.rsplit(' ').next().context("no value")?.parse::<u64>()?;
    }
    Ok(total)
}

fn start_noop(bench: &Bench, program: &Path, names: &[String]) -> Result<(Running, u16)> {
    let folder = bench.of_server("noop");
    bench.certify(&folder, names)?;
    let port = ports::free();
    let mut command = Command::new(program);
    command.arg(format!("127.0.0.1:{port}")).arg(folder.join("tls.crt")).arg(folder.join("tls.key"));
    let mut process = Running::start(&mut command, &folder.join("log"));
    let began = Instant::now();
    while !process.log().contains("ready") {
        process.assert_running();
        ensure!(began.elapsed() < Duration::from_secs(10), "the no-op hook is not ready after 10 s");
        std::thread::sleep(Duration::from_millis(10));
    }
    Ok((process, port))
}

impl Bench {
    fn start_for(&self, name: &str, config: &Path, names: &[String]) -> Result<Server> {
        let folder = self.of_server(name);
        self.certify(&folder, names)?;
        self.start_in(&folder, config, None, None)
    }
}
