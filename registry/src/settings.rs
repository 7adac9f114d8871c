//! What an operator decides about registries: how each is spoken to, and how long connecting may take.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// Settings of a [`crate::Client`].
#[derive(Debug, Clone)]
pub struct Settings {
    /// By host, as written in references (`docker.io`, `registry.example:5000`). A host without an entry is spoken to by
    /// HTTPS with the system's roots.
    pub hosts: BTreeMap<String, HostSettings>,
    /// Requests in flight at one registry at a time. 32 by default: the 150 requests of a Pod with fifty new images then
    /// take at most eight waits for the registry.
    pub concurrency: usize,
    /// How long name lookup, connecting and the TLS handshake may take together.
    pub connect_timeout: Duration,
    /// Whether the environment's proxies are used.
    pub proxy: Proxy,
}

/// How one registry is spoken to. An entry also says that the host is known and wanted: it may stand at a loopback or
/// private address, and other registries may send the client there.
#[derive(Debug, Clone, Default)]
pub struct HostSettings {
    /// HTTP without TLS.
    pub plain_http: bool,
    /// Further root certificates, PEM, beside the system's.
    pub ca_pem: Option<Arc<[u8]>>,
    /// Other places of the same content, `host[/prefix]`, asked in this order; the repository's path follows the prefix.
    pub mirrors: Vec<String>,
}

/// Where connections go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Proxy {
    /// To the registries themselves.
    #[default]
    None,
    /// As `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` say. The proxy looks names up, so that only addresses
    /// written as numbers can be checked for being internal.
    Environment,
}

impl Default for Settings {
    fn default() -> Self {
        Self { hosts: BTreeMap::new(), concurrency: 32, connect_timeout: Duration::from_secs(1), proxy: Proxy::None }
    }
}

/// The settings cannot be used; the fault of whoever wrote them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// `ca_pem` has no certificate, or one that is none.
    #[error("the root certificates of registry `{host}` cannot be used: {reason}")]
    Roots {
        /// The registry.
        host: String,
        /// What is wrong with them.
        reason: String,
    },
    /// A host or mirror that is not `host[:port]`, with a path after it for a mirror.
    #[error("`{0}` is not the host of a registry")]
    Host(String),
    /// Two entries mean the same host, for example in different case.
    #[error("registry `{0}` is set twice")]
    Twice(String),
    /// The cryptography of TLS could not be set up.
    #[error("TLS cannot be set up: {0}")]
    Tls(String),
}
