//! The decision about one digest: which of the evidence holds, whose it is, and whether that satisfies the rule.
//!
//! Pure: no network, no file, and no clock where a log or a timestamp authority tells the time of a signature.

mod accepted;
mod evidence;

pub use accepted::{Accepted, Attestation, Identity, Signer};
pub use evidence::{Evidence, LegacySignature};
