//! The sets of values under the chart's `ci` folder: those that are rendered, and those that must be refused.

use anyhow::{Context, Result, ensure};
use std::fs;
use std::path::{Path, PathBuf};

/// What the name of such a file ends with.
const ENDING: &str = ".values.yaml";

/// First line of a file that must be refused: what the refusal says.
const SAYS: &str = "# says: ";

/// Values that are rendered.
pub(super) struct ValueSet {
    /// The file's name without its ending.
    pub(super) name: String,
    pub(super) path: PathBuf,
    /// Where their rendered output is committed.
    pub(super) rendered: PathBuf,
}

/// Values that the chart must refuse.
pub(super) struct Refused {
    pub(super) path: PathBuf,
    /// A part of the message.
    pub(super) says: String,
}

/// All sets that are rendered, by name.
pub(super) fn accepted(chart: &Path) -> Result<Vec<ValueSet>> {
    let set = |(name, path): (String, PathBuf)| {
        let rendered = chart.join("rendered").join(&name).with_extension("yaml");
        ValueSet { name, path, rendered }
    };
    Ok(files(&chart.join("ci"))?.into_iter().map(set).collect())
}

/// All sets that must be refused, by name.
pub(super) fn refused(chart: &Path) -> Result<Vec<Refused>> {
    let set = |(_, path): (String, PathBuf)| {
        let text = fs::read_to_string(&path)?;
        let says = text.lines().next().and_then(|line| line.strip_prefix(SAYS));
        let says = says.with_context(|| format!("{} does not begin with `{SAYS}`", path.display()))?.to_owned();
        Ok(Refused { path, says })
    };
    files(&chart.join("ci").join("refused"))?.into_iter().map(set).collect()
}

fn files(folder: &Path) -> Result<Vec<(String, PathBuf)>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).and_then(|name| name.strip_suffix(ENDING));
        if let Some(name) = name {
            files.push((name.to_owned(), path.clone()));
        }
    }
    ensure!(!files.is_empty(), "no {ENDING} in {}", folder.display());
    files.sort();
    Ok(files)
}
