//! What a run knows of images, and how it comes to know: nothing, what the lock file holds, or what registries answer.
//!
//! Rules are told facts; what follows from them is theirs to say. An image of which nothing could be learnt is `unknown`
//! with the cause, so that the rule is not decided and never passes in silence.

mod credentials;
mod online;
mod progress;
mod trust;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use platlint_config::Loaded;
use platlint_engine::{Facts, ImageFacts, ImageUse, PolicySet, Review};
use platlint_images::lock::{FILE_NAME, Lock, LockError};
use platlint_images::lookup::{Moment, offline};
use platlint_images::{Answer, Trust};

pub(crate) use self::online::Online;
pub(crate) use self::trust::compile;
use crate::args::{ImageMode, Patience};
use crate::exit::Failure;

/// What a run knows of images.
pub(crate) enum Images {
    /// The configuration says nothing of images: nothing is looked up and nothing is told.
    Silent,
    /// Nobody is asked: only what the configuration alone decides is known.
    Offline(Arc<Trust>),
    /// The lock file's evidence is judged.
    Locked(Arc<Trust>, Box<Lock>),
    /// There should be a lock file.
    NoLock(Arc<Trust>),
    /// Registries are asked.
    Online(Box<Online>),
}

const SILENT: &str = "the configuration has no `images` section, so nobody is trusted to sign anything";
const NO_LOCK: &str = "there is no platlint-images.lock; `platlint images lock` writes it";
/// Of an image that was not there when registries were asked: its file changed since.
const LATE: &str = "it turned up only after the registries were asked";

/// Where the lock file stands: beside the configuration, or where platlint runs where that comes from a bundle.
pub(crate) fn lock_path(loaded: &Loaded) -> PathBuf {
    // Without `./`, which no other name in messages has.
    if loaded.root == Path::new(".") { PathBuf::from(FILE_NAME) } else { loaded.root.join(FILE_NAME) }
}

/// The lock file; `None` where there is none.
pub(crate) fn read_lock(path: &Path) -> Result<Option<Lock>, Failure> {
    match Lock::read(path) {
        Ok(lock) => Ok(Some(lock)),
        Err(LockError::Read { source, .. }) if source.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Failure::Usage(error.to_string())),
    }
}

impl Images {
    /// What this mode knows under this configuration.
    pub(crate) fn of_run(loaded: &Loaded, mode: ImageMode, patience: Patience) -> Result<Self, Failure> {
        let Some(trust) = compile(loaded)? else { return Ok(Self::Silent) };
        if mode == ImageMode::Online {
            return Ok(Self::Online(Box::new(Online::new(trust, patience))));
        }
        Ok(match read_lock(&lock_path(loaded))? {
            Some(lock) => Self::Locked(trust, Box::new(lock)),
            None if mode == ImageMode::Lock => Self::NoLock(trust),
            None => Self::Offline(trust),
        })
    }

    /// The same, where the configuration says who may sign; else asking is the user's mistake.
    pub(crate) fn configured(self) -> Result<Self, Failure> {
        match self {
            Self::Silent => Err(no_section()),
            images => Ok(images),
        }
    }

    /// The facts with what is known of the review's images, where some rule asks for that; else the facts as they are.
    pub(crate) fn facts<'f>(&self, set: &PolicySet, review: &Review, facts: &'f Facts) -> Known<'f> {
        if matches!(self, Self::Silent) || !set.wants_images(&review.kind) {
            return Known::nothing(facts);
        }
        self.gathered(set, review, facts)
    }

    /// The facts with what is known of the review's images, whatever the rules ask for.
    pub(crate) fn all_facts<'f>(&self, set: &PolicySet, review: &Review, facts: &'f Facts) -> Cow<'f, Facts> {
        match self {
            Self::Silent => Cow::Borrowed(facts),
            _ => self.gathered(set, review, facts).facts,
        }
    }

    fn gathered<'f>(&self, set: &PolicySet, review: &Review, facts: &'f Facts) -> Known<'f> {
        let images = set.images(review);
        if images.is_empty() {
            return Known::nothing(facts);
        }
        let mut known = self.known(&images);
        let missing: Vec<ImageUse> = images.into_iter().filter(|image| !known.contains_key(&image.value)).collect();
        known.extend(missing.iter().map(|image| (image.value.clone(), unknown(LATE))));
        let allowed = known.iter().filter(|(_, facts)| is_allowed(facts)).map(|(image, _)| image.clone()).collect();
        Known { facts: Cow::Owned(facts.clone().with_images(known)), missing, allowed }
    }

    /// What is known of images; those that must be looked up first are left out.
    pub(crate) fn known(&self, images: &[ImageUse]) -> BTreeMap<Arc<str>, ImageFacts> {
        match self {
            Self::Silent => BTreeMap::new(),
            Self::Offline(trust) => offline(trust, images, Moment::BeforeMutation),
            Self::Locked(trust, lock) => lock.facts(images, trust),
            Self::NoLock(trust) => {
                let mut known = offline(trust, images, Moment::BeforeMutation);
                known.values_mut().filter(|facts| is_unknown(facts)).for_each(|facts| {
                    facts.signature = unknown(NO_LOCK).signature;
                });
                known
            }
            Self::Online(online) => online.known(images),
        }
    }

    /// Looks images up, all at once, where they are not known.
    pub(crate) fn look_up(&self, images: Vec<ImageUse>) -> Result<(), Failure> {
        match self {
            Self::Online(online) => online.look_up(images),
            _ => Ok(()),
        }
    }
}

/// What is known for one review.
pub(crate) struct Known<'f> {
    pub facts: Cow<'f, Facts>,
    /// Images that are still to be looked up ([`Images::look_up`]), of which the facts say so.
    pub missing: Vec<ImageUse>,
    /// Images that pass without a signature, because the configuration's default allows that.
    pub allowed: Vec<Arc<str>>,
}

impl<'f> Known<'f> {
    const fn nothing(facts: &'f Facts) -> Self {
        Self { facts: Cow::Borrowed(facts), missing: Vec::new(), allowed: Vec::new() }
    }
}

/// Of a command that needs to know who may sign.
pub(crate) fn no_section() -> Failure {
    Failure::Usage(SILENT.to_owned())
}

/// Nothing is known of an image, for this reason.
fn unknown(reason: impl Into<String>) -> ImageFacts {
    ImageFacts { signature: Answer::unknown(reason).to_value(), digest: None, pinned: None }
}

/// Whether it could not be found out who signed an image.
pub(crate) fn is_unknown(facts: &ImageFacts) -> bool {
    status(facts) == "unknown"
}

/// Whether an image passes without a signature: no rule names it, and the default allows that.
pub(crate) fn is_allowed(facts: &ImageFacts) -> bool {
    platlint_engine::get(&facts.signature, "allowed") == Some(&platlint_engine::Value::from(true))
}

/// `verified`, `unsigned`, `invalid` or `unknown`.
pub(crate) fn status(facts: &ImageFacts) -> &str {
    platlint_engine::get_str(&facts.signature, "status").map_or("unknown", |status| &**status)
}
