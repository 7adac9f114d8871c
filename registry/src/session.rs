//! One repository, one credential, one deadline: where a question goes first, and what its answer must be.
//!
//! Content named by its digest is asked of the mirrors first, then of the registry: a mirror can withhold it, but not
//! forge it. A tag, or the list of referrers, is asked of the registry itself, because a mirror could answer with an
//! old state; mirrors are asked only while the registry gives no answer at all, and then nothing of theirs means that
//! something is absent.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use tokio::sync::Semaphore;
use tokio::time::Instant;

use crate::limits::SESSION_REQUESTS;
use crate::place::Place;
use crate::repository::{is_tag, normal_host};
use crate::{Client, Credential, Descriptor, Digest, FetchError, Manifest, Repository, Target};

/// One place being read. Boxed, because only of a type that is written down can the compiler tell that a session may be
/// used by a task that moves between threads; of async closures it cannot.
type Reading<'r, T> = Pin<Box<dyn Future<Output = Result<T, FetchError>> + Send + 'r>>;

/// Reads from one repository with one credential, until one deadline. Methods may run at the same time.
#[derive(Debug)]
pub struct Session<'c> {
    client: &'c Client,
    repository: Repository,
    credential: Credential,
    mirror_credentials: Vec<(String, Credential)>,
    deadline: Instant,
    share: Arc<Semaphore>,
    doubt: OnceLock<FetchError>,
}

impl<'c> Session<'c> {
    pub(crate) fn new(client: &'c Client, repository: Repository, credential: Credential, deadline: Instant) -> Self {
        let share = Arc::new(Semaphore::new(SESSION_REQUESTS));
        Self { client, repository, credential, mirror_credentials: Vec::new(), deadline, share, doubt: OnceLock::new() }
    }

    /// Gives a credential for a mirror's host. Without one mirrors are asked anonymously: the session's own credential
    /// goes to its registry alone.
    #[must_use]
    pub fn with_mirror_credential(mut self, registry: &str, credential: Credential) -> Self {
        self.mirror_credentials.push((normal_host(registry), credential));
        self
    }

    /// A manifest or index of at most [`crate::MAX_MANIFEST_BYTES`].
    ///
    /// A tag is resolved by the registry itself, or by a mirror while the registry gives no answer. Whatever a header
    /// says, the digest is computed from the body, and must be the one asked for.
    pub async fn manifest(&self, target: &Target) -> Result<Manifest, FetchError> {
        if let Target::Tag(tag) = target
            && !is_tag(tag)
        {
            return Err(FetchError::Refused("what was asked for is no tag".into()));
        }
        match target {
            Target::Digest(_) => self.anywhere(|place| Box::pin(async move { place.manifest(target).await })).await,
            Target::Tag(_) => {
                let read = |place: Place<'c>, _| -> Reading<'_, Option<Manifest>> {
                    Box::pin(async move { place.manifest(target).await.map(Some) })
                };
                self.registry_first(read).await
            }
        }
    }

    /// What refers to the manifest, by the referrers API or, without it, the tag schema; at most
    /// [`crate::MAX_INDEX_BYTES`] of it. It is empty only where the registry itself answered 404 to everything or gave an empty
    /// list: every other failure is an error.
    pub async fn referrers(&self, subject: &Digest) -> Result<Vec<Descriptor>, FetchError> {
        let read = |place: Place<'c>, is_mirror: bool| -> Reading<'_, Option<Vec<Descriptor>>> {
            Box::pin(async move {
                let found = place.referrers(subject).await?;
                // A mirror that has none may just not keep them.
                Ok((!is_mirror || !found.is_empty()).then_some(found))
            })
        };
        self.registry_first(read).await
    }

    /// A blob of at most `limit` bytes.
    pub async fn blob(&self, digest: &Digest, limit: u64) -> Result<Bytes, FetchError> {
        self.anywhere(|place| Box::pin(async move { place.blob(digest, limit).await })).await
    }

    /// Why the registry gave no answer, where a mirror's tag or list of referrers was taken instead. That may be an old
    /// state: what is there can be used, but what is missing may be missing at the mirror alone.
    pub fn doubt(&self) -> Option<&FetchError> {
        self.doubt.get()
    }

    /// Mirrors in order, then the registry, whose error is the error.
    async fn anywhere<'r, T>(&self, read: impl Fn(Place<'c>) -> Reading<'r, T>) -> Result<T, FetchError> {
        for mirror in self.mirrors()? {
            if let Ok(content) = read(mirror.hurried()).await {
                return Ok(content);
            }
        }
        read(self.registry()?).await
    }

    /// The registry, then the mirrors in order where it gives no answer; `None` is no answer of a mirror.
    async fn registry_first<'r, T>(
        &self,
        read: impl Fn(Place<'c>, bool) -> Reading<'r, Option<T>>,
    ) -> Result<T, FetchError> {
        let mirrors = self.mirrors()?;
        let registry = self.registry()?;
        let registry = if mirrors.is_empty() { registry } else { registry.hurried() };
        let error = match read(registry, false).await {
            Ok(Some(content)) => return Ok(content),
            Ok(None) => FetchError::NotFound,
            Err(error) => error,
        };
        let gave_no_answer = matches!(
            error,
            FetchError::Unreachable(_) | FetchError::Timeout | FetchError::Server { .. } | FetchError::Limited { .. }
        );
        if gave_no_answer {
            for mirror in mirrors {
                if let Ok(Some(content)) = read(mirror.hurried(), true).await {
                    // Of two failures either says enough.
                    let _ = self.doubt.set(error);
                    return Ok(content);
                }
            }
        }
        Err(error)
    }

    fn registry(&self) -> Result<Place<'c>, FetchError> {
        self.place(&self.repository, self.credential.clone())
    }

    fn mirrors(&self) -> Result<Vec<Place<'c>>, FetchError> {
        let mirrors = self.client.mirrors(&self.repository);
        mirrors
            .iter()
            .map(|mirror| {
                let given = self.mirror_credentials.iter().find(|(host, _)| **host == *mirror.registry);
                self.place(mirror, given.map_or(Credential::Anonymous, |(_, credential)| credential.clone()))
            })
            .collect()
    }

    fn place(&self, repository: &Repository, credential: Credential) -> Result<Place<'c>, FetchError> {
        Place::new(self.client, repository, credential, self.deadline, self.share.clone())
    }
}
