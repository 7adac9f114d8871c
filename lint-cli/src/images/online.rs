//! Registries, asked once for every image of a run: all at the same time, each with a deadline of its own.
//!
//! The runtime lives in this mode only. It has one thread: waiting for the network is all there is to do.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};
use std::time::Duration;

use platlint_engine::{ImageFacts, ImageUse};
use platlint_images::Trust;
use platlint_images::lock::{Lock, MovedTag};
use platlint_images::lookup::{self, Cache, Lookup, Moment, Survey, reach};
use platlint_registry::{Client, Settings};
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::credentials::Docker;
use super::progress::Progress;
use super::unknown;
use crate::args::Patience;
use crate::exit::Failure;

/// Images asked for at the same time: few enough that the last one of many does not spend its time in a queue.
const AT_ONCE: usize = 24;
/// How long connecting may take, so that a registry that is down costs less than the whole patience.
const CONNECT: Duration = Duration::from_secs(5);

/// Registries, and what they have answered.
pub(crate) struct Online {
    trust: Arc<Trust>,
    patience: Duration,
    /// Made for the first image: what reaches registries reads certificates and credentials, which a run without images
    /// does not need.
    asking: OnceLock<Asking>,
    known: RwLock<BTreeMap<Arc<str>, ImageFacts>>,
}

/// What reaches registries.
struct Asking {
    lookup: Lookup,
    credentials: Arc<Docker>,
    runtime: Runtime,
    patience: Duration,
}

impl Online {
    pub(crate) fn new(trust: Arc<Trust>, patience: Patience) -> Self {
        let patience = Duration::from_secs(patience.seconds.into());
        Self { trust, patience, asking: OnceLock::new(), known: RwLock::default() }
    }

    fn asking(&self) -> Result<&Asking, Failure> {
        if let Some(asking) = self.asking.get() {
            return Ok(asking);
        }
        let made = Asking::new(self.trust.clone(), self.patience)?;
        Ok(self.asking.get_or_init(|| made))
    }

    /// What is known of images; those that were not asked for yet are left out.
    pub(super) fn known(&self, images: &[ImageUse]) -> BTreeMap<Arc<str>, ImageFacts> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        images.iter().filter_map(|image| Some((image.value.clone(), known.get(&image.value)?.clone()))).collect()
    }

    /// Asks for all of these that are not known.
    pub(super) fn look_up(&self, images: Vec<ImageUse>) -> Result<(), Failure> {
        let known = self.known(&images);
        let mut asked = BTreeSet::new();
        let wanted: Vec<ImageUse> = images
            .into_iter()
            .filter(|image| !known.contains_key(&image.value) && asked.insert(image.value.clone()))
            .collect();
        if wanted.is_empty() {
            return Ok(());
        }
        let asking = self.asking()?;
        let mut found: BTreeMap<Arc<str>, ImageFacts> =
            wanted.iter().map(|image| (image.value.clone(), unknown("asking the registry broke off"))).collect();
        let (lookup, credentials) = (asking.lookup.clone(), asking.credentials.clone());
        let ask = move |image: ImageUse, deadline| {
            let (lookup, credentials) = (lookup.clone(), credentials.clone());
            async move { lookup.facts(&[image], Moment::BeforeMutation, &*credentials, deadline).await }
        };
        found.extend(asking.of_each(wanted, ask).into_iter().flatten());
        self.known.write().unwrap_or_else(PoisonError::into_inner).extend(found);
        Ok(())
    }

    /// All that registries hold about images that are named by digest and that a rule speaks of; in the images' order.
    pub(crate) fn surveys(&self, images: Vec<Arc<str>>) -> Result<Vec<Survey>, Failure> {
        if images.is_empty() {
            return Ok(Vec::new());
        }
        let asking = self.asking()?;
        let (lookup, credentials) = (asking.lookup.clone(), asking.credentials.clone());
        let look = move |image: Arc<str>, deadline| {
            let (lookup, credentials) = (lookup.clone(), credentials.clone());
            async move { lookup.survey(&image, &*credentials, deadline).await }
        };
        let mut surveys: Vec<Survey> = asking.of_each(images, look).into_iter().flatten().collect();
        surveys.sort_by(|a, b| a.image.cmp(&b.image));
        Ok(surveys)
    }

    /// Locked tags that name another digest by now, or of which that is not known.
    pub(crate) fn moved_tags(&self, lock: &Lock) -> Result<Vec<MovedTag>, Failure> {
        let asking = self.asking()?;
        let tags: usize = lock.images().values().map(|image| image.tags.len()).sum();
        // They are asked for at the same time, and wait for each other.
        let rounds = u32::try_from(tags.div_ceil(AT_ONCE)).unwrap_or(u32::MAX);
        let patience = self.patience.saturating_mul(rounds.max(1));
        let moved = lock.moved_tags(&asking.lookup, &*asking.credentials, Instant::now() + patience);
        Ok(asking.runtime.block_on(moved))
    }
}

impl Asking {
    fn new(trust: Arc<Trust>, patience: Duration) -> Result<Self, Failure> {
        let settings = Settings { connect_timeout: CONNECT.min(patience), ..reach(trust.policy()) };
        let client = Client::new(settings).map_err(|error| Failure::Usage(error.to_string()))?;
        Ok(Self {
            lookup: Lookup::new(trust, Arc::new(client), Arc::new(Cache::default()), lookup::Patience(patience)),
            credentials: Arc::new(Docker::from_environment()?),
            runtime: Builder::new_current_thread().enable_all().build().map_err(Failure::io("the network"))?,
            patience,
        })
    }

    /// Does something for each item, for a few at the same time. An item whose task broke is left out.
    fn of_each<I, T, F>(&self, items: Vec<I>, mut task: impl FnMut(I, Instant) -> F) -> Vec<T>
    where
        T: Send + 'static,
        F: Future<Output = T> + Send + 'static,
    {
        self.runtime.block_on(async {
            let mut progress = Progress::of(items.len());
            let mut items = items.into_iter();
            let mut running = JoinSet::new();
            let mut done = Vec::with_capacity(items.len());
            loop {
                while running.len() < AT_ONCE
                    && let Some(item) = items.next()
                {
                    // From here on: waiting for one's turn is nobody's fault.
                    running.spawn(task(item, Instant::now() + self.patience));
                }
                let Some(finished) = running.join_next().await else { break };
                done.extend(finished.ok());
                progress.step();
            }
            done
        })
    }
}
