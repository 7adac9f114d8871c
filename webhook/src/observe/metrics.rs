//! The metrics themselves. What each means stands in [`names`](crate::observe::names).

use std::borrow::Cow;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use platlint_engine::{Level, PolicySet};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::{Family, MetricConstructor};
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Metric, Registry};

use crate::cluster::{CacheReport, Counters};
use crate::images::Counted;
use crate::limits::{REGISTRIES_IN_METRICS, RULES_IN_METRICS};
use crate::observe::names::{self, Described};
use crate::observe::process;

/// A gauge of seconds, with fractions.
type Seconds = Gauge<f64, AtomicU64>;

/// Labels of [`names::REQUEST_DURATION`].
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    path: &'static str,
    outcome: &'static str,
}

/// One label whose values are known beforehand.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct One(&'static str, Cow<'static, str>);

impl EncodeLabelSet for One {
    fn encode(&self, encoder: &mut prometheus_client::encoding::LabelSetEncoder<'_>) -> Result<(), std::fmt::Error> {
        use prometheus_client::encoding::EncodeLabel as _;
        (self.0, &*self.1).encode(encoder.encode_label())
    }
}

/// Labels that name a rule.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct OfRule {
    rule: Arc<str>,
    /// Name and value of the second label.
    other: Option<(&'static str, &'static str)>,
}

impl EncodeLabelSet for OfRule {
    fn encode(&self, encoder: &mut prometheus_client::encoding::LabelSetEncoder<'_>) -> Result<(), std::fmt::Error> {
        use prometheus_client::encoding::EncodeLabel as _;
        ("rule", &*self.rule).encode(encoder.encode_label())?;
        self.other.iter().try_for_each(|other| other.encode(encoder.encode_label()))
    }
}

/// Microsecond-fine at the low end, where reviews are, and up to the longest deadline.
const LATENCY: &[f64] = &[
    0.000_01, 0.000_02, 0.000_03, 0.000_05, 0.000_075, 0.000_1, 0.000_15, 0.000_2, 0.000_3, 0.000_5, 0.000_75, 0.001,
    0.001_5, 0.002, 0.003, 0.005, 0.007_5, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
];

/// The engine stops at eight.
const ROUNDS: &[f64] = &[1.0, 2.0, 3.0, 4.0, 6.0, 8.0];

/// Makes the histograms of a family.
#[derive(Debug, Clone)]
struct Buckets(&'static [f64]);

impl MetricConstructor<Histogram> for Buckets {
    fn new_metric(&self) -> Histogram {
        Histogram::new(self.0.iter().copied())
    }
}

/// All metrics of a server. Shared by everything that counts.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    request_duration: Family<RequestLabels, Histogram, Buckets>,
    review_duration: Family<One, Histogram, Buckets>,
    queue_wait: Histogram,
    /// Reviews that are being read, waiting or judged.
    pub in_flight: Gauge,
    shed: Family<One, Counter>,
    decisions: Family<OfRule, Counter>,
    policy_faults: Family<OfRule, Counter>,
    mutations: Family<OfRule, Counter>,
    mutation_rounds: Histogram,
    mutations_undone: Family<OfRule, Counter>,
    /// Patches that were not sent because they did not apply.
    pub patch_failures: Counter,
    /// Panics of evaluation threads.
    pub worker_panics: Counter,
    /// Open connections on the admission port.
    pub connections: Gauge,
    handshakes: Family<One, Counter>,
    revision_info: Family<One, Gauge>,
    rules: Family<One, Gauge>,
    reloads: Family<One, Counter>,
    /// 1 while the newest policies could not be loaded.
    pub reload_failed: Gauge,
    loaded_at: Seconds,
    certificate_expiry: Seconds,
    certificate_left: Seconds,
    certificate_loads: Family<One, Counter>,
    /// 1 while the replica is ready.
    pub ready: Gauge,
    cache_objects: Family<One, Gauge>,
    cache_bytes: Family<One, Gauge>,
    cache_age: Family<One, Seconds>,
    cache_synced: Family<One, Gauge>,
    cache_errors: Family<One, Counter>,
    image_lookups: Family<One, Counter>,
    image_lookup_duration: Histogram,
    image_cache_hits: Counter,
    image_cache_misses: Counter,
    image_cache_entries: Gauge,
    image_cache_bytes: Gauge,
    image_flights: Family<One, Counter>,
    image_flights_now: Gauge,
    registry_requests: Family<One, Counter>,
    registries_left_alone: Gauge,
    leader: Gauge,
    uncovered_rules: Gauge,
    cluster_writes: Family<One, Counter>,
    /// Entries of the decision log that were written.
    pub log_written: Counter,
    /// Entries of the decision log that were dropped.
    pub log_dropped: Counter,
    process_memory: Gauge,
    process_cpu: Counter<f64, AtomicU64>,
    /// Rules that have time series; the rest is counted as `other`.
    known_rules: Mutex<std::collections::BTreeSet<Arc<str>>>,
    /// The same of registries.
    known_registries: Mutex<std::collections::BTreeSet<String>>,
}

/// Registers a metric under its name and keeps it.
fn add<M: Metric + Clone>(registry: &mut Registry, described: Described, metric: M) -> M {
    registry.register(described.name, described.help, metric.clone());
    metric
}

fn latency() -> Histogram {
    Buckets(LATENCY).new_metric()
}

impl Default for Metrics {
    fn default() -> Self {
        let mut own = Registry::default();
        let to = &mut own;
        let build = add(to, names::BUILD_INFO, Family::<One, Gauge>::default());
        build.get_or_create(&One("version", env!("CARGO_PKG_VERSION").into())).set(1);
        add(to, names::PROCESS_START, Seconds::default()).set(since_1970(SystemTime::now()));
        Self {
            request_duration: add(to, names::REQUEST_DURATION, Family::new_with_constructor(Buckets(LATENCY))),
            review_duration: add(to, names::REVIEW_DURATION, Family::new_with_constructor(Buckets(LATENCY))),
            queue_wait: add(to, names::QUEUE_WAIT, latency()),
            in_flight: add(to, names::IN_FLIGHT, Gauge::default()),
            shed: add(to, names::SHED, Family::default()),
            decisions: add(to, names::DECISIONS, Family::default()),
            policy_faults: add(to, names::POLICY_FAULTS, Family::default()),
            mutations: add(to, names::MUTATIONS, Family::default()),
            mutation_rounds: add(to, names::MUTATION_ROUNDS, Buckets(ROUNDS).new_metric()),
            mutations_undone: add(to, names::MUTATIONS_UNDONE, Family::default()),
            patch_failures: add(to, names::PATCH_FAILURES, Counter::default()),
            worker_panics: add(to, names::WORKER_PANICS, Counter::default()),
            connections: add(to, names::CONNECTIONS, Gauge::default()),
            handshakes: add(to, names::HANDSHAKES, Family::default()),
            revision_info: add(to, names::REVISION_INFO, Family::default()),
            rules: add(to, names::RULES, Family::default()),
            reloads: add(to, names::RELOADS, Family::default()),
            reload_failed: add(to, names::RELOAD_FAILED, Gauge::default()),
            loaded_at: add(to, names::LOADED_AT, Seconds::default()),
            certificate_expiry: add(to, names::CERTIFICATE_EXPIRY, Seconds::default()),
            certificate_left: add(to, names::CERTIFICATE_LEFT, Seconds::default()),
            certificate_loads: add(to, names::CERTIFICATE_LOADS, Family::default()),
            ready: add(to, names::READY, Gauge::default()),
            cache_objects: add(to, names::CACHE_OBJECTS, Family::default()),
            cache_bytes: add(to, names::CACHE_BYTES, Family::default()),
            cache_age: add(to, names::CACHE_AGE, Family::default()),
            cache_synced: add(to, names::CACHE_SYNCED, Family::default()),
            cache_errors: add(to, names::CACHE_ERRORS, Family::default()),
            image_lookups: add(to, names::IMAGE_LOOKUPS, Family::default()),
            image_lookup_duration: add(to, names::IMAGE_LOOKUP_DURATION, latency()),
            image_cache_hits: add(to, names::IMAGE_CACHE_HITS, Counter::default()),
            image_cache_misses: add(to, names::IMAGE_CACHE_MISSES, Counter::default()),
            image_cache_entries: add(to, names::IMAGE_CACHE_ENTRIES, Gauge::default()),
            image_cache_bytes: add(to, names::IMAGE_CACHE_BYTES, Gauge::default()),
            image_flights: add(to, names::IMAGE_FLIGHTS, Family::default()),
            image_flights_now: add(to, names::IMAGE_FLIGHTS_NOW, Gauge::default()),
            registry_requests: add(to, names::REGISTRY_REQUESTS, Family::default()),
            registries_left_alone: add(to, names::REGISTRIES_LEFT_ALONE, Gauge::default()),
            leader: add(to, names::LEADER, Gauge::default()),
            uncovered_rules: add(to, names::UNCOVERED_RULES, Gauge::default()),
            cluster_writes: add(to, names::CLUSTER_WRITES, Family::default()),
            log_written: add(to, names::DECISION_LOG_WRITTEN, Counter::default()),
            log_dropped: add(to, names::DECISION_LOG_DROPPED, Counter::default()),
            process_memory: add(to, names::PROCESS_MEMORY, Gauge::default()),
            process_cpu: add(to, names::PROCESS_CPU, Counter::default()),
            known_rules: Mutex::default(),
            known_registries: Mutex::default(),
            registry: own,
        }
    }
}

impl Metrics {
    /// A request was answered.
    pub fn answered(&self, path: &'static str, outcome: &'static str, took: Duration) {
        self.request_duration.get_or_create(&RequestLabels { path, outcome }).observe(took.as_secs_f64());
    }

    /// A review left the queue after `waited`, and its evaluation thread took `worked` for it.
    pub fn judged(&self, path: &'static str, waited: Duration, worked: Duration) {
        self.queue_wait.observe(waited.as_secs_f64());
        self.review_duration.get_or_create(&One("path", path.into())).observe(worked.as_secs_f64());
    }

    /// A review was turned away.
    pub fn shed(&self, reason: &'static str) {
        self.shed.get_or_create(&One("reason", reason.into())).inc();
    }

    /// A rule said something.
    pub fn decided(&self, rule: &Arc<str>, action: &'static str) {
        self.decisions.get_or_create(&self.of_rule(rule, Some(("action", action)))).inc();
    }

    /// A rule failed.
    pub fn faulted(&self, rule: &Arc<str>, kind: &'static str) {
        self.policy_faults.get_or_create(&self.of_rule(rule, Some(("kind", kind)))).inc();
    }

    /// A rule changed an object.
    pub fn mutated(&self, rule: &Arc<str>, operation: &'static str) {
        self.mutations.get_or_create(&self.of_rule(rule, Some(("operation", operation)))).inc();
    }

    /// The mutating rules came to rest after so many rounds.
    pub fn mutation_rounds(&self, rounds: u32) {
        self.mutation_rounds.observe(f64::from(rounds));
    }

    /// An update had undone what a rule did.
    pub fn undone(&self, rule: &Arc<str>) {
        self.mutations_undone.get_or_create(&self.of_rule(rule, None)).inc();
    }

    /// A TLS handshake ended.
    pub fn handshake(&self, result: &'static str) {
        self.handshakes.get_or_create(&One("result", result.into())).inc();
    }

    /// An image was looked up for a review.
    pub fn image_looked_up(&self, status: &'static str) {
        self.image_lookups.get_or_create(&One("status", status.into())).inc();
    }

    /// The images of a review were looked up.
    pub fn images_gathered(&self, took: Duration) {
        self.image_lookup_duration.observe(took.as_secs_f64());
    }

    /// Values about images that somebody else counts, when they are asked for.
    pub fn refresh_images(&self, counted: &Counted) {
        let stats = &counted.stats;
        raise(&self.image_cache_hits, stats.hits);
        raise(&self.image_cache_misses, stats.misses);
        self.image_cache_entries.set(i64::try_from(stats.entries).unwrap_or(i64::MAX));
        self.image_cache_bytes.set(i64::try_from(stats.bytes).unwrap_or(i64::MAX));
        for (part, count) in [("started", stats.flights), ("joined", stats.joined)] {
            raise(&self.image_flights.get_or_create(&One("part", part.into())), count);
        }
        self.image_flights_now.set(i64::try_from(stats.in_the_air).unwrap_or(i64::MAX));
        let mut known = self.known_registries.lock().unwrap_or_else(PoisonError::into_inner);
        let mut others = 0_u64;
        for (host, count) in &counted.requests {
            if !known.contains(host) && known.len() >= REGISTRIES_IN_METRICS {
                others = others.saturating_add(*count);
                continue;
            }
            known.insert(host.clone());
            raise(&self.registry_requests.get_or_create(&One("registry", host.clone().into())), *count);
        }
        if others > 0 {
            raise(&self.registry_requests.get_or_create(&One("registry", "other".into())), others);
        }
        self.registries_left_alone.set(i64::try_from(counted.left_alone).unwrap_or(i64::MAX));
    }

    /// A certificate was loaded, or could not be.
    pub fn certificate_load(&self, result: &'static str) {
        self.certificate_loads.get_or_create(&One("result", result.into())).inc();
    }

    /// A reload ended.
    pub fn reloaded(&self, result: &'static str) {
        self.reloads.get_or_create(&One("result", result.into())).inc();
    }

    /// These policies are in force now.
    pub fn in_force(&self, set: &PolicySet) {
        self.revision_info.clear();
        self.revision_info.get_or_create(&One("revision", set.revision().to_owned().into())).set(1);
        self.rules.clear();
        for level in [Level::Off, Level::Audit, Level::Warn, Level::Error] {
            let count = set.rules().iter().filter(|rule| rule.settings.level == level).count();
            let count = i64::try_from(count).unwrap_or(i64::MAX);
            self.rules.get_or_create(&One("level", level.as_str().into())).set(count);
        }
        self.loaded_at.set(since_1970(SystemTime::now()));
    }

    /// Values that are looked at when they are asked for.
    pub fn refresh(&self, certificate_expiry: Option<SystemTime>, caches: &[CacheReport], cluster: &Counters) {
        let expiry = certificate_expiry.map_or(0.0, since_1970);
        self.certificate_expiry.set(expiry);
        self.certificate_left.set(if expiry > 0.0 { expiry - since_1970(SystemTime::now()) } else { 0.0 });
        // A kind that no rule wants any more is no longer shown.
        self.cache_objects.clear();
        self.cache_bytes.clear();
        self.cache_age.clear();
        self.cache_synced.clear();
        for cache in caches {
            let kind = One("kind", cache.kind.clone().into());
            self.cache_objects.get_or_create(&kind).set(i64::try_from(cache.objects).unwrap_or(i64::MAX));
            self.cache_bytes.get_or_create(&kind).set(i64::try_from(cache.bytes).unwrap_or(i64::MAX));
            self.cache_age.get_or_create(&kind).set(cache.age.as_secs_f64());
            self.cache_synced.get_or_create(&kind).set(i64::from(cache.synced || cache.absent));
            raise(&self.cache_errors.get_or_create(&kind), cache.errors);
        }
        self.leader.set(i64::from(cluster.is_leader));
        self.uncovered_rules.set(i64::try_from(cluster.uncovered_rules).unwrap_or(i64::MAX));
        for (action, count) in [
            ("applied", cluster.applied),
            ("restored", cluster.restored),
            ("failed", cluster.failed),
            ("authority", cluster.authorities),
            ("certificate", cluster.leaves),
        ] {
            raise(&self.cluster_writes.get_or_create(&One("action", action.into())), count);
        }
        self.process_memory.set(i64::try_from(process::resident_bytes()).unwrap_or(i64::MAX));
        let more = process::cpu_seconds() - self.process_cpu.get();
        if more > 0.0 {
            self.process_cpu.inc_by(more);
        }
    }

    /// The text in the format of `OpenMetrics`.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::with_capacity(16 << 10);
        // Writing to a string cannot fail.
        let _ = encode(&mut text, &self.registry);
        text
    }

    /// Rules come and go by reload; only so many have series of their own.
    fn of_rule(&self, rule: &Arc<str>, other: Option<(&'static str, &'static str)>) -> OfRule {
        let mut known = self.known_rules.lock().unwrap_or_else(PoisonError::into_inner);
        if !known.contains(rule) {
            if known.len() >= RULES_IN_METRICS {
                return OfRule { rule: "other".into(), other };
            }
            known.insert(rule.clone());
        }
        OfRule { rule: rule.clone(), other }
    }

    /// Entries the decision log has lost, for tests and logs.
    #[must_use]
    pub fn lost_decisions(&self) -> u64 {
        self.log_dropped.inner().load(Ordering::Relaxed)
    }
}

/// Brings a counter to what somebody else has counted.
fn raise(counter: &Counter, to: u64) {
    counter.inc_by(to.saturating_sub(counter.get()));
}

fn since_1970(time: SystemTime) -> f64 {
    time.duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;
    use platlint_engine::SelfService;

    #[test]
    fn every_described_metric_is_exposed_and_no_other() {
        let (metrics, rule) = (Metrics::default(), Arc::from("rule"));
        // A family is exposed with its first series.
        metrics.answered("validate", "allowed", Duration::ZERO);
        metrics.judged("validate", Duration::ZERO, Duration::ZERO);
        metrics.shed("queue");
        metrics.decided(&rule, "denied");
        metrics.faulted(&rule, "budget");
        metrics.mutated(&rule, "create");
        metrics.undone(&rule);
        metrics.handshake("ok");
        metrics.certificate_load("ok");
        metrics.reloaded("ok");
        metrics.in_force(&PolicySet::new(Vec::new(), Vec::new(), Vec::new(), SelfService::default(), String::new()));
        let cache = CacheReport {
            kind: "v1/LimitRange".to_owned(),
            objects: 1,
            bytes: 2,
            age: Duration::ZERO,
            synced: true,
            absent: false,
            errors: 3,
        };
        metrics.refresh(None, &[cache], &Counters { is_leader: true, ..Counters::default() });
        metrics.image_looked_up("verified");
        metrics.images_gathered(Duration::ZERO);
        metrics
            .refresh_images(&Counted { requests: [("registry.example".to_owned(), 1)].into(), ..Counted::default() });
        let text = metrics.text();
        for metric in names::ALL {
            assert!(text.contains(&format!("# HELP {} ", metric.name)), "{} is not registered", metric.name);
        }
        assert_eq!(text.matches("# HELP ").count(), names::ALL.len());
    }

    #[test]
    fn a_flood_of_rules_does_not_become_a_flood_of_series() {
        let metrics = Metrics::default();
        for number in 0..RULES_IN_METRICS * 2 {
            metrics.decided(&format!("rule-{number}").into(), "denied");
        }
        assert_eq!(metrics.text().matches("platlint_decisions_total{").count(), RULES_IN_METRICS + 1);
        assert!(metrics.text().contains(r#"platlint_decisions_total{rule="other",action="denied"} 1000"#));
    }

    #[test]
    fn a_flood_of_registries_does_not_become_a_flood_of_series() {
        let metrics = Metrics::default();
        let hosts = |count: usize| (0..count).map(|number| (format!("r{number}.example"), 1)).collect();
        for count in [1, REGISTRIES_IN_METRICS * 2] {
            metrics.refresh_images(&Counted { requests: hosts(count), ..Counted::default() });
        }
        assert_eq!(metrics.text().matches("platlint_registry_requests_total{").count(), REGISTRIES_IN_METRICS + 1);
        assert!(metrics.text().contains(r#"platlint_registry_requests_total{registry="other"} 100"#));
    }

    #[test]
    fn only_the_revision_in_force_is_shown() {
        let metrics = Metrics::default();
        for revision in ["sha256:a", "sha256:b"] {
            let set = PolicySet::new(Vec::new(), Vec::new(), Vec::new(), SelfService::default(), revision.to_owned());
            metrics.in_force(&set);
        }
        let text = metrics.text();
        assert!(text.contains(r#"platlint_revision_info{revision="sha256:b"} 1"#), "{text}");
        assert!(!text.contains("sha256:a"));
    }
}
