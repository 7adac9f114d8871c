//! What is readable but surely not meant: duplicate keys, keys Kubernetes reads as something else, values without a
//! JSON form.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::arena::{Arena, Shape};
use crate::error::{ReadError, ReadErrorKind};
use crate::key;
use crate::merge;
use crate::scalar::{Reading, resolve};
use crate::span::Span;

/// A problem with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What it is.
    pub kind: ProblemKind,
    /// The key or value.
    pub span: Span,
}

/// What a problem is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProblemKind {
    /// A key that the same map has before: the later value counts, the earlier one is lost.
    DuplicateKey {
        /// The key as it is read.
        key: String,
        /// Where it stands the first time.
        first: Span,
    },
    /// A key without quotes that is read as another text (`on:` is `"true"`).
    KeyReadAs {
        /// As written.
        written: String,
        /// As read.
        read: String,
    },
    /// A key or value that cannot be read: [`crate::Document::build`] fails on it.
    Unreadable {
        /// Which kind of failure.
        kind: ReadErrorKind,
        /// Why, for people.
        reason: String,
    },
}

/// All problems of the document, in the order of the file; `refused` is one found before.
pub(crate) fn problems(arena: &Arena<'_>, reading: Reading, refused: Option<&ReadError>) -> Vec<Problem> {
    let mut found: Vec<Problem> = refused.into_iter().map(unreadable).collect();
    for (id, data) in (0..).zip(&arena.nodes) {
        match data.shape {
            Shape::Mapping => {
                keys(arena, id, reading, &mut found);
                for (key, value) in arena.pairs(id) {
                    if merge::is_merge(arena, key, reading) {
                        found.extend(merge::sources(arena, value).err().as_ref().map(unreadable));
                    }
                    scalar(arena, value, reading, &mut found);
                }
            }
            Shape::Sequence => {
                for item in arena.children(id) {
                    scalar(arena, *item, reading, &mut found);
                }
            }
            Shape::Scalar | Shape::Alias => {}
        }
    }
    scalar(arena, arena.root, reading, &mut found);
    found.sort_by_key(|problem| problem.span);
    found
}

fn scalar(arena: &Arena<'_>, id: u32, reading: Reading, found: &mut Vec<Problem>) {
    if arena.data(id).shape == Shape::Scalar
        && let Err(error) = resolve(arena, id, reading)
    {
        found.push(unreadable(&key::scalar_error(arena, id, &error)));
    }
}

fn keys(arena: &Arena<'_>, map: u32, reading: Reading, found: &mut Vec<Problem>) {
    let pairs = arena.pairs(map);
    let mut seen = Seen::for_size(pairs.len());
    for (key, _) in pairs {
        if merge::is_merge(arena, key, reading) {
            continue;
        }
        let read = match key::text(arena, key, reading) {
            Ok(read) => read,
            Err(error) => {
                found.push(unreadable(&error));
                continue;
            }
        };
        let span = arena.span(key);
        let written = arena.scalar_text(arena.target(key));
        if read != written && arena.data(key).shape == Shape::Scalar {
            found.push(Problem {
                kind: ProblemKind::KeyReadAs { written: written.to_owned(), read: read.clone().into_owned() },
                span,
            });
        }
        if let Err((key, first)) = seen.add(read, span) {
            found.push(Problem { kind: ProblemKind::DuplicateKey { key: key.into_owned(), first }, span });
        }
    }
}

fn unreadable(error: &ReadError) -> Problem {
    let reason = error.message().to_owned();
    Problem { kind: ProblemKind::Unreadable { kind: error.kind, reason }, span: error.span }
}

/// Keys seen so far. Most maps are so small that comparing beats hashing.
enum Seen<'d> {
    Few(Vec<(Cow<'d, str>, Span)>),
    Many(HashMap<Cow<'d, str>, Span>),
}

impl<'d> Seen<'d> {
    fn for_size(size: usize) -> Self {
        if size <= 8 { Self::Few(Vec::with_capacity(size)) } else { Self::Many(HashMap::with_capacity(size)) }
    }

    /// Keeps a new key; gives back one that was there before, with where it stood the first time.
    fn add(&mut self, key: Cow<'d, str>, span: Span) -> Result<(), (Cow<'d, str>, Span)> {
        let known = match self {
            Self::Few(seen) => seen.iter().find(|(known, _)| *known == key).map(|(_, first)| *first),
            Self::Many(seen) => seen.get(&key).copied(),
        };
        if let Some(first) = known {
            return Err((key, first));
        }
        match self {
            Self::Few(seen) => seen.push((key, span)),
            Self::Many(seen) => {
                seen.insert(key, span);
            }
        }
        Ok(())
    }
}
