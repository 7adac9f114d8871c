//! Patterns of image names, and which of two is the more specific one.
//!
//! A pattern is a registry and a repository, segment by segment: `*` stands for any characters within a segment, `**` for
//! any number of segments, at the end for at least one. Of two patterns the more specific one is decided by the first
//! segment, from the left, in which they differ in kind: a plain one comes before one with `*` and other characters (more
//! of these before fewer), that before `*` alone, and `**` comes last; where one pattern ends first, the longer one is more
//! specific. Patterns that are equally specific and could match the same image are refused where they are loaded.

use std::fmt;
use std::sync::Arc;

use platlint_engine::glob;

use crate::images::name::{self, ImageName};

/// So many segments has a pattern at most.
const MAX_SEGMENTS: usize = 32;
/// So long is a pattern at most, in bytes: as long as the longest name.
const MAX_BYTES: usize = 255;

/// A pattern of image names, such as `registry.example/prod/**`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImagePattern {
    text: Arc<str>,
    /// `**` at the end stands here as `*` and `**`, so that `**` always means "also none".
    segments: Vec<Segment>,
    specificity: Specificity,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Segment {
    Plain(String),
    /// Any characters for `*`, among others.
    Glob(String),
    /// Any one segment.
    Any,
    /// Any number of segments, also none.
    AnyNumber,
}

/// How specific a pattern is; the greater one is more so.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Specificity(Vec<(u8, usize)>);

/// Why a text is no pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// A single `*` as the whole pattern.
    #[error("`*` alone is a registry without a repository and matches nothing; `**` matches every image")]
    Star,
    /// Written like an address.
    #[error("it has a scheme; images are named without one, as in `registry.example/team/**`")]
    Scheme,
    /// No repository.
    #[error("it names no repository; for every image of this registry write `{0}/**`")]
    NoRepository(String),
    /// No registry.
    #[error("it does not begin with a registry; images of Docker Hub are named `docker.io/…`, as in `docker.io/{0}`")]
    NoRegistry(String),
    /// No name of a host.
    #[error("`{0}` is no name of a registry")]
    NotARegistry(String),
    /// A tag or a digest.
    #[error("patterns name no tag and no digest: which rule holds is decided by registry and repository")]
    Tag,
    /// Two slashes, or one at an end.
    #[error("a segment is empty")]
    EmptySegment,
    /// `**` beside other characters or beside another `**`.
    #[error("`**` stands for whole segments and must stand alone between slashes, once in a row")]
    DoubleStar,
    /// `*` where it would let other registries in.
    #[error(
        "in a registry `*` is either all of it, or what stands before its first dot (`*.registry.example`), or its port; \
         anything else would match registries of others, such as `registry.example.attacker.example`"
    )]
    RegistryStar,
    /// A character that no such name has.
    #[error("`{0}` cannot stand in {1}")]
    Character(char, &'static str),
    /// Too long.
    #[error("it has more than {MAX_BYTES} bytes or {MAX_SEGMENTS} segments")]
    Long,
}

impl ImagePattern {
    /// Reads a pattern. The registry is normalised as those of images are.
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        let parts: Vec<&str> = text.split('/').collect();
        if text.len() > MAX_BYTES || parts.len() > MAX_SEGMENTS {
            return Err(PatternError::Long);
        }
        if text == "*" {
            return Err(PatternError::Star);
        }
        if text.contains("://") {
            return Err(PatternError::Scheme);
        }
        if parts.iter().any(|part| part.is_empty()) {
            return Err(PatternError::EmptySegment);
        }
        let doubled = parts.windows(2).any(|pair| pair == ["**", "**"]);
        if doubled || parts.iter().any(|part| part.contains("**") && *part != "**") {
            return Err(PatternError::DoubleStar);
        }
        let Some((first, rest)) = parts.split_first() else { return Err(PatternError::EmptySegment) };
        let mut segments = Vec::with_capacity(parts.len());
        if *first == "**" {
            segments.push(Segment::AnyNumber);
        } else {
            segments.push(of_registry(first, text)?);
            if rest.is_empty() {
                return Err(PatternError::NoRepository((*first).to_owned()));
            }
        }
        if let [part] = rest
            && *part != "**"
            && segments == [Segment::Plain(name::DOCKER_HUB.to_owned())]
        {
            // As in references: `docker.io/nginx` is `docker.io/library/nginx`.
            segments.push(Segment::Plain(name::DOCKER_HUB_FOLDER.to_owned()));
        }
        for part in rest {
            segments.push(of_repository(part)?);
        }
        let specificity = Specificity(segments.iter().map(Segment::rank).collect());
        if segments.last() == Some(&Segment::AnyNumber) {
            segments.pop();
            segments.extend([Segment::Any, Segment::AnyNumber]);
        }
        Ok(Self { text: text.into(), segments, specificity })
    }

    /// As it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it matches this name.
    #[must_use]
    pub fn matches(&self, name: &ImageName) -> bool {
        let names: Vec<&str> = name.segments().collect();
        matches(&self.segments, &names)
    }

    pub(crate) const fn specificity(&self) -> &Specificity {
        &self.specificity
    }

    /// Whether some name matches both.
    pub(crate) fn overlaps(&self, other: &Self) -> bool {
        overlap(&self.segments, &other.segments)
    }

    /// Whether both are equally specific and some name matches both, so that neither would decide.
    pub(crate) fn ties_with(&self, other: &Self) -> bool {
        self.specificity == other.specificity && self.overlaps(other)
    }
}

impl fmt::Display for ImagePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn of_registry(part: &str, whole: &str) -> Result<Segment, PatternError> {
    if part == "*" {
        return Ok(Segment::Any);
    }
    if part.contains('@') {
        return Err(PatternError::Tag);
    }
    if let Some(strange) = part.chars().find(|c| !(c.is_ascii_alphanumeric() || ".-:[]*".contains(*c))) {
        return Err(PatternError::Character(strange, "a registry"));
    }
    let looks_like_one = part.contains(['.', ':', '*']) || part == "localhost";
    if !looks_like_one {
        let folder = if whole.contains('/') { "" } else { "library/" };
        return Err(PatternError::NoRegistry(format!("{folder}{whole}")));
    }
    let host = part.strip_suffix(":*").unwrap_or(part);
    if host.strip_prefix("*.").unwrap_or(host).contains('*') {
        return Err(PatternError::RegistryStar);
    }
    if !name::is_registry(&part.replace('*', "1")) {
        return Err(PatternError::NotARegistry(part.to_owned()));
    }
    let normal = name::registry(part);
    Ok(if normal.contains('*') { Segment::Glob(normal) } else { Segment::Plain(normal) })
}

fn of_repository(part: &str) -> Result<Segment, PatternError> {
    match part {
        "*" => return Ok(Segment::Any),
        "**" => return Ok(Segment::AnyNumber),
        _ if part.contains([':', '@']) => return Err(PatternError::Tag),
        _ => {}
    }
    let is_known = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-*".contains(c);
    match part.chars().find(|c| !is_known(*c)) {
        Some(strange) => Err(PatternError::Character(strange, "a repository")),
        None if part.contains('*') => Ok(Segment::Glob(part.to_owned())),
        None => Ok(Segment::Plain(part.to_owned())),
    }
}

impl Segment {
    fn rank(&self) -> (u8, usize) {
        match self {
            Self::Plain(_) => (3, 0),
            Self::Glob(text) => (2, text.bytes().filter(|byte| *byte != b'*').count()),
            Self::Any => (1, 0),
            Self::AnyNumber => (0, 0),
        }
    }

    fn matches(&self, name: &str) -> bool {
        match self {
            Self::Plain(text) => text == name,
            Self::Glob(text) => glob::matches(text, name),
            Self::Any | Self::AnyNumber => true,
        }
    }

    /// Whether some segment matches both.
    fn overlaps(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Plain(text), other) | (other, Self::Plain(text)) => other.matches(text),
            (Self::Glob(left), Self::Glob(right)) => globs_overlap(left.as_bytes(), right.as_bytes()),
            _ => true,
        }
    }
}

/// Whether the segments match these names. Like a glob over segments: only the last `**` is ever tried again.
fn matches(mut pattern: &[Segment], mut names: &[&str]) -> bool {
    let mut again: Option<(&[Segment], &[&str])> = None;
    loop {
        match (pattern.split_first(), names.split_first()) {
            (Some((Segment::AnyNumber, rest)), _) => {
                pattern = rest;
                again = Some((rest, names));
            }
            (Some((segment, rest)), Some((name, further))) if segment.matches(name) => {
                (pattern, names) = (rest, further);
            }
            (None, None) => return true,
            _ => {
                // The last `**` takes one name more.
                let Some((rest, [_, further @ ..])) = again else { return false };
                again = Some((rest, further));
                (pattern, names) = (rest, further);
            }
        }
    }
}

/// Whether some name matches both.
fn overlap(left: &[Segment], right: &[Segment]) -> bool {
    let is_run = |segment: &Segment| *segment == Segment::AnyNumber;
    meet(left, right, is_run, Segment::overlaps)
}

fn globs_overlap(left: &[u8], right: &[u8]) -> bool {
    meet(left, right, |byte| *byte == b'*', |a, b| a == b)
}

/// Whether two patterns over the same alphabet have a word in common; `is_run` are the items that stand for any number of
/// others. One row of the table of all pairs of remainders after the other, from the ends.
fn meet<T>(left: &[T], right: &[T], is_run: impl Fn(&T) -> bool, fits: impl Fn(&T, &T) -> bool) -> bool {
    let width = right.len();
    // For each remainder of `right`: whether it meets the remainder of `left` that was looked at last.
    let mut below: Vec<bool> = Vec::new();
    for row in (0..=left.len()).rev() {
        let mut here = vec![false; width.saturating_add(1)];
        for column in (0..=width).rev() {
            let down = below.get(column).copied().unwrap_or(false);
            let next = here.get(column.saturating_add(1)).copied().unwrap_or(false);
            let both = below.get(column.saturating_add(1)).copied().unwrap_or(false);
            let met = match (left.get(row), right.get(column)) {
                (None, None) => true,
                (Some(a), _) if is_run(a) => down || next,
                (_, Some(b)) if is_run(b) => down || next,
                (Some(a), Some(b)) => both && fits(a, b),
                _ => false,
            };
            if let Some(cell) = here.get_mut(column) {
                *cell = met;
            }
        }
        below = here;
    }
    below.first().copied().unwrap_or(false)
}
