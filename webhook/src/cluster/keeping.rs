//! Keeps the webhook configurations in the cluster in step with the rules in force, by server-side apply and only where
//! they differ; and says, in every replica, where they are not in step.
//!
//! The objects themselves are made by whoever installs us, and never by us: an administrator who deletes them in an
//! emergency must not find them back. Each write names the identity (`metadata.uid`) that was read, so that it fails
//! where the object is gone.
//!
//! What somebody else changes is put back at once the first time, and then ever more slowly while he goes on: two
//! controllers that undo each other's work at full speed are worse than either state. Both are counted.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use kube::Client;
use kube::api::{Api, Patch, PatchParams};
use kube::core::{ApiResource, DynamicObject, GroupVersionKind};
use serde_json::Value as Json;
use tokio::sync::watch;
use tokio::time::Instant;

use super::CaBundle;
use super::authority::Authorities;
use super::counters::count;
use super::coverage::{is_in_step, uncovered, webhooks};
use super::demand::Demand;
use super::health::KindHealth;
use super::knowledge::{Knowledge, Live};
use super::resources::Discovered;
use super::single::{Single, follow_one};
use super::webhooks::{Configurations, For, MUTATING, Parameters, VALIDATING, configurations};

/// Who we are in `metadata.managedFields`.
const MANAGER: &str = "platlint-webhook";
/// How often everything is looked at, besides at every change.
const TICK: Duration = Duration::from_secs(2);
/// How often the API server is asked for its resources.
const DISCOVERY: Duration = Duration::from_mins(5);
/// How often while some rule's kind is not known there: its definition may come at any time, and until then what the rule
/// must see is a guess.
const DISCOVERY_WHILE_GUESSING: Duration = Duration::from_mins(1);
/// Nobody interfered for so long: the next time it is put back at once again.
const QUIET: Duration = Duration::from_mins(10);
/// The longest wait before something is put back.
const PATIENCE: Duration = Duration::from_mins(5);

/// What the configurations are made of.
pub(super) struct Keeping {
    pub client: Client,
    pub live: Arc<Live>,
    pub parameters: Parameters,
    /// Whether the leader writes them at all.
    pub manages: bool,
    pub ca: CaBundle,
    pub authorities: watch::Receiver<Option<Arc<Authorities>>>,
    pub leads: watch::Receiver<bool>,
    /// Where the bundle that both configurations hold is told.
    pub live_bundle: watch::Sender<Option<String>>,
}

/// One of the two configurations.
struct Side {
    name: &'static str,
    kind: &'static str,
    plural: &'static str,
    /// What the watch brought last, or what a write answered since.
    seen: watch::Sender<Option<Single<DynamicObject>>>,
    found: watch::Receiver<Option<Single<DynamicObject>>>,
    /// The version that our last write made: older ones may still come by the watch.
    written: Option<u64>,
    /// What was wanted when it stood there, and the identity of the object: one that is made anew is not a changed one.
    applied: Option<(Json, Option<String>)>,
    restorations: u32,
    last_restored: Option<Instant>,
    last_problem: Option<String>,
}

/// Keeps them, for ever.
pub(super) async fn run(mut keeping: Keeping) {
    let mut judge = Side::new(VALIDATING, "ValidatingWebhookConfiguration", "validatingwebhookconfigurations");
    let mut change = Side::new(MUTATING, "MutatingWebhookConfiguration", "mutatingwebhookconfigurations");
    let follow = |side: &Side| {
        let health = Arc::new(KindHealth::new(format!("{} {}", side.kind, side.name)));
        let path = format!("/apis/admissionregistration.k8s.io/v1/{}", side.plural);
        follow_one::<DynamicObject>(keeping.client.clone(), path, side.name, side.seen.clone(), health)
    };
    let (validating, mutating) = (follow(&judge), follow(&change));
    let work = async {
        let mut demand = keeping.live.demand.subscribe();
        let mut discovered = Discovered::default();
        let mut asked_at: Option<Instant> = None;
        let mut guesses = false;
        loop {
            let is_new = demand.has_changed().unwrap_or(true);
            let wanted = demand.borrow_and_update().clone();
            judge.found.mark_unchanged();
            change.found.mark_unchanged();
            let every = if guesses { DISCOVERY_WHILE_GUESSING } else { DISCOVERY };
            if is_new || asked_at.is_none_or(|at| at.elapsed() >= every) {
                match discovered.ask(&keeping.client).await {
                    Ok(told) => (discovered, asked_at) = (told, Some(Instant::now())),
                    Err(error) => tracing::warn!(%error, "the API server does not tell its resources"),
                }
            }
            if let Some(wanted) = wanted {
                guesses = keeping.turn(&wanted, &discovered, &mut judge, &mut change).await.unwrap_or(guesses);
            }
            tokio::select! {
                changed = demand.changed() => if changed.is_err() { return },
                _ = judge.found.changed() => {}
                _ = change.found.changed() => {}
                _ = keeping.authorities.changed() => {}
                _ = keeping.leads.changed() => {}
                () = tokio::time::sleep(TICK) => {}
            }
        }
    };
    tokio::join!(validating, mutating, work);
}

impl Side {
    fn new(name: &'static str, kind: &'static str, plural: &'static str) -> Self {
        let (seen, found) = watch::channel(None);
        Self {
            name,
            kind,
            plural,
            seen,
            found,
            written: None,
            applied: None,
            restorations: 0,
            last_restored: None,
            last_problem: None,
        }
    }

    /// The configuration in the cluster; `None` where it is absent or not yet known.
    fn live(&self) -> Option<DynamicObject> {
        self.found.borrow().as_ref().and_then(|found| found.present().cloned())
    }

    fn is_absent(&self) -> bool {
        matches!(*self.found.borrow(), Some(Single::Absent))
    }

    /// How long to wait before what somebody else changed is put back.
    fn patience(&mut self) -> Option<Duration> {
        let last = self.last_restored?;
        if last.elapsed() >= QUIET {
            self.restorations = 0;
            return None;
        }
        let doublings = self.restorations.saturating_sub(1).min(16);
        let wait = Duration::from_secs(1).saturating_mul(2_u32.saturating_pow(doublings)).min(PATIENCE);
        wait.checked_sub(last.elapsed()).filter(|left| !left.is_zero())
    }
}

impl Keeping {
    /// The bundle to be written: `Err` while there is none yet, `Ok(None)` where somebody else writes it.
    fn bundle(&self) -> Result<Option<String>, String> {
        match &self.ca {
            CaBundle::BuiltIn => {
                let authorities = self.authorities.borrow();
                let bundle = authorities.as_ref().map(|authorities| authorities.bundle());
                bundle.map(Some).ok_or_else(|| "there is no certificate authority yet".to_owned())
            }
            CaBundle::File(path) => {
                std::fs::read_to_string(path).map(Some).map_err(|error| format!("{}: {error}", path.display()))
            }
            CaBundle::Elsewhere => Ok(None),
        }
    }

    /// Whether it had to guess what some rule must see; `None` where there is nothing to write yet.
    async fn turn(
        &self,
        demand: &Demand,
        discovered: &Discovered,
        judge: &mut Side,
        change: &mut Side,
    ) -> Option<bool> {
        let bundle = self.bundle();
        let wanted = configurations(demand, discovered, &self.parameters, bundle.as_ref().ok()?.as_deref());
        // Before we can answer nobody shall ask us.
        let is_ready = Knowledge::of(self.live.clone()).unready().is_none();
        if self.manages && is_ready && *self.leads.borrow() {
            self.keep(judge, &wanted.validating).await;
            self.keep(change, &wanted.mutating).await;
        }
        self.tell(demand, discovered, &wanted, judge, change);
        Some(!wanted.notes.is_empty())
    }

    /// Writes one configuration where it differs.
    async fn keep(&self, side: &mut Side, wanted: &Json) {
        let Some(live) = side.live() else { return };
        if version(&live) < side.written {
            return;
        }
        if is_in_step(wanted, &live.data) {
            side.applied = Some((wanted.clone(), live.metadata.uid));
            return;
        }
        let is_restoration = side.applied.as_ref().is_some_and(|(last, of)| last == wanted && *of == live.metadata.uid);
        if is_restoration && side.patience().is_some() {
            return;
        }
        let counting = &self.live.counting;
        match self.apply(side, wanted, &live).await {
            Ok(now) => {
                side.written = version(&now);
                side.seen.send_replace(Some(Single::Present(Box::new(now))));
                let by = if is_restoration { last_manager(&live) } else { None };
                side.last_problem = None;
                if is_restoration {
                    side.restorations = side.restorations.saturating_add(1);
                    side.last_restored = Some(Instant::now());
                    count(&counting.restored);
                    tracing::warn!(name = side.name, by, times = side.restorations, "put back what somebody changed");
                } else {
                    count(&counting.applied);
                    tracing::info!(name = side.name, "the webhook configuration is in step with the rules");
                }
                side.applied = Some((wanted.clone(), live.metadata.uid));
            }
            Err(problem) => {
                count(&counting.failed);
                if side.last_problem.as_ref() != Some(&problem) {
                    tracing::warn!(
                        name = side.name,
                        problem,
                        "the webhook configuration cannot be written; tried again"
                    );
                    side.last_problem = Some(problem);
                }
            }
        }
    }

    async fn apply(&self, side: &Side, wanted: &Json, live: &DynamicObject) -> Result<DynamicObject, String> {
        let kind = GroupVersionKind::gvk("admissionregistration.k8s.io", "v1", side.kind);
        let api: Api<DynamicObject> =
            Api::all_with(self.client.clone(), &ApiResource::from_gvk_with_plural(&kind, side.plural));
        let mut wanted = wanted.clone();
        if let Some(metadata) = wanted.get_mut("metadata").and_then(Json::as_object_mut) {
            metadata.insert("uid".to_owned(), Json::from(live.metadata.uid.clone()));
        }
        // With force: the fields are ours, whoever wrote them last.
        let parameters = PatchParams::apply(MANAGER).force();
        api.patch(side.name, &parameters, &Patch::Apply(&wanted)).await.map_err(|error| match error {
            kube::Error::Api(status) => status.message.clone(),
            other => other.to_string(),
        })
    }

    /// Says what is not as it should be, and which bundle the API servers know.
    fn tell(&self, demand: &Demand, discovered: &Discovered, wanted: &Configurations, judge: &Side, change: &Side) {
        let (validating, mutating) = (judge.live(), change.live());
        let bundles = (known_bundle(validating.as_ref()), known_bundle(mutating.as_ref()));
        let known = match bundles {
            // An empty configuration trusts nobody and asks nobody.
            (Some(one), Some(other)) if one == other => Some(one),
            (Some(one), None) if webhooks(&wanted.mutating).is_empty() => Some(one),
            (None, Some(one)) if webhooks(&wanted.validating).is_empty() => Some(one),
            _ => None,
        };
        self.live_bundle.send_if_modified(|current| {
            let is_new = *current != known;
            *current = known;
            is_new
        });
        let mut warnings = Vec::new();
        for side in [judge, change] {
            if side.is_absent() {
                warnings.push(format!("the {} {} is not in the cluster", side.kind, side.name));
            }
            if side.restorations > 1 && side.last_restored.is_some_and(|at| at.elapsed() < QUIET) {
                warnings.push(format!("somebody keeps changing {}: put back {} times", side.name, side.restorations));
            }
        }
        let unsent = uncovered(&demand.judged, For::Judging, discovered, validating.as_ref().map(|live| &live.data));
        let unchanged = uncovered(&demand.mutated, For::Changing, discovered, mutating.as_ref().map(|live| &live.data));
        for (side, (rule, what)) in
            unsent.iter().map(|one| (judge, one)).chain(unchanged.iter().map(|one| (change, one)))
        {
            warnings.push(format!("{rule} is not sent {what}: {} lacks it", side.name));
        }
        let lacking: std::collections::BTreeSet<_> = unsent.iter().chain(&unchanged).map(|(rule, _)| rule).collect();
        self.live.counting.uncovered_rules.store(lacking.len() as u64, std::sync::atomic::Ordering::Relaxed);
        let mut told = self.live.warnings.lock().unwrap_or_else(PoisonError::into_inner);
        if *told != warnings {
            warnings.iter().for_each(|warning| tracing::warn!(warning, "the cluster does not ask for everything"));
            *told = warnings;
        }
    }
}

/// Versions of one resource are numbers that grow.
fn version(object: &DynamicObject) -> Option<u64> {
    object.metadata.resource_version.as_ref()?.parse().ok()
}

/// The bundle of a configuration all of whose webhooks have the same, PEM.
fn known_bundle(live: Option<&DynamicObject>) -> Option<String> {
    let webhooks = webhooks(&live?.data);
    let bundle_of = |webhook: &Json| webhook.pointer("/clientConfig/caBundle")?.as_str().map(str::to_owned);
    let bundle = bundle_of(webhooks.first()?)?;
    let is_same = webhooks.iter().all(|webhook| bundle_of(webhook).as_ref() == Some(&bundle));
    let bytes = base64::engine::general_purpose::STANDARD.decode(bundle).ok()?;
    String::from_utf8(bytes).ok().filter(|_| is_same)
}

/// Who wrote last, besides us.
fn last_manager(live: &DynamicObject) -> Option<String> {
    let fields = live.metadata.managed_fields.iter().flatten();
    let others = fields.filter(|one| one.manager.as_deref() != Some(MANAGER));
    others.max_by_key(|one| one.time.clone()).and_then(|one| one.manager.clone())
}
