//! The lock as text: one fact in a line, always in the same order, so that its diff can be reviewed.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{fs, io};

use platlint_registry::Digest;

use super::entry::{LockedImage, LockedPart};
use super::{FILE_NAME, Lock};

const HEAD: &str = "\
# Written by `platlint images lock`. Who signed the images that are used here; the evidence is in .platlint/bundles,
# named by its SHA-256, and is verified again whenever this file is used.
version: 1
";

/// A file could not be written.
#[derive(Debug, thiserror::Error)]
#[error("{}: {source}", path.display())]
pub struct WriteError {
    /// Which one.
    pub path: PathBuf,
    /// Why.
    pub source: io::Error,
}

impl Lock {
    /// The text of the file.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::from(HEAD);
        text.push_str(if self.images.is_empty() { "images: []\n" } else { "images:\n" });
        for image in self.images.values() {
            write_image(&mut text, image);
        }
        text
    }

    /// Writes the evidence, then the file, whole or not at all, and removes evidence that no entry needs.
    pub fn write(&self, path: &Path) -> Result<(), WriteError> {
        let failed = |(path, source)| WriteError { path, source };
        let used: BTreeSet<&Digest> = self.images.values().flat_map(LockedImage::files).collect();
        self.store.write(&used).map_err(failed)?;
        let beside = path.with_file_name(format!("{FILE_NAME}.new"));
        fs::write(&beside, self.text())
            .and_then(|()| fs::rename(&beside, path))
            .map_err(|source| WriteError { path: path.to_owned(), source })?;
        self.store.prune(&used).map_err(failed)
    }
}

fn write_image(text: &mut String, image: &LockedImage) {
    line(text, "  - image", &image.name());
    list(text, "    ", "tags", image.tags.iter().map(String::as_str));
    if let Some(media_type) = &image.media_type {
        line(text, "    mediaType", media_type);
    }
    line(text, "    policy", &image.policy);
    text.push_str("    signers:\n");
    for signer in &image.signers {
        line(text, "      - authority", &signer.authority);
        if let Some((issuer, subject)) = &signer.identity {
            line(text, "        issuer", issuer);
            line(text, "        subject", subject);
        }
    }
    list(text, "    ", "predicateTypes", image.predicate_types.iter().map(String::as_str));
    write_part(text, "    ", &image.own);
    if !image.children.is_empty() {
        text.push_str("    children:\n");
    }
    for child in &image.children {
        line(text, "      - digest", child.digest.as_str());
        write_part(text, "        ", child);
    }
    line(text, "    checkedAt", &image.checked_at.to_string());
}

fn write_part(text: &mut String, indent: &str, part: &LockedPart) {
    if let Some(manifest) = &part.manifest {
        line(text, &format!("{indent}manifest"), manifest.as_str());
    }
    list(text, indent, "bundles", part.bundles.iter().map(Digest::as_str));
}

fn line(text: &mut String, key: &str, value: &str) {
    let _ = writeln!(text, "{key}: {}", scalar(value));
}

/// A list, left out where it is empty.
fn list<'v>(text: &mut String, indent: &str, key: &str, values: impl Iterator<Item = &'v str>) {
    for (position, value) in values.enumerate() {
        if position == 0 {
            let _ = writeln!(text, "{indent}{key}:");
        }
        let _ = writeln!(text, "{indent}  - {}", scalar(value));
    }
}

/// Without quotes where every reader of YAML takes it for the same text; else as JSON, which YAML contains.
fn scalar(value: &str) -> String {
    let is_plain = value.starts_with(|first: char| first.is_ascii_alphabetic())
        && value.contains(['/', ':', '-'])
        && !value.ends_with(':')
        && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/:@.-_+;=".contains(&byte));
    let is_day = value.len() == 10 && value.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    if is_plain || is_day { value.to_owned() } else { serde_json::Value::from(value).to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_texts_so_that_they_are_read_as_texts() {
        for plain in ["https://a.example/b", "registry.example/web@sha256:00", "2026-11-21", "release-key"] {
            assert_eq!(scalar(plain), plain);
        }
        for quoted in ["1.4", "true", "null", "a: b", "a #b", "", "key:", "0x1f", "\u{1f}", "*a", "12-3"] {
            assert_eq!(scalar(quoted), serde_json::to_string(quoted).unwrap());
        }
    }
}
