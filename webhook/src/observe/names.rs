//! Names, help and labels of all metrics, in one place. `docs/metrics.md` is tested against this list.

use std::fmt::Write as _;

/// One metric.
#[derive(Debug, Clone, Copy)]
pub struct Described {
    /// As registered; a counter is exposed with `_total` behind it.
    pub name: &'static str,
    /// What it tells.
    pub help: &'static str,
    /// Its type.
    pub kind: Kind,
    /// Its labels.
    pub labels: &'static [&'static str],
}

/// Types of metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Only grows.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Seconds, or rounds, in buckets.
    Histogram,
}

impl Described {
    /// As Prometheus shows it.
    #[must_use]
    pub fn exposed(&self) -> String {
        match self.kind {
            Kind::Counter => format!("{}_total", self.name),
            Kind::Gauge | Kind::Histogram => self.name.to_owned(),
        }
    }
}

macro_rules! metrics {
    ($($constant:ident = $kind:ident $name:literal [$($label:literal),*] $help:literal;)*) => {
        $(
            #[doc = $help]
            pub const $constant: Described =
                Described { name: $name, help: $help, kind: Kind::$kind, labels: &[$($label),*] };
        )*
        /// All of them.
        pub const ALL: &[Described] = &[$($constant),*];
    };
}

metrics! {
    BUILD_INFO = Gauge "platlint_build_info" ["version"] "Always 1; the label tells the version";
    REQUEST_DURATION = Histogram "platlint_request_duration_seconds" ["path", "outcome"]
        "Time from the last byte of a review's head to its answer, by path (validate, mutate) and outcome (allowed, denied, patched, shed, late, invalid, failed)";
    REVIEW_DURATION = Histogram "platlint_review_duration_seconds" ["path"]
        "Time an evaluation thread takes for one review: reading it, judging it, writing the answer; a review that waits for its images counts twice";
    QUEUE_WAIT = Histogram "platlint_queue_wait_seconds" [] "Time a review waits for an evaluation thread";
    IN_FLIGHT = Gauge "platlint_reviews_in_flight" [] "Reviews that are being read, waiting or judged";
    SHED = Counter "platlint_shed" ["reason"]
        "Reviews answered 429 with Retry-After, by reason (queue, deadline, memory)";
    DECISIONS = Counter "platlint_decisions" ["rule", "action"]
        "Reviews in which a rule said something, by rule and action (denied, warned, audited, exempted, undecided, preexisting)";
    POLICY_FAULTS = Counter "platlint_policy_faults" ["rule", "kind"]
        "Rules that failed on a review, by kind (compile, evaluation, budget, backstop, shape, conflict); never the user's fault";
    MUTATIONS = Counter "platlint_mutations" ["rule", "operation"] "Changes made to objects, by rule and operation (create, update)";
    MUTATION_ROUNDS = Histogram "platlint_mutation_rounds" [] "Rounds until the mutating rules changed nothing more";
    MUTATIONS_UNDONE = Counter "platlint_mutations_undone" ["rule"]
        "Updates that removed what a rule had set, so that it was set again: a steady rate is a loop with another controller";
    PATCH_FAILURES = Counter "platlint_patch_failures" [] "Patches not sent because applying them first did not give the wanted object";
    WORKER_PANICS = Counter "platlint_worker_panics" [] "Evaluation threads that panicked on a review and were replaced";
    CONNECTIONS = Gauge "platlint_connections" [] "Open connections on the admission port";
    HANDSHAKES = Counter "platlint_tls_handshakes" ["result"] "TLS handshakes, by result (ok, failed, timeout)";
    REVISION_INFO = Gauge "platlint_revision_info" ["revision"] "Always 1; the label tells the revision of the policies in force";
    RULES = Gauge "platlint_rules" ["level"] "Rules in force, by level before overrides";
    RELOADS = Counter "platlint_reloads" ["result"] "Loads of the policies after the first, by result (ok, failed, unchanged)";
    RELOAD_FAILED = Gauge "platlint_reload_failed" [] "1 while the newest policies could not be loaded and older ones are in force";
    LOADED_AT = Gauge "platlint_policies_loaded_timestamp_seconds" [] "When the policies in force were loaded, in seconds since 1970";
    CERTIFICATE_EXPIRY = Gauge "platlint_certificate_expiry_timestamp_seconds" [] "When the serving certificate expires, in seconds since 1970; 0 without one";
    CERTIFICATE_LEFT = Gauge "platlint_certificate_expires_in_seconds" [] "Seconds until the serving certificate expires; negative afterwards";
    CERTIFICATE_LOADS = Counter "platlint_certificate_loads" ["result"] "Loads of the serving certificate, by result (ok, failed)";
    READY = Gauge "platlint_ready" [] "1 while the replica is ready";
    CACHE_OBJECTS = Gauge "platlint_cache_objects" ["kind"] "Objects in a watch cache, by kind (v1/LimitRange)";
    CACHE_BYTES = Gauge "platlint_cache_bytes" ["kind"] "Bytes of a watch cache, estimated, by kind";
    CACHE_AGE = Gauge "platlint_cache_age_seconds" ["kind"] "Seconds since a watch cache last heard of the API server, by kind";
    CACHE_SYNCED = Gauge "platlint_cache_synced" ["kind"] "1 once a watch cache was listed as a whole, by kind";
    CACHE_ERRORS = Counter "platlint_cache_errors" ["kind"] "Lists and watches that failed, by kind";
    IMAGE_LOOKUPS = Counter "platlint_image_lookups" ["status"]
        "Images that were looked up for a review because memory did not know them, by status (verified, unsigned, invalid, unknown)";
    IMAGE_LOOKUP_DURATION = Histogram "platlint_image_lookup_duration_seconds" []
        "Time a review waits for the facts of its images";
    IMAGE_CACHE_HITS = Counter "platlint_image_cache_hits" [] "Images answered from memory";
    IMAGE_CACHE_MISSES = Counter "platlint_image_cache_misses" [] "Images that a registry had to be asked about";
    IMAGE_CACHE_ENTRIES = Gauge "platlint_image_cache_entries" [] "Answers about images that are held";
    IMAGE_CACHE_BYTES = Gauge "platlint_image_cache_bytes" [] "Bytes of these answers, estimated";
    IMAGE_FLIGHTS = Counter "platlint_image_flights" ["part"]
        "Questions about images that memory did not know, by part: started a search, or joined that of another review";
    IMAGE_FLIGHTS_NOW = Gauge "platlint_image_flights_in_the_air" [] "Searches that are under way";
    REGISTRY_REQUESTS = Counter "platlint_registry_requests" ["registry"]
        "Requests to registries and their token services, by host; beyond the first hundred hosts as other";
    REGISTRIES_LEFT_ALONE = Gauge "platlint_registries_left_alone" []
        "Registries that failed again and again, or asked for a pause, and are not asked for some seconds";
    LEADER = Gauge "platlint_leader" [] "1 on the replica that writes what all share";
    UNCOVERED_RULES = Gauge "platlint_uncovered_rules" []
        "Rules that are sent nothing, because the webhook configuration in the cluster lacks a kind of theirs";
    CLUSTER_WRITES = Counter "platlint_cluster_writes" ["action"]
        "Writes to the cluster (applied: webhook configurations as the rules ask; restored: after somebody else changed them; authority, certificate: made; failed)";
    DECISION_LOG_WRITTEN = Counter "platlint_decision_log_entries" [] "Entries written to the decision log";
    DECISION_LOG_DROPPED = Counter "platlint_decision_log_dropped" [] "Entries of the decision log dropped because the writer did not keep up";
    PROCESS_MEMORY = Gauge "process_resident_memory_bytes" [] "Resident memory of the process";
    PROCESS_CPU = Counter "process_cpu_seconds" [] "User and system time of the process";
    PROCESS_START = Gauge "process_start_time_seconds" [] "When the process started, in seconds since 1970";
}

/// The page of the documentation.
#[must_use]
pub fn markdown() -> String {
    let mut page = String::from(
        "# Metrics of platlint-webhook\n\n`GET /metrics` on the port of `--observe`, OpenMetrics text. Written by the test \
         `the_page_of_metrics_is_up_to_date`; see `webhook/src/observe/names.rs`.\n\n| metric | type | labels | tells |\n|---|---|---|---|\n",
    );
    for metric in ALL {
        let kind = match metric.kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram => "histogram",
        };
        let labels: Vec<String> = metric.labels.iter().map(|label| format!("`{label}`")).collect();
        // Writing to a string cannot fail.
        let _ = writeln!(page, "| `{}` | {kind} | {} | {} |", metric.exposed(), labels.join(", "), metric.help);
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_prometheus_expects() {
        for metric in ALL {
            assert!(metric.name.starts_with("platlint_") || metric.name.starts_with("process_"), "{}", metric.name);
            assert!(!metric.name.ends_with("_total"), "{}: the encoder adds it", metric.name);
            assert!(!metric.help.ends_with('.'), "{}: the encoder adds the full stop", metric.name);
        }
        let names: std::collections::BTreeSet<_> = ALL.iter().map(|metric| metric.name).collect();
        assert_eq!(names.len(), ALL.len());
    }
}
