//! The certificate in use. Replaced as a whole; handshakes under way keep the old one.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use arc_swap::ArcSwapOption;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use x509_parser::prelude::{FromDer as _, X509Certificate};

/// Why a certificate cannot serve. The one in use stays.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// A file cannot be read, or is no PEM.
    #[error("{file}: {message}")]
    Unreadable {
        /// The file.
        file: String,
        /// Why.
        message: String,
    },
    /// There is none.
    #[error("there is no certificate")]
    Empty,
    /// It is no X.509 certificate.
    #[error("the certificate cannot be read: {0}")]
    Malformed(String),
    /// The key is of another certificate, or of a kind that cannot sign here.
    #[error("the private key does not fit the certificate: {0}")]
    Key(#[from] rustls::Error),
    /// It is over.
    #[error("the certificate has expired")]
    Expired,
    /// It could not be made.
    #[error("no certificate could be made: {0}")]
    Generation(#[from] rcgen::Error),
}

/// The serving certificate; whoever manages certificates puts new ones in.
#[derive(Debug, Default)]
pub struct Certificates {
    current: ArcSwapOption<Current>,
}

#[derive(Debug)]
struct Current {
    key: Arc<CertifiedKey>,
    not_before: SystemTime,
    not_after: SystemTime,
}

impl Certificates {
    /// Uses this chain (leaf first) and key for all handshakes from now on. An expired one is refused: the one in use
    /// may still be good.
    pub fn install(
        &self,
        chain: Vec<CertificateDer<'static>>,
        key: PrivateKeyDer<'static>,
    ) -> Result<(), CertificateError> {
        let leaf = chain.first().ok_or(CertificateError::Empty)?;
        let (_, parsed) =
            X509Certificate::from_der(leaf).map_err(|error| CertificateError::Malformed(error.to_string()))?;
        let validity = parsed.validity();
        let (not_before, not_after) = (time(validity.not_before.timestamp()), time(validity.not_after.timestamp()));
        if not_after <= SystemTime::now() {
            return Err(CertificateError::Expired);
        }
        let key = CertifiedKey::from_der(chain, key, &super::provider())?;
        self.current.store(Some(Arc::new(Current { key: Arc::new(key), not_before, not_after })));
        Ok(())
    }

    /// When the certificate in use expires.
    #[must_use]
    pub fn expiry(&self) -> Option<SystemTime> {
        self.current.load().as_ref().map(|current| current.not_after)
    }

    /// Why clients would refuse it at this moment.
    #[must_use]
    pub fn unready(&self, now: SystemTime) -> Option<&'static str> {
        match self.current.load().as_ref() {
            None => Some("there is no certificate yet"),
            Some(current) if now >= current.not_after => Some("the certificate has expired"),
            Some(current) if now < current.not_before => Some("the certificate is not valid yet"),
            Some(_) => None,
        }
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        self.current.load().as_ref().map(|current| current.key.clone())
    }
}

/// Seconds since 1970; what lies before is 1970.
fn time(seconds: i64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(u64::try_from(seconds).unwrap_or_default())
}
