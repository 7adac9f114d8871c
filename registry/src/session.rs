//! One repository, one credential, one deadline: where a question goes first, and what its answer must be.
//!
//! Content named by its digest is asked of the mirrors first, then of the registry: a mirror can withhold it, but not
//! forge it. A tag, or the list of referrers, is asked of the registry itself, because a mirror could answer with an
//! old state; mirrors are asked only while the registry gives no answer at all, and then nothing of theirs means that
//! something is absent.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderValue, Uri};
use serde::Deserialize;
use tokio::time::Instant;

use crate::challenge::Challenge;
use crate::content::object;
use crate::exchange::{Caller, Question, Reply, To};
use crate::host::Host;
use crate::limits::{MAX_MANIFEST_BYTES, MAX_REDIRECTS};
use crate::redirect::{located, pointed};
use crate::repository::normal_host;
use crate::tokens::{BASIC_LIFE, Key};
use crate::{Client, Credential, Descriptor, Digest, FetchError, Manifest, Repository, Target, token};

/// One place being read. Boxed, because only of a type that is written down can the compiler tell that a session may be
/// used by a task that moves between threads; of async closures it cannot.
type Reading<'r, T> = Pin<Box<dyn Future<Output = Result<T, FetchError>> + Send + 'r>>;

/// The forms of manifest that are read.
const MANIFESTS: &str = "application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json, \
     application/vnd.docker.distribution.manifest.v2+json, application/vnd.docker.distribution.manifest.list.v2+json";
/// Longest tag in bytes.
const MAX_TAG_BYTES: usize = 128;

/// Reads from one repository with one credential, until one deadline. Methods may run at the same time.
#[derive(Debug)]
pub struct Session<'c> {
    client: &'c Client,
    repository: Repository,
    credential: Credential,
    mirror_credentials: Vec<(String, Credential)>,
    deadline: Instant,
}

/// A repository at one host, with the credential for that host and the part of the deadline that it may use up.
pub(crate) struct Place<'c> {
    client: &'c Client,
    host: Arc<Host>,
    repository: Arc<str>,
    credential: Credential,
    /// Fingerprint of the credential.
    hash: [u8; 32],
    pub(crate) deadline: Instant,
}

impl<'c> Session<'c> {
    pub(crate) fn new(client: &'c Client, repository: Repository, credential: Credential, deadline: Instant) -> Self {
        Self { client, repository, credential, mirror_credentials: Vec::new(), deadline }
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
    /// [`crate::MAX_REFERRERS`]. It is empty only where the registry itself answered 404 to everything or gave an empty
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
        if !is_repository(&repository.repository) {
            return Err(FetchError::Refused("what was asked for is no name of a repository".into()));
        }
        Ok(Place {
            client: self.client,
            host: self.client.host(&normal_host(&repository.registry)),
            repository: repository.repository.clone(),
            hash: credential.hash(),
            credential,
            deadline: self.deadline,
        })
    }
}

impl Place<'_> {
    /// With half of the time that is left, where another place is asked afterwards.
    fn hurried(mut self) -> Self {
        let now = Instant::now();
        self.deadline = now + self.deadline.saturating_duration_since(now) / 2;
        self
    }

    async fn manifest(&self, target: &Target) -> Result<Manifest, FetchError> {
        let uri = self.uri(&format!("manifests/{}", target.as_str()))?;
        let reply = self.get(uri, MANIFESTS, ("the manifest, in bytes,", MAX_MANIFEST_BYTES)).await?;
        if reply.status != 200 {
            return Err(reply.fault());
        }
        checked_manifest(reply, target)
    }

    async fn blob(&self, digest: &Digest, limit: u64) -> Result<Bytes, FetchError> {
        let limit = ("the blob, in bytes,", limit);
        let mut uri = self.uri(&format!("blobs/{digest}"))?;
        let mut reply = self.get(uri.clone(), "*/*", limit).await?;
        for _ in 0..MAX_REDIRECTS {
            if !matches!(reply.status.as_u16(), 301 | 302 | 303 | 307 | 308) {
                break;
            }
            let location = reply.header("location").ok_or_else(|| reply.fault())?;
            uri = located(&uri, location)?;
            let to = pointed(&self.host, &uri)?;
            // Without a credential, whoever the next one is.
            let question = Question { to, uri: uri.clone(), accept: "*/*", authorization: None, form: None, limit };
            reply = self.caller().ask(&question).await?;
        }
        if reply.status != 200 {
            return Err(reply.fault());
        }
        let actual = digest.same_algorithm(&reply.bytes);
        if actual == *digest {
            Ok(reply.bytes)
        } else {
            Err(FetchError::WrongDigest { expected: digest.clone(), actual })
        }
    }

    /// GET from the registry itself, proving who asks where it wants that.
    pub(crate) async fn get(
        &self,
        uri: Uri,
        accept: &'static str,
        limit: (&'static str, u64),
    ) -> Result<Reply, FetchError> {
        let caller = self.caller();
        let key = Key { host: self.host.name.clone(), repository: self.repository.clone(), credential: self.hash };
        let known = self.client.tokens.current(&key, self.deadline).await?;
        let mut question = Question { to: To::Registry, uri, accept, authorization: known, form: None, limit };
        let reply = caller.ask(&question).await?;
        if reply.status != 401 {
            return Ok(reply);
        }
        let Some(challenge) = Challenge::of(&reply.headers) else { return Ok(reply) };
        let refused = question.authorization.take();
        let granted = async || self.authorize(&caller, &challenge).await;
        let granted = self.client.tokens.renew(&key, refused.as_ref(), self.deadline, granted).await?;
        question.authorization = Some(granted);
        let reply = caller.ask(&question).await?;
        if reply.status == 401 {
            self.client.tokens.forget(&key);
        }
        Ok(reply)
    }

    async fn authorize(
        &self,
        caller: &Caller<'_>,
        challenge: &Challenge,
    ) -> Result<(HeaderValue, std::time::Duration), FetchError> {
        match (challenge, &self.credential) {
            (Challenge::Basic, Credential::Basic { username, password }) => {
                Ok((token::basic(username, password)?, BASIC_LIFE))
            }
            (Challenge::Basic, _) => Err(FetchError::Denied { status: 401 }),
            (Challenge::Bearer { realm, service, scope }, credential) => {
                let own = format!("repository:{}:pull", self.repository);
                let scope = scope.as_deref().unwrap_or(&own);
                let granted = token::fetch(caller, credential, realm, service.as_deref(), scope).await?;
                Ok((granted.authorization, granted.life))
            }
        }
    }

    fn caller(&self) -> Caller<'_> {
        Caller { client: self.client, host: &self.host, credential: &self.hash, deadline: self.deadline }
    }

    pub(crate) fn host(&self) -> &Host {
        &self.host
    }

    /// The address of something in the repository.
    pub(crate) fn uri(&self, rest: &str) -> Result<Uri, FetchError> {
        let (scheme, authority, repository) = (self.host.scheme(), &self.host.authority, &self.repository);
        format!("{scheme}://{authority}/v2/{repository}/{rest}")
            .parse()
            .map_err(|_| FetchError::Refused("what was asked for is no name of a registry".into()))
    }
}

/// Computes what the body is, and compares it with everything that was said about it.
fn checked_manifest(reply: Reply, target: &Target) -> Result<Manifest, FetchError> {
    /// The only member that is looked at here.
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Head {
        #[serde(default)]
        media_type: Option<String>,
    }
    let claimed = match reply.header("docker-content-digest") {
        Some(text) => {
            Some(Digest::parse(text).map_err(|error| FetchError::Protocol(format!("Docker-Content-Digest: {error}")))?)
        }
        None => None,
    };
    let asked = match target {
        Target::Digest(digest) => Some(digest),
        Target::Tag(_) => None,
    };
    for expected in asked.into_iter().chain(&claimed) {
        let actual = expected.same_algorithm(&reply.bytes);
        if actual != *expected {
            return Err(FetchError::WrongDigest { expected: expected.clone(), actual });
        }
    }
    let digest = asked.cloned().or(claimed).unwrap_or_else(|| Digest::sha256(&reply.bytes));
    let not_json = || FetchError::Protocol("the manifest is not the JSON expected".into());
    let head: Head = object(&reply.bytes).ok_or_else(not_json)?;
    let said = reply.header("content-type").and_then(|text| text.split(';').next()).map(|text| text.trim().to_owned());
    let media_type = match (head.media_type, said) {
        (Some(own), Some(said)) if is_manifest(&said) && own != said => {
            return Err(FetchError::Protocol("the manifest's media type is not the one of its header".into()));
        }
        (Some(own), _) => own,
        (None, said) => said.unwrap_or_default(),
    };
    Ok(reply.into_manifest(digest, media_type))
}

/// Whether a `Content-Type` says which form of manifest follows; some registries say only that it is JSON.
fn is_manifest(media_type: &str) -> bool {
    media_type.starts_with("application/vnd.")
}

/// Path components as registries allow them: nothing that could change the meaning of an address.
pub(crate) fn is_repository(text: &str) -> bool {
    text.len() <= 255
        && text.split('/').all(|component| {
            component.starts_with(|c: char| c.is_ascii_alphanumeric())
                && component.bytes().all(|b| matches!(b, b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'_' | b'-'))
        })
}

fn is_tag(text: &str) -> bool {
    text.len() <= MAX_TAG_BYTES
        && text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;

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
