//! Whether a signature holds, for one authority: the right kind, the right key or root, the log where it is wanted.
//!
//! A [`Proof`] says that it does and whose it is; whether that one is wanted is `admit`'s to say.

use super::exhibit::{ByKey, Exhibit};
use super::refusal::Why;
use crate::sigstore::{Fault, ProvenCertificate, Root};
use crate::trust::{Means, TrustedKey};
use platlint_config::images::Transparency;
use std::sync::Arc;

/// A signature that holds. Only [`Prover`] makes one.
#[derive(Debug, Clone)]
pub(super) struct Proof(pub(super) By);

/// Whose signature it is.
#[derive(Debug, Clone)]
pub(super) enum By {
    /// The key's fingerprint.
    Key(Arc<str>),
    Certificate(Arc<ProvenCertificate>),
}

/// Proves one exhibit for any number of authorities, each root once.
pub(super) struct Prover<'e> {
    exhibit: &'e Exhibit,
    by_root: Vec<(Arc<Root>, ByRoot)>,
}

/// What one root proves of the exhibit.
type ByRoot = Result<Arc<ProvenCertificate>, Fault>;

impl<'e> Prover<'e> {
    pub(super) const fn new(exhibit: &'e Exhibit) -> Self {
        Self { exhibit, by_root: Vec::new() }
    }

    pub(super) fn prove(&mut self, means: &Means) -> Result<Proof, Why> {
        match means {
            Means::Key(trusted) => self.by_key(trusted),
            Means::Keyless(trusted) => self.by_certificate(&trusted.root),
        }
    }

    fn by_certificate(&mut self, root: &Arc<Root>) -> Result<Proof, Why> {
        let Some(bundle) = &self.exhibit.by_certificate else { return Err(Why::WantsCertificate) };
        let bundle = bundle.as_ref().map_err(Clone::clone)?;
        let known = self.by_root.iter().find(|(known, _)| Arc::ptr_eq(known, root)).map(|(_, proven)| proven.clone());
        let proven = known.unwrap_or_else(|| {
            let proven = root.certificate(self.exhibit.artifact(), bundle).map(Arc::new);
            self.by_root.push((Arc::clone(root), proven.clone()));
            proven
        });
        Ok(Proof(By::Certificate(proven?)))
    }

    fn by_key(&self, trusted: &TrustedKey) -> Result<Proof, Why> {
        if matches!(self.exhibit.by_key, ByKey::No) {
            return Err(Why::WantsKey);
        }
        // Always by our own check, too: what the log says comes on top.
        if !trusted.key.verifies(&self.exhibit.message, &self.exhibit.signature) {
            return Err(Fault::Signature.into());
        }
        let logged = trusted.transparency == Transparency::Required;
        match (&self.exhibit.by_key, trusted.transparency, &trusted.root) {
            (ByKey::Evidenced(bundle), Transparency::Required | Transparency::IfPresent, Some(root)) => {
                let bundle = bundle.as_ref().map_err(Clone::clone)?;
                root.key(self.exhibit.artifact(), bundle, &trusted.key, logged)?;
            }
            (_, Transparency::Required, _) => return Err(Fault::NoLogEntry.into()),
            // Without a root there is nothing to hold a log entry against, and whoever has the key could leave it out.
            (_, Transparency::IfPresent | Transparency::Ignore, _) => {}
        }
        Ok(Proof(By::Key(Arc::clone(trusted.key.fingerprint()))))
    }
}
