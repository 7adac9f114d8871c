//! M6: what one review costs on the server, by the number of rules that match it.

use super::{Bench, faults};
use crate::histogram::Scrape;
use crate::load::{self, Load};
use crate::reviews::Kind;
use anyhow::{Result, ensure};

/// The histogram of the time from the decoded head of a request to its answer.
const HISTOGRAM: &str = "platlint_request_duration_seconds";

/// Measures and prints the table.
pub(crate) fn run(bench: &Bench) -> Result<()> {
    println!("| rules that match | mean | p50 | p99 | p50 at the client | p99 at the client | right | faults | peak |");
    println!("|---:|---:|---:|---:|---:|---:|---:|---|---:|");
    for (name, built_in, further) in
        [("none", false, 0), ("built-in", true, 0), ("twenty", false, 20), ("hundred", false, 100)]
    {
        let config = bench.config(name, built_in, further)?;
        let server = bench.start(name, &config, Some(0), Some(1))?;
        let client = || server.client(&bench.authority);
        let mut load = Load {
            connections: 8,
            rate: Some(500),
            time: bench.time / 5,
            path: "/validate",
            kind: Kind::Good,
            allowed: true,
        };
        // Rules are compiled on first need; that is start-up, not a review.
        load::run(client, &load)?;
        let before = Scrape::read(&server.metrics()?, HISTOGRAM, "validate")?;
        load.time = bench.time;
        let outcome = load::run(client, &load)?;
        let times = Scrape::read(&server.metrics()?, HISTOGRAM, "validate")?.since(&before);
        println!(
            "| {name} | {:.0} µs | {:.0} µs | {:.0} µs | {:.2} ms | {:.2} ms | {} | {} | {:.1} MiB |",
            times.mean(),
            times.micros(0.5),
            times.micros(0.99),
            outcome.milliseconds(0.5),
            outcome.milliseconds(0.99),
            outcome.right,
            faults(&outcome),
            server.peak()?
        );
        ensure!(outcome.right > 0, "no right answer");
        server.drain()?;
    }
    Ok(())
}
