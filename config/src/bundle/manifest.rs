//! `bundle.json`: what a bundle holds, file by file, and what it was made of. Nothing in it depends on when or where the
//! bundle was made.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::bundle::fault::{BadName, Fault, check_name};
use crate::policies::builtin::BUILTIN_VERSION;

/// The manifest's own name.
pub(crate) const MANIFEST: &str = "bundle.json";
/// The form of the manifest that this version writes and reads.
pub(crate) const FORMAT: u32 = 1;

/// Files by their path below the bundle, with `/`.
pub(crate) type Contents = BTreeMap<String, Arc<[u8]>>;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Manifest {
    pub format: u32,
    /// Version of the platlint that made the bundle.
    pub platlint: String,
    /// Digest of that platlint's built-in policies: they are not packed.
    pub builtin: String,
    pub revision: String,
    /// The configuration among `files`.
    pub config: String,
    /// Everything but the manifest, in order of the paths.
    pub files: Vec<Entry>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Entry {
    pub path: String,
    /// In bytes.
    pub size: u64,
    /// In hexadecimal digits, small letters.
    pub sha256: String,
}

impl Manifest {
    /// That of new contents, made by this platlint.
    pub(crate) fn of(files: &Contents, config: String, revision: String) -> Self {
        let entry = |(path, bytes): (&String, &Arc<[u8]>)| Entry {
            path: path.clone(),
            size: size(bytes),
            sha256: digest(bytes),
        };
        Self {
            format: FORMAT,
            platlint: env!("CARGO_PKG_VERSION").to_owned(),
            builtin: BUILTIN_VERSION.to_owned(),
            revision,
            config,
            files: files.iter().map(entry).collect(),
        }
    }

    pub(crate) fn read(bytes: &[u8]) -> Result<Self, Fault> {
        /// Read first: another format may have other fields.
        #[derive(Deserialize)]
        struct Format {
            format: serde_json::Value,
        }
        let wrong = |error: serde_json::Error| Fault::Manifest(error.to_string());
        let Format { format } = serde_json::from_slice(bytes).map_err(wrong)?;
        if format.as_u64() != Some(u64::from(FORMAT)) {
            return Err(Fault::Format(format.to_string()));
        }
        serde_json::from_slice(bytes).map_err(wrong)
    }

    /// As it is written.
    pub(crate) fn bytes(&self) -> Result<Vec<u8>, Fault> {
        let mut bytes = serde_json::to_vec_pretty(self).map_err(|error| Fault::Manifest(error.to_string()))?;
        bytes.push(b'\n');
        Ok(bytes)
    }

    /// Everything that is wrong with the files. None: they are exactly those that were packed.
    pub(crate) fn faults(&self, files: &Contents) -> Vec<Fault> {
        let mut faults = Vec::new();
        let mut named: BTreeSet<&str> = BTreeSet::new();
        for entry in &self.files {
            if !named.insert(&entry.path) {
                faults.push(Fault::Twice(entry.path.clone()));
                continue;
            }
            if let Err(fault) = check_name(&entry.path) {
                faults.push(fault);
                continue;
            }
            match files.get(&entry.path) {
                None => faults.push(Fault::Missing(entry.path.clone())),
                Some(bytes) if size(bytes) != entry.size || digest(bytes) != entry.sha256 => {
                    faults.push(Fault::Changed(entry.path.clone()));
                }
                Some(_) => {}
            }
        }
        faults.extend(files.keys().filter(|path| !named.contains(path.as_str())).cloned().map(Fault::Extra));
        faults.extend(
            files
                .keys()
                .filter(|path| is_below_file(path, files))
                .map(|path| Fault::Name { name: path.clone(), reason: BadName::BelowFile }),
        );
        if !named.contains(self.config.as_str()) {
            faults.push(Fault::Config(self.config.clone()));
        }
        faults
    }

    /// Whether this platlint would decide by it as the one that made it.
    pub(crate) fn check_builtin(&self) -> Result<(), Fault> {
        if self.builtin == BUILTIN_VERSION {
            return Ok(());
        }
        Err(Fault::Builtin { platlint: self.platlint.clone(), builtin: self.builtin.clone() })
    }
}

/// A tarball can hold what no disk can: a file that is a folder, too.
fn is_below_file(path: &str, files: &Contents) -> bool {
    path.match_indices('/').any(|(end, _)| path.get(..end).is_some_and(|folder| files.contains_key(folder)))
}

fn size(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

pub(crate) fn digest(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(64);
    for byte in Sha256::digest(bytes) {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contents(files: &[(&str, &str)]) -> Contents {
        files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().into())).collect()
    }

    fn made_of(files: &[(&str, &str)]) -> Manifest {
        Manifest::of(&contents(files), "platlint.yaml".to_owned(), "sha256:0".to_owned())
    }

    #[test]
    fn is_read_as_it_was_written() {
        let manifest = made_of(&[("platlint.yaml", "version: 1\n"), ("a/b.rego", "package b")]);
        assert_eq!(Manifest::read(&manifest.bytes().unwrap()), Ok(manifest));
    }

    #[test]
    fn another_format_is_named_before_its_fields_are_read() {
        assert_eq!(Manifest::read(br#"{"format": 2, "layers": []}"#), Err(Fault::Format("2".to_owned())));
        assert_eq!(Manifest::read(br#"{"format": "1"}"#), Err(Fault::Format("\"1\"".to_owned())));
        for text in ["", "[]", "{}", "{\"format\": 1}", "{\"format\": 1, \"revision\": 7}"] {
            assert!(matches!(Manifest::read(text.as_bytes()), Err(Fault::Manifest(_))), "{text}");
        }
        let mut unknown: serde_json::Value = serde_json::to_value(made_of(&[])).unwrap();
        unknown["signature"] = "x".into();
        assert!(matches!(Manifest::read(unknown.to_string().as_bytes()), Err(Fault::Manifest(_))));
    }

    #[test]
    fn every_difference_is_a_fault() {
        let files = [("a", "1"), ("b", "2"), ("platlint.yaml", "version: 1\n")];
        let manifest = made_of(&files);
        assert_eq!(manifest.faults(&contents(&files)), []);
        let missing = |path: &str| Fault::Missing(path.to_owned());
        assert_eq!(manifest.faults(&contents(&files[1..])), [missing("a")]);
        assert_eq!(
            manifest.faults(&contents(&[("a", "2"), ("b", "22"), ("c", "3"), files[2]])),
            [Fault::Changed("a".to_owned()), Fault::Changed("b".to_owned()), Fault::Extra("c".to_owned())]
        );
        let nothing = Manifest { files: Vec::new(), ..manifest.clone() };
        assert_eq!(nothing.faults(&Contents::new()), [Fault::Config("platlint.yaml".to_owned())]);
        let mut twice = manifest.clone();
        twice.files.push(manifest.files[0].clone());
        assert_eq!(twice.faults(&contents(&files)), [Fault::Twice("a".to_owned())]);
    }

    #[test]
    fn a_name_that_leads_out_is_a_fault_also_in_the_manifest() {
        for name in ["../a", "/a", "b/../../a", "a\\b"] {
            let files = [(name, "x"), ("platlint.yaml", "version: 1\n")];
            let faults = made_of(&files).faults(&contents(&files));
            assert!(matches!(faults.as_slice(), [Fault::Name { .. }]), "{name}: {faults:?}");
        }
    }

    #[test]
    fn a_file_cannot_be_a_folder() {
        let files = [("a", "1"), ("a/b", "2"), ("platlint.yaml", "")];
        let expected = Fault::Name { name: "a/b".to_owned(), reason: BadName::BelowFile };
        assert_eq!(made_of(&files).faults(&contents(&files)), [expected]);
    }

    #[test]
    fn other_built_in_policies_are_a_fault_that_names_both() {
        let manifest = Manifest { builtin: "sha256:other".to_owned(), platlint: "9.9.9".to_owned(), ..made_of(&[]) };
        let text = manifest.check_builtin().unwrap_err().to_string();
        for part in ["9.9.9", "sha256:other", env!("CARGO_PKG_VERSION"), BUILTIN_VERSION] {
            assert!(text.contains(part), "{text}");
        }
    }
}
