//! What an `images` section refers to by the name of a file, or has written out: keys, roots, certificates, lists of
//! digests. Read once, bounded in size, and known to look like what it should be; whether a key or a root is a good one is
//! decided by those who use it.

use std::path::Path as FilePath;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::bundle::digest;
use crate::files::{Files, Kind};
use crate::policies::source::reason;

/// A public key has a few hundred bytes.
const MAX_KEY: u64 = 64 << 10;
/// Certificates of registries: a few; some paste the bundle of a whole system here.
const MAX_CA: u64 = 1 << 20;
/// The public good instance's root has some 20 KB.
const MAX_ROOT: u64 = 4 << 20;
/// A hundred thousand digests.
const MAX_REVOKED: u64 = 8 << 20;

const BEGIN: &str = "-----BEGIN ";
const END: &str = "-----END ";
const DASHES: &str = "-----";

/// Something that was read.
#[derive(Debug, Clone)]
pub(super) struct Material {
    pub bytes: Arc<[u8]>,
    /// In hexadecimal digits.
    pub digest: String,
    /// Its file as written; `None` where it is written out itself.
    file: Option<String>,
}

impl Material {
    fn new(bytes: Vec<u8>, file: Option<&str>) -> Self {
        Self { digest: digest(&bytes), bytes: bytes.into(), file: file.map(ToOwned::to_owned) }
    }

    /// For `config show`: where it comes from and which it is, without the content.
    pub(super) fn shown(&self) -> Value {
        match &self.file {
            Some(file) => json!({"file": file, "sha256": self.digest}),
            None => json!({"inline": true, "sha256": self.digest}),
        }
    }
}

/// Where files are read from, and the folder they are relative to.
#[derive(Clone, Copy)]
pub(super) struct Folder<'f> {
    pub files: &'f Files,
    pub path: &'f FilePath,
}

impl Folder<'_> {
    /// A public key: a file, or PEM. The error is a message that names the field's text where that is a file.
    pub(super) fn key(&self, text: &str) -> Result<Material, String> {
        if text.contains("://") {
            return Err(format!("`{text}`: keys are not fetched from services; write the public key or name its file"));
        }
        self.pem(text, MAX_KEY, check_key)
    }

    /// Certificates: a file, or PEM.
    pub(super) fn certificates(&self, text: &str) -> Result<Material, String> {
        self.pem(text, MAX_CA, check_certificates)
    }

    /// A trusted root: a file.
    pub(super) fn root(&self, text: &str) -> Result<Material, String> {
        let bytes = self.read(text, MAX_ROOT)?;
        check_root(&bytes).map_err(|fault| format!("`{text}` {fault}"))?;
        Ok(Material::new(bytes, Some(text)))
    }

    /// A list of digests, as text.
    pub(super) fn list(&self, text: &str) -> Result<String, String> {
        String::from_utf8(self.read(text, MAX_REVOKED)?).map_err(|_| format!("`{text}` is not UTF-8"))
    }

    fn pem(&self, text: &str, limit: u64, check: fn(&[u8]) -> Result<(), String>) -> Result<Material, String> {
        if is_inline(text) {
            check(text.as_bytes()).map_err(|fault| format!("this {fault}"))?;
            return Ok(Material::new(text.as_bytes().to_vec(), None));
        }
        let bytes = self.read(text, limit)?;
        check(&bytes).map_err(|fault| format!("`{text}` {fault}"))?;
        Ok(Material::new(bytes, Some(text)))
    }

    fn read(&self, text: &str, limit: u64) -> Result<Vec<u8>, String> {
        let path = self.path.join(text);
        match self.files.kind(&path) {
            Err(error) => return Err(format!("`{text}` cannot be read: {}", reason(&error))),
            Ok(Kind::Folder) => return Err(format!("`{text}` is a folder and no file")),
            // Reading a pipe could wait for ever.
            Ok(Kind::File) if !self.files.is_file(&path) => return Err(format!("`{text}` is no plain file")),
            Ok(Kind::File) => {}
        }
        let read = self.files.read(&path, limit);
        let bytes = read.map_err(|error| format!("`{text}` cannot be read: {}", reason(&error)))?;
        if u64::try_from(bytes.len()).is_ok_and(|length| length > limit) {
            return Err(format!("`{text}` is larger than {} KiB", limit >> 10));
        }
        Ok(bytes)
    }
}

/// Whether the text is PEM itself and no file's name.
pub(super) fn is_inline(text: &str) -> bool {
    text.contains(BEGIN)
}

/// One public key.
fn check_key(bytes: &[u8]) -> Result<(), String> {
    let labels = labels(bytes)?;
    let [label] = labels.as_slice() else {
        return Err(format!("holds {} blocks of PEM; each key is an authority of its own", labels.len()));
    };
    match label.as_str() {
        _ if label.contains("PRIVATE KEY") => {
            Err("is a private key; only the public one belongs here, and this one should be replaced".to_owned())
        }
        "CERTIFICATE" => Err("is a certificate; write the public key in it".to_owned()),
        _ if label.ends_with("PUBLIC KEY") => Ok(()),
        _ => Err(format!("is no public key but a `{label}`")),
    }
}

fn check_certificates(bytes: &[u8]) -> Result<(), String> {
    match labels(bytes)?.iter().find(|label| *label != "CERTIFICATE") {
        Some(label) if label.contains("PRIVATE KEY") => {
            Err("holds a private key; only certificates belong here".to_owned())
        }
        Some(label) => Err(format!("holds a `{label}`; only certificates belong here")),
        None => Ok(()),
    }
}

/// The labels of all blocks of PEM; at least one.
fn labels(bytes: &[u8]) -> Result<Vec<String>, String> {
    let text = std::str::from_utf8(bytes).map_err(|_| "is no PEM: it is not text".to_owned())?;
    let mut labels = Vec::new();
    let mut open: Option<(&str, usize)> = None;
    for line in text.lines().map(str::trim) {
        if let Some(label) = line.strip_prefix(BEGIN).and_then(|rest| rest.strip_suffix(DASHES)) {
            if open.is_some() {
                return Err("is no PEM: a block begins within another".to_owned());
            }
            open = Some((label, 0));
        } else if let Some(label) = line.strip_prefix(END).and_then(|rest| rest.strip_suffix(DASHES)) {
            match open.take() {
                Some((begun, length)) if begun == label && length > 0 => labels.push(label.to_owned()),
                _ => return Err("is no PEM: a block ends that did not begin, or is empty".to_owned()),
            }
        } else if let Some((_, length)) = &mut open {
            if let Some(strange) = line.chars().find(|c| !(c.is_ascii_alphanumeric() || "+/=".contains(*c))) {
                return Err(format!("is no PEM: `{}` is no base64", strange.escape_debug()));
            }
            *length = length.saturating_add(line.len());
        }
    }
    match open {
        Some(_) => Err("is no PEM: a block does not end".to_owned()),
        None if labels.is_empty() => Err("is no PEM: no block begins in it".to_owned()),
        None => Ok(labels),
    }
}

/// JSON of the right kind; its keys and certificates are read by those who use them.
fn check_root(bytes: &[u8]) -> Result<(), String> {
    let value: Value =
        serde_json::from_slice(bytes).map_err(|error| format!("is no trusted root: it is not JSON ({error})"))?;
    let parts = ["tlogs", "certificateAuthorities", "timestampAuthorities", "ctlogs"];
    if parts.iter().any(|part| value.get(part).is_some_and(Value::is_array)) {
        return Ok(());
    }
    Err(format!("is no trusted root: it has none of {}", parts.map(|part| format!("`{part}`")).join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(label: &str) -> String {
        format!("-----BEGIN {label}-----\nMFkw\nEw==\n-----END {label}-----\n")
    }

    #[test]
    fn only_one_public_key_is_a_key() {
        let check = |text: &str| check_key(text.as_bytes());
        assert_eq!(check(&block("PUBLIC KEY")), Ok(()));
        assert_eq!(check(&format!("a word before\n{}", block("RSA PUBLIC KEY").replace('\n', "\r\n"))), Ok(()));
        for (text, fault) in [
            (String::new(), "no block begins"),
            ("ssh-ed25519 AAAA".to_owned(), "no block begins"),
            (block("ENCRYPTED SIGSTORE PRIVATE KEY"), "private key"),
            (block("CERTIFICATE"), "certificate"),
            (block("PUBLIC KEY").repeat(2), "2 blocks"),
            (block("PUBLIC KEY").replace("MFkw", "M F"), "no base64"),
            (block("PUBLIC KEY").replace("END PUBLIC", "END PRIVATE"), "did not begin"),
            ("-----BEGIN PUBLIC KEY-----\nMFkw\n".to_owned(), "does not end"),
            ("-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n".to_owned(), "empty"),
        ] {
            let told = check(&text).unwrap_err();
            assert!(told.contains(fault), "{text:?}: {told}");
        }
        assert!(check_key(b"\xff").unwrap_err().contains("not text"));
    }

    #[test]
    fn certificates_come_without_keys() {
        assert_eq!(check_certificates(block("CERTIFICATE").repeat(2).as_bytes()), Ok(()));
        let both = block("CERTIFICATE") + &block("RSA PRIVATE KEY");
        assert!(check_certificates(both.as_bytes()).unwrap_err().contains("private key"));
        assert!(check_certificates(block("PUBLIC KEY").as_bytes()).is_err());
    }

    #[test]
    fn a_trusted_root_is_json_with_a_part_of_one() {
        assert_eq!(check_root(br#"{"tlogs": []}"#), Ok(()));
        for text in ["", "[]", "{}", r#"{"tlogs": {}}"#, "-----BEGIN CERTIFICATE-----"] {
            assert!(check_root(text.as_bytes()).unwrap_err().contains("no trusted root"), "{text}");
        }
    }
}
