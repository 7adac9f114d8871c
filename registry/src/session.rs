//! One repository, one credential, one deadline.

use bytes::Bytes;
use tokio::time::Instant;

use crate::{Client, Credential, Descriptor, Digest, FetchError, Manifest, Repository, Target};

/// Reads from one repository with one credential, until one deadline. Methods may run at the same time.
#[derive(Debug)]
pub struct Session<'c> {
    client: &'c Client,
    repository: Repository,
    credential: Credential,
    deadline: Instant,
}

impl<'c> Session<'c> {
    pub(crate) fn new(client: &'c Client, repository: Repository, credential: Credential, deadline: Instant) -> Self {
        Self { client, repository, credential, deadline }
    }

    /// Gives a credential for a mirror's host. Without one mirrors are asked anonymously: the session's own credential
    /// goes to its registry alone.
    #[must_use]
    pub fn with_mirror_credential(self, registry: &str, credential: Credential) -> Self {
        let _ = (registry, credential);
        self
    }

    /// A manifest or index of at most [`crate::MAX_MANIFEST_BYTES`].
    pub async fn manifest(&self, target: &Target) -> Result<Manifest, FetchError> {
        let _ = (self.client, &self.repository, &self.credential, self.deadline, target);
        Err(FetchError::Unreachable("not connected".into()))
    }

    /// What refers to the manifest; empty only where the registry itself answered 404 to everything.
    pub async fn referrers(&self, subject: &Digest) -> Result<Vec<Descriptor>, FetchError> {
        let _ = subject;
        Err(FetchError::Unreachable("not connected".into()))
    }

    /// A blob of at most `limit` bytes.
    pub async fn blob(&self, digest: &Digest, limit: u64) -> Result<Bytes, FetchError> {
        let _ = (digest, limit);
        Err(FetchError::Unreachable("not connected".into()))
    }
}
