//! What is asked for: a repository of a registry, and in it a tag or a digest. Hosts are compared in one form only.

use std::fmt;
use std::sync::Arc;

use platlint_engine::image::Reference;
pub(crate) use platlint_engine::image::{DOCKER_HUB, is_repository, registry as normal_host};

use crate::Digest;

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
    /// The repository of a reference, both in the one form that is compared.
    pub fn of(reference: &Reference) -> Self {
        let (registry, repository) = reference.place();
        Self { registry: registry.into(), repository: repository.into() }
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

/// The host and port to talk to for a registry in its normal form.
pub(crate) fn endpoint(host: &str) -> &str {
    if host == DOCKER_HUB { DOCKER_HUB_ENDPOINT } else { host }
}

/// Longest tag in bytes.
const MAX_TAG_BYTES: usize = 128;

pub(crate) fn is_tag(text: &str) -> bool {
    text.len() <= MAX_TAG_BYTES
        && text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_has_the_same_repository_under_each_name_of_docker_hub() {
        for text in ["nginx", "registry-1.docker.io/nginx", "registry.hub.docker.com/library/nginx:1"] {
            assert_eq!(
                Repository::of(&Reference::parse(text).unwrap()).to_string(),
                "docker.io/library/nginx",
                "{text}"
            );
        }
        assert_eq!(endpoint("docker.io"), "registry-1.docker.io");
    }

    #[test]
    fn takes_only_tags_that_stay_in_their_place() {
        assert!(is_tag("v1.0_x-y") && is_tag("_x"));
        for wrong in ["", ".x", "-x", "a/b", "a:b", "a?b", &"a".repeat(129)] {
            assert!(!is_tag(wrong), "{wrong}");
        }
    }
}
