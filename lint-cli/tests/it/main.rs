//! `platlint` as users run it.
#![allow(clippy::unwrap_used, missing_docs, unreachable_pub)] // tests may fail loudly and are not documentation

#[cfg(unix)]
mod action;
mod bad_input;
mod bundle;
mod bypass;
mod cli;
mod exceptions;
mod faults;
mod fix;
mod fixtures;
mod golden_platform;
mod images;
mod kustomizations;
mod mutations;
#[path = "../output/mod.rs"]
mod output;
mod platform;
#[cfg(unix)]
mod pre_commit;
mod sandbox;
mod three_ways;
