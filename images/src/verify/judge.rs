//! The decision: every piece of evidence is heard, and one that does not hold never spoils one that does.

use super::accepted::{Accepted, Attestation, Signer};
use super::admit::{admit, annotations};
use super::evidence::Evidence;
use super::exhibit::{Content, Exhibit};
use super::proof::Prover;
use super::refusal::{Refusal, Why, shown};
use super::requirement;
use crate::answer::Answer;
use crate::trust::{TrustRule, TrustedAuthority};
use platlint_config::images::WantedAttestation;
use platlint_registry::Digest;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Bundles, and likewise layers of a `.sig` image, that are heard. Twice what is fetched of an image.
const MAX_HEARD: usize = 64;

/// Decides whether the evidence shows that the rule's authorities have signed the digest.
///
/// Pure and synchronous: the same arguments give the same answer. It never fails: evidence that cannot be read is evidence
/// that does not hold.
#[must_use]
pub fn judge(rule: &TrustRule, digest: &Digest, evidence: &Evidence) -> Answer {
    decide(rule, digest, evidence).expecting(rule)
}

fn decide(rule: &TrustRule, digest: &Digest, evidence: &Evidence) -> Answer {
    let formats = rule.settings.formats;
    let bundles: &[_] = if formats.bundle { &evidence.bundles } else { &[] };
    let legacy: &[_] = if formats.legacy { &evidence.legacy } else { &[] };
    if bundles.is_empty() && legacy.is_empty() {
        return Answer::unsigned(match (evidence.bundles.is_empty(), evidence.legacy.is_empty()) {
            (true, true) => "no signature was found",
            (true, false) => "it is signed in the legacy format only, which the rule does not accept (`formats`)",
            (false, _) => "it is signed as a bundle only, which the rule does not accept (`formats`)",
        });
    }
    let mut hearing = Hearing { rule, signers: BTreeSet::new(), attestations: Vec::new(), refusals: Vec::new() };
    for bytes in bundles.iter().take(MAX_HEARD) {
        hearing.hear(Exhibit::of_bundle(digest, bytes));
    }
    for layer in legacy.iter().take(MAX_HEARD) {
        hearing.hear(Exhibit::of_legacy(digest, layer));
    }
    hearing.answer(bundles.len().max(legacy.len()) > MAX_HEARD)
}

struct Hearing<'r> {
    rule: &'r TrustRule,
    signers: BTreeSet<Signer>,
    attestations: Vec<Attestation>,
    refusals: Vec<Refusal>,
}

impl Hearing<'_> {
    fn hear(&mut self, exhibit: Result<Exhibit, Why>) {
        match exhibit {
            Ok(exhibit) => self.weigh(&exhibit),
            Err(why) => self.refusals.push(Refusal::of_all(why)),
        }
    }

    fn weigh(&mut self, exhibit: &Exhibit) {
        let wanted: Vec<&WantedAttestation> = match &exhibit.content {
            Content::Signature(_) => Vec::new(),
            Content::Attestation { predicate_type, .. } => {
                let all = self.rule.settings.attestations.iter();
                all.filter(|wanted| wanted.predicate_type == **predicate_type).collect()
            }
        };
        if let (Content::Attestation { predicate_type, .. }, true) = (&exhibit.content, wanted.is_empty()) {
            self.refusals.push(Refusal::of_all(Why::NotWanted(shown(predicate_type))));
            return;
        }
        let mut prover = Prover::new(exhibit);
        let rule = self.rule;
        for authority in &rule.authorities {
            if let Err(why) = self.take(authority, exhibit, &wanted, &mut prover) {
                self.refusals.push(Refusal { authority: Some(Arc::clone(&authority.name)), why });
            }
        }
    }

    /// Takes the exhibit down as one authority's signature or attestation, where it is that.
    fn take(
        &mut self,
        authority: &TrustedAuthority,
        exhibit: &Exhibit,
        wanted: &[&WantedAttestation],
        prover: &mut Prover<'_>,
    ) -> Result<(), Why> {
        let signer = admit(authority, &prover.prove(&authority.means)?)?;
        match &exhibit.content {
            Content::Signature(signed) => {
                annotations(authority, signed)?;
                self.signers.insert(signer);
            }
            Content::Attestation { predicate_type, predicate } => {
                if !wanted.iter().any(|wanted| is_from(wanted, signer.authority())) {
                    return Err(Why::OtherAuthority(shown(predicate_type)));
                }
                let said = predicate.read()?;
                let attestation = Attestation::new(&signer, Arc::clone(predicate_type), said, predicate.size());
                if !self.attestations.contains(&attestation) {
                    self.attestations.push(attestation);
                }
            }
        }
        Ok(())
    }

    fn answer(self, is_incomplete: bool) -> Answer {
        let absent = self.rule.settings.attestations.iter().find(|wanted| {
            let is_it = |found: &Attestation| {
                found.predicate_type() == wanted.predicate_type && is_from(wanted, found.authority())
            };
            !self.attestations.iter().any(is_it)
        });
        let missing = requirement::missing(self.rule, &self.signers).or_else(|| {
            let of = |name: &String| format!(" of `{name}`");
            let absent = absent?;
            let authority = absent.authority.as_ref().map(of).unwrap_or_default();
            Some(format!("no valid attestation of type `{}`{authority}", absent.predicate_type))
        });
        match missing {
            None => Answer::verified(Accepted::new(self.signers.into_iter().collect(), self.attestations)),
            // What was not heard could have been the signature.
            Some(missing) if is_incomplete => {
                Answer::unknown(format!("{missing} in the first {MAX_HEARD} of more; not all were looked at"))
            }
            Some(missing) => Answer::invalid(match self.nearest_miss() {
                Some(nearest) => format!("{missing}; {}", nearest.text()),
                None => missing,
            }),
        }
    }

    /// The refusal that came nearest, among authorities that have not signed; the first of equals.
    fn nearest_miss(&self) -> Option<&Refusal> {
        let has_signed = |name: &str| self.signers.iter().any(|signer| signer.authority() == name);
        let open = |refusal: &&Refusal| !refusal.authority.as_deref().is_some_and(has_signed);
        let nearest =
            |refusals: &mut dyn Iterator<Item = &'_ Refusal>| refusals.map(|refusal| refusal.why.nearness()).max();
        let best = nearest(&mut self.refusals.iter().filter(open))?;
        self.refusals.iter().filter(open).find(|refusal| refusal.why.nearness() == best)
    }
}

fn is_from(wanted: &WantedAttestation, authority: &str) -> bool {
    wanted.authority.as_deref().is_none_or(|wanted| wanted == authority)
}
