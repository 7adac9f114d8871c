//! What an answered manifest must be: the bytes that were asked for, and of the kind that it says.

use serde::Deserialize;

use crate::content::object;
use crate::exchange::Reply;
use crate::{Digest, FetchError, Manifest, Target};

/// Computes what the body is, and compares it with everything that was said about it.
pub(crate) fn checked(reply: Reply, target: &Target) -> Result<Manifest, FetchError> {
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
    Ok(Manifest { digest, media_type, bytes: reply.bytes })
}

/// Whether a `Content-Type` says which form of manifest follows; some registries say only that it is JSON.
fn is_manifest(media_type: &str) -> bool {
    media_type.starts_with("application/vnd.")
}
