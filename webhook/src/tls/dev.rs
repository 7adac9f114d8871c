//! A certificate authority in memory: for `--dev`, and for tests. What serves in a cluster comes from files or from the
//! cluster's own authority.

use std::time::SystemTime;

use chrono::{DateTime, Datelike as _, NaiveDate, Utc};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use crate::tls::{CertificateError, Certificates};

/// For a first try, and gone when the server stops.
const LEAF_DAYS: u64 = 30;

/// A self-made authority with a P-256 key.
#[derive(Debug)]
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: String,
}

/// A certificate and its key, PEM.
#[derive(Debug, Clone)]
pub struct Leaf {
    /// The certificate.
    pub certificate: String,
    /// Its private key.
    pub key: String,
}

impl Authority {
    /// A new authority.
    pub fn new() -> Result<Self, CertificateError> {
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::new(Vec::new())?;
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        params.distinguished_name.push(DnType::CommonName, "platlint development CA");
        let certificate = params.self_signed(&key)?.pem();
        Ok(Self { issuer: Issuer::new(params, key), certificate })
    }

    /// Its certificate, PEM.
    #[must_use]
    pub fn certificate(&self) -> &str {
        &self.certificate
    }

    /// A server certificate for these names and addresses.
    pub fn leaf(&self, names: &[&str]) -> Result<Leaf, CertificateError> {
        self.sign(&leaf_params(names)?)
    }

    /// One that is over: for tests of what happens then.
    pub fn expired_leaf(&self, names: &[&str]) -> Result<Leaf, CertificateError> {
        let mut params = leaf_params(names)?;
        params.not_before = rcgen::date_time_ymd(2020, 1, 1);
        params.not_after = rcgen::date_time_ymd(2020, 1, 2);
        self.sign(&params)
    }

    fn sign(&self, params: &CertificateParams) -> Result<Leaf, CertificateError> {
        let key = KeyPair::generate()?;
        let certificate = params.signed_by(&key, &self.issuer)?.pem();
        Ok(Leaf { certificate, key: key.serialize_pem() })
    }
}

fn leaf_params(names: &[&str]) -> Result<CertificateParams, CertificateError> {
    let mut params = CertificateParams::new(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>())?;
    let today = DateTime::<Utc>::from(SystemTime::now()).date_naive();
    // Months and days of a calendar fit.
    let part = |number: u32| u8::try_from(number).unwrap_or(1);
    let midnight = |day: NaiveDate| rcgen::date_time_ymd(day.year(), part(day.month()), part(day.day()));
    params.not_before = midnight(today - chrono::Days::new(1));
    params.not_after = midnight(today + chrono::Days::new(LEAF_DAYS));
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    Ok(params)
}

impl Leaf {
    /// Puts it into use.
    pub fn install(&self, into: &Certificates) -> Result<(), CertificateError> {
        let malformed = |error: rustls_pki_types::pem::Error| CertificateError::Malformed(error.to_string());
        let certificate = CertificateDer::from_pem_slice(self.certificate.as_bytes()).map_err(malformed)?;
        let key = PrivateKeyDer::from_pem_slice(self.key.as_bytes()).map_err(malformed)?;
        into.install(vec![certificate], key)
    }
}
