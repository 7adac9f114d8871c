//! Who signed an image: trust as compiled from the configuration, evidence as found in registries, and the answer.
//!
//! [`Trust`] is the `images:` section of platlint.yaml with its keys parsed and its roots read. [`verify::judge`] decides
//! one digest by one rule of it and the [`Evidence`] at hand, without network or clock. What to do with the answer is the
//! business of the rules (`input.images`), who may fetch what from where that of `platlint-registry`.
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
// Tests may fail loudly.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

mod answer;
mod json;
pub mod lock;
pub mod lookup;
mod sigstore;
#[cfg(feature = "testing")]
pub mod testing;
mod trust;
pub mod verify;

pub use answer::{Answer, Status};
pub use lock::Lock;
pub use lookup::{
    Anonymous, Cache, Cause, CredentialFault, Credentials, CredentialsFuture, Lookup, Moment, Patience, Stats, offline,
};
pub use trust::{Trust, TrustProblem, TrustRule};
pub use verify::{Accepted, Attestation, Evidence, Identity, LegacySignature, Signer};
