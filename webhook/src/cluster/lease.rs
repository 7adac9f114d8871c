//! Who of the replicas writes what all share: the holder of a Lease.
//!
//! Clocks of different machines are never compared. A Lease counts as held for its duration after *we* saw it change, by
//! our own monotonic clock, as client-go does it; what its `renewTime` says is only looked at for being different. The
//! holder gives up when it could not renew for [`RENEW`], which is shorter than [`HELD`], so that at no time two replicas
//! believe they lead, as long as their clocks run at about the same speed. What leaders write stands against a short
//! overlap all the same: it is written with the version or identity that was read.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use k8s_openapi::api::coordination::v1::{Lease, LeaseSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::MicroTime;
use k8s_openapi::jiff::Timestamp;
use kube::api::{Api, PostParams};
use kube::{Client, ResourceExt};
use tokio::sync::watch;
use tokio::time::Instant;

use super::counters::{Counting, count};

/// Name of the Lease in our own namespace.
pub const LEASE: &str = "platlint-leader";
/// How long a Lease counts after it was renewed.
const HELD: Duration = Duration::from_secs(15);
/// A holder that could not renew for so long no longer leads.
const RENEW: Duration = Duration::from_secs(10);
/// Between two tries.
const TRY: Duration = Duration::from_secs(2);

/// What was last seen of the Lease, and when by our clock it had changed.
#[derive(Debug, Clone, Default)]
struct Observed {
    record: Option<Record>,
    at: Option<Instant>,
}

/// What of a Lease tells one renewal from another.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Record {
    holder: String,
    renewed: Option<Timestamp>,
    transitions: i32,
    duration: Duration,
}

impl Record {
    fn of(lease: &Lease) -> Option<Self> {
        let spec = lease.spec.as_ref()?;
        let seconds = spec.lease_duration_seconds.and_then(|seconds| u64::try_from(seconds).ok());
        Some(Self {
            holder: spec.holder_identity.clone().unwrap_or_default(),
            renewed: spec.renew_time.as_ref().map(|time| time.0),
            transitions: spec.lease_transitions.unwrap_or_default(),
            duration: seconds.map_or(HELD, Duration::from_secs),
        })
    }
}

impl Observed {
    /// Takes in what was read just now.
    fn see(&mut self, lease: &Lease, now: Instant) {
        let record = Record::of(lease);
        if record != self.record || self.at.is_none() {
            *self = Self { record, at: Some(now) };
        }
    }

    /// Whether we may take it: it is ours, nobody's, or was not renewed for as long as its holder promised.
    fn is_free_for(&self, identity: &str, now: Instant) -> bool {
        let (Some(record), Some(at)) = (&self.record, self.at) else { return true };
        record.holder.is_empty() || record.holder == identity || now.duration_since(at) >= record.duration
    }
}

/// The Lease as we write it when we take or renew it.
fn taken(lease: &Lease, identity: &str, now: Timestamp) -> Lease {
    let before = lease.spec.clone().unwrap_or_default();
    let is_ours = before.holder_identity.as_deref() == Some(identity);
    let transitions = before.lease_transitions.unwrap_or_default();
    let spec = LeaseSpec {
        holder_identity: Some(identity.to_owned()),
        lease_duration_seconds: Some(i32::try_from(HELD.as_secs()).unwrap_or(i32::MAX)),
        renew_time: Some(MicroTime(now)),
        acquire_time: before.acquire_time.filter(|_| is_ours).or(Some(MicroTime(now))),
        lease_transitions: Some(if is_ours { transitions } else { transitions.saturating_add(1) }),
        ..before
    };
    Lease { spec: Some(spec), ..lease.clone() }
}

/// Takes part in the election until `stop` says true; then gives the Lease back, so that another takes over at once.
pub(super) async fn run(
    client: Client,
    namespace: String,
    identity: String,
    leads: watch::Sender<bool>,
    counting: Arc<Counting>,
    mut stop: watch::Receiver<bool>,
) {
    let leases: Api<Lease> = Api::namespaced(client, &namespace);
    let mut observed = Observed::default();
    let mut renewed: Option<Instant> = None;
    let mut last_problem = String::new();
    loop {
        // Counted from before the request: nobody else counts from earlier.
        let asked = Instant::now();
        let limit = left(renewed).map_or(TRY * 2, |left| left.min(TRY * 2));
        let attempt = tokio::time::timeout(limit, attempt(&leases, &identity, &mut observed));
        match attempt.await.unwrap_or_else(|_| Err("no answer in time".to_owned())) {
            Ok(Outcome::Ours) => {
                renewed = Some(asked);
                last_problem.clear();
            }
            Ok(Outcome::Others) => {
                renewed = None;
                last_problem.clear();
            }
            // Read again soon; what holds until then is what held before.
            Ok(Outcome::Overtaken) => {}
            Err(problem) if problem == last_problem => {}
            Err(problem) => {
                tracing::warn!(problem, "the lease {LEASE} cannot be taken or renewed; tried again");
                count(&counting.failed);
                last_problem = problem;
            }
        }
        let is_leader = left(renewed).is_some();
        if leads.send_if_modified(|leads| std::mem::replace(leads, is_leader) != is_leader) {
            tracing::info!(identity, is_leader, "leadership changed");
            counting.is_leader.store(is_leader, Relaxed);
        }
        tokio::select! {
            () = tokio::time::sleep(left(renewed).map_or(TRY, |left| left.min(TRY))) => {}
            _ = stop.wait_for(|stop| *stop) => break,
        }
    }
    if leads.send_replace(false) {
        give_back(&leases, &identity).await;
    }
}

/// How long we lead yet without another renewal; `None`: not at all.
fn left(renewed: Option<Instant>) -> Option<Duration> {
    RENEW.checked_sub(renewed?.elapsed()).filter(|left| !left.is_zero())
}

/// What came of a try.
enum Outcome {
    Ours,
    /// Read, not merely not renewed.
    Others,
    /// The Lease changed between our reading and our writing.
    Overtaken,
}

/// Takes or renews the Lease.
async fn attempt(leases: &Api<Lease>, identity: &str, observed: &mut Observed) -> Result<Outcome, String> {
    let words = |error: kube::Error| match error {
        kube::Error::Api(status) => status.message.clone(),
        other => other.to_string(),
    };
    let Some(lease) = leases.get_opt(LEASE).await.map_err(words)? else {
        let mut lease = Lease::default();
        lease.metadata.name = Some(LEASE.to_owned());
        let made = leases.create(&PostParams::default(), &taken(&lease, identity, Timestamp::now())).await;
        return match made {
            Ok(made) => {
                observed.see(&made, Instant::now());
                Ok(Outcome::Ours)
            }
            Err(kube::Error::Api(status)) if status.code == 409 => Ok(Outcome::Overtaken),
            Err(error) => Err(words(error)),
        };
    };
    observed.see(&lease, Instant::now());
    if !observed.is_free_for(identity, Instant::now()) {
        return Ok(Outcome::Others);
    }
    // With the version that was read: of two that try at once, one is refused.
    match leases.replace(LEASE, &PostParams::default(), &taken(&lease, identity, Timestamp::now())).await {
        Ok(lease) => {
            observed.see(&lease, Instant::now());
            Ok(Outcome::Ours)
        }
        Err(kube::Error::Api(status)) if status.code == 409 => Ok(Outcome::Overtaken),
        Err(error) => Err(words(error)),
    }
}

async fn give_back(leases: &Api<Lease>, identity: &str) {
    let give = async {
        let mut lease = leases.get(LEASE).await?;
        let is_ours = Record::of(&lease).is_some_and(|record| record.holder == identity);
        if let (true, Some(spec)) = (is_ours, lease.spec.as_mut()) {
            spec.holder_identity = Some(String::new());
            let name = lease.name_any();
            leases.replace(&name, &PostParams::default(), &lease).await?;
        }
        Ok::<_, kube::Error>(())
    };
    match tokio::time::timeout(TRY, give).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::info!(%error, "the lease is left to run out"),
        Err(_) => tracing::info!("the lease is left to run out"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lease(holder: &str, renewed: i64) -> Lease {
        let time = Timestamp::from_second(renewed).unwrap();
        let spec = LeaseSpec {
            holder_identity: Some(holder.to_owned()),
            lease_duration_seconds: Some(15),
            renew_time: Some(MicroTime(time)),
            lease_transitions: Some(3),
            ..LeaseSpec::default()
        };
        Lease { spec: Some(spec), ..Lease::default() }
    }

    #[test]
    fn waits_its_whole_duration_from_when_it_was_seen_to_change_whatever_the_clocks_say() {
        let start = Instant::now();
        let mut observed = Observed::default();
        // Renewed by a clock a day behind ours, and by one a day ahead.
        for renewed in [-86_400, 86_400] {
            let now = Timestamp::now().as_second();
            observed.see(&lease("other", now + renewed), start);
            assert!(!observed.is_free_for("me", start + Duration::from_secs(14)));
            assert!(observed.is_free_for("me", start + Duration::from_secs(15)));
        }
    }

    #[test]
    fn a_renewal_starts_the_wait_anew_and_a_look_does_not() {
        let start = Instant::now();
        let mut observed = Observed::default();
        observed.see(&lease("other", 100), start);
        observed.see(&lease("other", 100), start + Duration::from_secs(10));
        assert!(observed.is_free_for("me", start + Duration::from_secs(15)));
        observed.see(&lease("other", 101), start + Duration::from_secs(14));
        assert!(!observed.is_free_for("me", start + Duration::from_secs(28)));
        assert!(observed.is_free_for("me", start + Duration::from_secs(29)));
    }

    #[test]
    fn an_empty_one_and_one_given_back_are_free() {
        let now = Instant::now();
        let mut observed = Observed::default();
        observed.see(&Lease::default(), now);
        assert!(observed.is_free_for("me", now), "as the chart makes it");
        observed.see(&lease("", 100), now);
        assert!(observed.is_free_for("me", now));
        observed.see(&lease("me", 100), now);
        assert!(observed.is_free_for("me", now));
    }

    #[test]
    fn taking_over_counts_and_renewing_does_not() {
        let now = Timestamp::from_second(1_000).unwrap();
        let over = taken(&lease("other", 100), "me", now).spec.unwrap();
        assert_eq!((over.holder_identity.as_deref(), over.lease_transitions), (Some("me"), Some(4)));
        assert_eq!(over.acquire_time, Some(MicroTime(now)));
        let again = taken(&lease("me", 100), "me", now).spec.unwrap();
        assert_eq!((again.lease_transitions, again.renew_time), (Some(3), Some(MicroTime(now))));
    }
}
