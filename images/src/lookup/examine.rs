//! One digest by one rule, as one credential sees it: gather the evidence, judge it, and say how far the answer goes.
//!
//! An index is verified as the index it is; its children are looked at only where the rule says `recursive`, and then
//! every one of them, on every level, must satisfy the rule by itself.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use futures::future::{OptionFuture, join, join_all};
use platlint_registry::{Digest, Manifest, Session, Target};
use serde::Deserialize;

use super::cause::Cause;
use super::evidence::{Gathered, Place, gather, is_index};
use super::judges::judged;
use super::limits::{MAX_DESCENDANTS, MAX_LEVELS};
use super::question::revoked;
use crate::answer::{Answer, Status};
use crate::trust::{Trust, TrustRule};
use crate::verify::judge;

/// What was found about a digest.
#[derive(Debug)]
pub(super) struct Found {
    pub answer: Answer,
    /// All evidence was read. An answer on a part of it may name fewer signers and attestations.
    pub complete: bool,
    /// Another credential may be shown more: access was denied, or the image itself is not there.
    pub hidden: bool,
    /// It is `unknown` for no other reason than that the registry gives no answer now.
    pub outage: bool,
    /// The digest itself first, then what stands below it where the rule is `recursive`.
    pub parts: Vec<Part>,
}

/// One manifest and its evidence.
#[derive(Debug)]
pub(super) struct Part {
    pub digest: Digest,
    /// As messages name it, where it stands below an index.
    name: Option<String>,
    /// Read where the rule or the caller asks for it.
    pub manifest: Option<Manifest>,
    /// Under a `recursive` rule: why it is not known what it lists.
    unlisted: Option<Cause>,
    pub gathered: Gathered,
}

/// Whether manifests are read where the answer alone does not need them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Manifests {
    /// For the lock, which names media types.
    Always,
    /// For the answer alone.
    WhereNeeded,
}

#[derive(Deserialize)]
struct WithChildren {
    #[serde(default)]
    manifests: Option<Vec<Child>>,
}

/// A manifest that an index lists.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Child {
    pub digest: Digest,
    #[serde(default)]
    platform: Option<Platform>,
}

#[derive(Debug, Clone, Deserialize)]
struct Platform {
    os: String,
    architecture: String,
}

impl Child {
    /// Platform and digest.
    pub(crate) fn name(&self) -> String {
        match &self.platform {
            Some(platform) => format!("{}/{} ({})", platform.os, platform.architecture, self.digest),
            None => self.digest.to_string(),
        }
    }
}

/// The manifests that a manifest lists, whatever it, or who serves it, calls it.
pub(crate) fn children_listed(bytes: &[u8]) -> Result<Vec<Child>, serde_json::Error> {
    Ok(serde_json::from_slice::<WithChildren>(bytes)?.manifests.unwrap_or_default())
}

/// Looks at a digest and decides.
pub(super) async fn examine(
    place: Place<'_>,
    digest: &Digest,
    (trust, rule): (&Trust, &Arc<TrustRule>),
    manifests: Manifests,
) -> Found {
    let (parts, too_much) = collect(place, digest, rule, manifests).await;
    let judged = judged({
        let rule = Arc::clone(rule);
        // 32 signatures take 30 ms, and a hostile attestation of 8 MiB longer.
        move || {
            let answers: Vec<Answer> =
                parts.iter().map(|part| judge(&rule, &part.digest, &part.gathered.evidence)).collect();
            (parts, answers)
        }
    });
    let Some((parts, answers)) = judged.await else {
        return Found { answer: Cause::Broken.answer(), complete: false, hidden: false, outage: false, parts: vec![] };
    };
    let missing = || parts.iter().filter_map(|part| part.gathered.missing.as_ref());
    let unlisted = || parts.iter().filter_map(|part| part.unlisted.as_ref());
    let causes = || missing().chain(unlisted()).chain(&too_much);
    let hidden = causes().any(Cause::is_denial) || unlisted().any(Cause::is_absence);
    let complete = causes().next().is_none();
    let (answer, is_own) = combine(trust, &parts, answers, too_much.as_ref());
    let outage = answer.status() == Status::Unknown && causes().all(Cause::is_outage);
    let mut found = Found { answer, complete, hidden, outage, parts };
    if is_own && found.answer.status() == Status::Unsigned {
        found = explain_unsigned(place.session, found).await;
    }
    found.answer = found.answer.expecting(rule);
    found
}

/// The digest and, under a recursive rule, all below it, level by level.
async fn collect(
    place: Place<'_>,
    digest: &Digest,
    rule: &TrustRule,
    manifests: Manifests,
) -> (Vec<Part>, Option<Cause>) {
    let with_manifest = rule.settings().recursive || manifests == Manifests::Always;
    let mut parts = vec![part(place, digest.clone(), None, rule, with_manifest).await];
    let mut too_much = None;
    if !rule.settings().recursive {
        return (parts, too_much);
    }
    let mut level_start = 0;
    for level in 0..=MAX_LEVELS {
        let mut below: Vec<Child> = Vec::new();
        for part in parts.iter_mut().skip(level_start) {
            let Some(manifest) = &part.manifest else { continue };
            match children_listed(&manifest.bytes) {
                Ok(children) => below.extend(children),
                Err(error) => {
                    let (digest, reason) = (part.digest.clone(), error.to_string());
                    part.unlisted = Some(Cause::Malformed { digest, reason });
                }
            }
        }
        below.retain(|child| parts.iter().all(|part| part.digest != child.digest));
        below.sort_by(|one, other| one.digest.cmp(&other.digest));
        below.dedup_by(|one, other| one.digest == other.digest);
        if below.is_empty() {
            break;
        }
        if level == MAX_LEVELS || parts.len().saturating_add(below.len()) > MAX_DESCENDANTS.saturating_add(1) {
            let limit = MAX_DESCENDANTS as u64;
            too_much = Some(Cause::TooMuch { what: "the number of manifests below the index", limit });
            break;
        }
        level_start = parts.len();
        let found = below.into_iter().map(|child| part(place, child.digest.clone(), Some(child.name()), rule, true));
        parts.extend(join_all(found).await);
    }
    (parts, too_much)
}

/// One manifest with its evidence, read at the same time.
fn part<'a>(
    place: Place<'a>,
    digest: Digest,
    name: Option<String>,
    rule: &'a TrustRule,
    with_manifest: bool,
) -> Pin<Box<dyn Future<Output = Part> + Send + 'a>> {
    Box::pin(async move {
        let target = Target::Digest(digest.clone());
        let manifest = OptionFuture::from(with_manifest.then(|| place.session.manifest(&target)));
        let (mut gathered, manifest) = join(gather(place, &digest, rule), manifest).await;
        let (manifest, fault) = match manifest {
            Some(Ok(manifest)) => (Some(manifest), None),
            Some(Err(error)) if error.is_absent() && name.is_some() => (None, Some(Cause::Gone(digest.clone()))),
            Some(Err(error)) => (None, Some(Cause::from(error))),
            None => (None, None),
        };
        // That the image itself is not there is said where nothing is signed either.
        if let Some(fault) = fault.clone().filter(|fault| !fault.is_absence()) {
            Cause::note(&mut gathered.missing, fault);
        }
        let unlisted = fault.filter(|_| rule.settings().recursive);
        Part { digest, name, manifest, unlisted, gathered }
    })
}

/// The answer for the whole, and whether it is the first part's own: it is, unless that one satisfies the rule and
/// something below it does not.
fn combine(trust: &Trust, parts: &[Part], answers: Vec<Answer>, too_much: Option<&Cause>) -> (Answer, bool) {
    // Whatever else is known or not.
    if let Some(revoked) = parts.iter().find_map(|part| Some(part.answer_of_index(&revoked(trust, &part.digest)?))) {
        return (revoked, false);
    }
    let mut answers = parts.iter().zip(answers).map(|(part, answer)| (part, part.answer(answer)));
    let Some((_, own)) = answers.next() else { return (Cause::Broken.answer(), true) };
    if own.status() != Status::Verified {
        return (own, true);
    }
    let unseen = too_much.map(Cause::answer);
    let below = answers.map(|(part, answer)| part.answer_of_index(&answer)).chain(unseen);
    // What is certain outweighs what is not known.
    let weight = |answer: &Answer| match answer.status() {
        Status::Verified => 0,
        Status::Unknown => 1,
        Status::Unsigned => 2,
        Status::Invalid => 3,
    };
    let is_worse = |answer: &Answer, than: &Answer| weight(answer) > weight(than);
    below.fold((own, true), |whole, part| if is_worse(&part, &whole.0) { (part, false) } else { whole })
}

impl Part {
    /// The answer by what was read: it stands where it suffices or where nothing is missing. A signature does not suffice
    /// where the rule wants that of all that is listed, and the list is not known.
    fn answer(&self, by_evidence: Answer) -> Answer {
        let gap = match by_evidence.status() {
            Status::Verified => &self.unlisted,
            _ => &self.gathered.missing,
        };
        gap.as_ref().map_or(by_evidence, Cause::answer)
    }

    /// What this part's answer means for the index above it.
    fn answer_of_index(&self, own: &Answer) -> Answer {
        let name = self.name.as_deref().unwrap_or(self.digest.as_str());
        let why = own.reason().map(|reason| format!(": {reason}")).unwrap_or_default();
        let reason = format!("{name}, which the index lists{why}");
        match own.status() {
            Status::Verified => own.clone(),
            Status::Unknown => Answer::unknown_because(own.cause(), reason),
            Status::Invalid => Answer::invalid(reason),
            Status::Unsigned => Answer::unsigned(reason),
        }
    }
}

/// Nothing is signed: says whether the image is there at all, and what else may be signed.
async fn explain_unsigned(session: &Session<'_>, mut found: Found) -> Found {
    let Some(first) = found.parts.first_mut() else { return found };
    let why = found.answer.reason().unwrap_or("no signature").to_owned();
    if first.manifest.is_none() {
        match session.manifest(&Target::Digest(first.digest.clone())).await {
            Ok(manifest) => first.manifest = Some(manifest),
            Err(error) if error.is_absent() => {
                found.hidden = true;
                found.answer = Answer::unsigned("the registry has neither this image nor a signature for it");
                return found;
            }
            Err(error) => {
                let cause = Cause::from(error);
                found.hidden = cause.is_denial();
                found.complete = false;
                found.answer = cause.answer();
                return found;
            }
        }
    }
    let is_index = first.manifest.as_ref().is_some_and(|manifest| is_index(&manifest.media_type));
    let hint = if is_index {
        "this is an index; signatures of the manifests it lists do not count for it"
    } else {
        "its index may be signed, name the index"
    };
    found.answer = Answer::unsigned(format!("{why}; {hint}"));
    found
}
