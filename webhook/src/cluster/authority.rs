//! The certificate authority that the replicas share, and how it is renewed without a request failing.
//!
//! What is shared is only the authority; every replica makes its own leaf and keeps its key in memory. A renewal has three
//! steps, each a change of one Secret:
//! 1. **announced**: the next authority is made and trusted (its certificate is in caBundle), but signs nothing yet;
//! 2. **signing**: it signs once it has been in the live caBundle for [`Lifetimes::announcement`], so that every API
//!    server has seen it; replicas make new leaves as soon as they see the change, and those that see it late go on
//!    serving leaves of the old authority, which is still trusted;
//! 3. **retired**: the old one is trusted for one more lifetime of a leaf and a quarter. By then every leaf it signed has expired, so
//!    nobody need be asked whether he has changed over: no list of replicas, no acknowledgement that could be lost.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    SerialNumber,
};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use x509_parser::prelude::{FromDer as _, X509Certificate};

/// How long things hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lifetimes {
    /// An authority; it is renewed when a third of this is left.
    pub authority: Duration,
    /// A serving certificate; it is replaced when half of this is over.
    pub leaf: Duration,
    /// How long a new authority is trusted everywhere before it signs.
    pub announcement: Duration,
}

impl Default for Lifetimes {
    fn default() -> Self {
        let days = |days: u64| Duration::from_hours(24 * days);
        Self { authority: days(365), leaf: days(7), announcement: Duration::from_mins(10) }
    }
}

/// Clocks may differ by so much; what is made now was valid before.
const SKEW: Duration = Duration::from_hours(1);

/// Why an authority cannot be made or read.
#[derive(Debug, thiserror::Error)]
pub(super) enum AuthorityError {
    /// It could not be made or used for signing.
    #[error("no certificate could be made: {0}")]
    Generation(#[from] rcgen::Error),
    /// The Secret lacks a part.
    #[error("the Secret has no {0}")]
    Missing(&'static str),
    /// The Secret holds something else.
    #[error("{0} in the Secret cannot be read: {1}")]
    Malformed(&'static str, String),
}

/// An authority with its key, PEM.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Authority {
    pub certificate: String,
    key: String,
    pub not_after: SystemTime,
}

impl std::fmt::Debug for Authority {
    /// Without the key.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Authority").field("not_after", &self.not_after).finish_non_exhaustive()
    }
}

/// All that is trusted, and what signs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Authorities {
    pub signing: Authority,
    /// Trusted, not yet signing; since when it is announced.
    pub next: Option<(Authority, SystemTime)>,
    /// No longer signing; trusted until then.
    pub retired: Option<(String, SystemTime)>,
}

/// A serving certificate and its key.
pub(super) struct Leaf {
    pub chain: Vec<CertificateDer<'static>>,
    pub key: PrivateKeyDer<'static>,
    pub not_after: SystemTime,
}

/// The Secret's entries.
pub(super) type Entries = BTreeMap<String, Vec<u8>>;

const CERTIFICATE: &str = "ca.crt";
const KEY: &str = "ca.key";
const NEXT_CERTIFICATE: &str = "next.crt";
const NEXT_KEY: &str = "next.key";
const NEXT_SINCE: &str = "next-since";
const RETIRED_CERTIFICATE: &str = "retired.crt";
const RETIRED_UNTIL: &str = "retired-until";

impl Authority {
    fn new(lifetime: Duration, now: SystemTime) -> Result<Self, AuthorityError> {
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::new(Vec::new())?;
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        // A name of its own: a client that finds two trusted authorities of one name has to try both.
        params.distinguished_name.push(DnType::CommonName, format!("platlint webhook CA {}", seconds(now)));
        set_validity(&mut params, now, now + lifetime);
        let certificate = params.self_signed(&key)?.pem();
        Self::read(certificate, key.serialize_pem(), CERTIFICATE)
    }

    fn read(certificate: String, key: String, name: &'static str) -> Result<Self, AuthorityError> {
        let not_after = not_after(&certificate, name)?;
        KeyPair::from_pem(&key).map_err(|error| AuthorityError::Malformed(KEY, error.to_string()))?;
        Ok(Self { certificate, key, not_after })
    }

    /// A serving certificate for these names and addresses.
    pub(super) fn leaf(&self, names: &[String], lifetime: Duration, now: SystemTime) -> Result<Leaf, AuthorityError> {
        let issuer = Issuer::from_ca_cert_pem(&self.certificate, KeyPair::from_pem(&self.key)?)?;
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::new(names.to_vec())?;
        if let Some(first) = names.first() {
            params.distinguished_name.push(DnType::CommonName, first.clone());
        }
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        params.serial_number = Some(SerialNumber::from(seconds(now)));
        let not_after = (now + lifetime).min(self.not_after);
        set_validity(&mut params, now, not_after);
        let certificate = params.signed_by(&key, &issuer)?;
        let private = PrivateKeyDer::from_pem_slice(key.serialize_pem().as_bytes())
            .map_err(|error| AuthorityError::Malformed(KEY, error.to_string()))?;
        Ok(Leaf { chain: vec![certificate.der().clone()], key: private, not_after })
    }
}

impl Authorities {
    pub(super) fn new(lifetimes: Lifetimes, now: SystemTime) -> Result<Self, AuthorityError> {
        Ok(Self { signing: Authority::new(lifetimes.authority, now)?, next: None, retired: None })
    }

    /// What the API servers shall trust, PEM.
    pub(super) fn bundle(&self) -> String {
        let next = self.next.as_ref().map(|(next, _)| next.certificate.as_str());
        let retired = self.retired.as_ref().map(|(certificate, _)| certificate.as_str());
        let mut all: Vec<&str> =
            [Some(self.signing.certificate.as_str()), next, retired].into_iter().flatten().collect();
        // In an order of their own: when the next one takes over, what is trusted stays the same, byte for byte.
        all.sort_unstable();
        all.concat()
    }

    /// The next state, where it is time for one. `is_announced`: the live configurations hold [`Self::bundle`];
    /// `is_asked`: somebody asks for a new authority.
    pub(super) fn step(
        &self,
        lifetimes: Lifetimes,
        is_announced: bool,
        is_asked: bool,
        now: SystemTime,
    ) -> Result<Option<Self>, AuthorityError> {
        // Where nobody was there to renew it in time, no certificate is trusted and there is nothing to overlap with.
        let is_over = self.signing.not_after <= now;
        if is_over && self.next.is_none() {
            return Ok(Some(Self::new(lifetimes, now)?));
        }
        if let Some((next, since)) = &self.next {
            let is_due = is_over || is_announced && *since + lifetimes.announcement <= now;
            return Ok(is_due.then(|| Self {
                signing: next.clone(),
                next: None,
                retired: Some((self.signing.certificate.clone(), now + lifetimes.leaf + lifetimes.leaf / 4)),
            }));
        }
        if self.retired.as_ref().is_some_and(|(_, until)| *until <= now) {
            return Ok(Some(Self { retired: None, ..self.clone() }));
        }
        // One renewal at a time: what an earlier one left must be gone before.
        if self.retired.is_none() && (is_asked || self.signing.not_after <= now + lifetimes.authority / 3) {
            let next = Authority::new(lifetimes.authority, now)?;
            return Ok(Some(Self { next: Some((next, now)), ..self.clone() }));
        }
        Ok(None)
    }

    /// Reads the Secret; `None` where it holds nothing yet, as the chart makes it.
    pub(super) fn read(entries: &Entries) -> Result<Option<Self>, AuthorityError> {
        if entries.is_empty() {
            return Ok(None);
        }
        let text = |name: &'static str| match entries.get(name) {
            None => Ok(None),
            Some(bytes) => String::from_utf8(bytes.clone())
                .map(Some)
                .map_err(|error| AuthorityError::Malformed(name, error.to_string())),
        };
        let need = |name: &'static str| text(name)?.ok_or(AuthorityError::Missing(name));
        let signing = Authority::read(need(CERTIFICATE)?, need(KEY)?, CERTIFICATE)?;
        let next = match text(NEXT_CERTIFICATE)? {
            Some(certificate) => {
                let next = Authority::read(certificate, need(NEXT_KEY)?, NEXT_CERTIFICATE)?;
                Some((next, time(&need(NEXT_SINCE)?, NEXT_SINCE)?))
            }
            None => None,
        };
        let retired = match text(RETIRED_CERTIFICATE)? {
            Some(certificate) => Some((certificate, time(&need(RETIRED_UNTIL)?, RETIRED_UNTIL)?)),
            None => None,
        };
        Ok(Some(Self { signing, next, retired }))
    }

    /// As the Secret keeps it.
    pub(super) fn entries(&self) -> Entries {
        let mut entries = Entries::new();
        let mut put = |name: &str, text: &str| entries.insert(name.to_owned(), text.as_bytes().to_vec());
        put(CERTIFICATE, &self.signing.certificate);
        put(KEY, &self.signing.key);
        if let Some((next, since)) = &self.next {
            put(NEXT_CERTIFICATE, &next.certificate);
            put(NEXT_KEY, &next.key);
            put(NEXT_SINCE, &seconds(*since).to_string());
        }
        if let Some((certificate, until)) = &self.retired {
            put(RETIRED_CERTIFICATE, certificate);
            put(RETIRED_UNTIL, &seconds(*until).to_string());
        }
        entries
    }
}

fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

fn time(text: &str, name: &'static str) -> Result<SystemTime, AuthorityError> {
    let seconds: u64 = text.trim().parse().map_err(|_| AuthorityError::Malformed(name, text.to_owned()))?;
    Ok(UNIX_EPOCH + Duration::from_secs(seconds))
}

fn set_validity(params: &mut CertificateParams, now: SystemTime, until: SystemTime) {
    let epoch = rcgen::date_time_ymd(1970, 1, 1);
    params.not_before = epoch + Duration::from_secs(seconds(now).saturating_sub(SKEW.as_secs()));
    params.not_after = epoch + Duration::from_secs(seconds(until));
}

fn not_after(certificate: &str, name: &'static str) -> Result<SystemTime, AuthorityError> {
    let malformed = |error: String| AuthorityError::Malformed(name, error);
    let der = CertificateDer::from_pem_slice(certificate.as_bytes()).map_err(|error| malformed(error.to_string()))?;
    let (_, parsed) = X509Certificate::from_der(&der).map_err(|error| malformed(error.to_string()))?;
    let seconds = u64::try_from(parsed.validity().not_after.timestamp()).unwrap_or_default();
    Ok(UNIX_EPOCH + Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIFETIMES: Lifetimes = Lifetimes {
        authority: Duration::from_hours(300),
        leaf: Duration::from_hours(10),
        announcement: Duration::from_mins(10),
    };

    fn start() -> SystemTime {
        UNIX_EPOCH + Duration::from_hours(500_000)
    }

    fn at(hours: u64) -> SystemTime {
        start() + Duration::from_hours(hours)
    }

    fn made() -> Authorities {
        Authorities::new(LIFETIMES, start()).unwrap()
    }

    fn is_trusted(leaf: &Leaf, bundle: &str, now: SystemTime) -> bool {
        use rustls::client::WebPkiServerVerifier;
        use rustls::client::danger::ServerCertVerifier as _;
        let mut roots = rustls::RootCertStore::empty();
        CertificateDer::pem_slice_iter(bundle.as_bytes()).for_each(|one| roots.add(one.unwrap()).unwrap());
        let provider = std::sync::Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let verifier =
            WebPkiServerVerifier::builder_with_provider(std::sync::Arc::new(roots), provider).build().unwrap();
        let name = "platlint-webhook.platlint.svc".try_into().unwrap();
        let now = rustls_pki_types::UnixTime::since_unix_epoch(now.duration_since(UNIX_EPOCH).unwrap());
        verifier.verify_server_cert(&leaf.chain[0], &[], &name, &[], now).is_ok()
    }

    fn leaf(of: &Authorities, now: SystemTime) -> Leaf {
        of.signing.leaf(&["platlint-webhook.platlint.svc".to_owned()], LIFETIMES.leaf, now).unwrap()
    }

    fn step(of: &Authorities, is_announced: bool, now: SystemTime) -> Option<Authorities> {
        of.step(LIFETIMES, is_announced, false, now).unwrap()
    }

    #[test]
    fn a_leaf_is_trusted_for_its_lifetime_even_by_a_clock_that_is_slow() {
        let authorities = made();
        let leaf = leaf(&authorities, start());
        let bundle = authorities.bundle();
        assert!(is_trusted(&leaf, &bundle, start()));
        assert!(is_trusted(&leaf, &bundle, start() - Duration::from_mins(59)));
        assert!(is_trusted(&leaf, &bundle, at(10) - Duration::from_secs(1)));
        assert!(!is_trusted(&leaf, &bundle, at(10) + Duration::from_secs(1)));
        assert!(!is_trusted(&leaf, &made().bundle(), start()), "another authority");
    }

    #[test]
    fn every_leaf_is_trusted_at_every_step_of_a_renewal() {
        let first = made();
        assert_eq!(step(&first, true, at(199)), None);
        let announced = step(&first, true, at(201)).unwrap();
        assert_eq!(announced.signing, first.signing);
        // It does not sign before everybody trusts it: neither too early nor while the live configuration lacks it.
        assert_eq!(step(&announced, true, at(201)), None);
        assert_eq!(step(&announced, false, at(202)), None);
        let switched = step(&announced, true, at(202)).unwrap();
        assert_eq!(switched.bundle(), announced.bundle());
        let (old, new) = (leaf(&first, at(202)), leaf(&switched, at(202)));
        assert!(!is_trusted(&new, &first.bundle(), at(202)));
        for state in [&announced, &switched] {
            assert!(is_trusted(&old, &state.bundle(), at(202)) && is_trusted(&new, &state.bundle(), at(202)));
        }
        // The old one goes when its last leaf has expired, and not before.
        assert_eq!(step(&switched, true, at(214)), None);
        let retired = step(&switched, true, at(215)).unwrap();
        assert_eq!(retired.bundle(), switched.signing.certificate);
        assert!(old.not_after < at(215));
        assert_eq!(step(&retired, true, at(215)), None);
    }

    #[test]
    fn one_that_is_over_is_replaced_at_once() {
        let first = made();
        let anew = step(&first, false, at(301)).unwrap();
        assert!(is_trusted(&leaf(&anew, at(301)), &anew.bundle(), at(301)));
        let announced = step(&first, true, at(299)).unwrap();
        assert_eq!(step(&announced, false, at(301)).unwrap().signing, announced.next.unwrap().0);
    }

    #[test]
    fn somebody_may_ask_for_a_new_one() {
        let asked = made().step(LIFETIMES, true, true, at(1)).unwrap().unwrap();
        assert!(asked.next.is_some());
        assert_eq!(asked.step(LIFETIMES, false, true, at(1)).unwrap(), None, "one renewal at a time");
    }

    #[test]
    fn every_state_survives_the_secret() {
        let first = made();
        let announced = step(&first, true, at(201)).unwrap();
        let switched = step(&announced, true, at(202)).unwrap();
        for state in [first, announced, switched] {
            assert_eq!(Authorities::read(&state.entries()).unwrap(), Some(state));
        }
    }

    #[test]
    fn an_empty_secret_is_none_and_a_broken_one_is_said() {
        assert_eq!(Authorities::read(&Entries::new()).unwrap(), None);
        let mut entries = made().entries();
        entries.remove(KEY);
        assert!(matches!(Authorities::read(&entries), Err(AuthorityError::Missing(KEY))));
        let mut entries = made().entries();
        entries.insert(CERTIFICATE.to_owned(), b"nothing".to_vec());
        assert!(matches!(Authorities::read(&entries), Err(AuthorityError::Malformed(CERTIFICATE, _))));
    }

    #[test]
    fn a_leaf_does_not_outlive_its_authority() {
        let authorities = made();
        assert_eq!(leaf(&authorities, at(295)).not_after, authorities.signing.not_after);
    }
}
