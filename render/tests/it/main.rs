//! Tests of `platlint-render` as its users call it, with the real programs.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod checkout;
mod helm;
mod kustomize;
mod own_chart;
mod threats;
