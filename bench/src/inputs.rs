//! What is read: many small documents, and large custom resource definitions. Files that one of the readers refuses are
//! left out for all of them (`serde_yaml` refuses a key that stands twice), so that all do the same work.

use crate::readers::READERS;
use anyhow::{Context, Result, ensure};
use std::fs;
use std::path::Path;

/// One set of files, in memory.
pub(crate) struct Input {
    pub(crate) name: &'static str,
    pub(crate) texts: Vec<String>,
    /// Files left out.
    pub(crate) refused: usize,
}

/// The sets of files.
pub(crate) fn all(corpora: &Path) -> Result<Vec<Input>> {
    let small = input("kyverno-k8s", &corpora.join("kyverno-k8s"), |_| true)?;
    let definitions = input("CRDs of real-k8s", &corpora.join("real-k8s"), |text| {
        let mut kinds = text.lines().filter(|line| line.starts_with("kind:")).peekable();
        kinds.peek().is_some() && kinds.all(|line| line.trim_end() == "kind: CustomResourceDefinition")
    })?;
    Ok(vec![small, definitions])
}

fn input(name: &'static str, folder: &Path, wanted: impl Fn(&str) -> bool) -> Result<Input> {
    let mut input = Input { name, texts: Vec::new(), refused: 0 };
    let mut open = vec![folder.to_path_buf()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).with_context(|| format!("no corpus at {}", folder.display()))? {
            let path = entry?.path();
            if path.is_dir() {
                open.push(path);
                continue;
            }
            let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
            if !wanted(&text) {
                continue;
            }
            if read_alike(&text) {
                input.texts.push(text);
            } else {
                input.refused += 1;
            }
        }
    }
    ensure!(!input.texts.is_empty(), "no files for {name}");
    // The order of a directory differs between machines; the work must not.
    input.texts.sort();
    Ok(input)
}

/// Whether all readers read the file, and see the same number of documents in it.
fn read_alike(text: &str) -> bool {
    let mut counts = READERS.iter().map(|reader| (reader.read)(text).ok());
    let Some(Some(first)) = counts.next() else { return false };
    counts.all(|count| count == Some(first))
}
