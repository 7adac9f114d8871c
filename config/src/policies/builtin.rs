//! The policies that are compiled in, and their version.

use platlint_engine::RuleMeta;
use platlint_engine::policy::{Module, Prepared};

use crate::policies::closure::module;
use crate::policies::rego::RegoFile;
use crate::problem::Problem;

mod embedded {
    use platlint_engine::policy::Prepared;

    use super::Made;

    include!(concat!(env!("OUT_DIR"), "/embedded.rs"));
}

/// Digest over all built-in policies, `sha256:…`: the same wherever the answers are.
pub const BUILTIN_VERSION: &str = embedded::VERSION;

/// Where built-in rules come from, as shown to users.
pub(crate) const ORIGIN: &str = "builtin";

/// The files, libraries too.
pub(crate) fn files() -> Result<Vec<RegoFile>, Vec<Problem>> {
    let mut problems = Vec::new();
    let mut files = Vec::new();
    for (name, text) in embedded::FILES {
        let mut folders: Vec<String> = name.split('/').map(ToOwned::to_owned).collect();
        let stem = folders.pop().unwrap_or_default().trim_end_matches(".rego").to_owned();
        match RegoFile::new(format!("{ORIGIN}/{name}").into(), folders, stem, (*text).into()) {
            Ok(file) => files.push(file),
            Err(problem) => problems.push(problem),
        }
    }
    if problems.is_empty() { Ok(files) } else { Err(problems) }
}

/// What was made of a built-in rule's file when platlint was built.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Made {
    /// Its path.
    path: &'static str,
    /// Its metadata ([`RuleMeta::encoded`]).
    metadata: &'static [u8],
    /// The paths of the libraries that it needs, in order.
    libraries: &'static [&'static str],
    /// Its compiled programs.
    pub(crate) programs: Prepared,
}

impl Made {
    /// The rule's metadata; `None` where they cannot be decoded.
    pub(crate) fn meta(&self) -> Option<RuleMeta> {
        RuleMeta::decoded(self.metadata)
    }

    /// The rule's modules among these files, its own first; `None` where one is not there.
    pub(crate) fn modules(&self, files: &[RegoFile]) -> Option<Vec<Module>> {
        let named = |path: &str| files.iter().find(|file| *file.path == *path).map(module);
        std::iter::once(self.path).chain(self.libraries.iter().copied()).map(named).collect()
    }
}

/// The ids of all built-in rules: the names of their folders.
pub(crate) fn ids() -> impl Iterator<Item = &'static str> {
    embedded::MADE.iter().filter_map(|made| made.path.rsplit('/').nth(1))
}

pub(crate) fn made(file: &RegoFile) -> Option<&'static Made> {
    embedded::MADE.iter().find(|made| *made.path == *file.path)
}

/// Whether a built-in file serves others and is no rule.
pub(crate) fn is_library(file: &RegoFile) -> bool {
    file.folders.first().is_some_and(|folder| folder == "lib")
}

#[cfg(test)]
mod tests {
    use platlint_engine::policy::{Dialect, NativePolicy, Part};

    use super::*;
    use crate::metadata::Annotations;
    use crate::policies::closure::with_libraries;

    #[test]
    fn every_built_in_rule_stands_where_its_package_says() {
        let mut rules = 0;
        for file in files().unwrap() {
            let words: Vec<&str> = file.folders.iter().map(String::as_str).collect();
            match words.as_slice() {
                ["lib"] => assert_eq!(file.package, format!("platlint.lib.{}", file.stem)),
                [category, id] => {
                    rules += 1;
                    assert_eq!(file.stem, id.replace('-', "_"), "{}", file.path);
                    assert_eq!(file.package, format!("platlint.{category}.{}", file.stem), "{}", file.path);
                }
                other => panic!("{} stands at {other:?}", file.path),
            }
        }
        assert!(rules >= 5, "{rules} rules");
    }

    /// What was embedded is what would be read and compiled now, in another process.
    #[test]
    fn every_built_in_rule_has_its_metadata_and_programs() {
        let files = files().unwrap();
        let pool: Vec<&RegoFile> = files.iter().collect();
        let rules: Vec<&RegoFile> = files.iter().filter(|file| !is_library(file)).collect();
        for file in &rules {
            let modules = with_libraries(file, &pool);
            assert_eq!(made(file).unwrap().modules(&files).as_ref(), Some(&modules));
            let policy = NativePolicy::new(modules, Dialect::SafeSubset);
            let programs = made(file).unwrap().programs;
            let compiled = |part| policy.encoded(part).unwrap();
            assert!(programs.judging.is_some(), "{}", file.path);
            assert!(compiled(Part::Judging).as_deref() == programs.judging, "{} judges otherwise", file.path);
            assert!(compiled(Part::Patching).as_deref() == programs.patching, "{} patches otherwise", file.path);

            let annotations = Annotations::of(file).unwrap().unwrap();
            let read = annotations.rule(&file.folders[0], &file.folders[1], &ORIGIN.into()).unwrap();
            let known = made(file).unwrap().meta().unwrap();
            assert_eq!(format!("{known:#?}"), format!("{read:#?}"));
            assert!(ids().any(|id| *id == *known.id), "{}", known.id);
        }
        assert_eq!((embedded::MADE.len(), ids().count()), (rules.len(), rules.len()));
    }

    #[test]
    fn the_version_is_a_digest() {
        let hex = BUILTIN_VERSION.strip_prefix("sha256:").unwrap();
        assert!(hex.len() == 64 && hex.chars().all(|c| c.is_ascii_hexdigit()));
    }
}
