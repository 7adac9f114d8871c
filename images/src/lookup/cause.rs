//! Why it is not known whether an image is signed, in words that cannot be mistaken for "it is not signed".

use platlint_registry::{Digest, FetchError};

use super::credentials::CredentialFault;
use crate::Answer;

/// Why evidence may be missing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Cause {
    /// The registry could not be reached; the message says first what matters most.
    #[error("registry unreachable, not unsigned: {0}")]
    Unreachable(String),
    /// The registry was asked and gave no usable answer.
    #[error("{0}, not unsigned")]
    Fetch(FetchError),
    /// An index lists what the registry does not have.
    #[error("the registry lists {0} and does not have it, not unsigned")]
    Gone(Digest),
    /// A manifest is no JSON of the expected shape.
    #[error("the registry's manifest {digest} cannot be read: {reason}, not unsigned")]
    Malformed {
        /// Which one.
        digest: Digest,
        /// What is wrong with it.
        reason: String,
    },
    /// There is more than is looked at.
    #[error("{what} exceeds the limit of {limit}, not unsigned")]
    TooMuch {
        /// What there is too much of, with its unit.
        what: &'static str,
        /// The limit.
        limit: u64,
    },
    /// The credential could not be had.
    #[error("no credential for the registry: {0}, not unsigned")]
    Credential(CredentialFault),
    /// The time for this image is over.
    #[error("no answer from the registry in time, not unsigned")]
    Late,
    /// The search itself broke; a fault of platlint.
    #[error("the search for signatures broke off; this is a fault of platlint")]
    Broken,
}

impl Cause {
    /// The answer where this leaves open what it is.
    pub(super) fn answer(&self) -> Answer {
        Answer::unknown_because(Some(self.class()), self.to_string())
    }

    /// In a word or two, without names, addresses or errors of the network. An address that is refused looks like one that
    /// cannot be reached: which of the two a name leads to says something of the network.
    const fn class(&self) -> &'static str {
        match self {
            Self::Unreachable(_) | Self::Fetch(FetchError::Unreachable(_) | FetchError::Refused(_)) => "unreachable",
            Self::Late | Self::Fetch(FetchError::Timeout) => "timed out",
            Self::Fetch(FetchError::Denied { .. }) => "denied",
            Self::Fetch(FetchError::Limited { .. }) => "too many requests",
            Self::Fetch(FetchError::Server { .. }) => "failing",
            Self::Fetch(FetchError::NotFound) => "not found",
            Self::Fetch(FetchError::TooLarge { .. }) | Self::TooMuch { .. } => "too much to look at",
            Self::Fetch(FetchError::WrongDigest { .. } | FetchError::Protocol(_))
            | Self::Gone(_)
            | Self::Malformed { .. } => "answers wrongly",
            Self::Credential(_) => "no credential",
            Self::Broken => "not asked to the end",
        }
    }

    /// Whether another credential may be shown more.
    pub(super) const fn is_denial(&self) -> bool {
        matches!(self, Self::Fetch(FetchError::Denied { .. }))
    }

    /// Whether the registry gives no answer for now, whatever was asked.
    pub(super) const fn is_outage(&self) -> bool {
        matches!(
            self,
            Self::Unreachable(_)
                | Self::Late
                | Self::Fetch(FetchError::Server { .. } | FetchError::Limited { .. } | FetchError::Unreachable(_))
        )
    }

    /// Keeps the first cause, but no outage before one that waiting does not end.
    pub(super) fn note(kept: &mut Option<Self>, cause: Self) {
        if kept.as_ref().is_none_or(|kept| kept.is_outage() && !cause.is_outage()) {
            *kept = Some(cause);
        }
    }

    /// Whether what was asked for is certainly not there.
    pub(super) const fn is_absence(&self) -> bool {
        matches!(self, Self::Fetch(FetchError::NotFound))
    }
}

impl From<FetchError> for Cause {
    fn from(error: FetchError) -> Self {
        match error {
            FetchError::Unreachable(reason) => Self::Unreachable(reason),
            FetchError::Timeout => Self::Late,
            other => Self::Fetch(other),
        }
    }
}
