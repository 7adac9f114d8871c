//! The admission webhook: the API server asks, the policies answer, by the very engine and configuration of `platlint`.
//!
//! Bytes go one way: `serve` reads a request, a thread of [`workers`] runs [`decide`] on it, [`admission`] reads and
//! writes `AdmissionReview`s, `serve` sends the answer. [`policies`] swaps what decides, [`tls`] what proves who answers,
//! [`cluster`] keeps what is known of the cluster, [`images`] finds out who signed what, [`observe`] and [`decision_log`] tell what was done.
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
// Tests may fail loudly.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

pub mod admission;
pub mod args;
pub mod cluster;
pub mod decide;
pub mod decision_log;
pub mod dev;
pub mod failure;
pub mod images;
pub mod limits;
pub mod observe;
pub mod platform;
pub mod policies;
pub mod run;
pub mod serve;
pub mod tls;
pub mod traces;
pub mod workers;
