//! Facts about images from registries: fetched at the same time, shared, remembered, and bounded by a deadline.
//!
//! [`Lookup::facts`] answers for all images of a review; [`Lookup::cached`] answers at once or not at all. Here is
//! decided what is asked when, by whose rights, and how long an answer holds. Whether a signature satisfies a rule is
//! decided in `verify`, how registries are read in `platlint-registry`, what follows from an answer by policies.
//!
//! The same content in another repository is another question: signatures count where they stand beside the image. A
//! copy without them would otherwise be admitted or denied depending on who asked before.

mod access;
mod cache;
mod cause;
mod clock;
mod credentials;
mod evidence;
mod examine;
mod flights;
mod judges;
mod layers;
mod limits;
mod offline;
mod prefill;
mod question;
mod reach;
mod search;
mod survey;

use std::collections::BTreeMap;
use std::sync::Arc;

use platlint_engine::{ImageFacts, ImageUse};
use platlint_registry::Client;
use tokio::time::{Instant, timeout_at};

pub use cache::{Cache, Lifetimes};
pub use cause::Cause;
pub use clock::Clock;
pub use credentials::{Anonymous, CredentialFault, Credentials, CredentialsFuture};
pub use limits::Patience;
pub use offline::offline;
pub use prefill::Prefilled;
pub use question::Moment;
pub use reach::reach;
pub use survey::{Survey, SurveyedPart};

pub(crate) use cache::Key;
pub(crate) use examine::children_listed;
pub(crate) use question::{ByDigest, Question, question, revoked};

use cache::Entry;
use limits::MAX_IMAGES;
use question::may_pin;
use search::{Search, unknown};

use crate::answer::Answer;
use crate::trust::Trust;

/// Looks images up. Cheap to clone; clones share flights and cache.
#[derive(Clone)]
pub struct Lookup {
    search: Arc<Search>,
}

/// Counters since the start, and what is held now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stats {
    /// Images answered from the cache.
    pub hits: u64,
    /// Images that were asked for at a registry.
    pub misses: u64,
    /// Verdicts held.
    pub entries: usize,
    /// Bytes that they fill.
    pub bytes: u64,
    /// Searches that were started.
    pub flights: u64,
    /// Questions that waited for a search of somebody else.
    pub joined: u64,
    /// Searches in the air.
    pub in_the_air: usize,
}

impl Lookup {
    /// Looks up by this trust through this client. The cache may be shared with the lookup of an older configuration.
    #[must_use]
    pub fn new(trust: Arc<Trust>, client: Arc<Client>, cache: Arc<Cache>, patience: Patience) -> Self {
        Self { search: Arc::new(Search::new(trust, client, cache, patience)) }
    }

    /// What is known of each image as written, until `deadline`. All images are looked up at the same time; one that a
    /// registry keeps waiting for is `unknown` and delays no other beyond the deadline. Of more than 256 different images
    /// the rest is `unknown`: nobody gets a registry's attention for thousands by one object.
    pub async fn facts(
        &self,
        images: &[ImageUse],
        moment: Moment,
        credentials: &dyn Credentials,
        deadline: Instant,
    ) -> BTreeMap<Arc<str>, ImageFacts> {
        let mut distinct = distinct(images, moment);
        let rest = distinct.split_off(distinct.len().min(MAX_IMAGES));
        let facts = distinct.into_iter().map(|(text, may_pin)| async move {
            (Arc::clone(text), self.one(text, may_pin, credentials, deadline).await)
        });
        let facts = futures::future::join_all(facts).await.into_iter();
        facts.chain(rest.into_iter().map(|(text, may_pin)| (Arc::clone(text), self.unasked(text, may_pin)))).collect()
    }

    /// The same from memory alone, for the thread that evaluates: `None` where any image must be asked for. Tags that
    /// are to be pinned always must.
    #[must_use]
    pub fn cached(&self, images: &[ImageUse], moment: Moment) -> Option<BTreeMap<Arc<str>, ImageFacts>> {
        let mut facts = BTreeMap::new();
        for (position, (text, may_pin)) in distinct(images, moment).into_iter().enumerate() {
            let known = match &*self.search.question(text, may_pin) {
                Question::Certain(facts) => facts.clone(),
                _ if position >= MAX_IMAGES => self.unasked(text, may_pin),
                Question::ByDigest(asked) => facts_of(&*self.search.remembered(&asked.key)?, asked.digest.as_str()),
                Question::ByTag(_) => return None,
            };
            facts.insert(Arc::clone(text), known);
        }
        Some(facts)
    }

    /// What to tell a metrics endpoint.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.search.stats()
    }

    /// The facts of an image that is not looked up, since there are too many.
    fn unasked(&self, text: &Arc<str>, may_pin: bool) -> ImageFacts {
        let cause = Cause::TooMuch { what: "the number of different images", limit: MAX_IMAGES as u64 };
        let digest = match &*self.search.question(text, may_pin) {
            Question::Certain(facts) => return facts.clone(),
            Question::ByDigest(asked) => Some(asked.digest.as_str().into()),
            Question::ByTag(_) => None,
        };
        ImageFacts { signature: unknown(&cause).to_value(), digest, pinned: None }
    }

    async fn one(
        &self,
        text: &Arc<str>,
        may_pin: bool,
        credentials: &dyn Credentials,
        deadline: Instant,
    ) -> ImageFacts {
        match &*self.search.question(text, may_pin) {
            Question::Certain(facts) => facts.clone(),
            Question::ByDigest(asked) => {
                let entry = match self.search.remembered(&asked.key) {
                    Some(entry) => entry,
                    None => self.search.ask(asked, credentials, deadline).await,
                };
                facts_of(&entry, asked.digest.as_str())
            }
            Question::ByTag(asked) => {
                let resolved = timeout_at(deadline, self.search.resolve(asked, credentials, deadline)).await;
                let (access, asked) = match resolved {
                    Ok(Ok(resolved)) => resolved,
                    Ok(Err(cause)) if cause.is_absence() => return unresolved(&Answer::unsigned(NO_SUCH_TAG)),
                    Ok(Err(cause)) => return unresolved(&unknown(&cause)),
                    Err(_) => return unresolved(&unknown(&Cause::Late)),
                };
                let digest = asked.digest.as_str();
                if let Some(revoked) = revoked(&self.search.trust, &asked.digest) {
                    let signature = revoked.to_value();
                    return ImageFacts { signature, digest: Some(digest.into()), pinned: None };
                }
                let entry = self.search.ask_with(&asked, access, deadline).await;
                let mut facts = facts_of(&entry, digest);
                // What was just verified, and nothing else, may be written over what people wrote.
                facts.pinned = entry.is_verified().then(|| format!("{text}@{}", asked.digest).into());
                facts
            }
        }
    }
}

/// Each text once, in order, and whether a tag in it may be pinned.
fn distinct(images: &[ImageUse], moment: Moment) -> Vec<(&Arc<str>, bool)> {
    let all: BTreeMap<_, _> = images.iter().map(|image| (&image.value, may_pin(moment, image.in_pod))).collect();
    all.into_iter().collect()
}

fn facts_of(entry: &Entry, digest: &str) -> ImageFacts {
    ImageFacts { signature: entry.value().clone(), digest: Some(digest.into()), pinned: None }
}

fn unresolved(answer: &Answer) -> ImageFacts {
    ImageFacts { signature: answer.to_value(), digest: None, pinned: None }
}

const NO_SUCH_TAG: &str = "the registry has no such tag";
