//! How registries are reached by a configuration: the same for the linter and the webhook.

use platlint_config::ImagePolicy;
use platlint_registry::{HostSettings, Proxy, Settings};

/// Settings of a client for the registries of a configuration, through the environment's proxies.
#[must_use]
pub fn reach(policy: &ImagePolicy) -> Settings {
    let hosts = policy.registries.iter().map(|(host, one)| {
        let settings =
            HostSettings { plain_http: one.plain_http, ca_pem: one.ca.clone(), mirrors: one.mirrors.clone() };
        (host.clone(), settings)
    });
    Settings { hosts: hosts.collect(), proxy: Proxy::Environment, ..Settings::default() }
}
