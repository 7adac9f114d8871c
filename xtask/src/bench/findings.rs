//! Reads how many findings each tool printed: a fast tool that did less work is not faster.

use anyhow::{Context, Result};
use serde::Deserialize;
use serde::de::IgnoredAny;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

/// Whose output is to be counted.
#[derive(Clone, Copy)]
pub(super) enum Counting {
    Platlint,
    Conftest,
    Gator,
    Opa,
    /// The tool has rules of its own; its findings compare with nobody's. Its output must still be whole.
    OwnRules,
}

/// What a tool found.
pub(super) struct Findings {
    /// Findings of the rules.
    pub(super) total: usize,
    /// What platlint's reader reports besides, such as a key that stands twice.
    pub(super) reader: usize,
    /// File and message of each finding, sorted; only of tools that judge the same rules in the same words.
    pub(super) messages: Vec<(String, String)>,
}

#[derive(Deserialize)]
struct Platlint {
    findings: Vec<PlatlintFinding>,
}

/// Ids of findings that no policy makes.
const READER: &[&str] = &["invalid-yaml", "invalid-manifest", "duplicate-key", "ambiguous-key", "unrendered-template"];

#[derive(Deserialize)]
struct PlatlintFinding {
    rule: String,
    file: String,
    message: String,
}

#[derive(Deserialize)]
struct ConftestFile {
    filename: String,
    #[serde(default)]
    failures: Vec<ConftestResult>,
    #[serde(default)]
    warnings: Vec<ConftestResult>,
}

#[derive(Deserialize)]
struct ConftestResult {
    msg: String,
}

#[derive(Deserialize)]
struct Opa {
    result: Vec<OpaResult>,
}

#[derive(Deserialize)]
struct OpaResult {
    expressions: Vec<OpaExpression>,
}

#[derive(Deserialize)]
struct OpaExpression {
    value: Vec<IgnoredAny>,
}

/// Counts the findings in the output file.
pub(super) fn count(counting: Counting, output: &Path) -> Result<Option<Findings>> {
    let mut messages = Vec::new();
    let mut reader = 0;
    let total = match counting {
        Counting::OwnRules => {
            read::<IgnoredAny>(output)?;
            return Ok(None);
        }
        Counting::Platlint => {
            let mut findings = read::<Platlint>(output)?.findings;
            let all = findings.len();
            findings.retain(|found| !READER.contains(&found.rule.as_str()));
            reader = all - findings.len();
            messages.extend(findings.into_iter().map(|found| (found.file, found.message)));
            messages.len()
        }
        Counting::Conftest => {
            for file in read::<Vec<ConftestFile>>(output)? {
                let results = file.failures.into_iter().chain(file.warnings);
                messages.extend(results.map(|result| (file.filename.clone(), result.msg)));
            }
            messages.len()
        }
        // Without findings gator prints `null`.
        Counting::Gator => read::<Option<Vec<IgnoredAny>>>(output)?.map_or(0, |results| results.len()),
        Counting::Opa => {
            let opa = read::<Opa>(output)?;
            opa.result.iter().flat_map(|result| &result.expressions).map(|expression| expression.value.len()).sum()
        }
    };
    messages.sort();
    Ok(Some(Findings { total, reader, messages }))
}

fn read<T: for<'de> Deserialize<'de>>(output: &Path) -> Result<T> {
    let file = BufReader::new(File::open(output)?);
    serde_json::from_reader(file).with_context(|| format!("{} is not the JSON expected", output.display()))
}
