//! What belongs into a bundle: every configuration, policy and other file that decides, under names by which the
//! relative references between them go on working.

use std::collections::BTreeSet;
use std::path::{Component, Path as FilePath, PathBuf};

use crate::bundle::fault::check_name;
use crate::bundle::limits::{MAX_FILE, MAX_FILES, MAX_TOTAL};
use crate::bundle::manifest::{Contents, MANIFEST};
use crate::discover;
use crate::files::Files;
use crate::images;
use crate::layers::{self, Layer};
use crate::placed::{At, Issue, Path};
use crate::platform::{self, Named};
use crate::policies::source::{has_rego_extension, is_test, reason, shown};
use crate::problem::{Problem, Problems};
use crate::walk;
use crate::wire::{OneOrMany, PolicyEntry};

/// What is packed.
#[derive(Debug)]
pub(crate) struct Packed {
    pub files: Contents,
    /// Name of the configuration among them.
    pub config: String,
}

/// Everything that the configuration at `path` names, read from the disk. It was loaded before, so that what is wrong
/// with its rules is known.
pub(crate) fn gather(path: &FilePath) -> Result<Packed, Problems> {
    let layers = layers::read(&Files::Disk, path).map_err(crate::load::checked)?;
    let mut gathering = Gathering::default();
    let places: Vec<Option<PathBuf>> = layers.iter().map(|layer| gathering.place(layer)).collect();
    for (layer, place) in layers.iter().zip(&places) {
        if let Some(folder) = place.as_deref().and_then(FilePath::parent) {
            gathering.extends(layer, folder, &places);
            gathering.policies(layer, folder);
            gathering.data(layer, folder);
            gathering.images(layer, folder);
        }
    }
    let packed = gathering.pack(places.last().and_then(Option::as_deref));
    Problems::check(gathering.problems)?;
    Ok(packed)
}

/// A file to be packed, and whom to tell if that cannot be done.
struct Wanted<'l> {
    /// Absolute, without `.` and `..`; below the folder of its configuration there may be links.
    file: PathBuf,
    named_by: Option<(&'l Layer, Path)>,
}

impl Wanted<'_> {
    fn problem(&self, message: String) -> Problem {
        match &self.named_by {
            Some((layer, at)) => layer.problem(Issue::new(at, At::Value, message)),
            None => Problem::of_file(shown(&self.file), message),
        }
    }
}

#[derive(Default)]
struct Gathering<'l> {
    wanted: Vec<Wanted<'l>>,
    /// Folders that the bundle's root must not lie below.
    anchors: Vec<PathBuf>,
    problems: Vec<Problem>,
}

impl<'l> Gathering<'l> {
    /// Where a configuration stands. Its folder has no links in it; the file itself may be one.
    fn place(&mut self, layer: &'l Layer) -> Option<PathBuf> {
        let here = if layer.folder.as_os_str().is_empty() { FilePath::new(".") } else { &layer.folder };
        let folder = match here.canonicalize() {
            Ok(folder) => folder,
            Err(error) => {
                let message = format!("cannot be read: {}", reason(&error));
                self.problems.push(Problem::of_file(layer.placed.file.clone(), message));
                return None;
            }
        };
        let file = folder.join(FilePath::new(&*layer.placed.file).file_name()?);
        self.wanted.push(Wanted { file: file.clone(), named_by: None });
        self.anchors.push(folder);
        Some(file)
    }

    fn say(&mut self, layer: &Layer, at: &Path, message: String) {
        self.problems.push(layer.problem(Issue::new(at, At::Value, message)));
    }

    /// The path by which a bundle finds what a configuration in `folder` names with `text`.
    fn resolve(&mut self, layer: &Layer, folder: &FilePath, at: &Path, text: &str) -> Option<PathBuf> {
        let named = FilePath::new(text);
        if named.is_absolute() {
            let message = format!("`{text}` is an absolute path, and a bundle can be unpacked anywhere");
            let issue = Issue::new(at, At::Value, message);
            let help = "name it relative to this file".to_owned();
            self.problems.push(layer.problem(issue.with_help(Some(help))));
            return None;
        }
        let path = without_dots(&folder.join(named));
        let real = |path: &FilePath| path.canonicalize().ok();
        if real(&path) != real(&folder.join(named)) {
            let message = format!("`{text}` leads through a link and back, which means another file in a bundle");
            self.say(layer, at, message);
            return None;
        }
        Some(path)
    }

    /// What is extended is packed as a layer of its own; here, only that it will be found again.
    fn extends(&mut self, layer: &'l Layer, folder: &FilePath, places: &[Option<PathBuf>]) {
        let names = layer.config.extends.as_ref().map(OneOrMany::all).unwrap_or_default();
        for (index, text) in names.iter().enumerate() {
            let at = Path::of(["extends"]);
            let at = if matches!(layer.config.extends, Some(OneOrMany::Many(_))) { at.index(index) } else { at };
            let Some(path) = self.resolve(layer, folder, &at, text) else { continue };
            let file = discover::in_folder(&Files::Disk, &path).unwrap_or(path);
            if !places.iter().flatten().any(|place| *place == file) {
                self.say(layer, &at, format!("`{text}` leads through a link, which a bundle does not have"));
            }
        }
    }

    fn policies(&mut self, layer: &'l Layer, folder: &FilePath) {
        for (index, entry) in layer.config.policies.iter().flatten().enumerate() {
            let PolicyEntry::Folder(entry) = entry else { continue };
            let at = Path::of(["policies"]).index(index).key("path");
            let Some(root) = self.resolve(layer, folder, &at, &entry.path) else { continue };
            // Names of folders are names and categories of rules: that of a folder which is named itself, and for a
            // single file those of the two above it.
            let above = if root.is_dir() { 1 } else { 3 };
            self.anchors.extend(root.ancestors().take(above + 1).last().map(FilePath::to_path_buf));
            self.below(layer, folder, &at, &root, &|path| has_rego_extension(path) && !is_test(path));
        }
    }

    fn data(&mut self, layer: &'l Layer, folder: &FilePath) {
        for Named { text, at, .. } in platform::named(layer) {
            if let Some(root) = self.resolve(layer, folder, &at, text) {
                self.anchors.extend(root.parent().map(FilePath::to_path_buf));
                self.below(layer, folder, &at, &root, &platform::is_data);
            }
        }
    }

    /// Those of every layer: loading reads them all, to see whether a lock holds.
    fn images(&mut self, layer: &'l Layer, folder: &FilePath) {
        for (at, text) in layer.config.images.iter().flat_map(images::files_of) {
            let Some(file) = self.resolve(layer, folder, &at, &text) else { continue };
            self.anchors.extend(file.parent().map(FilePath::to_path_buf));
            self.wanted.push(Wanted { file, named_by: Some((layer, at)) });
        }
    }

    /// All files below a folder, or that one file.
    fn below(
        &mut self,
        layer: &'l Layer,
        folder: &FilePath,
        at: &Path,
        root: &FilePath,
        wanted: &dyn Fn(&FilePath) -> bool,
    ) {
        let walked = walk::below(&Files::Disk, root, wanted);
        for problem in walked.problems {
            let file = FilePath::new(&*problem.file);
            let name = shown(file.strip_prefix(folder).unwrap_or(file));
            self.say(layer, at, format!("`{name}` {}", problem.message));
        }
        let named = |file: walk::Found| Wanted { file: file.path, named_by: Some((layer, at.clone())) };
        self.wanted.extend(walked.files.into_iter().map(named));
    }

    /// Reads everything, each file under its path below the common folder.
    fn pack(&mut self, config: Option<&FilePath>) -> Packed {
        let root = common(&self.anchors);
        let mut packed = Packed { files: Contents::new(), config: String::new() };
        let mut total: usize = 0;
        for wanted in std::mem::take(&mut self.wanted) {
            let read = |name: String| content(&root, &wanted.file, &name).map(|bytes| (name, bytes));
            match named_below(&root, &wanted.file).and_then(read) {
                Ok((name, bytes)) => {
                    if config == Some(&*wanted.file) {
                        packed.config.clone_from(&name);
                    }
                    let length = bytes.len();
                    if packed.files.insert(name, bytes.into()).is_none() {
                        total = total.saturating_add(length);
                    }
                }
                Err(message) => self.problems.push(wanted.problem(message)),
            }
            let too_large = u64::try_from(total).is_ok_and(|total| total > MAX_TOTAL);
            if too_large || packed.files.len() > MAX_FILES {
                let message =
                    format!("with this, the bundle would have more than {MAX_FILES} files or {} MiB", MAX_TOTAL >> 20);
                self.problems.push(wanted.problem(message));
                break;
            }
        }
        packed
    }
}

/// The file's name in the bundle.
fn named_below(root: &FilePath, file: &FilePath) -> Result<String, String> {
    let shown = shown(file);
    let below = file.strip_prefix(root).map_err(|_| format!("`{shown}` lies outside of the bundle"))?;
    let parts: Option<Vec<&str>> = below.iter().map(|part| part.to_str()).collect();
    let name = parts.ok_or_else(|| format!("the name `{shown}` is not UTF-8"))?.join("/");
    if name == MANIFEST {
        return Err(format!("`{shown}` would stand where the bundle's own {MANIFEST} does"));
    }
    check_name(&name).map_err(|fault| fault.to_string())?;
    Ok(name)
}

/// What the file holds. Links are followed as long as they stay below `root`: a bundle should not carry off files that
/// nobody meant to publish.
fn content(root: &FilePath, file: &FilePath, name: &str) -> Result<Vec<u8>, String> {
    let unreadable = |error: std::io::Error| format!("`{name}` cannot be read: {}", reason(&error));
    let real = file.canonicalize().map_err(unreadable)?;
    if !real.starts_with(root) {
        return Err(format!("`{name}` is a link that leads out of `{}`, the folder that is packed", root.display()));
    }
    if !real.is_file() {
        return Err(format!("`{name}` is no plain file"));
    }
    let bytes = Files::Disk.read(&real, MAX_FILE).map_err(unreadable)?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length > MAX_FILE) {
        return Err(format!("`{name}` is larger than {} MiB", MAX_FILE >> 20));
    }
    Ok(bytes)
}

/// Without `.` and `..`, by the names alone.
fn without_dots(path: &FilePath) -> PathBuf {
    let mut plain = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                plain.pop();
            }
            other => plain.push(other),
        }
    }
    plain
}

/// The deepest folder that holds all of these.
fn common(folders: &[PathBuf]) -> PathBuf {
    let distinct: BTreeSet<&PathBuf> = folders.iter().collect();
    let mut folders = distinct.into_iter();
    let mut shared = folders.next().cloned().unwrap_or_default();
    for folder in folders {
        while !folder.starts_with(&shared) && shared.pop() {}
    }
    shared
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_common_folder_is_the_deepest_one() {
        let of = |folders: &[&str]| common(&folders.iter().map(PathBuf::from).collect::<Vec<_>>());
        assert_eq!(of(&["/a/b"]), FilePath::new("/a/b"));
        assert_eq!(of(&["/a/b/c", "/a/bc", "/a/b"]), FilePath::new("/a"));
        assert_eq!(of(&["/a", "/b"]), FilePath::new("/"));
        assert_eq!(without_dots(FilePath::new("/a/./b/../../c/../d")), FilePath::new("/d"));
    }
}
