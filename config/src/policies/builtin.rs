//! The policies that are compiled in, and their version.

use crate::policies::rego::RegoFile;
use crate::problem::Problem;

mod embedded {
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

/// Whether a built-in file serves others and is no rule.
pub(crate) fn is_library(file: &RegoFile) -> bool {
    file.folders.first().is_some_and(|folder| folder == "lib")
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn the_version_is_a_digest() {
        let hex = BUILTIN_VERSION.strip_prefix("sha256:").unwrap();
        assert!(hex.len() == 64 && hex.chars().all(|c| c.is_ascii_hexdigit()));
    }
}
