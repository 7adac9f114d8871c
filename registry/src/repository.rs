//! What is asked for: a repository of a registry, and in it a tag or a digest. Hosts are compared in one form only.

use std::fmt;
use std::sync::Arc;

use platlint_engine::image::Reference;

use crate::Digest;

/// The name under which references know Docker Hub.
pub(crate) const DOCKER_HUB: &str = "docker.io";
/// Where Docker Hub's registry really answers.
const DOCKER_HUB_ENDPOINT: &str = "registry-1.docker.io";

/// A repository of a registry.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Repository {
    /// Host and optional port, as in references: `docker.io`, `registry.example:5000`.
    pub registry: Arc<str>,
    /// Path within the registry: `library/nginx`.
    pub repository: Arc<str>,
}

/// What is asked for in a repository.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Target {
    /// A name that can move.
    Tag(Arc<str>),
    /// Content that cannot change.
    Digest(Digest),
}

impl Repository {
    /// The repository of a reference, its host in the one form that is compared: lower case, without a trailing dot and
    /// without `:443`.
    pub fn of(reference: &Reference) -> Self {
        Self { registry: normal_host(&reference.registry).into(), repository: reference.repository.clone() }
    }
}

impl fmt::Display for Repository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.registry, self.repository)
    }
}

impl Target {
    /// As it stands in the URL of a manifest.
    pub(crate) fn as_str(&self) -> &str {
        match self {
            Self::Tag(tag) => tag,
            Self::Digest(digest) => digest.as_str(),
        }
    }
}

/// Lower case, without `:443` and a trailing dot; the aliases of Docker Hub become `docker.io`.
pub(crate) fn normal_host(host: &str) -> String {
    let lower = host.to_ascii_lowercase();
    let (name, port) = match lower.rsplit_once(':') {
        // The colons of a bare IPv6 address are no port; such an address is written in brackets.
        Some((name, port)) if !port.ends_with(']') => (name, Some(port)),
        _ => (lower.as_str(), None),
    };
    let name = name.strip_suffix('.').unwrap_or(name);
    match port {
        Some(port) if port != "443" => format!("{name}:{port}"),
        _ if matches!(name, "index.docker.io" | DOCKER_HUB_ENDPOINT) => DOCKER_HUB.to_owned(),
        _ => name.to_owned(),
    }
}

/// The host and port to talk to for a registry in its normal form.
pub(crate) fn endpoint(host: &str) -> &str {
    if host == DOCKER_HUB { DOCKER_HUB_ENDPOINT } else { host }
}

/// Longest tag in bytes.
const MAX_TAG_BYTES: usize = 128;

/// Path components as registries allow them: nothing that could change the meaning of an address.
pub(crate) fn is_repository(text: &str) -> bool {
    text.len() <= 255
        && text.split('/').all(|component| {
            component.starts_with(|c: char| c.is_ascii_alphanumeric())
                && component.bytes().all(|b| matches!(b, b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'_' | b'-'))
        })
}

pub(crate) fn is_tag(text: &str) -> bool {
    text.len() <= MAX_TAG_BYTES
        && text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brings_hosts_to_one_form() {
        for (written, normal) in [
            ("Registry.Example", "registry.example"),
            ("registry.example.", "registry.example"),
            ("registry.example:443", "registry.example"),
            ("registry.example.:443", "registry.example"),
            ("registry.example:5000", "registry.example:5000"),
            ("[::1]:5000", "[::1]:5000"),
            ("[::1]", "[::1]"),
            ("index.docker.io", "docker.io"),
            ("registry-1.docker.io", "docker.io"),
            ("localhost", "localhost"),
        ] {
            assert_eq!(normal_host(written), normal, "{written}");
        }
        assert_eq!(endpoint("docker.io"), "registry-1.docker.io");
    }

    #[test]
    fn takes_only_names_that_stay_in_their_place() {
        for good in ["a", "library/nginx", "a.b/c_d/e-f", "Mirror/registry.example"] {
            assert!(is_repository(good), "{good}");
        }
        for wrong in ["", "/a", "a/", "a//b", "../a", "a/..", "a?b", "a#b", "a%2fb", "a b", "a\n"] {
            assert!(!is_repository(wrong), "{wrong}");
        }
        assert!(is_tag("v1.0_x-y") && is_tag("_x"));
        for wrong in ["", ".x", "-x", "a/b", "a:b", "a?b", &"a".repeat(129)] {
            assert!(!is_tag(wrong), "{wrong}");
        }
    }
}
