//! Certificates for identities, as Fulcio gives them: a few minutes long, with the issuer in an extension and a proof of
//! publication (SCT) by a log of certificates.

use super::SIGNED_AT;
use super::der::{OCTET_STRING, UTF8_STRING, children, element};
use super::key::{Kind, TestKey};
use rcgen::{
    BasicConstraints, Certificate, CertificateParams, CustomExtension, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, IsCa, Issuer, KeyUsagePurpose, SanType, SerialNumber,
};
use time::OffsetDateTime;

/// Extensions of Fulcio stand under this arc; `8` is the issuer, and so is `1`, in an older encoding that cosign still reads.
const FULCIO_ARC: [u64; 8] = [1, 3, 6, 1, 4, 1, 57264, 1];
const ISSUER: u64 = 8;
const OLD_ISSUER: u64 = 1;
/// The list of proofs of publication.
const SCT_LIST: [u64; 10] = [1, 3, 6, 1, 4, 1, 11129, 2, 4, 2];

/// What a certificate says.
#[derive(Debug, Clone)]
pub struct Leaf {
    /// A URI, or an email address where it has no colon.
    pub subject: String,
    /// The OIDC issuer.
    pub issuer: String,
    /// Claims of a CI system: the last number of the extension's identifier, and the text.
    pub claims: Vec<(u64, String)>,
    /// When it begins, in seconds since 1970; it lasts ten minutes.
    pub not_before: i64,
    /// Whether it carries a proof of publication.
    pub is_published: bool,
}

impl Leaf {
    /// Valid around [`SIGNED_AT`].
    #[must_use]
    pub fn of(subject: &str, issuer: &str) -> Self {
        let (subject, issuer) = (subject.to_owned(), issuer.to_owned());
        Self { subject, issuer, claims: Vec::new(), not_before: SIGNED_AT - 60, is_published: true }
    }

    /// The same with a claim: repository 12, ref 14, owner's number 17, workflow 18, …
    #[must_use]
    pub fn claim(mut self, number: u64, value: &str) -> Self {
        self.claims.push((number, value.to_owned()));
        self
    }
}

pub(super) struct CertificateAuthority {
    key: TestKey,
    params: CertificateParams,
    root: Certificate,
    log: TestKey,
}

impl CertificateAuthority {
    pub(super) fn new() -> Self {
        let key = TestKey::new(Kind::P256);
        let params = authority("certificate authority of a test");
        let root = params.self_signed(key.pair()).unwrap();
        Self { key, params, root, log: TestKey::new(Kind::P256) }
    }

    pub(super) fn root(&self) -> Vec<u8> {
        self.root.der().to_vec()
    }

    /// The key of the log of certificates.
    pub(super) const fn log(&self) -> &TestKey {
        &self.log
    }

    /// A certificate, DER.
    pub(super) fn issue(&self, leaf: &Leaf, key: &TestKey) -> Vec<u8> {
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        let subject = leaf.subject.as_str();
        params.subject_alt_names = vec![if subject.contains(':') {
            SanType::URI(subject.try_into().unwrap())
        } else {
            SanType::Rfc822Name(subject.try_into().unwrap())
        }];
        params.serial_number = Some(SerialNumber::from_slice(&key.id()[..8]));
        params.not_before = at(leaf.not_before);
        params.not_after = at(leaf.not_before + 600);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::CodeSigning];
        params.use_authority_key_identifier_extension = true;
        let old_issuer = [&FULCIO_ARC[..], &[OLD_ISSUER]].concat();
        let bare_text = leaf.issuer.clone().into_bytes();
        params.custom_extensions.push(CustomExtension::from_oid_content(&old_issuer, bare_text));
        let claims = leaf.claims.iter().map(|(number, value)| (*number, value.as_str()));
        for (number, value) in std::iter::once((ISSUER, leaf.issuer.as_str())).chain(claims) {
            let mut oid = FULCIO_ARC.to_vec();
            oid.push(number);
            let content = element(UTF8_STRING, value.as_bytes());
            params.custom_extensions.push(CustomExtension::from_oid_content(&oid, content));
        }
        let issuer = Issuer::from_params(&self.params, self.key.pair());
        let certificate = params.signed_by(key.pair(), &issuer).unwrap();
        if !leaf.is_published {
            return certificate.der().to_vec();
        }
        // What the log signs is the certificate without its own proof, so it is made twice.
        let unproven = children(certificate.der())[0];
        let list = self.proof(unproven, leaf.not_before);
        params.custom_extensions.push(CustomExtension::from_oid_content(&SCT_LIST, element(OCTET_STRING, &list)));
        params.signed_by(key.pair(), &issuer).unwrap().der().to_vec()
    }

    /// A list of one SCT (RFC 6962, section 3.2 and 3.3) over a certificate's inner part.
    fn proof(&self, unproven: &[u8], time: i64) -> Vec<u8> {
        let milliseconds = (u64::try_from(time).unwrap() * 1000).to_be_bytes();
        let mut signed = vec![0, 0];
        signed.extend(milliseconds);
        signed.extend([0, 1]);
        signed.extend(self.key.id());
        signed.extend(&u32::try_from(unproven.len()).unwrap().to_be_bytes()[1..]);
        signed.extend(unproven);
        signed.extend([0, 0]);
        let signature = self.log.sign(&signed);
        let mut sct = vec![0];
        sct.extend(self.log.id());
        sct.extend(milliseconds);
        // No extensions; SHA-256, ECDSA.
        sct.extend([0, 0, 4, 3]);
        sct.extend(with_length(&signature));
        with_length(&with_length(&sct))
    }
}

/// Preceded by its length in two bytes.
fn with_length(bytes: &[u8]) -> Vec<u8> {
    let mut all = u16::try_from(bytes.len()).unwrap().to_be_bytes().to_vec();
    all.extend(bytes);
    all
}

/// The parameters of an authority's own certificate, valid for decades.
pub(super) fn authority(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.not_before = rcgen::date_time_ymd(2020, 1, 1);
    params.not_after = rcgen::date_time_ymd(2049, 1, 1);
    params
}

/// Seconds since 1970 as a date.
pub(super) fn at(seconds: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(seconds).unwrap()
}
