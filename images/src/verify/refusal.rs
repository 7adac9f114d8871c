//! Why a piece of evidence does not count, in words for developers, and which of several reasons is the nearest miss.

use crate::sigstore::Fault;
use std::sync::Arc;

/// Characters of a foreign text that a message repeats.
const MAX_SHOWN: usize = 200;

/// One reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    /// The authority that refuses; `None` where nobody looked further.
    pub(super) authority: Option<Arc<str>>,
    pub(super) why: Why,
}

/// What is wrong. Which one of several is told, [`Why::nearness`] decides.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Why {
    /// A signature with a key before an authority that wants a certificate.
    #[error("it is signed with a key, not with a certificate")]
    WantsCertificate,
    /// The reverse.
    #[error("it is signed with a certificate, not with a key")]
    WantsKey,
    /// A bundle whose signature is over bytes.
    #[error("the bundle signs bytes, not a statement about an image")]
    NoStatement,
    /// An attestation that the rule does not want, and no signature.
    #[error("it is an attestation of type `{0}`, which is no signature and which the rule does not want")]
    NotWanted(String),
    /// What was signed, or how, does not hold.
    #[error("{0}")]
    Fault(#[from] Fault),
    /// The issuer is another.
    #[error("it is signed by `{subject}`, for which `{issuer}` vouches; another issuer is wanted")]
    Issuer {
        /// Who signed.
        subject: String,
        /// Who vouched.
        issuer: String,
    },
    /// The subject is another.
    #[error("it is signed by `{subject}`; another subject is wanted")]
    Subject {
        /// Who signed.
        subject: String,
    },
    /// A claim of the CI system is absent or another.
    #[error("it is signed by `{subject}`, where `{claim}` is {found}; `{wanted}` is wanted")]
    Claim {
        /// Who signed.
        subject: String,
        /// The claim's name.
        claim: String,
        /// What it must be.
        wanted: String,
        /// What it is, quoted, or that it is absent.
        found: String,
    },
    /// The attestation is signed by an authority, but not by the one that the rule wants it from.
    #[error("it is an attestation of type `{0}`, which the rule wants from another authority")]
    OtherAuthority(String),
    /// A wanted annotation is absent or another.
    #[error("its annotation `{name}` is {found}; `{wanted}` is wanted")]
    Annotation {
        /// The annotation's name.
        name: String,
        /// What it must be.
        wanted: String,
        /// What it is, quoted, or that it is absent.
        found: String,
    },
}

impl Why {
    /// How near to acceptance: who reads the message wants to hear of the best signature, not of the worst.
    pub(super) const fn nearness(&self) -> u8 {
        match self {
            Self::NoStatement | Self::Fault(Fault::Malformed(_)) => 0,
            Self::Fault(Fault::OtherImage) => 1,
            Self::WantsCertificate | Self::WantsKey => 2,
            Self::NotWanted(_) => 3,
            Self::Fault(Fault::Signature) => 4,
            Self::Fault(Fault::Chain(_)) => 5,
            Self::Fault(Fault::Sct(_) | Fault::NoTime | Fault::Timestamp(_) | Fault::Log(_) | Fault::NoLogEntry) => 6,
            Self::Fault(Fault::Expired(_)) => 7,
            Self::Issuer { .. } => 8,
            Self::Subject { .. } => 9,
            Self::Claim { .. } => 10,
            Self::OtherAuthority(_) => 11,
            Self::Annotation { .. } => 12,
        }
    }
}

impl Refusal {
    /// A reason that holds for all authorities.
    pub(super) fn of_all(why: impl Into<Why>) -> Self {
        Self { authority: None, why: why.into() }
    }

    /// For people: `authority: why`.
    pub(super) fn text(&self) -> String {
        match &self.authority {
            Some(authority) => one_line(&format!("`{authority}`: {}", self.why)),
            None => one_line(&self.why.to_string()),
        }
    }
}

/// Without control characters: libraries repeat foreign text in their messages.
pub(super) fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

/// A text that others wrote, fit for one line of a message.
pub(super) fn shown(text: &str) -> String {
    let mut shown = one_line(&text.chars().take(MAX_SHOWN).collect::<String>());
    if text.chars().nth(MAX_SHOWN).is_some() {
        shown.push('…');
    }
    shown
}

/// The same in quotes; `absent` where there is none.
pub(super) fn shown_or_absent(text: Option<&str>) -> String {
    text.map_or_else(|| "absent".to_owned(), |text| format!("`{}`", shown(text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_foreign_text_on_one_line_and_not_all_of_it() {
        assert_eq!(shown("a\nb\u{1b}[0m"), "a\u{fffd}b\u{fffd}[0m");
        assert_eq!(shown(&"x".repeat(MAX_SHOWN + 1)).chars().count(), MAX_SHOWN + 1);
        assert_eq!(shown_or_absent(None), "absent");
    }

    #[test]
    fn knows_which_miss_is_nearer() {
        let nearest_last = [
            Why::Fault(Fault::Malformed(String::new())),
            Why::Fault(Fault::OtherImage),
            Why::WantsKey,
            Why::NotWanted(String::new()),
            Why::Fault(Fault::Signature),
            Why::Fault(Fault::Expired(String::new())),
            Why::Subject { subject: String::new() },
        ];
        assert!(nearest_last.is_sorted_by(|left, right| left.nearness() < right.nearness()));
    }
}
