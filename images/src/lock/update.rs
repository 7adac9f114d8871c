//! A lock brought up to date with what registries hold.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, PoisonError};

use chrono::NaiveDate;
use platlint_engine::image::Reference;

use super::entry::{self, LockedImage};
use super::store::Store;
use super::{Lock, pieces};
use crate::answer::{Answer, Status};
use crate::lookup::Survey;

/// What the surveys are of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// All images that are used: entries of others are dropped.
    Whole,
    /// Some of them: entries of others stay.
    Part,
}

/// An image that cannot be locked.
#[derive(Debug, Clone, PartialEq)]
pub struct Refused {
    /// As written.
    pub image: Arc<str>,
    /// Why: never `verified`.
    pub answer: Answer,
    /// The registry could not be asked, and the entry that was there stays.
    pub kept: bool,
}

/// What an update did.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Updated {
    /// New entries and such as say something else now, `registry/repository@digest`.
    pub changed: BTreeSet<String>,
    /// Entries that were taken out.
    pub removed: BTreeSet<String>,
    /// Images that have no entry now, or an old one.
    pub refused: Vec<Refused>,
}

impl Lock {
    /// An empty lock that is to be written at `path`.
    #[must_use]
    pub fn new(path: &Path) -> Self {
        Self { store: Store::beside(path), ..Self::default() }
    }

    /// Takes in what was found. Only verified images are locked; where a registry could not be asked the entry that was
    /// there stays. An entry that says the same as before keeps its day, so that a run without news changes no line.
    pub fn update(&mut self, surveys: &[Survey], scope: Scope, today: NaiveDate) -> Updated {
        let mut fresh: BTreeMap<String, LockedImage> = BTreeMap::new();
        let (mut kept, mut refused) = (BTreeSet::new(), Vec::new());
        for survey in surveys {
            let name = entry::name(&survey.repository, &survey.digest);
            if survey.answer.status() == Status::Verified {
                let mut locked = self.locked(survey, today);
                // The same digest may be used beside several tags.
                fresh.entry(name).and_modify(|entry| entry.tags.append(&mut locked.tags)).or_insert(locked);
                continue;
            }
            let is_kept = survey.answer.status() == Status::Unknown && self.images.contains_key(&name);
            refused.push(Refused { image: Arc::clone(&survey.image), answer: survey.answer.clone(), kept: is_kept });
            if is_kept {
                kept.insert(name);
            }
        }
        let asked: BTreeSet<String> =
            surveys.iter().map(|survey| entry::name(&survey.repository, &survey.digest)).collect();
        let before = std::mem::take(&mut self.images);
        let stays = |name: &String| kept.contains(name) || (scope == Scope::Part && !asked.contains(name));
        let mut changed = BTreeSet::new();
        for (name, entry) in &mut fresh {
            match before.get(name) {
                Some(before) if entry.says_the_same_as(before) => entry.checked_at = before.checked_at,
                _ => {
                    changed.insert(name.clone());
                }
            }
        }
        let old = before.iter().filter(|(name, _)| !fresh.contains_key(*name) && stays(name));
        let old: Vec<_> = old.map(|(name, entry)| (name.clone(), entry.clone())).collect();
        self.images = fresh;
        self.images.extend(old);
        let removed = before.into_keys().filter(|name| !self.images.contains_key(name)).collect();
        self.judged.get_mut().unwrap_or_else(PoisonError::into_inner).clear();
        Updated { changed, removed, refused }
    }

    fn locked(&mut self, survey: &Survey, today: NaiveDate) -> LockedImage {
        let recursive = survey.rule.settings().recursive;
        let mut parts =
            survey.parts.iter().map(|part| pieces::store_part(part, recursive, &mut self.store)).collect::<Vec<_>>();
        let own = if parts.is_empty() {
            entry::LockedPart { digest: survey.digest.clone(), manifest: None, bundles: BTreeSet::new() }
        } else {
            parts.remove(0)
        };
        parts.sort_by(|one, other| one.digest.cmp(&other.digest));
        let first = survey.parts.first();
        LockedImage {
            repository: survey.repository.clone(),
            digest: survey.digest.clone(),
            tags: Reference::parse(&survey.image).and_then(|image| image.tag).iter().map(ToString::to_string).collect(),
            media_type: first.and_then(|part| part.manifest.as_ref()).map(|(media_type, _)| media_type.clone()),
            policy: entry::policy(&survey.rule.hash()),
            signers: entry::signers(&survey.answer),
            predicate_types: entry::predicate_types(&survey.answer),
            own,
            children: parts,
            checked_at: today,
        }
    }
}
