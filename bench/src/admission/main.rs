//! Rows M6 to M9: the webhook under load over TLS on loopback, and behind a real API server.
//!
//! This file decides what is run and how it is told; `load` makes requests and checks every answer, `server` starts and
//! stops webhooks, `rows` are the measurements. `cargo xtask bench-webhook` builds what is needed and keeps the tables.

mod histogram;
mod load;
mod reviews;
mod rows;
mod server;

use anyhow::{Context, Result};
use clap::{Parser, ValueEnum};
use std::path::PathBuf;

#[derive(Parser)]
struct Args {
    /// The webhook to measure, built with profile `dist`
    webhook: PathBuf,
    /// What ends the started processes if this one does not: `platlint-e2e-keeper`
    #[arg(long)]
    keeper: String,
    /// What to measure
    #[arg(value_enum)]
    row: Row,
    /// M7: folder of etcd, kube-apiserver and kube-controller-manager
    #[arg(long)]
    api_server: Option<PathBuf>,
    /// M7: the hook that does nothing
    #[arg(long)]
    noop: Option<PathBuf>,
    /// M7: rounds of creates that count
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// Seconds of each load
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=600))]
    seconds: u64,
}

#[derive(Clone, Copy, ValueEnum)]
enum Row {
    /// Server-side time of one review, by number of matching rules, at 500 requests a second
    M6,
    /// What it adds to a create at the API server, beside a hook that does nothing
    M7,
    /// Throughput on one core, and 1,000 connections at once
    M8,
    /// Rolling restart, certificate rotation and policy reload under 500 requests a second
    M9,
}

fn main() -> Result<()> {
    let args = Args::parse();
    platlint_e2e::keeper::program(args.keeper.leak());
    let bench = rows::Bench::new(&args.webhook, args.seconds)?;
    match args.row {
        Row::M6 => rows::cost::run(&bench),
        Row::M7 => {
            let programs = args.api_server.context("--api-server")?;
            rows::added::run(&bench, &programs, &args.noop.context("--noop")?, args.rounds)
        }
        Row::M8 => rows::throughput::run(&bench),
        Row::M9 => rows::changes::run(&bench),
    }
}
