//! The lock file read: anything that is not understood is an error at its place, never skipped.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::{fmt, fs, io};

use chrono::NaiveDate;
use platlint_engine::image::Reference;
use platlint_registry::{Digest, Repository};
use platlint_source::{Document, Limits, Node, Reading, SourceText};

use super::Lock;
use super::entry::{LockedImage, LockedPart, LockedSigner};
use super::placed::{Fields, Places};
use super::store::Store;

/// Why a lock file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// It cannot be read; where it is not there, `source` says so by its kind.
    #[error("{}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is not a lock.
    #[error(transparent)]
    Invalid(#[from] LockProblem),
}

/// What is wrong with a lock file, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct LockProblem {
    /// The file as named by the caller.
    pub file: String,
    /// From 1.
    pub line: u32,
    /// From 1, in characters.
    pub column: u32,
    /// What is wrong, without a full stop.
    pub message: String,
}

impl fmt::Display for LockProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: {}", self.file, self.line, self.column, self.message)
    }
}

impl Lock {
    /// Reads a lock file. Its evidence is read when it is asked for.
    pub fn read(path: &Path) -> Result<Self, LockError> {
        let failed = |source| LockError::Read { path: path.to_owned(), source };
        let bytes = fs::read(path).map_err(failed)?;
        let images = images(&path.display().to_string(), bytes)?;
        Ok(Self { images, store: Store::beside(path), ..Self::default() })
    }
}

/// The entries of a lock file's text.
pub(super) fn images(file: &str, bytes: Vec<u8>) -> Result<BTreeMap<String, LockedImage>, LockProblem> {
    let no_text = SourceText::from(String::new());
    let text = SourceText::decode(bytes)
        .map_err(|error| Places { file, text: &no_text }.problem(error.span, error.message().to_owned()))?;
    let places = Places { file, text: &text };
    let chunks = text.split();
    let [chunk] = chunks.as_slice() else {
        let span = chunks.get(1).map(|chunk| chunk.span).unwrap_or_default();
        return Err(places.problem(span, "must hold one document"));
    };
    let document = Document::parse(text.as_str(), *chunk, &Limits::default())
        .map_err(|error| places.problem(error.span, error.message().to_owned()))?;
    if let Some(problem) = document.problems(Reading::Yaml12).first() {
        return Err(places.problem(problem.span, "this key or value cannot be used, or stands here a second time"));
    }
    let mut fields = Fields::of(&places, document.root())?;
    places.parsed(fields.required("version")?, "1; this file was written by a newer platlint", |text| {
        (text == "1").then_some(())
    })?;
    let mut images = BTreeMap::new();
    for node in places.items(fields.required("images")?)? {
        let image = image(&places, node)?;
        let name = image.name();
        if images.insert(name.clone(), image).is_some() {
            return Err(places.problem(node.span(), format!("{name} is locked twice")));
        }
    }
    fields.end()?;
    Ok(images)
}

fn image(places: &Places<'_>, node: Node<'_>) -> Result<LockedImage, LockProblem> {
    let mut fields = Fields::of(places, node)?;
    let (repository, digest) = places.parsed(fields.required("image")?, "`registry/repository@digest`", |text| {
        let reference = Reference::parse(text)?;
        let digest = Digest::parse(reference.digest.as_deref()?).ok()?;
        let repository = Repository::of(&reference);
        (format!("{repository}@{digest}") == text).then_some((repository, digest))
    })?;
    let media_type = fields.optional("mediaType").map(|node| places.text(node)).transpose()?;
    let policy = places.parsed(fields.required("policy")?, "64 hexadecimal digits", |text| {
        Digest::parse(&format!("sha256:{text}")).ok().map(|_| text.to_owned())
    })?;
    let signers = places.items(fields.required("signers")?)?;
    let image = LockedImage {
        tags: texts(places, fields.optional("tags"))?,
        media_type: media_type.map(str::to_owned),
        policy,
        signers: signers.into_iter().map(|node| signer(places, node)).collect::<Result<_, _>>()?,
        predicate_types: texts(places, fields.optional("predicateTypes"))?,
        own: part(places, &mut fields, digest.clone())?,
        children: match fields.optional("children") {
            Some(node) => places.items(node)?.into_iter().map(|node| child(places, node)).collect::<Result<_, _>>()?,
            None => Vec::new(),
        },
        checked_at: places.parsed(fields.required("checkedAt")?, "a day as in 2026-01-31", |text| {
            NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()
        })?,
        repository,
        digest,
    };
    fields.end()?;
    Ok(image)
}

fn signer(places: &Places<'_>, node: Node<'_>) -> Result<LockedSigner, LockProblem> {
    let mut fields = Fields::of(places, node)?;
    let authority = places.text(fields.required("authority")?)?.to_owned();
    let identity = match fields.optional("issuer") {
        Some(issuer) => Some((places.text(issuer)?.to_owned(), places.text(fields.required("subject")?)?.to_owned())),
        None => None,
    };
    fields.end()?;
    Ok(LockedSigner { authority, identity })
}

fn child(places: &Places<'_>, node: Node<'_>) -> Result<LockedPart, LockProblem> {
    let mut fields = Fields::of(places, node)?;
    let digest = places.parsed(fields.required("digest")?, "a digest", |text| Digest::parse(text).ok())?;
    let part = part(places, &mut fields, digest)?;
    fields.end()?;
    Ok(part)
}

fn part(places: &Places<'_>, fields: &mut Fields<'_, '_>, digest: Digest) -> Result<LockedPart, LockProblem> {
    let file = |node| places.parsed(node, "the sha256 digest of a stored file", file_digest);
    let bundles = match fields.optional("bundles") {
        Some(node) => places.items(node)?.into_iter().map(file).collect::<Result<BTreeSet<_>, _>>()?,
        None => BTreeSet::new(),
    };
    Ok(LockedPart { digest, manifest: fields.optional("manifest").map(file).transpose()?, bundles })
}

/// Only such a digest can be a file's name.
fn file_digest(text: &str) -> Option<Digest> {
    Digest::parse(text).ok().filter(|digest| digest.algorithm() == "sha256")
}

fn texts(places: &Places<'_>, node: Option<Node<'_>>) -> Result<BTreeSet<String>, LockProblem> {
    match node {
        Some(node) => places.items(node)?.into_iter().map(|node| places.text(node).map(str::to_owned)).collect(),
        None => Ok(BTreeSet::new()),
    }
}
