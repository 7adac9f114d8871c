//! M8: how many reviews a second one core answers, and what 1,000 connections at once do.

use super::{Bench, faults};
use crate::load::{self, Load};
use crate::reviews::Kind;
use anyhow::Result;

/// Measures and prints the table.
pub(crate) fn run(bench: &Bench) -> Result<()> {
    println!("| load | reviews/s | p50 | p99 | max | right | faults | peak |");
    println!("|---|---:|---:|---:|---:|---:|---|---:|");
    let config = bench.config("built-in", true, 0)?;
    for (name, connections, kind, allowed) in [
        ("16 connections, allowed", 16, Kind::Good, true),
        ("16 connections, denied", 16, Kind::Bad, false),
        ("1,000 connections, allowed", 1000, Kind::Good, true),
    ] {
        let server = bench.start("throughput", &config, Some(0), Some(1))?;
        let client = || server.client(&bench.authority);
        let load = Load { connections, rate: None, time: bench.time, path: "/validate", kind, allowed };
        let outcome = load::run(client, &load)?;
        println!(
            "| {name} | {:.0} | {:.2} ms | {:.2} ms | {:.1} ms | {} | {} | {:.1} MiB |",
            outcome.rate(),
            outcome.milliseconds(0.5),
            outcome.milliseconds(0.99),
            outcome.milliseconds(1.0),
            outcome.right,
            faults(&outcome),
            server.peak()?
        );
        server.drain()?;
    }
    Ok(())
}
