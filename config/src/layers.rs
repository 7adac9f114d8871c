//! platlint.yaml and what it extends: read from the bottom up, each file once.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path as FilePath, PathBuf};

use platlint_source::SourceText;

use crate::files::Files;
use crate::placed::{At, Issue, Path, Placed};
use crate::policies::source::{reason, shown};
use crate::problem::Problem;
use crate::schema;
use crate::wire::ConfigFile;
use crate::{bundle, discover};

/// One configuration file.
pub(crate) struct Layer {
    pub placed: Placed,
    pub config: ConfigFile,
    /// Its folder.
    pub folder: PathBuf,
    /// Positions of the layers that it extends, directly or not.
    pub bases: BTreeSet<usize>,
}

impl Layer {
    pub(crate) fn problem(&self, issue: Issue) -> Problem {
        let message = issue.message.clone();
        self.placed.problems(vec![issue]).pop().unwrap_or_else(|| Problem::of_file(self.placed.file.clone(), message))
    }
}

/// More files on top of each other than this are a mistake.
const MAX_DEPTH: usize = 8;
/// A configuration with a thousand exemptions has about 200 KiB.
const MAX_BYTES: u64 = 8 << 20;

/// The file and all it extends: what is extended stands before what extends it. The last one is `path` itself.
pub(crate) fn read(files: &Files, path: &FilePath) -> Result<Vec<Layer>, Vec<Problem>> {
    let mut reading = Reading { files, layers: Vec::new(), known: BTreeMap::new(), problems: Vec::new() };
    let target = if files.is_folder(path) {
        discover::in_folder(files, path)
            .ok_or_else(|| vec![Problem::of_file(shown(path), "there is no platlint.yaml in this folder")])?
    } else {
        path.to_path_buf()
    };
    reading.layer(&target, &mut Vec::new());
    if reading.problems.is_empty() { Ok(reading.layers) } else { Err(reading.problems) }
}

struct Reading<'f> {
    files: &'f Files,
    layers: Vec<Layer>,
    known: BTreeMap<PathBuf, usize>,
    problems: Vec<Problem>,
}

impl Reading<'_> {
    /// Reads a file, unless that was done; `chain` are the files that led here. `None` after a problem.
    fn layer(&mut self, path: &FilePath, chain: &mut Vec<PathBuf>) -> Option<usize> {
        let real = self.files.real(path).unwrap_or_else(|_| path.to_path_buf());
        if let Some(position) = self.known.get(&real) {
            return Some(*position);
        }
        let (placed, config) = match parse(self.files, path) {
            Ok(read) => read,
            Err(problems) => {
                self.problems.extend(problems);
                return None;
            }
        };
        let folder = path.parent().map(FilePath::to_path_buf).unwrap_or_default();
        chain.push(real.clone());
        let mut bases = BTreeSet::new();
        let mut issues = Vec::new();
        let extends = config.extends.as_ref();
        for (index, text) in extends.map(crate::wire::OneOrMany::all).unwrap_or_default().iter().enumerate() {
            let at = Path::of(["extends"]);
            let at =
                if placed.value.get("extends").is_some_and(serde_json::Value::is_array) { at.index(index) } else { at };
            let found = resolve(self.files, &folder, text);
            let found = found.and_then(|target| refuse_cycle(self.files, &target, chain).map(|()| target));
            match found {
                Ok(target) => {
                    if let Some(base) = self.layer(&target, chain) {
                        bases.insert(base);
                        bases.extend(self.layers.get(base).map(|layer| layer.bases.clone()).unwrap_or_default());
                    }
                }
                Err(message) => issues.push(Issue::new(&at, At::Value, message)),
            }
        }
        chain.pop();
        self.problems.extend(placed.problems(issues));
        let position = self.layers.len();
        self.layers.push(Layer { placed, config, folder, bases });
        self.known.insert(real, position);
        Some(position)
    }
}

/// The file that an entry of `extends` means.
fn resolve(files: &Files, folder: &FilePath, text: &str) -> Result<PathBuf, String> {
    if text.contains("://") {
        return Err(format!(
            "`{text}`: this version extends paths only, not registries; pull it first and name its folder"
        ));
    }
    let target = folder.join(text);
    if matches!(files, Files::Disk) && bundle::is_bundle(&target) {
        return Err(format!("`{text}` is a bundle, and this version extends the sources of bundles only"));
    }
    if files.is_folder(&target) {
        return discover::in_folder(files, &target).ok_or_else(|| format!("there is no platlint.yaml in `{text}`"));
    }
    if files.is_file(&target) { Ok(target) } else { Err(format!("`{text}` does not exist")) }
}

fn refuse_cycle(files: &Files, target: &FilePath, chain: &[PathBuf]) -> Result<(), String> {
    let real = files.real(target).unwrap_or_else(|_| target.to_path_buf());
    if chain.contains(&real) {
        return Err("this extends a configuration that extends this one".to_owned());
    }
    if chain.len() >= MAX_DEPTH {
        return Err(format!("more than {MAX_DEPTH} configurations extend each other"));
    }
    Ok(())
}

fn parse(files: &Files, path: &FilePath) -> Result<(Placed, ConfigFile), Vec<Problem>> {
    let name = shown(path);
    let fail = |message: String| vec![Problem::of_file(name.clone(), message)];
    let bytes = files.read(path, MAX_BYTES).map_err(|error| fail(format!("cannot be read: {}", reason(&error))))?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length > MAX_BYTES) {
        return Err(fail(format!("the file is larger than {} MiB", MAX_BYTES >> 20)));
    }
    let text = SourceText::decode(bytes).map_err(|error| fail(error.message().to_owned()))?;
    let mut placed = Placed::read(name.clone(), text, 0)?;
    let config = schema::read(&mut placed)?;
    Ok((placed, config))
}
