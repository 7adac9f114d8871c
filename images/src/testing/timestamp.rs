//! A timestamp authority (RFC 3161): when a signature existed, in a signed message of its own form (CMS).

use super::certificate::{at, authority};
use super::der::{
    GENERALIZED_TIME, INTEGER, OCTET_STRING, SET, children, constructed, content, element, oid, sequence,
};
use super::key::{Kind, TestKey};
use rcgen::{CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, Issuer, KeyUsagePurpose};
use sha2::{Digest as _, Sha256};

/// Identifiers, encoded. PKCS#7 signed data, and PKCS#9 content type and message digest.
const SIGNED_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2];
const CONTENT_TYPE: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 3];
const MESSAGE_DIGEST: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 4];
/// The content that a timestamp is.
const TIMESTAMP: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 16, 1, 4];
const SHA256: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1];
const ECDSA_SHA256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2];
/// A policy of nobody's: 1.3.6.1.4.1.57264.2.
const POLICY: &[u8] = &[0x2b, 6, 1, 4, 1, 0x83, 0xbf, 0x30, 2];
/// Tags of elements numbered within another.
const FIRST: u8 = 0xa0;

pub(super) struct TimestampAuthority {
    key: TestKey,
    leaf: Vec<u8>,
    root: Vec<u8>,
}

impl TimestampAuthority {
    pub(super) fn new() -> Self {
        let (root_key, key) = (TestKey::new(Kind::P256), TestKey::new(Kind::P256));
        let root_params = authority("timestamp authority of a test");
        let root = root_params.self_signed(root_key.pair()).unwrap().der().to_vec();
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, "timestamps of a test");
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::TimeStamping];
        params.not_before = rcgen::date_time_ymd(2020, 1, 1);
        params.not_after = rcgen::date_time_ymd(2049, 1, 1);
        let issuer = Issuer::from_params(&root_params, root_key.pair());
        let leaf = params.signed_by(key.pair(), &issuer).unwrap().der().to_vec();
        Self { key, leaf, root }
    }

    /// The certificates as a trusted root lists them, the signing one first.
    pub(super) fn chain(&self) -> Vec<Vec<u8>> {
        vec![self.leaf.clone(), self.root.clone()]
    }

    /// A token: these bytes existed at that second.
    pub(super) fn stamp(&self, bytes: &[u8], seconds: i64) -> Vec<u8> {
        let sha256 = || sequence(&[oid(SHA256)]);
        let digest = |bytes: &[u8]| element(OCTET_STRING, &Sha256::digest(bytes));
        let number = |number: u8| element(INTEGER, &[number]);
        let info = sequence(&[
            number(1),
            oid(POLICY),
            sequence(&[sha256(), digest(bytes)]),
            number(7),
            element(GENERALIZED_TIME, generalized(seconds).as_bytes()),
        ]);
        let attribute = |name: &[u8], value: Vec<u8>| sequence(&[oid(name), constructed(SET, &[value])]);
        // In the order of DER, which is what is signed.
        let attributes = [attribute(CONTENT_TYPE, oid(TIMESTAMP)), attribute(MESSAGE_DIGEST, digest(&info))];
        let signature = self.key.sign(&constructed(SET, &attributes));
        let parts = children(children(&self.leaf)[0]);
        let (serial, issuer) = (parts[1].to_vec(), parts[3].to_vec());
        let signer = sequence(&[
            number(1),
            sequence(&[issuer, serial]),
            sha256(),
            element(FIRST, content(&constructed(SET, &attributes))),
            sequence(&[oid(ECDSA_SHA256)]),
            element(OCTET_STRING, &signature),
        ]);
        let data = sequence(&[
            number(3),
            constructed(SET, &[sha256()]),
            sequence(&[oid(TIMESTAMP), element(FIRST, &element(OCTET_STRING, &info))]),
            constructed(SET, &[signer]),
        ]);
        sequence(&[oid(SIGNED_DATA), element(FIRST, &data)])
    }
}

/// `YYYYMMDDhhmmssZ`.
fn generalized(seconds: i64) -> String {
    let time = at(seconds);
    let (date, clock) = (time.date(), time.time());
    format!(
        "{:04}{:02}{:02}{:02}{:02}{:02}Z",
        date.year(),
        u8::from(date.month()),
        date.day(),
        clock.hour(),
        clock.minute(),
        clock.second()
    )
}
