//! Why something could not be read from a registry, and whose fault it is.

use std::time::Duration;

use crate::Digest;

/// Why a manifest, a list of referrers or a blob was not read. Texts name hosts and addresses, never credentials.
///
/// Only [`FetchError::NotFound`] says that something is absent; everything else says that nothing is known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// The registry itself answered 404 to everything that was asked.
    #[error("not found in the registry")]
    NotFound,
    /// 401 or 403: the credential does not suffice, or none was given.
    #[error("access denied by the registry (status {status})")]
    Denied {
        /// The HTTP status, of the registry or of its token service.
        status: u16,
    },
    /// 429: too many requests; also while the registry's own time to wait has not passed and nothing is sent.
    #[error("the registry allows no more requests for now{}", after(*retry_after))]
    Limited {
        /// How long to wait, where the registry said so.
        retry_after: Option<Duration>,
    },
    /// 5xx: the registry is at fault.
    #[error("the registry failed (status {status})")]
    Server {
        /// The HTTP status.
        status: u16,
    },
    /// The session's deadline passed.
    #[error("no complete answer from the registry in time")]
    Timeout,
    /// No connection, a broken one, or failures so recent that none was tried.
    #[error("registry unreachable: {0}")]
    Unreachable(String),
    /// More was sent than is read: `what` is larger than `limit`, counted in bytes, or in entries for a list.
    #[error("{what} exceeds the limit of {limit}")]
    TooLarge {
        /// What was read, with its unit: `the manifest, in bytes,`.
        what: &'static str,
        /// The limit.
        limit: u64,
    },
    /// The bytes are not what was asked for, or not what the registry's own header says they are.
    #[error("the registry sent content with digest {actual} for {expected}")]
    WrongDigest {
        /// What the bytes should have been.
        expected: Digest,
        /// What they are.
        actual: Digest,
    },
    /// The answer does not follow the distribution specification.
    #[error("the registry does not answer as the protocol says: {0}")]
    Protocol(String),
    /// Following the registry's answer, or asking it at all, would be unsafe: a redirect or token service at an internal
    /// address, a downgrade to plain HTTP.
    #[error("refused for safety: {0}")]
    Refused(String),
}

impl FetchError {
    /// Whether it is certain that what was asked for is not in the registry.
    #[must_use]
    pub const fn is_absent(&self) -> bool {
        matches!(self, Self::NotFound)
    }
}

fn after(wait: Option<Duration>) -> String {
    wait.map_or_else(String::new, |wait| format!(", retry after {} s", wait.as_secs().max(1)))
}

/// Characters of a foreign text that an error repeats.
const SHOWN_CHARACTERS: usize = 200;

/// The beginning of a text from outside, on one line.
pub(crate) fn shown(text: &str) -> String {
    text.chars().take(SHOWN_CHARACTERS).map(|c| if c.is_control() { ' ' } else { c }).collect()
}
