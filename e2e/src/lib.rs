//! The harness of the end-to-end tests: a real API server with etcd and controller manager, platlint's own programs
//! beside it, and what a test needs to act as a user of both.
//!
//! It decides how these programs are started, found ready, and ended. What is expected of platlint is said by the tests
//! only (`tests/it`). Everything stays on the loopback interface.
//!
//! A harness fails by panicking with what went wrong: its callers are tests.

#![allow(clippy::missing_panics_doc, reason = "a test harness fails by panicking, everywhere")]

pub mod api;
pub mod assets;
pub mod audit;
pub mod authority;
pub mod balancer;
pub mod cluster;
pub mod control_plane;
pub mod https;
pub mod images;
pub mod keeper;
pub mod kinds;
pub mod kubectl;
pub mod load;
pub mod ports;
pub mod process;
pub mod registration;

pub mod wait;
pub mod webhook;

/// The runtime of the harness's own clients, one for the test run.
pub fn runtime() -> &'static tokio::runtime::Runtime {
    static RUNTIME: std::sync::OnceLock<tokio::runtime::Runtime> = std::sync::OnceLock::new();
    RUNTIME.get_or_init(|| {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        builder.worker_threads(2).enable_all().build().expect("a runtime")
    })
}
