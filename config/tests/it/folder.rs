//! A folder of files for one test.

use std::fs;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use platlint_config::{Loaded, Options, Problems, load};

/// A folder below the build's own temporary one; each test names its own.
pub(crate) struct Folder {
    pub(crate) path: PathBuf,
}

/// A rule of a user, good in every respect.
pub(crate) const GOOD_RULE: &str = "\
# METADATA
# title: Names are short
# custom:
#   platlint:
#     parameters:
#       type: object
#       additionalProperties: false
#       properties:
#         longest: {type: integer, minimum: 1, default: 20}
package team.short_names

deny contains {\"msg\": \"too long\", \"path\": [\"metadata\", \"name\"]} if {
\tname = input.review.object.metadata.name
\tcount(name) > input.parameters.longest
}
";

/// Something that looks like a public key: the loader reads it, others understand it.
pub(crate) const KEY: &str =
    "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE\n-----END PUBLIC KEY-----\n";

/// Ids of the built-in rules, in order: the folders below `policies/<category>`.
pub(crate) fn built_in() -> Vec<String> {
    let folders = |path: &Path| {
        let entries = fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path());
        entries.filter(|path| path.is_dir()).collect::<Vec<_>>()
    };
    let categories = folders(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../policies"));
    let rules = categories.iter().flat_map(|category| folders(category));
    let mut ids: Vec<String> = rules.map(|rule| rule.file_name().unwrap().to_str().unwrap().to_owned()).collect();
    ids.sort();
    ids
}

impl Folder {
    /// An empty folder with these files.
    pub(crate) fn with(test: &str, files: &[(&str, &str)]) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("config").join(test);
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        let folder = Self { path };
        files.iter().for_each(|(name, text)| folder.write(name, text.as_bytes()));
        folder
    }

    /// One with a platlint.yaml.
    pub(crate) fn config(test: &str, text: &str) -> Self {
        Self::with(test, &[("platlint.yaml", text)])
    }

    pub(crate) fn write(&self, name: &str, bytes: &[u8]) {
        let path = self.path.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    /// A run in this folder.
    pub(crate) fn options(&self) -> Options {
        Options::new(self.path.clone(), now())
    }

    pub(crate) fn load(&self) -> Result<Loaded, Problems> {
        load(&self.options())
    }

    /// What is wrong, as users see it, with names below this folder.
    pub(crate) fn problems(&self) -> String {
        self.shorten(&self.load().unwrap_err().to_string())
    }

    pub(crate) fn shorten(&self, text: &str) -> String {
        text.replace(&format!("{}/", self.path.display()), "").replace(&self.path.display().to_string(), ".")
    }
}

pub(crate) fn now() -> DateTime<Utc> {
    DateTime::parse_from_rfc3339("2026-11-21T12:00:00Z").unwrap().to_utc()
}
