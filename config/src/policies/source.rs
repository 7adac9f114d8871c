//! Where policies come from: a folder and the dialect its policies are written in. Finds and reads the files; what is in
//! them is decided elsewhere.

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use crate::files::Files;
use crate::policies::rego::{MAX_BYTES, RegoFile};
use crate::problem::Problem;
use crate::walk;
use platlint_engine::suggest;

/// How the policies of a folder are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum SourceDialect {
    /// platlint's own form.
    #[default]
    Native,
    /// Packages as Conftest runs them.
    Conftest,
    /// Constraint templates of Gatekeeper. Known, but not supported by this version.
    Gatekeeper,
}

impl SourceDialect {
    const ALL: [Self; 3] = [Self::Native, Self::Conftest, Self::Gatekeeper];

    /// As written in configuration and on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Native => "native",
            Self::Conftest => "conftest",
            Self::Gatekeeper => "gatekeeper",
        }
    }
}

/// A folder of policies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicySource {
    /// The folder (or a single file), as the user wrote it.
    pub path: PathBuf,
    /// How its policies are written.
    pub dialect: SourceDialect,
    /// For [`SourceDialect::Conftest`]: the packages to evaluate, `*` for every one with rules. Empty: `main`.
    pub namespaces: Vec<String>,
}

/// A `DIR[:DIALECT]` that is not understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{dialect}` is no dialect of policies{}", help.as_ref().map(|help| format!("; {help}")).unwrap_or_default())]
pub struct UnknownDialect {
    dialect: String,
    help: Option<String>,
}

/// Reads `DIR[:DIALECT]`. A colon followed by anything but letters belongs to the path.
///
/// ```
/// use platlint_config::{PolicySource, SourceDialect};
/// let source: PolicySource = "legacy/:conftest".parse().unwrap();
/// assert_eq!((source.path.to_str(), source.dialect), (Some("legacy/"), SourceDialect::Conftest));
/// assert!("legacy/:conftst".parse::<PolicySource>().is_err());
/// ```
impl FromStr for PolicySource {
    type Err = UnknownDialect;

    fn from_str(text: &str) -> Result<Self, UnknownDialect> {
        let (path, dialect) = match text.rsplit_once(':') {
            Some((path, word)) if !word.is_empty() && word.chars().all(|c| c.is_ascii_alphabetic()) => {
                let known = SourceDialect::ALL.into_iter().find(|dialect| dialect.as_str() == word);
                let unknown = || UnknownDialect {
                    dialect: word.to_owned(),
                    help: suggest::help(word, SourceDialect::ALL.into_iter().map(SourceDialect::as_str)),
                };
                (path, known.ok_or_else(unknown)?)
            }
            _ => (text, SourceDialect::Native),
        };
        Ok(Self { path: path.into(), dialect, namespaces: Vec::new() })
    }
}

/// All Rego files of a source, tests too, in order of their names. Hidden files and folders are left out. A folder
/// without any is a problem.
pub(crate) fn read(files: &Files, root: &Path) -> Result<Vec<RegoFile>, Vec<Problem>> {
    let walked = walk::below(files, root, &has_rego_extension);
    let mut problems = walked.problems;
    let mut read = Vec::new();
    for file in walked.files {
        match rego_file(files, &file.path, file.folders) {
            Ok(file) => read.push(file),
            Err(problem) => problems.push(problem),
        }
    }
    if read.is_empty() && problems.is_empty() {
        problems.push(Problem::of_file(shown(root), "no Rego files in this folder"));
    }
    if problems.is_empty() { Ok(read) } else { Err(problems) }
}

fn rego_file(files: &Files, path: &Path, folders: Vec<String>) -> Result<RegoFile, Problem> {
    let name = shown(path);
    let text = text(files, path, &name)?;
    let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    RegoFile::new(name, folders, stem, text)
}

/// The text of a policy file; `name` is the file as users know it.
fn text(files: &Files, path: &Path, name: &Arc<str>) -> Result<Arc<str>, Problem> {
    let bytes = files
        .read(path, u64::try_from(MAX_BYTES).unwrap_or(u64::MAX))
        .map_err(|error| Problem::of_file(name.clone(), format!("cannot be read: {}", reason(&error))))?;
    if bytes.len() > MAX_BYTES {
        return Err(Problem::of_file(name.clone(), format!("the file is larger than {} MiB", MAX_BYTES >> 20)));
    }
    utf8(bytes, name)
}

fn utf8(bytes: Vec<u8>, name: &Arc<str>) -> Result<Arc<str>, Problem> {
    String::from_utf8(bytes).map(Into::into).map_err(|error| {
        let good = error.as_bytes().get(..error.utf8_error().valid_up_to()).unwrap_or_default();
        let good = String::from_utf8_lossy(good);
        let last = good.rsplit('\n').next().unwrap_or_default();
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX).saturating_add(1);
        Problem {
            file: name.clone(),
            line: number(good.matches('\n').count()),
            column: number(last.chars().count()),
            message: "the file is not UTF-8".to_owned(),
            help: None,
        }
    })
}

/// Whether a policy file is a test of others.
pub(crate) fn is_test(path: &Path) -> bool {
    path.file_stem().is_some_and(|stem| stem.to_string_lossy().ends_with("_test"))
}

pub(crate) fn has_rego_extension(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "rego")
}

/// A path as users know it: with `/`, without a leading `./`.
pub(crate) fn shown(path: &Path) -> Arc<str> {
    let text = path.to_string_lossy().replace('\\', "/");
    match text.trim_start_matches("./").trim_end_matches('/') {
        "" if text.starts_with('/') => "/".into(),
        "" => ".".into(),
        short => short.into(),
    }
}

/// Why a file cannot be read, without the operating system's number of the error.
pub(crate) fn reason(error: &std::io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_folder_and_dialect() {
        let read =
            |text: &str| text.parse::<PolicySource>().map(|source| (shown(&source.path).to_string(), source.dialect));
        assert_eq!(read("./a/b/"), Ok(("a/b".into(), SourceDialect::Native)));
        assert_eq!(read("a:1/b"), Ok(("a:1/b".into(), SourceDialect::Native)));
        assert_eq!(read("a:gatekeeper"), Ok(("a".into(), SourceDialect::Gatekeeper)));
        insta::assert_snapshot!(read("a:conftst").unwrap_err(), @"`conftst` is no dialect of policies; did you mean `conftest`?");
    }

    #[test]
    fn says_where_a_file_is_not_utf8() {
        let problem = utf8(b"package a\n# \xc3\xa4\xff".to_vec(), &"a.rego".into()).unwrap_err();
        insta::assert_snapshot!(problem, @"a.rego:2:4: the file is not UTF-8");
    }
}
