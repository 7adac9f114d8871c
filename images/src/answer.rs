//! What is known of one digest under one rule, and its shape for policies.
//!
//! An answer says `verified` only with an [`Accepted`], which nothing outside `verify` can make, or where the
//! configuration asks for no signature at all.

use crate::trust::TrustRule;
use crate::verify::{Accepted, Attestation, Signer};
use regorus::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The four answers; never fewer, so that an outage is not read as a missing signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// The rule's authorities have signed this digest.
    Verified,
    /// There is no evidence at all in a format that the rule allows.
    Unsigned,
    /// There is evidence, and it does not satisfy the rule.
    Invalid,
    /// It could not be found out.
    Unknown,
}

impl Status {
    /// As policies see it: `verified`, `unsigned`, `invalid` or `unknown`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::Unsigned => "unsigned",
            Self::Invalid => "invalid",
            Self::Unknown => "unknown",
        }
    }
}

/// The answer for one digest under one rule.
///
/// That something is signed cannot be said from outside, not even about nobody:
///
/// ```compile_fail,E0624
/// use platlint_images::{Accepted, Answer};
/// fn forged(accepted: Accepted) -> Answer {
///     Answer::verified(accepted)
/// }
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    status: Status,
    /// Only where signatures were verified.
    accepted: Option<Accepted>,
    /// The authorities that the rule names.
    expected: Vec<Arc<str>>,
    reason: Option<String>,
    /// In a word or two, why a registry's answer is not known.
    cause: Option<&'static str>,
}

impl Answer {
    /// Signed as the rule wants it. An [`Accepted`] comes from `verify` alone.
    pub(crate) const fn verified(accepted: Accepted) -> Self {
        Self { status: Status::Verified, accepted: Some(accepted), expected: Vec::new(), reason: None, cause: None }
    }

    /// Needs no signature: no rule names the image, and the configuration's `default` allows that, for `reason`.
    #[must_use]
    pub fn allowed_without_signature(reason: impl Into<String>) -> Self {
        Self::without(Status::Verified, reason)
    }

    /// Not signed in any format that the rule allows.
    #[must_use]
    pub fn unsigned(reason: impl Into<String>) -> Self {
        Self::without(Status::Unsigned, reason)
    }

    /// Signed, but not as the rule wants it. The reason names the nearest miss.
    #[must_use]
    pub fn invalid(reason: impl Into<String>) -> Self {
        Self::without(Status::Invalid, reason)
    }

    /// Not found out, for `reason`.
    #[must_use]
    pub fn unknown(reason: impl Into<String>) -> Self {
        Self::without(Status::Unknown, reason)
    }

    /// Not found out, since a registry gave no usable answer. The reason may tell addresses and errors of the network; the
    /// cause tells none, for front ends whose users must not learn what stands behind the server.
    pub(crate) fn unknown_because(cause: Option<&'static str>, reason: impl Into<String>) -> Self {
        Self { cause, ..Self::unknown(reason) }
    }

    fn without(status: Status, reason: impl Into<String>) -> Self {
        Self { status, accepted: None, expected: Vec::new(), reason: Some(reason.into()), cause: None }
    }

    /// The same answer, which can say whose signature was asked for.
    #[must_use]
    pub(crate) fn expecting(mut self, rule: &TrustRule) -> Self {
        self.expected = rule.authorities.iter().map(|authority| Arc::clone(&authority.name)).collect();
        self
    }

    /// The same answer with a remark, such as that it is the last one known.
    #[must_use]
    pub fn with_reason(mut self, reason: impl Into<String>) -> Self {
        self.reason = Some(reason.into());
        self
    }

    /// Which of the four answers it is.
    #[must_use]
    pub const fn status(&self) -> Status {
        self.status
    }

    /// Who signed, each signer once, ordered by authority and identity. Empty unless `verified`.
    #[must_use]
    pub fn signers(&self) -> &[Signer] {
        self.accepted.as_ref().map_or(&[], Accepted::signers)
    }

    /// The attestations that the rule wants, with what they say. Empty unless `verified`.
    #[must_use]
    pub fn attestations(&self) -> &[Attestation] {
        self.accepted.as_ref().map_or(&[], Accepted::attestations)
    }

    /// Why the answer is what it is, for developers; without a full stop.
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }

    /// Why a registry's answer is not known, without anything of the network: `unreachable`, `denied`.
    #[must_use]
    pub const fn cause(&self) -> Option<&'static str> {
        self.cause
    }

    /// What rules see as `input.images[_].signature`: `status`; `authorities`, names in order; `identities`, of each
    /// keyless signer `{authority, issuer, subject}`; `attestations`, each `{type, authority, predicate}`; `expected`,
    /// the names of the authorities that were asked for, where it is `unsigned` or `invalid` under a rule; `allowed`, `true`
    /// where it needs no signature; `reason`, where there is one; `cause`, where it is `unknown` because of a registry.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let text = |text: &str| Value::String(text.into());
        let map = |entries: Vec<(&str, Value)>| -> Value {
            entries.into_iter().map(|(key, value)| (text(key), value)).collect::<BTreeMap<_, _>>().into()
        };
        let authorities: BTreeSet<&str> = self.signers().iter().map(Signer::authority).collect();
        let identities = self.signers().iter().filter_map(|signer| {
            let identity = signer.identity()?;
            Some(map(vec![
                ("authority", text(signer.authority())),
                ("issuer", text(&identity.issuer)),
                ("subject", text(&identity.subject)),
            ]))
        });
        let attestations = self.attestations().iter().map(|attestation| {
            map(vec![
                ("type", text(attestation.predicate_type())),
                ("authority", text(attestation.authority())),
                ("predicate", Value::from(attestation.predicate().clone())),
            ])
        });
        let mut entries = vec![
            ("status", text(self.status.as_str())),
            ("authorities", authorities.into_iter().map(text).collect::<Vec<_>>().into()),
            ("identities", identities.collect::<Vec<_>>().into()),
            ("attestations", attestations.collect::<Vec<_>>().into()),
        ];
        if matches!(self.status, Status::Unsigned | Status::Invalid) && !self.expected.is_empty() {
            entries.push(("expected", self.expected.iter().map(|name| text(name)).collect::<Vec<_>>().into()));
        }
        if self.status == Status::Verified && self.accepted.is_none() {
            entries.push(("allowed", Value::from(true)));
        }
        entries.extend(self.reason().map(|reason| ("reason", text(reason))));
        entries.extend(self.cause.map(|cause| ("cause", text(cause))));
        map(entries)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_needs_no_signature_is_marked() {
        let allowed = |answer: &Answer| serde_json::to_value(answer.to_value()).unwrap().get("allowed").cloned();
        assert_eq!(allowed(&Answer::allowed_without_signature("a")), Some(true.into()));
        assert_eq!(allowed(&Answer::unsigned("a")), None);
    }

    #[test]
    fn tells_rules_the_status_and_the_reason() {
        let value = Answer::unknown("registry unreachable, not unsigned").to_value();
        let json = serde_json::to_value(&value).unwrap();
        assert_eq!(
            json,
            serde_json::json!({
                "status": "unknown", "authorities": [], "identities": [], "attestations": [],
                "reason": "registry unreachable, not unsigned",
            })
        );
    }
}
