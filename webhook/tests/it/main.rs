//! Tests of the server: through its router, and over TLS on loopback.

mod answers;
mod binary;
mod certificates;
mod hostile;
mod metrics;
mod reload;
mod routing;
mod serving;
mod support;
