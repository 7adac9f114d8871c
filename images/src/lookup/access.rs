//! The credentials of one lookup: for the registry itself and for its mirrors.

use std::sync::Arc;

use platlint_registry::{Client, Credential, Repository, Session};
use sha2::{Digest as _, Sha256};
use tokio::time::Instant;

use super::credentials::{CredentialFault, Credentials};

/// One credential for a repository, with those for its mirrors.
#[derive(Debug, Clone)]
pub(super) struct Access {
    credential: Credential,
    mirrors: Arc<[(Arc<str>, Credential)]>,
    /// Over all of it: what one may see is not shown to another.
    pub hash: [u8; 32],
}

impl Access {
    /// Everything that may be tried for a repository, in order.
    pub(super) async fn all(
        client: &Client,
        repository: &Repository,
        credentials: &dyn Credentials,
    ) -> Result<Vec<Self>, CredentialFault> {
        let mut own = credentials.credentials(repository).await?;
        if own.is_empty() {
            own.push(Credential::Anonymous);
        }
        let mut mirrors = Vec::new();
        for mirror in client.mirrors(repository) {
            if let Some(credential) = credentials.credentials(&mirror).await?.into_iter().next() {
                mirrors.push((mirror.registry, credential));
            }
        }
        let mirrors: Arc<[_]> = mirrors.into();
        Ok(own.into_iter().map(|credential| Self::new(credential, Arc::clone(&mirrors))).collect())
    }

    fn new(credential: Credential, mirrors: Arc<[(Arc<str>, Credential)]>) -> Self {
        let mut hash = Sha256::new();
        hash.update(credential.hash());
        for (host, credential) in mirrors.iter() {
            hash.update(u64::try_from(host.len()).unwrap_or(u64::MAX).to_be_bytes());
            hash.update(host.as_bytes());
            hash.update(credential.hash());
        }
        Self { credential, mirrors, hash: hash.finalize().into() }
    }

    /// A session with these credentials.
    pub(super) fn session<'c>(&self, client: &'c Client, repository: &Repository, deadline: Instant) -> Session<'c> {
        let session = client.session(repository.clone(), self.credential.clone(), deadline);
        self.mirrors
            .iter()
            .fold(session, |session, (host, credential)| session.with_mirror_credential(host, credential.clone()))
    }
}
