//! M9: two replicas behind a balancer, and every change a cluster makes to them under 500 requests a second.

use super::{Bench, faults};
use crate::balancer::{self, Ready};
use crate::load::{self, Load, Outcome};
use crate::reviews::Kind;
use anyhow::{Context, Result};
use std::fs;
use std::time::{Duration, Instant};

/// Measures and prints the table.
pub(crate) async fn run(bench: &Bench) -> Result<()> {
    println!("| change under 500 requests/s | right | faults | p50 | p99 | max | the change took |");
    println!("|---|---:|---|---:|---:|---:|---:|");
    restart(bench).await?;
    rotation(bench).await?;
    reload(bench).await
}

fn load(bench: &Bench) -> Load {
    Load {
        connections: 16,
        rate: Some(500),
        time: bench.time,
        path: "/validate",
        kind: Kind::Good,
        allowed: true,
        retry_closed: true,
    }
}

fn tell(name: &str, outcome: &Outcome, took: Duration) {
    println!(
        "| {name} | {} | {} | {:.2} ms | {:.2} ms | {:.1} ms | {:.1} s |",
        outcome.right,
        faults(outcome),
        outcome.milliseconds(0.5),
        outcome.milliseconds(0.99),
        outcome.milliseconds(1.0),
        took.as_secs_f64()
    );
}

/// Each replica in turn: a new one is ready, then the old one gets SIGTERM and drains while its readiness is watched.
async fn restart(bench: &Bench) -> Result<()> {
    let config = bench.config("built-in", true, 0)?;
    let mut replicas = vec![bench.start("first", &config, None, None)?, bench.start("second", &config, None, None)?];
    let ready = Ready::default();
    ready.set(replicas.iter().map(|replica| replica.address).collect());
    let target = bench.target(balancer::start(ready.clone()).await?)?;
    let running = tokio::spawn({
        let load = load(bench);
        async move { load::run(&target, &load).await }
    });
    tokio::time::sleep(bench.time / 5).await;
    let began = Instant::now();
    for name in ["third", "fourth"] {
        let fresh = bench.start(name, &config, None, None)?;
        let old = replicas.remove(0);
        replicas.push(fresh);
        let addresses: Vec<_> = replicas.iter().map(|replica| replica.address).collect();
        // The endpoint goes away when readiness turns off, as in a cluster, not before.
        let ended = tokio::task::spawn_blocking(move || old.drain());
        ready.set(addresses);
        ended.await??;
    }
    let took = began.elapsed();
    tell("rolling restart of both replicas", &running.await??, took);
    Ok(())
}

/// The certificate files are replaced by a new key and certificate.
async fn rotation(bench: &Bench) -> Result<()> {
    let config = bench.config("built-in", true, 0)?;
    let server = bench.start("rotated", &config, None, None)?;
    let target = bench.target(server.address)?;
    let running = tokio::spawn({
        let load = load(bench);
        async move { load::run(&target, &load).await }
    });
    tokio::time::sleep(bench.time / 5).await;
    let began = Instant::now();
    let before = loads(&server.metrics()?, "certificate");
    bench.authority.issue("rotated")?;
    wait(bench, || Ok(loads(&server.metrics()?, "certificate") != before)).await?;
    let took = began.elapsed();
    tell("certificate replaced", &running.await??, took);
    server.drain()?;
    Ok(())
}

/// The mounted configuration is replaced by a swapped link, as the kubelet does.
async fn reload(bench: &Bench) -> Result<()> {
    let (one, two) = (bench.config("one", true, 0)?, bench.config("two", true, 5)?);
    let link = bench.folder().join("mounted");
    let swap = |to: &std::path::Path| -> Result<()> {
        let fresh = bench.folder().join("mounted.new");
        std::os::unix::fs::symlink(to.parent().context("no folder")?, &fresh)?;
        Ok(fs::rename(&fresh, &link)?)
    };
    swap(&one)?;
    let server = bench.start("reloaded", &link.join("platlint.yaml"), None, None)?;
    let target = bench.target(server.address)?;
    let running = tokio::spawn({
        let load = load(bench);
        async move { load::run(&target, &load).await }
    });
    tokio::time::sleep(bench.time / 5).await;
    let began = Instant::now();
    let before = loads(&server.metrics()?, "platlint_revision");
    swap(&two)?;
    wait(bench, || Ok(loads(&server.metrics()?, "platlint_revision") != before)).await?;
    let took = began.elapsed();
    tell("policies reloaded", &running.await??, took);
    server.drain()?;
    Ok(())
}

/// The lines of the metrics that speak of something.
fn loads(metrics: &str, of: &str) -> Vec<String> {
    metrics.lines().filter(|line| line.contains(of)).map(str::to_owned).collect()
}

async fn wait(bench: &Bench, mut until: impl FnMut() -> Result<bool>) -> Result<()> {
    let began = Instant::now();
    while !until()? {
        anyhow::ensure!(began.elapsed() < bench.time, "nothing changed within {:?}", bench.time);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}
