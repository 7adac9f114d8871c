//! Whether a proven signature is from whom an authority trusts. The one place that makes a [`Signer`].

use super::accepted::{Identity, Signer};
use super::proof::{By, Proof};
use super::refusal::{Why, shown, shown_or_absent};
use crate::sigstore::ProvenCertificate;
use crate::trust::{Means, TrustedAuthority, TrustedIdentity};
use serde_json::{Map, Value};
use std::sync::Arc;

/// The signer, where the authority trusts it.
pub(super) fn admit(authority: &TrustedAuthority, proof: &Proof) -> Result<Signer, Why> {
    let name = Arc::clone(&authority.name);
    match (&authority.means, &proof.0) {
        (Means::Key(trusted), By::Key(fingerprint)) if trusted.key.fingerprint() == fingerprint => {
            Ok(Signer::new(name, None, Arc::clone(fingerprint)))
        }
        (Means::Keyless(trusted), By::Certificate(proven)) => {
            let identity = identity(trusted, proven)?;
            let principal = principal(&identity, proven).into();
            Ok(Signer::new(name, Some(identity), principal))
        }
        (Means::Key(_), _) => Err(Why::WantsKey),
        (Means::Keyless(_), By::Key(_)) => Err(Why::WantsCertificate),
    }
}

/// What tells a keyless signer from others: of CI runs the repository they ran in, by its number, since its workflows and
/// branches are in the same hands. A subject that is a URI ends in `@` and a Git reference, which whoever may push chooses.
fn principal(identity: &Identity, proven: &ProvenCertificate) -> String {
    let Identity { issuer, subject } = identity;
    // The length first, so that no two pairs give the same text.
    let by = |kind: &str, text: &str| format!("{} {issuer} {kind} {text}", issuer.len());
    match (&proven.claims().repository_id, subject.split_once("://")) {
        (Some(repository), _) => by("repository", repository),
        (None, Some(_)) => by("subject", subject.split('@').next().unwrap_or(subject)),
        (None, None) => by("subject", subject),
    }
}

fn identity(trusted: &TrustedIdentity, proven: &ProvenCertificate) -> Result<Identity, Why> {
    let said = |text: Option<&Arc<str>>| text.map_or_else(|| "nobody".to_owned(), |text| shown(text));
    let issuer = proven.issuer().filter(|issuer| trusted.issuer.matches(issuer));
    let issuer =
        issuer.ok_or_else(|| Why::Issuer { subject: said(proven.subject()), issuer: said(proven.issuer()) })?;
    let subject = proven.subject().filter(|subject| trusted.subject.matches(subject));
    let subject = subject.ok_or_else(|| Why::Subject { subject: said(proven.subject()) })?;
    if let Some((claim, wanted, found)) = proven.claims().first_mismatch(&trusted.claims) {
        return Err(Why::Claim {
            subject: shown(subject),
            claim: claim.to_owned(),
            wanted: wanted.to_owned(),
            found: shown_or_absent(found),
        });
    }
    Ok(Identity { issuer: Arc::clone(issuer), subject: Arc::clone(subject) })
}

/// Whether what was signed carries the annotations that the authority demands. Values are texts and compared whole.
pub(super) fn annotations(authority: &TrustedAuthority, signed: &Map<String, Value>) -> Result<(), Why> {
    for (name, wanted) in &authority.annotations {
        let found = signed.get(name);
        if found.and_then(Value::as_str) != Some(wanted) {
            let found = found.map(|found| found.as_str().map_or_else(|| found.to_string(), str::to_owned));
            let (name, wanted) = (name.clone(), wanted.clone());
            return Err(Why::Annotation { name, wanted, found: shown_or_absent(found.as_deref()) });
        }
    }
    Ok(())
}
