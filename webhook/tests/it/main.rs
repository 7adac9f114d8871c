//! Tests of the server: through its router, and over TLS on loopback.
#![allow(clippy::needless_pass_by_value, reason = "objects are written where they are used")]

mod answers;
mod binary;
mod certificates;
mod hostile;
mod images;
mod metrics;
mod platform;
mod reload;
mod routing;
mod serving;
mod support;
mod traces;
