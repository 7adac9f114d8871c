//! Signed images at the webhook: over HTTPS, with a registry on loopback.

mod cluster;
mod flow;
mod hooks;
mod memory;
mod outage;
mod scene;
mod secrets;
