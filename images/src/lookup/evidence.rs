//! What a registry holds about one digest: bundles that refer to it and the image under its `.sig` tag, asked for at the
//! same time.
//!
//! The media type of a layer alone says what is evidence. `artifactType` and annotations are hints that registries and
//! tools get wrong: they may save a fetch or set an order, never grant. Whatever could not be read is told as a
//! [`Cause`], so that nobody takes part of the evidence for all of it.

use std::sync::Arc;

use bytes::Bytes;
use futures::future::{join, join_all};
use platlint_registry::{Descriptor, Digest, FetchError, MAX_BUNDLE_BYTES, Manifest, Session, Target};
use tokio::time::Instant;

use super::cause::Cause;
use super::layers::{Layer, layers};
use super::limits::{MAX_CANDIDATE_BYTES, MAX_CANDIDATES, MAX_PIECES, Room, Taken};
use crate::trust::TrustRule;
use crate::verify::{Evidence, LegacySignature};

/// Layers with bundles: the form of today (`…bundle.v0.3+json`) and of the first versions (`…bundle+json;version=0.1`).
const BUNDLE_LAYER: &str = "application/vnd.dev.sigstore.bundle";
/// Layers of `.sig` images.
const LEGACY_LAYER: &str = "application/vnd.dev.cosign.simplesigning.v1+json";
/// The annotation by which `cosign` says which statement a bundle carries.
const PREDICATE_HINT: &str = "dev.sigstore.bundle.predicateType";
/// The statement that is a signature.
const SIGNATURE: &str = "https://sigstore.dev/cosign/sign/v1";
/// Longest tag, in bytes.
const MAX_TAG_BYTES: usize = 128;

/// The evidence for one digest, and a reason why there may be more.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    pub evidence: Evidence,
    pub missing: Option<Cause>,
    /// Room in memory, held as long as the evidence is.
    _room: Vec<Taken>,
}

/// Where evidence is read from, and until when.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub session: &'a Session<'a>,
    /// The registry, for its share of the room.
    pub host: &'a Arc<str>,
    pub room: &'a Room,
    pub deadline: Instant,
}

/// Reads the evidence for a digest in the formats that the rule allows.
pub(super) async fn gather(place: Place<'_>, subject: &Digest, rule: &TrustRule) -> Gathered {
    let formats = rule.settings().formats;
    let bundles = async { if formats.bundle { bundles(place, subject, rule).await } else { Pieces::default() } };
    let legacy = async { if formats.legacy { legacy(place, subject).await } else { Pieces::default() } };
    let (bundles, legacy) = join(bundles, legacy).await;
    // A mirror's list or `.sig` tag may be an old one: what it lacks may stand in the registry.
    let doubt = || place.session.doubt().cloned().map(Cause::from);
    Gathered {
        evidence: Evidence {
            bundles: bundles.read.into_iter().map(|(_, bytes)| bytes).collect(),
            legacy: legacy.read.into_iter().map(|(layer, payload)| signature(layer, payload)).collect(),
        },
        missing: bundles.missing.or(legacy.missing).or_else(doubt),
        _room: bundles.room.into_iter().chain(legacy.room).collect(),
    }
}

/// Layers of one kind with their content.
#[derive(Default)]
struct Pieces {
    read: Vec<(Layer, Bytes)>,
    missing: Option<Cause>,
    room: Option<Taken>,
}

async fn bundles(place: Place<'_>, subject: &Digest, rule: &TrustRule) -> Pieces {
    let referrers = match place.session.referrers(subject).await {
        Ok(referrers) => referrers,
        Err(error) if error.is_absent() => return Pieces::default(),
        Err(error) => return Pieces { missing: Some(error.into()), ..Pieces::default() },
    };
    let candidates = worth_reading(referrers, |predicate| wants(rule, predicate));
    let mut missing = None;
    if candidates.len() > MAX_CANDIDATES {
        let limit = MAX_CANDIDATES as u64;
        missing = Some(Cause::TooMuch { what: "the number of referrers that may be signatures", limit });
    }
    let manifests = candidates.into_iter().take(MAX_CANDIDATES).map(|candidate| async move {
        if candidate.size > MAX_CANDIDATE_BYTES {
            return Err(TOO_LARGE);
        }
        let manifest = match place.session.manifest(&Target::Digest(candidate.digest.clone())).await {
            Ok(manifest) => manifest,
            Err(error) if error.is_absent() => return Err(Cause::Gone(candidate.digest)),
            Err(error) => return Err(error.into()),
        };
        // The size that was announced is a claim.
        if manifest.bytes.len() as u64 > MAX_CANDIDATE_BYTES {
            return Err(TOO_LARGE);
        }
        layers_of(&manifest, |media_type| media_type.starts_with(BUNDLE_LAYER))
    });
    let mut found: Vec<Layer> = Vec::new();
    for layers in join_all(manifests).await {
        match layers {
            // A bundle stands for itself; what is written beside it is not read.
            Ok(layers) => found.extend(layers.into_iter().map(|layer| Layer { annotations: None, ..layer })),
            Err(cause) => Cause::note(&mut missing, cause),
        }
    }
    read(place, found, missing).await
}

const TOO_LARGE: Cause =
    Cause::TooMuch { what: "a manifest that refers to the image, in bytes,", limit: MAX_CANDIDATE_BYTES };

async fn legacy(place: Place<'_>, subject: &Digest) -> Pieces {
    let tag = format!("{}-{}.sig", subject.algorithm(), subject.hex());
    // No registry can have such a tag.
    if tag.len() > MAX_TAG_BYTES {
        return Pieces::default();
    }
    let found = match place.session.manifest(&Target::Tag(tag.into())).await {
        Ok(manifest) => layers_of(&manifest, |media_type| media_type == LEGACY_LAYER),
        Err(error) if error.is_absent() => Ok(Vec::new()),
        Err(error) => Err(error.into()),
    };
    match found {
        Ok(found) => read(place, found, None).await,
        Err(cause) => Pieces { missing: Some(cause), ..Pieces::default() },
    }
}

/// The referrers that may carry what the rule wants, likely ones first.
///
/// Those that say they carry another statement are left out, except where nothing else is there: one is read then, so
/// that an image with only foreign attestations is `invalid` and not `unsigned`, as it is where the hint is missing.
fn worth_reading(referrers: Vec<Descriptor>, wants: impl Fn(&str) -> bool) -> Vec<Descriptor> {
    let (mut wanted, unwanted): (Vec<_>, Vec<_>) = referrers
        .into_iter()
        .filter(|referrer| !is_index(&referrer.media_type))
        .partition(|referrer| referrer.annotations.get(PREDICATE_HINT).is_none_or(|predicate| wants(predicate)));
    let is_likely = |referrer: &Descriptor| {
        referrer.annotations.contains_key(PREDICATE_HINT)
            || referrer.artifact_type.as_deref().is_some_and(|kind| kind.starts_with(BUNDLE_LAYER))
    };
    wanted.sort_by_key(|referrer| !is_likely(referrer));
    if wanted.is_empty() { unwanted.into_iter().take(1).collect() } else { wanted }
}

/// Whether a statement of this type counts for the rule: a signature, or an attestation that it names.
fn wants(rule: &TrustRule, predicate_type: &str) -> bool {
    predicate_type == SIGNATURE
        || rule.wanted_attestations().iter().any(|wanted| wanted.predicate_type == predicate_type)
}

/// Whether a manifest of this media type lists manifests.
pub(super) fn is_index(media_type: &str) -> bool {
    matches!(
        media_type,
        "application/vnd.oci.image.index.v1+json" | "application/vnd.docker.distribution.manifest.list.v2+json"
    )
}

fn layers_of(manifest: &Manifest, is_wanted: fn(&str) -> bool) -> Result<Vec<Layer>, Cause> {
    layers(&manifest.bytes, is_wanted)
        .map_err(|error| Cause::Malformed { digest: manifest.digest.clone(), reason: error.to_string() })
}

/// Reads layers of at most so many bytes, at the same time, each once.
async fn read(place: Place<'_>, mut layers: Vec<Layer>, mut missing: Option<Cause>) -> Pieces {
    let mut note = |cause: Cause| Cause::note(&mut missing, cause);
    let listed = layers.len();
    layers.retain(|layer| layer.size <= MAX_BUNDLE_BYTES);
    if layers.len() < listed {
        note(Cause::TooMuch { what: "a signature or attestation, in bytes,", limit: MAX_BUNDLE_BYTES });
    }
    if layers.len() > MAX_PIECES {
        note(Cause::TooMuch { what: "the number of signatures and attestations", limit: MAX_PIECES as u64 });
        layers.truncate(MAX_PIECES);
    }
    let bytes = layers.iter().map(Layer::bytes).fold(0, u64::saturating_add);
    let room = match place.room.take(place.host, bytes, place.deadline).await {
        Ok(room) => room,
        Err(cause) => {
            note(cause);
            return Pieces { missing, ..Pieces::default() };
        }
    };
    let blobs = join_all(layers.iter().map(|layer| place.session.blob(&layer.digest, layer.size))).await;
    let mut read = Vec::new();
    for (layer, blob) in layers.into_iter().zip(blobs) {
        match blob {
            Ok(blob) => read.push((layer, blob)),
            Err(FetchError::NotFound) => note(Cause::Gone(layer.digest)),
            Err(error) => note(error.into()),
        }
    }
    Pieces { read, missing, room: Some(room) }
}

fn signature(layer: Layer, payload: Bytes) -> LegacySignature {
    let annotations = layer.annotations.unwrap_or_default();
    LegacySignature {
        payload,
        signature: annotations.signature,
        certificate: annotations.certificate,
        rekor_bundle: annotations.rekor_bundle,
    }
}
