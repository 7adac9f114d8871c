//! The decision about one digest: which of the evidence holds, whose it is, and whether that satisfies the rule.
//!
//! Pure: no network, no file, and no clock where a log or a timestamp authority tells the time of a signature.

mod accepted;
mod admit;
mod evidence;
mod exhibit;
mod file;
mod judge;
mod legacy;
mod proof;
mod refusal;
mod requirement;
mod simple_signing;
mod statement;

pub use accepted::{Accepted, Attestation, Identity, Signer};
pub use evidence::{Evidence, LegacySignature};
pub use file::{BundleCheck, BundleError, CheckedArtifact, Expected, verify_bundle};
pub use judge::judge;
