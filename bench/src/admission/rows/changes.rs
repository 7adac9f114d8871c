//! M9: two replicas behind a balancer, and every change a cluster makes to them under 500 requests a second.

use super::{Bench, faults};
use crate::load::{self, Load, Outcome};
use crate::reviews::Kind;
use crate::server::{NAME, Server, write_certificate};
use anyhow::{Context, Result, anyhow, ensure};
use platlint_e2e::balancer::Balancer;
use platlint_e2e::https::Client;
use std::fs;
use std::path::Path;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Measures and prints the table.
pub(crate) fn run(bench: &Bench) -> Result<()> {
    println!("| change under 500 requests/s | right | faults | p50 | p99 | max | the change took |");
    println!("|---|---:|---|---:|---:|---:|---:|");
    restart(bench)?;
    rotation(bench)?;
    reload(bench)
}

/// Two replicas of one configuration behind a balancer.
struct Pair {
    replicas: Vec<Server>,
    balancer: Balancer,
}

impl Pair {
    fn start(bench: &Bench, config: &Path, names: [&str; 2]) -> Result<Self> {
        let mut pair = Self { replicas: Vec::new(), balancer: Balancer::start() };
        for name in names {
            pair.add(bench.start(name, config, None, None)?)?;
        }
        Ok(pair)
    }

    /// A replica more, once the balancer knows that it is ready.
    fn add(&mut self, replica: Server) -> Result<()> {
        self.balancer.add(replica.port, replica.observe);
        let port = replica.port;
        self.replicas.push(replica);
        wait(|| Ok(self.balancer.ready().contains(&port)))
    }

    fn load(&self, bench: &Bench) -> JoinHandle<Result<Outcome>> {
        let load = Load {
            connections: 16,
            rate: Some(500),
            time: bench.time,
            path: "/validate",
            kind: Kind::Good,
            allowed: true,
        };
        let (port, authority) = (self.balancer.port(), bench.authority.pem().to_owned());
        std::thread::spawn(move || load::run(|| Client::new(port, NAME, &authority, None), &load))
    }

    fn end(self) -> Result<()> {
        self.replicas.into_iter().try_for_each(|replica| replica.drain().map(drop))
    }
}

fn tell(name: &str, running: JoinHandle<Result<Outcome>>, took: Duration) -> Result<()> {
    let outcome = running.join().map_err(|_| anyhow!("the load panicked"))??;
    println!(
        "| {name} | {} | {} | {:.2} ms | {:.2} ms | {:.1} ms | {:.1} s |",
        outcome.right,
        faults(&outcome),
        outcome.milliseconds(0.5),
        outcome.milliseconds(0.99),
        outcome.milliseconds(1.0),
        took.as_secs_f64()
    );
    Ok(())
}

/// Each replica in turn: a new one is ready, then the old one gets SIGTERM and the balancer sees its readiness go.
fn restart(bench: &Bench) -> Result<()> {
    let config = bench.config("restart", true, 0)?;
    let mut pair = Pair::start(bench, &config, ["first", "second"])?;
    let running = pair.load(bench);
    std::thread::sleep(bench.time / 5);
    let began = Instant::now();
    for name in ["third", "fourth"] {
        pair.add(bench.start(name, &config, None, None)?)?;
        let old = pair.replicas.remove(0);
        let port = old.port;
        old.drain()?;
        pair.balancer.remove(port);
    }
    let took = began.elapsed();
    tell("rolling restart of both replicas", running, took)?;
    pair.end()
}

/// The certificate files of both are replaced by new keys and certificates.
fn rotation(bench: &Bench) -> Result<()> {
    let config = bench.config("rotation", true, 0)?;
    let pair = Pair::start(bench, &config, ["fifth", "sixth"])?;
    let running = pair.load(bench);
    std::thread::sleep(bench.time / 5);
    let began = Instant::now();
    let before = seen(&pair, "certificate_load")?;
    for name in ["fifth", "sixth"] {
        write_certificate(&bench.authority, &bench.of_server(name), &[NAME])?;
    }
    wait(|| Ok(changed(&before, &seen(&pair, "certificate_load")?)))?;
    let took = began.elapsed();
    tell("certificates replaced", running, took)?;
    pair.end()
}

/// The mounted configuration is replaced by a swapped link, as the kubelet does.
fn reload(bench: &Bench) -> Result<()> {
    let (one, two) = (bench.config("one", true, 0)?, bench.config("two", true, 5)?);
    let link = bench.folder().join("mounted");
    let swap = |to: &Path| -> Result<()> {
        let fresh = bench.folder().join("mounted.new");
        std::os::unix::fs::symlink(to.parent().context("no folder")?, &fresh)?;
        Ok(fs::rename(&fresh, &link)?)
    };
    swap(&one)?;
    let pair = Pair::start(bench, &link.join("platlint.yaml"), ["seventh", "eighth"])?;
    let running = pair.load(bench);
    std::thread::sleep(bench.time / 5);
    let began = Instant::now();
    let before = seen(&pair, "revision=")?;
    swap(&two)?;
    wait(|| Ok(changed(&before, &seen(&pair, "revision=")?)))?;
    let took = began.elapsed();
    tell("policies reloaded", running, took)?;
    pair.end()
}

/// The lines of each replica's metrics that speak of something.
fn seen(pair: &Pair, of: &str) -> Result<Vec<Vec<String>>> {
    let lines = |metrics: String| metrics.lines().filter(|line| line.contains(of)).map(str::to_owned).collect();
    let all: Vec<Vec<String>> =
        pair.replicas.iter().map(|replica| replica.metrics().map(lines)).collect::<Result<_>>()?;
    ensure!(all.iter().all(|lines| !lines.is_empty()), "no metric speaks of {of}");
    Ok(all)
}

/// Whether every replica tells something else now.
fn changed(before: &[Vec<String>], now: &[Vec<String>]) -> bool {
    before.iter().zip(now).all(|(before, now)| before != now)
}

fn wait(mut until: impl FnMut() -> Result<bool>) -> Result<()> {
    const PATIENCE: Duration = Duration::from_secs(30);
    let began = Instant::now();
    while !until()? {
        ensure!(began.elapsed() < PATIENCE, "nothing changed within {PATIENCE:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}
