//! What a run knows of images, and how it comes to know: nothing, what the lock file holds, or what registries answer.
//!
//! Rules are told facts; what follows from them is theirs to say. An image of which nothing could be learnt is `unknown`
//! with the cause, so that the rule is not decided and never passes in silence.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use platlint_config::Loaded;
use platlint_engine::{Facts, ImageFacts, ImageUse, PolicySet, Review};
use platlint_images::Answer;

use crate::args::{ImageMode, Patience};
use crate::exit::Failure;

/// What a run knows of images.
pub(crate) enum Images {
    /// The configuration names no authorities: nothing is looked up and nothing is told.
    Silent,
    /// No registry is asked and there is no lock file.
    Offline,
}

const OFFLINE: &str = "offline, and there is no platlint-images.lock; `--images online` asks the registry";

/// Of an image that was not there when registries were asked: its file changed since.
const LATE: &str = "it turned up only after the registries were asked";

const SILENT: &str = "the configuration has no `images` section, so nobody is trusted to sign anything";

impl Images {
    /// What this mode knows under this configuration.
    pub(crate) fn of_run(_loaded: &Loaded, _mode: ImageMode, _patience: Patience) -> Result<Self, Failure> {
        Ok(Self::Silent)
    }

    /// The same, where the configuration names authorities; else asking is the user's mistake.
    pub(crate) fn configured(self) -> Result<Self, Failure> {
        match self {
            Self::Silent => Err(Failure::Usage(SILENT.to_owned())),
            images => Ok(images),
        }
    }

    /// The facts with what is known of the review's images, where some rule asks for that; else the facts as they are.
    /// Beside them, the images that are still to be looked up ([`Images::look_up`]), of which the facts say so.
    pub(crate) fn facts<'f>(
        &self,
        set: &PolicySet,
        review: &Review,
        facts: &'f Facts,
    ) -> (Cow<'f, Facts>, Vec<ImageUse>) {
        if matches!(self, Self::Silent) || !set.wants_images(&review.kind) {
            return (Cow::Borrowed(facts), Vec::new());
        }
        let mut missing = Vec::new();
        let mut known = BTreeMap::new();
        for image in set.images(review) {
            let of = self.of(&image);
            known.insert(image.value.clone(), of.clone().unwrap_or_else(|| unknown(LATE)));
            if of.is_none() {
                missing.push(image);
            }
        }
        if known.is_empty() {
            (Cow::Borrowed(facts), missing)
        } else {
            (Cow::Owned(facts.clone().with_images(known)), missing)
        }
    }

    /// What is known of one image; `None` where it must be looked up first.
    pub(crate) fn of(&self, image: &ImageUse) -> Option<ImageFacts> {
        match self {
            Self::Silent | Self::Offline => Some(unknown(OFFLINE)),
        }
    }

    /// Looks images up, all at once, where they are not known.
    pub(crate) fn look_up(&self, images: Vec<ImageUse>) {
        match self {
            Self::Silent | Self::Offline => {}
        }
    }
}

/// Nothing is known of an image, for this reason.
fn unknown(reason: impl Into<String>) -> ImageFacts {
    ImageFacts { signature: Answer::unknown(reason).to_value(), digest: None, pinned: None }
}
