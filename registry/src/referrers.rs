//! What refers to a manifest: by the referrers API, or by the tag schema of registries that have none.

use serde::Deserialize;

use crate::content::{null_is_empty, object};
use crate::exchange::Reply;
use crate::limits::{MAX_INDEX_BYTES, MAX_PAGES};
use crate::place::Place;
use crate::redirect::next_page;
use crate::{Descriptor, Digest, FetchError};

/// What both ways answer with.
const INDEX: &str = "application/vnd.oci.image.index.v1+json";
/// The most that is read of one answer, and of all pages together: more is an error and never a shortened list, else a
/// signature could be pushed out of it.
const LIMIT: (&str, u64) = ("the list of referrers, in bytes,", MAX_INDEX_BYTES);

/// An image index, of which the list matters.
#[derive(Deserialize)]
struct Index {
    #[serde(deserialize_with = "null_is_empty")]
    manifests: Vec<Descriptor>,
}

/// What the referrers API answered.
enum ByApi {
    Found(Vec<Descriptor>),
    /// A status of registries without the API.
    Absent(FetchError),
}

impl Place<'_> {
    /// All referrers; empty only where everything was answered with 404 or an empty list.
    pub(crate) async fn referrers(&self, subject: &Digest) -> Result<Vec<Descriptor>, FetchError> {
        let without_api = match self.by_api(subject).await? {
            ByApi::Found(found) => return Ok(found),
            ByApi::Absent(error) => error,
        };
        match self.by_tag(subject).await {
            Ok(found) => Ok(found),
            Err(FetchError::NotFound) if without_api.is_absent() => Ok(Vec::new()),
            // The specification has 404 for registries that never heard of the API. With another status the tag schema
            // may find referrers, but that it finds none proves nothing.
            Err(FetchError::NotFound) => Err(without_api),
            Err(error) => Err(error),
        }
    }

    async fn by_api(&self, subject: &Digest) -> Result<ByApi, FetchError> {
        let mut uri = self.uri(&format!("referrers/{subject}"))?;
        let path = uri.path().to_owned();
        let (mut found, mut left) = (Vec::new(), MAX_INDEX_BYTES);
        for page in 0..MAX_PAGES {
            let reply = self.get(uri.clone(), INDEX, LIMIT).await?;
            match reply.status.as_u16() {
                200 => {}
                300..=399 | 400 | 404 | 405 | 406 if page == 0 => return Ok(ByApi::Absent(reply.fault())),
                404 => return Err(FetchError::Protocol("the list of referrers breaks off".into())),
                _ => return Err(reply.fault()),
            }
            let size = u64::try_from(reply.bytes.len()).unwrap_or(u64::MAX);
            left = left.checked_sub(size).ok_or_else(too_much)?;
            found.extend(listed(&reply)?);
            match reply.header("link").map_or(Ok(None), |link| next_page(self.host(), &uri, link, &path))? {
                Some(next) => uri = next,
                None => return Ok(ByApi::Found(found)),
            }
        }
        Err(FetchError::TooLarge { what: "the list of referrers, in pages,", limit: MAX_PAGES as u64 })
    }

    async fn by_tag(&self, subject: &Digest) -> Result<Vec<Descriptor>, FetchError> {
        // The specification's shortening keeps the name within the length of a tag.
        let hex = subject.hex().get(..64).unwrap_or_else(|| subject.hex());
        let uri = self.uri(&format!("manifests/{}-{hex}", subject.algorithm()))?;
        let reply = self.get(uri, INDEX, LIMIT).await?;
        if reply.status != 200 {
            return Err(reply.fault());
        }
        listed(&reply)
    }
}

fn listed(reply: &Reply) -> Result<Vec<Descriptor>, FetchError> {
    let not_json = || FetchError::Protocol("the list of referrers is not the JSON expected".into());
    object(&reply.bytes).map(|index: Index| index.manifests).ok_or_else(not_json)
}

const fn too_much() -> FetchError {
    FetchError::TooLarge { what: LIMIT.0, limit: LIMIT.1 }
}
