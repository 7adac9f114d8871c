//! `platlint` as users run it.
#![allow(clippy::unwrap_used, missing_docs, unreachable_pub)] // tests may fail loudly and are not documentation

mod bad_input;
mod cli;
mod exceptions;
mod faults;
mod fixtures;
#[path = "../output/mod.rs"]
mod output;
mod sandbox;
mod three_ways;
