//! The fixtures of the rules about templates: what is noted of them is what their names say.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use platlint_facts::DiskFiles;
use platlint_scaffolder::Settings;
use serde_json::Value as Json;

use crate::platform::{documents, index, noted};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().to_owned()
}

/// The codes of which a rule speaks, from its metadata.
fn codes(rule: &str) -> Vec<String> {
    let path = root().join(format!("policies/templates/{rule}/{}.rego", rule.replace('-', "_")));
    let text = std::fs::read_to_string(path).unwrap();
    let line = text.lines().find_map(|line| line.trim_start_matches(['#', ' ']).strip_prefix("problems: [")).unwrap();
    line.trim_end_matches(']').split(", ").map(str::to_owned).collect()
}

fn count(noted: &Json, kind: &str, codes: &[String]) -> usize {
    codes.iter().filter_map(|code| noted[kind][code].as_array()).map(Vec::len).sum()
}

#[test]
fn notes_what_the_fixtures_of_the_rules_expect() {
    let folder = root().join("fixtures/policies/templates");
    let mut cases = 0;
    let mut wrong = Vec::new();
    for rule in std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()) {
        let codes = codes(rule.file_name().unwrap().to_str().unwrap());
        for file in std::fs::read_dir(&rule).unwrap().map(|entry| entry.unwrap().path()) {
            let text = std::fs::read_to_string(&file).unwrap();
            let docs = documents(&text, file.to_str().unwrap(), rule.to_str());
            let index = index(&docs, Arc::new(DiskFiles::below([rule.as_path()], &rule)), Settings::default());
            let name = file.file_name().unwrap().to_str().unwrap();
            for doc in &docs {
                let noted = noted(&index, doc);
                let found = (count(&noted, "problems", &codes) > 0, count(&noted, "unknown", &codes) > 0);
                let expected = match name.split('-').next() {
                    Some("pass") => found == (false, false),
                    Some("fail") => found.0,
                    Some("undecided") => found == (false, true),
                    _ => panic!("{name}"),
                };
                if !expected {
                    wrong.push(format!("{rule:?}/{name} {}: {noted}", doc.id.document));
                }
                cases += 1;
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(cases > 50, "{cases}");
}
