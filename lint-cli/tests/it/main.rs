//! `platlint` as users run it.
#![allow(clippy::unwrap_used, missing_docs, unreachable_pub)] // tests may fail loudly and are not documentation

mod fixtures;
mod sandbox;
mod three_ways;
