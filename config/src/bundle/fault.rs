//! What can be wrong with a bundle.

use crate::bundle::limits::{MAX_DEPTH, MAX_FILE, MAX_FILES, MAX_NAME, MAX_TOTAL};
use crate::bundle::manifest::{FORMAT, MANIFEST};
use crate::policies::builtin::BUILTIN_VERSION;
use crate::problem::Problem;

/// One fault of a bundle: whoever made, changed or carried it is to blame, not its rules.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Fault {
    #[error("{MANIFEST} is missing, so this is no bundle")]
    NoManifest,
    #[error("{MANIFEST} cannot be understood: {0}")]
    Manifest(String),
    #[error("{MANIFEST} has format {0}, and platlint {version} reads format {FORMAT}", version = env!("CARGO_PKG_VERSION"))]
    Format(String),
    #[error(
        "made by platlint {platlint} with the built-in policies {builtin}, but this is platlint {version} with \
         {BUILTIN_VERSION}",
        version = env!("CARGO_PKG_VERSION")
    )]
    Builtin { platlint: String, builtin: String },
    #[error(
        "{MANIFEST} names revision {expected}, but the files have {found} (made by platlint {platlint}, this is {version})",
        version = env!("CARGO_PKG_VERSION")
    )]
    Revision { expected: String, found: String, platlint: String },
    #[error("{MANIFEST} names `{0}` as the configuration, which is none of its files")]
    Config(String),
    #[error("`{0}` is missing")]
    Missing(String),
    #[error("`{0}` is not named in {MANIFEST}")]
    Extra(String),
    #[error("`{0}` is not as {MANIFEST} says: its size or its digest is another")]
    Changed(String),
    #[error("`{0}` is there twice")]
    Twice(String),
    #[error("the name `{name}` {reason}")]
    Name { name: String, reason: BadName },
    #[error("`{name}` is {kind}; a bundle holds plain files only")]
    NoFile { name: String, kind: &'static str },
    #[error("`{name}` cannot be read: {reason}")]
    Unreadable { name: String, reason: String },
    #[error("cannot be read as a tarball: {0}")]
    Archive(String),
    #[error("`{0}` is larger than {mib} MiB", mib = MAX_FILE >> 20)]
    LargeFile(String),
    #[error("its files are larger than {mib} MiB together", mib = MAX_TOTAL >> 20)]
    Large,
    #[error("there are more than {MAX_FILES} files")]
    ManyFiles,
    #[error("and {0} more faults of this kind")]
    More(usize),
}

/// Why a name cannot stand in a bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BadName {
    #[error("is absolute")]
    Absolute,
    #[error("has a part that is empty, `.` or `..`")]
    Parts,
    #[error("holds a backslash or a character that is not printed")]
    Character,
    #[error("is not UTF-8")]
    Encoding,
    #[error("is longer than {MAX_NAME} bytes")]
    Long,
    #[error("stands below another file")]
    BelowFile,
    #[error("lies deeper than {MAX_DEPTH} folders")]
    Deep,
    #[error("does not fit into a tarball, which holds 155 bytes of folders and 100 of the file's name")]
    Tar,
}

impl Fault {
    /// As users meet it: the bundle's name, the fault, and what to do where that is known.
    pub(crate) fn of(self, bundle: &str) -> Problem {
        let help = match &self {
            Self::Builtin { .. } | Self::Revision { .. } | Self::Format(_) => {
                Some("build the bundle again with this platlint, or run the platlint that made it")
            }
            Self::Missing(_) | Self::Extra(_) | Self::Changed(_) => {
                Some("nothing in a bundle may be changed; change its source and build it again")
            }
            Self::NoManifest => Some("`platlint bundle build` makes bundles; name a platlint.yaml to use it as it is"),
            Self::NoFile { .. } | Self::Archive(_) => {
                Some("`platlint bundle build` makes tarballs that can be mounted and copied as one file")
            }
            _ => None,
        };
        let problem = Problem::of_file(bundle, self.to_string());
        match help {
            Some(help) => problem.with_help(help),
            None => problem,
        }
    }
}

/// Whether a file may have this name: a path with `/`, below the bundle whatever system unpacks it.
pub(crate) fn check_name(name: &str) -> Result<(), Fault> {
    let reason = if name.starts_with('/') {
        BadName::Absolute
    } else if name.len() > MAX_NAME {
        BadName::Long
    } else if name.contains(|c: char| c == '\\' || c.is_control()) {
        BadName::Character
    } else if name.split('/').any(|part| matches!(part, "" | "." | "..")) {
        BadName::Parts
    } else if name.split('/').count() > MAX_DEPTH {
        BadName::Deep
    } else {
        return Ok(());
    };
    Err(Fault::Name { name: name.escape_debug().to_string(), reason })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_could_lead_out_of_a_bundle_are_refused() {
        let reason = |name: &str| match check_name(name) {
            Err(Fault::Name { reason, .. }) => Some(reason),
            _ => None,
        };
        for name in ["a", "a/b.rego", "..a/b..", "ä/ö", ".hidden"] {
            assert_eq!(reason(name), None, "{name}");
        }
        for name in ["", "..", "a/../b", "a//b", "./a", "a/", "a/."] {
            assert_eq!(reason(name), Some(BadName::Parts), "{name}");
        }
        assert_eq!(reason("/etc/passwd"), Some(BadName::Absolute));
        assert_eq!(reason("a\\..\\b"), Some(BadName::Character));
        assert_eq!(reason("a\nb"), Some(BadName::Character));
        assert_eq!(reason(&"a".repeat(256)), Some(BadName::Long));
        assert_eq!(reason(&vec!["a"; 33].join("/")), Some(BadName::Deep));
    }
}
