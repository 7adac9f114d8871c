//! What operators see: metrics, health and readiness, on a port of their own.

pub mod health;
mod metrics;
pub mod names;
mod process;
mod server;

pub use health::Health;
pub use metrics::Metrics;
pub use server::{Observer, routes};
