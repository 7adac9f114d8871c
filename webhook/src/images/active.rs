//! Trust and the way to registries as the policies in force have them. Both are made beside the running ones when policies
//! are loaded, so that a bad key or root refuses the load; the cache outlives every change, since its keys say by which
//! rule an answer was found.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use platlint_config::ImagePolicy;
use platlint_images::Trust;
use platlint_images::lookup::{Cache, Lookup, Patience, Stats, reach};
use platlint_registry::Client;

/// An image policy that can be used: keys parsed, roots read.
#[derive(Debug, Clone)]
pub struct Material {
    trust: Arc<Trust>,
    client: Arc<Client>,
}

/// How images are looked up, whatever the policies.
#[derive(Debug, Clone)]
pub struct ImageSettings {
    /// What was found out.
    pub cache: Arc<Cache>,
    /// The longest time for one image.
    pub patience: Patience,
}

impl Default for ImageSettings {
    fn default() -> Self {
        Self { cache: Arc::default(), patience: Patience::WEBHOOK }
    }
}

impl Material {
    /// Parses keys and roots and sets registries up; all that is wrong, one line each.
    pub fn of(policy: &ImagePolicy) -> Result<Self, String> {
        let trust = Trust::compile(policy).map_err(|problems| {
            let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
            lines.join("\n")
        })?;
        let client = Client::new(reach(policy)).map_err(|error| format!("images.registries: {error}"))?;
        Ok(Self { trust: Arc::new(trust), client: Arc::new(client) })
    }

    /// Puts it to use. Where registries are reached as before, connections, tokens and what is known of failing ones stay.
    #[must_use]
    pub fn into_active(self, before: Option<&ActiveImages>, settings: &ImageSettings) -> ActiveImages {
        let policy = self.trust.policy();
        let same = before.filter(|before| before.trust.policy().registries == policy.registries);
        let client = same.map_or(self.client, |before| before.client.clone());
        let lookup = Lookup::new(self.trust.clone(), client.clone(), settings.cache.clone(), settings.patience);
        ActiveImages { trust: self.trust, client, lookup }
    }

    /// Whether registries are reached in the same way as by these.
    #[must_use]
    pub fn reaches_like(&self, other: &ActiveImages) -> bool {
        self.trust.policy().registries == other.trust.policy().registries
    }
}

/// How images are looked up by the policies in force.
#[derive(Clone)]
pub struct ActiveImages {
    trust: Arc<Trust>,
    client: Arc<Client>,
    lookup: Lookup,
}

impl ActiveImages {
    /// Asks memory and registries.
    #[must_use]
    pub const fn lookup(&self) -> &Lookup {
        &self.lookup
    }
}

impl fmt::Debug for ActiveImages {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("ActiveImages").field("policy", &self.trust.policy().hash).finish_non_exhaustive()
    }
}

/// What was counted of images since the start, over all policies that were in force.
#[derive(Debug, Default)]
pub struct ImageCounts {
    retired: Mutex<Counted>,
}

/// Numbers for metrics.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counted {
    /// Of the cache and of searches.
    pub stats: Stats,
    /// Requests by registry.
    pub requests: BTreeMap<String, u64>,
    /// Registries that are not asked for the moment.
    pub left_alone: usize,
}

impl ImageCounts {
    /// These policies are followed by others: what they counted is added to what was counted before. The cache goes on
    /// counting by itself.
    pub fn retire(&self, old: &ActiveImages, new: Option<&ActiveImages>) {
        let mut retired = self.retired.lock().unwrap_or_else(PoisonError::into_inner);
        let stats = old.lookup.stats();
        retired.stats.flights = retired.stats.flights.saturating_add(stats.flights);
        retired.stats.joined = retired.stats.joined.saturating_add(stats.joined);
        // A client that stays in use goes on counting, too.
        if !new.is_some_and(|new| Arc::ptr_eq(&new.client, &old.client)) {
            add(&mut retired.requests, old.client.requests());
        }
    }

    /// Everything up to now.
    #[must_use]
    pub fn of(&self, active: Option<&ActiveImages>) -> Counted {
        let mut counted = self.retired.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(active) = active {
            let stats = active.lookup.stats();
            counted.stats = Stats {
                flights: stats.flights.saturating_add(counted.stats.flights),
                joined: stats.joined.saturating_add(counted.stats.joined),
                ..stats
            };
            add(&mut counted.requests, active.client.requests());
            counted.left_alone = active.client.left_alone();
        }
        counted
    }
}

fn add(to: &mut BTreeMap<String, u64>, more: BTreeMap<String, u64>) {
    for (host, count) in more {
        let total = to.entry(host).or_default();
        *total = total.saturating_add(count);
    }
}
