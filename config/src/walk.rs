//! The files below a folder that a configuration names. Which of them count, and what is in them, others decide.

use std::path::{Path, PathBuf};

use crate::files::{Files, Kind};
use crate::policies::source::{reason, shown};
use crate::problem::Problem;

/// A file below the folder that was named.
pub(crate) struct Found {
    pub path: PathBuf,
    /// Names of the folders it stands in, below and with the folder that was named; for a file that was named itself,
    /// of the two above it.
    pub folders: Vec<String>,
}

/// What was found, in order of the names, and what could not be read.
#[derive(Default)]
pub(crate) struct Walked {
    pub files: Vec<Found>,
    pub problems: Vec<Problem>,
}

/// Folders below folders: more than this is no tree of policies.
const MAX_DEPTH: usize = 32;

/// All files below `root` that are `wanted`, or `root` itself where it is a file. Hidden files and folders are left out.
pub(crate) fn below(files: &Files, root: &Path, wanted: &dyn Fn(&Path) -> bool) -> Walked {
    let mut walk = Walk { files, wanted, found: Walked::default() };
    match files.kind(root) {
        Err(error) => walk.say(root, format!("cannot be read: {}", reason(&error))),
        Ok(Kind::Folder) => {
            // The folder's own name, also for `.`, is the category of a rule directly below it.
            let real = files.real(root).ok();
            let name = real.and_then(|path| path.file_name().map(|name| name.to_string_lossy().into_owned()));
            walk.folder(root, &mut vec![name.unwrap_or_default()], &mut Vec::new());
        }
        Ok(Kind::File) => {
            let real = files.real(root).ok();
            let parents = real.iter().flat_map(|path| path.ancestors().skip(1)).filter_map(Path::file_name);
            let mut folders: Vec<String> = parents.take(2).map(|name| name.to_string_lossy().into_owned()).collect();
            folders.reverse();
            walk.found.files.push(Found { path: root.to_path_buf(), folders });
        }
    }
    walk.found
}

struct Walk<'w> {
    files: &'w Files,
    wanted: &'w dyn Fn(&Path) -> bool,
    found: Walked,
}

impl Walk<'_> {
    fn say(&mut self, path: &Path, message: impl Into<String>) {
        self.found.problems.push(Problem::of_file(shown(path), message));
    }

    /// `above` are the real paths of the folders that led here.
    fn folder(&mut self, folder: &Path, names: &mut Vec<String>, above: &mut Vec<PathBuf>) {
        let real = match self.files.real(folder) {
            Ok(real) => real,
            Err(error) => return self.say(folder, format!("cannot be read: {}", reason(&error))),
        };
        if above.contains(&real) {
            return self.say(folder, "this link leads back to a folder above it");
        }
        if above.len() >= MAX_DEPTH {
            return self.say(folder, format!("folders of policies are nested deeper than {MAX_DEPTH}"));
        }
        let entries = match self.files.entries(folder) {
            Ok(entries) => entries,
            Err(error) => return self.say(folder, format!("cannot be read: {}", reason(&error))),
        };
        above.push(real);
        for (name, path) in entries.into_iter().filter(|(name, _)| !name.starts_with('.')) {
            match self.files.kind(&path) {
                Ok(Kind::Folder) => {
                    names.push(name);
                    self.folder(&path, names, above);
                    names.pop();
                }
                Ok(Kind::File) if (self.wanted)(&path) => {
                    self.found.files.push(Found { path, folders: names.clone() });
                }
                Ok(Kind::File) => {}
                Err(error) => self.say(&path, format!("cannot be read: {}", reason(&error))),
            }
        }
        above.pop();
    }
}
