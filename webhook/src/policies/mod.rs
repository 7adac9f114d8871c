//! The policies in force: loaded, tried out beside the running ones, then swapped in as a whole. The last good ones stay
//! where new ones fail. What they decide is the engine's business, how they are read the configuration's.

mod digest;
mod sample;
mod trial;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Instant;

use arc_swap::{ArcSwap, ArcSwapOption};
use chrono::{DateTime, Utc};
use platlint_config::{Options, Problems};
use platlint_engine::{Level, PolicySet};

use crate::cluster::Knowledge;
use crate::images::{ActiveImages, Counted, ImageCounts, ImageSettings, Material};
use crate::limits::{CACHE_LOOK, CACHE_TIME};
use crate::observe::Metrics;
use crate::platform::KnownPlatform;

pub use digest::Digest;

/// The policies in force.
#[derive(Debug)]
pub struct Active {
    /// The rules and everything that decides.
    pub set: Arc<PolicySet>,
    /// Counts loads, so that an evaluation thread sees that its machines are of an older set.
    pub generation: u64,
    /// What the configuration wants its owners to know.
    pub notices: Vec<String>,
    /// How images are looked up; `None` where the configuration has no section `images`.
    pub images: Option<ActiveImages>,
    /// What the configuration knows of the platform; `None` where no rule asks.
    pub platform: Option<Arc<KnownPlatform>>,
}

/// Policies that were loaded and tried, and are not in force yet.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The rules and everything that decides.
    pub set: Arc<PolicySet>,
    /// What the configuration wants its owners to know.
    pub notices: Vec<String>,
    /// Who may sign images, with keys parsed and roots read.
    pub images: Option<Material>,
    /// What the configuration knows of the platform; `None` where no rule asks.
    pub platform: Option<Arc<KnownPlatform>>,
}

/// Why policies were not taken up.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The configuration or a policy is wrong.
    #[error("{0}")]
    Problems(#[from] Problems),
    /// A key, a root or a registry of the section `images` cannot be used.
    #[error("{0}")]
    Images(String),
    /// A file with definitions, entities, actions or clusters cannot be read.
    #[error("{0}")]
    Platform(String),
    /// They are others than those the operator expects.
    #[error("the policies have revision {found}, expected was {expected}")]
    OtherRevision {
        /// What was asked for.
        expected: String,
        /// What was read.
        found: String,
    },
    /// A rule fails on an object that every cluster has.
    #[error("rule {rule} fails on a sample {sample}: {message}")]
    Trial {
        /// The rule.
        rule: String,
        /// What it was tried on.
        sample: String,
        /// What happened.
        message: String,
    },
    /// What the new rules want to know of the cluster is not known yet. Tried again.
    #[error("{0}")]
    Caches(String),
}

/// Where policies come from.
#[derive(Debug, Clone)]
pub struct Source {
    /// `platlint.yaml`, a folder with one, or a bundle (folder or tarball). `None`: what is found from `start` upwards,
    /// else the built-in policies.
    pub path: Option<PathBuf>,
    /// Where the server was started.
    pub start: PathBuf,
    /// Only this revision is taken up.
    pub expect_revision: Option<String>,
}

/// What time it is; tests stop it.
pub type Clock = fn() -> DateTime<Utc>;

/// The clock of the machine.
#[must_use]
pub fn wall_clock() -> DateTime<Utc> {
    DateTime::<Utc>::from(std::time::SystemTime::now())
}

/// Loads policies from a source and tries them out.
pub fn load(source: &Source, now: DateTime<Utc>) -> Result<Loaded, LoadError> {
    let mut options = Options::new(source.start.clone(), now);
    options.config.clone_from(&source.path);
    let loaded = platlint_config::load(&options)?;
    let found = loaded.set.revision();
    if let Some(expected) = source.expect_revision.as_ref().filter(|expected| *expected != found) {
        return Err(LoadError::OtherRevision { expected: expected.clone(), found: found.to_owned() });
    }
    let mut notices = loaded.notices;
    notices.extend(loaded.findings.iter().map(|one| format!("{}:{}: {}", one.file, one.line, one.message)));
    let wanted = loaded.set.rules().iter().filter(|rule| rule.settings.level != Level::Off);
    notices.extend(wanted.filter_map(|rule| rule.settings.inactive.clone()));
    let set = Arc::new(loaded.set);
    let platform = KnownPlatform::of(&loaded.platform, &set).map_err(LoadError::Platform)?;
    trial::run(&set, platform.as_deref(), now)?;
    let images = loaded.images.as_deref().map(Material::of).transpose().map_err(LoadError::Images)?;
    Ok(Loaded { set, notices, images, platform })
}

/// What came of a look at the source.
#[derive(Debug)]
pub enum Reload {
    /// Nothing changed.
    Unchanged,
    /// Files changed, but not what decides.
    SameRevision,
    /// Other policies are in force now.
    Swapped(Arc<Active>),
    /// They are wrong; the old ones stay.
    Refused(LoadError),
}

/// The policies in force, and how they are replaced.
#[derive(Debug)]
pub struct Policies {
    active: ArcSwap<Active>,
    /// Why the newest were refused, until good ones come.
    refused: ArcSwapOption<String>,
    generations: AtomicU64,
    knowledge: Knowledge,
    image_settings: ImageSettings,
    image_counts: ImageCounts,
    metrics: Arc<Metrics>,
}

impl Policies {
    /// Puts a first set into force.
    #[must_use]
    pub fn new(loaded: Loaded, image_settings: ImageSettings, knowledge: Knowledge, metrics: Arc<Metrics>) -> Self {
        let Loaded { set, notices, images, platform } = loaded;
        knowledge.follow(&set, platform.as_deref());
        metrics.in_force(&set);
        let images = images.map(|images| images.into_active(None, &image_settings));
        let active = ArcSwap::from_pointee(Active { set, generation: 0, notices, images, platform });
        Self {
            active,
            refused: ArcSwapOption::empty(),
            generations: AtomicU64::new(0),
            knowledge,
            image_settings,
            image_counts: ImageCounts::default(),
            metrics,
        }
    }

    /// The policies in force now.
    #[must_use]
    pub fn current(&self) -> Arc<Active> {
        self.active.load_full()
    }

    /// Why the newest policies are not in force.
    #[must_use]
    pub fn refused(&self) -> Option<Arc<String>> {
        self.refused.load_full()
    }

    /// Loads the source again, beside the policies in force, and swaps them if all is well.
    pub fn reload(&self, source: &Source, now: DateTime<Utc>) -> Reload {
        match load(source, now) {
            Err(error) => self.refuse(error),
            Ok(loaded) => {
                if self.is_in_force(&loaded) {
                    self.accept();
                    self.metrics.reloaded("unchanged");
                    return Reload::SameRevision;
                }
                match self.wait_for_caches(&loaded.set) {
                    Ok(()) => Reload::Swapped(self.swap(loaded)),
                    Err(error) => self.refuse(error),
                }
            }
        }
    }

    /// Whether it decides as what is in force, and reaches registries in the same way: how they are reached decides
    /// nothing, so the revision does not tell.
    fn is_in_force(&self, loaded: &Loaded) -> bool {
        let active = self.active.load();
        let same_ways = match (&loaded.images, &active.images) {
            (Some(new), Some(old)) => new.reaches_like(old),
            (None, None) => true,
            _ => false,
        };
        same_ways && loaded.set.revision() == active.set.revision()
    }

    /// What was counted of images.
    #[must_use]
    pub fn image_counts(&self) -> Counted {
        self.image_counts.of(self.active.load().images.as_ref())
    }

    fn accept(&self) {
        self.metrics.reload_failed.set(0);
        self.refused.store(None);
    }

    fn refuse(&self, error: LoadError) -> Reload {
        self.metrics.reloaded("failed");
        self.metrics.reload_failed.set(1);
        self.refused.store(Some(Arc::new(error.to_string())));
        Reload::Refused(error)
    }

    /// Waits until the caches hold what the new rules ask for, so that they do not judge by emptiness.
    fn wait_for_caches(&self, set: &PolicySet) -> Result<(), LoadError> {
        let filling = self.knowledge.prepare(set);
        let began = Instant::now();
        while let Some(reason) = filling.unready() {
            if began.elapsed() > CACHE_TIME {
                return Err(LoadError::Caches(reason));
            }
            thread::sleep(CACHE_LOOK);
        }
        Ok(())
    }

    /// Puts another set into force. Reviews under way finish with the old one; evaluation threads make their machines
    /// anew with their next review.
    pub fn swap(&self, loaded: Loaded) -> Arc<Active> {
        let Loaded { set, notices, images, platform } = loaded;
        let generation = self.generations.fetch_add(1, Ordering::Relaxed).saturating_add(1);
        let old = self.active.load_full();
        let images = images.map(|images| images.into_active(old.images.as_ref(), &self.image_settings));
        let active = Arc::new(Active { set, generation, notices, images, platform });
        self.active.store(active.clone());
        if let Some(old) = &old.images {
            self.image_counts.retire(old, active.images.as_ref());
        }
        // Afterwards, so that nothing the old rules ask for goes before they do.
        self.knowledge.follow(&active.set, active.platform.as_deref());
        self.accept();
        self.metrics.in_force(&active.set);
        self.metrics.reloaded("ok");
        active
    }
}

/// Looks at a source for changes.
#[derive(Debug)]
pub struct Watch {
    source: Source,
    /// `None`: to be looked at again, whether or not it changes.
    seen: Option<Digest>,
}

impl Watch {
    /// Watches from now on. Take it before the first load, so that no change in between is missed.
    #[must_use]
    pub fn new(source: Source) -> Self {
        let seen = Some(Digest::of(&source));
        Self { source, seen }
    }

    /// Reloads if anything changed since the last look.
    pub fn poll(&mut self, policies: &Policies, now: DateTime<Utc>) -> Reload {
        let digest = Some(Digest::of(&self.source));
        if digest == self.seen {
            return Reload::Unchanged;
        }
        let reload = policies.reload(&self.source, now);
        let again = matches!(reload, Reload::Refused(LoadError::Caches(_)));
        self.seen = if again { None } else { digest };
        reload
    }
}
