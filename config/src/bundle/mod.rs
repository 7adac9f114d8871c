//! Bundles: a configuration with everything it names, as one folder or tarball that decides the same wherever it is read.
//!
//! `pack` finds what belongs in, [`Bundle`] is the result, `manifest` says what a bundle must hold, `tarball` and `folder`
//! read and write its two forms. A bundle is verified whenever it is opened: by digest and size of every file, with
//! nothing missing and nothing more. That guards against accidents and against changes of parts; who made the bundle is
//! not proved by it. For that, compare the revision or the manifest's digest with one that came another way.
//!
//! Carrying bundles to and from registries is not done here: what would be pushed and pulled are the bytes of
//! [`Bundle::tar_gz`], which [`Bundle::from_tarball`] takes back.

mod fault;
mod folder;
mod limits;
mod manifest;
mod pack;
mod tarball;

use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::files::{Files, Tree};
use crate::load::{Loaded, Options, load};
use crate::policies::source::shown;
use crate::problem::{Problem, Problems};
use fault::Fault;
pub(crate) use limits::MAX_FILE;
pub(crate) use manifest::digest;
use manifest::{Contents, MANIFEST, Manifest};
use tarball::Packed;

/// What a bundle says of itself. All of it was verified when the bundle was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BundleInfo {
    /// Revision of the rules, `sha256:…`: that of the configuration which was packed.
    pub revision: String,
    /// Version of the platlint that made the bundle, such as `0.1.0`.
    pub built_by: String,
    /// Digest of the built-in policies of that platlint, [`crate::BUILTIN_VERSION`] there and here.
    pub builtin: String,
    /// The configuration's path below the bundle.
    pub config: String,
    /// Number of files, without the manifest.
    pub files: usize,
    /// Size of these files together.
    pub bytes: u64,
    /// `sha256:…` of the manifest, and so of everything in the bundle, whatever form it has.
    pub digest: String,
}

/// A bundle in memory, complete and verified.
#[derive(Debug, Clone)]
pub struct Bundle {
    manifest: Manifest,
    /// As they are, or will be, written.
    manifest_bytes: Vec<u8>,
    files: Contents,
}

/// Packs the configuration that the options name with everything it needs, and loads the result to prove that it decides
/// the same. Problems: those of loading, what cannot be packed at its place, and options that no bundle could keep.
pub fn build_bundle(options: &Options) -> Result<Bundle, Problems> {
    if !options.policies.is_empty() || !options.builtin || !options.only.is_empty() {
        let problem = Problem::of_file("bundle", "what is packed is said in platlint.yaml, not by options");
        return Err(problem.with_help("name further policies there under `policies`").into());
    }
    let Some(path) = options.config.clone().or_else(|| crate::discover(&options.start)) else {
        let problem = Problem::of_file("bundle", "there is no platlint.yaml to pack");
        return Err(problem.with_help("`platlint config init` writes one").into());
    };
    let source = load(&Options { config: Some(path.clone()), ..options.clone() })?;
    if source.bundle.is_some() {
        return Err(Problem::of_file(shown(&path), "this is a bundle already").into());
    }
    let packed = pack::gather(&path)?;
    let revision = source.set.revision();
    let bundle = Bundle::new(&packed, revision.to_owned()).map_err(|fault| Problems::from(fault.of(&shown(&path))))?;
    let again = crate::load::from(options, bundle.located(&path, None))?;
    if again.set.revision() != revision {
        let found = again.set.revision().to_owned();
        let message =
            format!("packed, it has revision {found} and not {revision}: it depends on where its files stand");
        return Err(Problem::of_file(shown(&path), message).into());
    }
    Ok(bundle)
}

impl Bundle {
    fn new(packed: &pack::Packed, revision: String) -> Result<Self, Fault> {
        let manifest = Manifest::of(&packed.files, packed.config.clone(), revision);
        let manifest_bytes = manifest.bytes()?;
        Ok(Self { manifest, manifest_bytes, files: packed.files.clone() })
    }

    /// What it says of itself.
    #[must_use]
    pub fn info(&self) -> BundleInfo {
        let manifest = &self.manifest;
        BundleInfo {
            revision: manifest.revision.clone(),
            built_by: manifest.platlint.clone(),
            builtin: manifest.builtin.clone(),
            config: manifest.config.clone(),
            files: manifest.files.len(),
            bytes: manifest.files.iter().fold(0, |sum, entry| sum.saturating_add(entry.size)),
            digest: format!("sha256:{}", manifest::digest(&self.manifest_bytes)),
        }
    }

    /// Reads and verifies a tarball, plain or compressed, that lies in memory; `name` is what problems call it. Its rules
    /// are not compiled yet. Problems: everything that is wrong with its files.
    pub fn from_tarball(name: &str, bytes: &[u8]) -> Result<Self, Problems> {
        let told = |faults: Vec<Fault>| crate::load::checked(told(faults, name));
        let packed = tarball::is_tarball(bytes).ok_or_else(|| told(vec![Fault::NoManifest]))?;
        let files = tarball::read(bytes, packed).map_err(|fault| told(vec![fault]))?;
        Self::verified(files).map_err(told)
    }

    /// As a tarball: equal bundles give equal bytes. The problem is a name that no tarball can hold.
    pub fn tar(&self) -> Result<Vec<u8>, Problems> {
        let manifest = std::iter::once((MANIFEST, self.manifest_bytes.as_slice()));
        tarball::write(manifest.chain(self.files())).map_err(|fault| fault.of("bundle").into())
    }

    /// As a tarball compressed with gzip: equal bundles give equal bytes, written by the same version of platlint.
    pub fn tar_gz(&self) -> Result<Vec<u8>, Problems> {
        tarball::compress(&self.tar()?).map_err(|fault| fault.of("bundle").into())
    }

    /// As a folder, which must be empty or not there yet. Errors are those of the system.
    pub fn write_folder(&self, folder: &Path) -> io::Result<()> {
        let manifest = std::iter::once((MANIFEST, self.manifest_bytes.as_slice()));
        folder::write(folder, self.files().chain(manifest))
    }

    fn files(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.files.iter().map(|(name, bytes)| (name.as_str(), &**bytes))
    }

    /// Reads and verifies; all that is wrong with the files at once.
    fn open(path: &Path, form: Form) -> Result<Self, Vec<Fault>> {
        let files = match form {
            Form::Folder => folder::read(path),
            Form::Tarball(packed) => open_file(path).and_then(|file| tarball::read(file, packed)),
        };
        Self::verified(files.map_err(|fault| vec![fault])?)
    }

    /// Of all files that were read, with the manifest.
    fn verified(mut files: Contents) -> Result<Self, Vec<Fault>> {
        let bytes = files.remove(MANIFEST).ok_or_else(|| vec![Fault::NoManifest])?;
        let manifest = Manifest::read(&bytes).map_err(|fault| vec![fault])?;
        let faults = manifest.faults(&files);
        if !faults.is_empty() {
            return Err(faults);
        }
        manifest.check_builtin().map_err(|fault| vec![fault])?;
        Ok(Self { manifest, manifest_bytes: bytes.to_vec(), files })
    }

    /// To be loaded, under the name that messages give it.
    fn located(&self, name: &Path, bundle: Option<BundleInfo>) -> Located {
        let tree = Tree::new(name.to_path_buf(), self.files.clone());
        Located { files: Files::Bundle(Arc::new(tree)), config: Some(name.join(&self.manifest.config)), bundle }
    }
}

/// Which files a run reads, and which of them is the configuration.
pub(crate) struct Located {
    pub files: Files,
    pub config: Option<PathBuf>,
    pub bundle: Option<BundleInfo>,
}

impl Located {
    /// No configuration; policies may still be named by options.
    pub(crate) const fn nowhere() -> Self {
        Self { files: Files::Disk, config: None, bundle: None }
    }
}

/// Finds out what a path names: a bundle, which is opened and verified, or a configuration on the disk.
pub(crate) fn locate(path: &Path) -> Result<Located, Problems> {
    let name = shown(path);
    if name.contains("://") {
        let problem = Problem::of_file(name, "this version reads bundles from files and folders, not from registries");
        return Err(problem.with_help("pull it first and name the file").into());
    }
    let Some(form) = form(path) else {
        return Ok(Located { files: Files::Disk, config: Some(path.to_path_buf()), bundle: None });
    };
    match Bundle::open(path, form) {
        Ok(bundle) => Ok(bundle.located(path, Some(bundle.info()))),
        Err(faults) => Err(crate::load::checked(told(faults, &name))),
    }
}

/// So many faults tell enough of a bundle that was cut in half.
const MAX_TOLD: usize = 20;

/// The faults as users meet them, each help once.
fn told(mut faults: Vec<Fault>, name: &str) -> Vec<Problem> {
    let more = faults.len().saturating_sub(MAX_TOLD);
    faults.truncate(MAX_TOLD);
    if more > 0 {
        faults.push(Fault::More(more));
    }
    let mut problems: Vec<Problem> = faults.into_iter().map(|fault| fault.of(name)).collect();
    problems.sort();
    let mut last: Option<String> = None;
    for problem in problems.iter_mut().rev() {
        if problem.help == last {
            problem.help = None;
        } else {
            last.clone_from(&problem.help);
        }
    }
    problems
}

/// The configuration of a bundle, once loaded: its paths mean something within the bundle only, and its revision is the
/// promised one unless options added something.
pub(crate) fn settle(mut loaded: Loaded, info: BundleInfo, options: &Options) -> Result<Loaded, Problems> {
    let found = loaded.set.revision();
    let name = options.config.clone().unwrap_or_default();
    if options.policies.is_empty() && options.builtin && *found != *info.revision {
        let fault = Fault::Revision { expected: info.revision, found: found.to_owned(), platlint: info.built_by };
        return Err(fault.of(&shown(&name)).into());
    }
    loaded.path = Some(name);
    loaded.root.clone_from(&options.start);
    loaded.bundle = Some(info);
    Ok(loaded)
}

/// How a bundle is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Folder,
    Tarball(Packed),
}

/// Whether a path names a bundle, good or broken, rather than a configuration: a folder with `bundle.json`, or a file that
/// begins like a tarball. What it is called does not count.
#[must_use]
pub fn is_bundle(path: &Path) -> bool {
    form(path).is_some()
}

fn form(path: &Path) -> Option<Form> {
    // Whatever cannot be read is told by the one who reads it as a configuration.
    let found = fs::metadata(path).ok()?;
    if found.is_dir() {
        return fs::symlink_metadata(path.join(MANIFEST)).is_ok().then_some(Form::Folder);
    }
    if !found.is_file() {
        // Looking into a pipe would take away what is read from it later.
        return None;
    }
    let mut start = Vec::new();
    fs::File::open(path).ok()?.take(tarball::START).read_to_end(&mut start).ok()?;
    tarball::is_tarball(&start).map(Form::Tarball)
}

fn open_file(path: &Path) -> Result<fs::File, Fault> {
    fs::File::open(path).map_err(|error| Fault::Archive(crate::policies::source::reason(&error)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn small() -> Bundle {
        let file = |name: &str, text: &str| (name.to_owned(), text.as_bytes().into());
        let files = [file("platlint.yaml", "version: 1\n"), file("policies/a/a.rego", "package a\n")].into();
        Bundle::new(&pack::Packed { files, config: "platlint.yaml".to_owned() }, "sha256:0".to_owned()).unwrap()
    }

    /// Whatever byte of a tarball is changed, its files are the same or it is refused.
    #[test]
    fn no_changed_byte_changes_what_is_loaded() {
        let bundle = small();
        let (plain, packed) = (bundle.tar().unwrap(), bundle.tar_gz().unwrap());
        let mut refused = 0;
        for bytes in [plain, packed] {
            assert_eq!(Bundle::from_tarball("same", &bytes).unwrap().info(), bundle.info());
            for position in 0..bytes.len() {
                for mask in [0x01, 0x20, 0xff] {
                    let mut changed = bytes.clone();
                    changed[position] ^= mask;
                    match Bundle::from_tarball("changed", &changed) {
                        // A version, a revision or a builtin digest in the manifest is compared when it is loaded.
                        Ok(read) => assert_eq!(read.files, bundle.files, "byte {position}"),
                        Err(_) => refused += 1,
                    }
                }
            }
        }
        assert!(refused > 5_000, "{refused}");
    }
}
