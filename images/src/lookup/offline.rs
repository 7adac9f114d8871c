//! What is known without asking anybody.

use std::collections::BTreeMap;
use std::sync::Arc;

use platlint_engine::{ImageFacts, ImageUse};

use super::question::{Moment, Question, may_pin, question};
use crate::answer::Answer;
use crate::trust::Trust;

/// Facts without registry and lock: what is certain by the configuration alone (no rule names the image, a digest is
/// revoked, a tag in a place where it is never pinned) is answered as it is online; all else is `unknown`.
#[must_use]
pub fn offline(trust: &Trust, images: &[ImageUse], moment: Moment) -> BTreeMap<Arc<str>, ImageFacts> {
    let facts = images.iter().map(|image| {
        let digest = match question(trust, &image.value, may_pin(moment, image.in_pod)) {
            Question::Certain(facts) => return (Arc::clone(&image.value), facts),
            Question::ByDigest(asked) => Some(asked.digest.as_str().into()),
            Question::ByTag(_) => None,
        };
        let signature = Answer::unknown(OFFLINE).to_value();
        (Arc::clone(&image.value), ImageFacts { signature, digest, pinned: None })
    });
    facts.collect()
}

const OFFLINE: &str = "offline: signatures are not looked up without `--images online` or `--images lock`";
