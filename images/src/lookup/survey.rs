//! A full look at images for people and for the lock: with media types and the evidence itself, past all memory.

use std::sync::Arc;

use bytes::Bytes;
use platlint_registry::{Digest, Repository};
use tokio::time::{Instant, timeout_at};

use super::access::Access;
use super::cause::Cause;
use super::credentials::Credentials;
use super::examine::{Found, Manifests};
use super::question::{ByDigest, Question};
use super::{Lookup, unknown};
use crate::answer::{Answer, Status};
use crate::trust::TrustRule;
use crate::verify::Evidence;

/// All that was found about an image that is named by digest.
#[derive(Debug, Clone)]
pub struct Survey {
    /// The image as written.
    pub image: Arc<str>,
    /// Where it is from.
    pub repository: Repository,
    /// What it is.
    pub digest: Digest,
    /// The rule that was applied.
    pub rule: Arc<TrustRule>,
    /// The answer.
    pub answer: Answer,
    /// The digest itself, then what stands below it where the rule is `recursive`.
    pub parts: Vec<SurveyedPart>,
}

/// One manifest with its evidence.
#[derive(Debug, Clone)]
pub struct SurveyedPart {
    /// Its digest.
    pub digest: Digest,
    /// Its media type and its bytes, where the registry has it.
    pub manifest: Option<(String, Bytes)>,
    /// Bundles and signatures as fetched.
    pub evidence: Evidence,
}

impl Lookup {
    /// Looks at an image by digest. `None` where its text asks nothing of a registry: it has no digest, no rule names
    /// it, or its digest is revoked ([`Lookup::facts`] tells which).
    pub async fn survey(&self, image: &Arc<str>, credentials: &dyn Credentials, deadline: Instant) -> Option<Survey> {
        let question = self.search.question(image, false);
        let Question::ByDigest(asked) = &*question else { return None };
        let survey = |answer, parts| Survey {
            image: Arc::clone(image),
            repository: asked.repository.clone(),
            digest: asked.digest.clone(),
            rule: Arc::clone(&asked.rule),
            answer,
            parts,
        };
        let looked = timeout_at(deadline, self.look(asked, credentials, deadline)).await;
        Some(match looked.unwrap_or(Err(Cause::Late)) {
            Ok(found) => survey(found.answer, found.parts.into_iter().map(SurveyedPart::from).collect()),
            Err(cause) => survey(unknown(&cause), Vec::new()),
        })
    }

    /// The digest that a tag names now, for reports about tags that moved. At most some seconds old.
    pub async fn digest_of_tag(
        &self,
        repository: &Repository,
        tag: &Arc<str>,
        credentials: &dyn Credentials,
        deadline: Instant,
    ) -> Result<Digest, Cause> {
        let all = Access::all(&self.search.client, repository, credentials).await.map_err(Cause::Credential)?;
        let mut last = Cause::Broken;
        for access in all {
            let digest = timeout_at(deadline, self.search.digest_of(repository, tag, &access, deadline)).await;
            match digest.unwrap_or(Err(Cause::Late)) {
                Ok(digest) => return Ok(digest),
                Err(cause) => last = cause,
            }
        }
        Err(last)
    }

    async fn look(&self, asked: &ByDigest, credentials: &dyn Credentials, deadline: Instant) -> Result<Found, Cause> {
        let all = Access::all(&self.search.client, &asked.repository, credentials).await.map_err(Cause::Credential)?;
        let until = self.search.patience.until(Instant::now(), deadline);
        let mut best: Option<Found> = None;
        for access in all {
            let found = self.search.look(asked, &access, Manifests::Always, until).await;
            if found.answer.status() == Status::Verified || !found.hidden {
                return Ok(found);
            }
            if best.is_none() || found.answer.status() == Status::Unknown {
                best = Some(found);
            }
        }
        best.ok_or(Cause::Broken)
    }
}

impl From<super::examine::Part> for SurveyedPart {
    fn from(part: super::examine::Part) -> Self {
        Self {
            digest: part.digest,
            manifest: part.manifest.map(|manifest| (manifest.media_type, manifest.bytes)),
            // Dropping the rest gives back the room that the search had taken.
            evidence: part.gathered.evidence,
        }
    }
}
