//! One repository at one host, asked with the credential for that host.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Uri};
use tokio::sync::Semaphore;
use tokio::time::Instant;

use crate::challenge::Challenge;
use crate::exchange::{Caller, Question, Reply, To};
use crate::host::Host;
use crate::limits::{MAX_MANIFEST_BYTES, MAX_REDIRECTS};
use crate::redirect::{located, pointed};
use crate::repository::{is_repository, normal_host};
use crate::tokens::{BASIC_LIFE, Key};
use crate::{Client, Credential, Digest, FetchError, Manifest, Repository, Target, manifest, token};

/// The forms of manifest that are read.
const MANIFESTS: &str = "application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json, \
     application/vnd.docker.distribution.manifest.v2+json, application/vnd.docker.distribution.manifest.list.v2+json";

/// A repository at one host, with the credential for that host and the part of the deadline that it may use up.
pub(crate) struct Place<'c> {
    client: &'c Client,
    host: Arc<Host>,
    repository: Arc<str>,
    credential: Credential,
    /// Fingerprint of the credential.
    hash: [u8; 32],
    deadline: Instant,
    /// Of the session's requests.
    share: Arc<Semaphore>,
}

impl<'c> Place<'c> {
    pub(crate) fn new(
        client: &'c Client,
        repository: &Repository,
        credential: Credential,
        deadline: Instant,
        share: Arc<Semaphore>,
    ) -> Result<Self, FetchError> {
        if !is_repository(&repository.repository) {
            return Err(FetchError::Refused("what was asked for is no name of a repository".into()));
        }
        Ok(Self {
            client,
            host: client.host(&normal_host(&repository.registry)),
            repository: repository.repository.clone(),
            hash: credential.hash(),
            credential,
            deadline,
            share,
        })
    }

    /// With half of the time that is left, where another place is asked afterwards.
    pub(crate) fn hurried(mut self) -> Self {
        let now = Instant::now();
        self.deadline = now + self.deadline.saturating_duration_since(now) / 2;
        self
    }

    pub(crate) async fn manifest(&self, target: &Target) -> Result<Manifest, FetchError> {
        let uri = self.uri(&format!("manifests/{}", target.as_str()))?;
        let reply = self.get(uri, MANIFESTS, ("the manifest, in bytes,", MAX_MANIFEST_BYTES)).await?;
        if reply.status != 200 {
            return Err(reply.fault());
        }
        manifest::checked(reply, target)
    }

    pub(crate) async fn blob(&self, digest: &Digest, limit: u64) -> Result<Bytes, FetchError> {
        let limit = ("the blob, in bytes,", limit);
        let mut uri = self.uri(&format!("blobs/{digest}"))?;
        let mut reply = self.get(uri.clone(), "*/*", limit).await?;
        let mut redirected = false;
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
            redirected = true;
        }
        match reply.fault() {
            _ if reply.status == 200 => {}
            // The registry has it, or it would not say where.
            FetchError::NotFound if redirected => {
                return Err(FetchError::Protocol("the blob is not where the registry says".into()));
            }
            fault => return Err(fault),
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
    ) -> Result<(HeaderValue, Duration), FetchError> {
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
        let (client, host, credential) = (self.client, &self.host, &self.hash);
        Caller { client, host, credential, deadline: self.deadline, share: &self.share }
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
