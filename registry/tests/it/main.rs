//! The client against registries on loopback: what it reads, and every fault that a registry can have.

mod access;
mod breaker;
mod digests;
mod faults;
mod limits;
mod mirrors;
mod reads;
mod redirects;
mod referrers;
mod tls;

use std::time::Duration;

use platlint_registry::testing::TestRegistry;
use platlint_registry::{Client, Credential, Session, Target};
use tokio::time::Instant;

/// The repository of most tests.
const APP: &str = "team/app";

/// Far enough for every answer that comes at all, on a busy machine.
fn later() -> Instant {
    Instant::now() + Duration::from_secs(30)
}

/// A deadline that passes while a registry is silent.
fn soon() -> Instant {
    Instant::now() + Duration::from_millis(250)
}

/// Asks for [`APP`] anonymously.
fn session<'c>(client: &'c Client, registry: &TestRegistry) -> Session<'c> {
    client.session(registry.repository(APP), Credential::Anonymous, later())
}

fn basic(username: &str, password: &str) -> Credential {
    Credential::Basic { username: username.into(), password: password.into() }
}

fn v1() -> Target {
    Target::Tag("v1".into())
}
