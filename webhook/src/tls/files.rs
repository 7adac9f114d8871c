//! Certificate and key from two mounted files, taken up again when they change.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use crate::observe::Metrics;
use crate::tls::{CertificateError, Certificates};

/// Keeps [`Certificates`] in step with two PEM files. Their content is compared: that also sees the swapped symlink of a
/// mounted Secret, and two files are small.
#[derive(Debug)]
pub struct CertificateFiles {
    certificate: PathBuf,
    key: PathBuf,
    into: Arc<Certificates>,
    metrics: Arc<Metrics>,
    /// What was last tried, good or bad, so that a bad pair is complained of once.
    tried: Option<(Vec<u8>, Vec<u8>)>,
}

impl CertificateFiles {
    /// Watches these files; nothing is read before the first [`poll`](Self::poll).
    #[must_use]
    pub fn new(certificate: PathBuf, key: PathBuf, into: Arc<Certificates>, metrics: Arc<Metrics>) -> Self {
        Self { certificate, key, into, metrics, tried: None }
    }

    /// Takes the files up if they changed; whether they did. Where they cannot be used the certificate in use stays: also
    /// between the writing of one file and that of the other.
    pub fn poll(&mut self) -> Result<bool, CertificateError> {
        let pair = (read(&self.certificate)?, read(&self.key)?);
        if self.tried.as_ref() == Some(&pair) {
            return Ok(false);
        }
        let installed = self.install(&pair.0, &pair.1);
        self.tried = Some(pair);
        self.metrics.certificate_load(if installed.is_ok() { "ok" } else { "failed" });
        installed.map(|()| true)
    }

    fn install(&self, certificate: &[u8], key: &[u8]) -> Result<(), CertificateError> {
        let chain = CertificateDer::pem_slice_iter(certificate)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| unreadable(&self.certificate, &error))?;
        let key = PrivateKeyDer::from_pem_slice(key).map_err(|error| unreadable(&self.key, &error))?;
        self.into.install(chain, key)
    }
}

fn read(file: &Path) -> Result<Vec<u8>, CertificateError> {
    std::fs::read(file).map_err(|error| unreadable(file, &error))
}

fn unreadable(file: &Path, error: &impl ToString) -> CertificateError {
    CertificateError::Unreadable { file: file.display().to_string(), message: error.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tls::dev::Authority;

    struct Fixture {
        folder: tempfile::TempDir,
        files: CertificateFiles,
    }

    impl Fixture {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let (certificate, key) = (folder.path().join("tls.crt"), folder.path().join("tls.key"));
            let files = CertificateFiles::new(certificate, key, Arc::default(), Arc::default());
            Self { folder, files }
        }

        fn write(&self, certificate: &str, key: &str) {
            std::fs::write(self.folder.path().join("tls.crt"), certificate).unwrap();
            std::fs::write(self.folder.path().join("tls.key"), key).unwrap();
        }
    }

    #[test]
    fn takes_up_a_new_pair_and_keeps_it_while_the_next_is_half_written() {
        let mut fixture = Fixture::new();
        let authority = Authority::new().unwrap();
        let (first, second) = (authority.leaf(&["a"]).unwrap(), authority.leaf(&["a"]).unwrap());
        fixture.write(&first.certificate, &first.key);
        assert!(fixture.files.poll().unwrap());
        assert!(!fixture.files.poll().unwrap());
        fixture.write(&second.certificate, &first.key);
        assert!(matches!(fixture.files.poll(), Err(CertificateError::Key(_))));
        assert_eq!(fixture.files.into.unready(std::time::SystemTime::now()), None);
        fixture.write(&second.certificate, &second.key);
        assert!(fixture.files.poll().unwrap());
    }

    #[test]
    fn garbage_and_missing_files_leave_it_without_a_certificate() {
        let mut fixture = Fixture::new();
        assert!(matches!(fixture.files.poll(), Err(CertificateError::Unreadable { .. })));
        fixture.write("no pem", "no pem");
        assert!(fixture.files.poll().is_err());
        assert!(fixture.files.into.unready(std::time::SystemTime::now()).is_some());
    }

    #[test]
    fn an_expired_certificate_is_refused() {
        let mut fixture = Fixture::new();
        let expired = Authority::new().unwrap().expired_leaf(&["a"]).unwrap();
        fixture.write(&expired.certificate, &expired.key);
        assert!(matches!(fixture.files.poll(), Err(CertificateError::Expired)));
    }
}
