//! Row M11: what it costs to know who signed an image, beside the bare work that cannot be left out.
//!
//! Each figure stands beside a *floor* measured in the same run, in turns: the same cryptography or the same requests
//! with nothing of ours around them. The figures of the lab that chose the crates were such floors. This file decides
//! what is run and how it is told; `given` makes what is verified, the other modules are the measurements.

mod given;
mod memory;
mod network;
mod proofs;
mod timing;

use anyhow::Result;
use clap::Parser;

#[derive(Parser)]
struct Args {
    /// Times that each measurement is taken
    #[arg(long, default_value_t = 2_000, value_parser = clap::value_parser!(u32).range(10..))]
    rounds: u32,
}

fn main() -> Result<()> {
    let rounds = Args::parse().rounds;
    println!("| work | floor, best | p50 | platlint, best | p50 | best of best |");
    println!("|---|---:|---:|---:|---:|---:|");
    proofs::run(rounds)?;
    memory::run(rounds)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(network::warm(rounds))?;
    runtime.block_on(network::many(rounds.min(20)))
}
