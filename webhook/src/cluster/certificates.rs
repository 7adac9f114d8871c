//! Serves certificates that the cluster's API server trusts, without anything installed beside us.
//!
//! One Secret holds the authority ([`super::authority`]); the elected replica makes and renews it. Each replica makes its
//! own leaf in memory whenever the authority that signs changes or the leaf's half-life is over, and puts it in use.
//!
//! A Secret that was emptied or broken is restored from the elected replica's memory: a new authority at once would be
//! trusted by nobody yet. Whoever wants a new one annotates the Secret with [`ROTATE`]; it then comes by the usual steps.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::Secret;
use kube::Client;
use kube::api::{Api, PostParams};
use tokio::sync::watch;

use super::authority::{Authorities, Entries, Leaf, Lifetimes};
use super::backoff::Backoff;
use super::counters::{Counting, count};
use super::health::KindHealth;
use super::single::{Single, follow_one};
use crate::tls::Certificates;

/// The Secret with the authority, in our own namespace.
pub const SECRET: &str = "platlint-ca";
/// With this annotation, whatever its value, the Secret asks for a new authority.
pub const ROTATE: &str = "platlint.dev/rotate";

/// How often it is looked whether something is due.
const TICK: Duration = Duration::from_secs(2);

/// What the certificates are made of and for.
pub(super) struct Issuing {
    pub client: Client,
    pub namespace: String,
    /// Names and addresses by which the API server calls us.
    pub names: Vec<String>,
    pub lifetimes: Lifetimes,
    pub serving: Arc<Certificates>,
    pub counting: Arc<Counting>,
    /// Where the authority is told to whoever writes caBundle.
    pub authorities: watch::Sender<Option<Arc<Authorities>>>,
    pub leads: watch::Receiver<bool>,
    /// The bundle that both live configurations hold, PEM.
    pub live_bundle: watch::Receiver<Option<String>>,
}

/// Follows the Secret, serves what comes of it, and renews it while we lead; for ever.
pub(super) async fn run(mut issuing: Issuing) {
    let health = Arc::new(KindHealth::new(format!("Secret {SECRET}")));
    let secrets = watch::Sender::new(None);
    let path = format!("/api/v1/namespaces/{}/secrets", issuing.namespace);
    let following = follow_one::<Secret>(issuing.client.clone(), path, SECRET, secrets.clone(), health);
    let mut seen = secrets.subscribe();
    let keeping = async {
        let mut leaf_of: Option<(String, SystemTime)> = None;
        let mut backoff = Backoff::default();
        let mut last_problem = String::new();
        loop {
            // A change during what follows is seen by the next turn.
            let found = seen.borrow_and_update().clone();
            let secret = found.as_ref().and_then(Single::present);
            issuing.take(secret);
            issuing.serve(&mut leaf_of);
            let is_leader = *issuing.leads.borrow();
            if is_leader && found.is_some() {
                match issuing.renew(secret).await {
                    Ok(()) => {
                        backoff.reset();
                        last_problem.clear();
                    }
                    Err(problem) => {
                        count(&issuing.counting.failed);
                        if problem != last_problem {
                            tracing::warn!(problem, "the Secret {SECRET} cannot be kept; tried again");
                            last_problem = problem;
                        }
                        backoff.wait().await;
                    }
                }
            }
            tokio::select! {
                changed = seen.changed() => if changed.is_err() { return },
                changed = issuing.leads.changed() => if changed.is_err() { return },
                () = tokio::time::sleep(TICK) => {}
            }
        }
    };
    tokio::join!(following, keeping);
}

fn entries(secret: &Secret) -> Entries {
    let data = secret.data.clone().unwrap_or_default();
    data.into_iter().map(|(name, bytes)| (name, bytes.0)).collect()
}

impl Issuing {
    /// Takes over the authority that the Secret holds; what cannot be read changes nothing.
    fn take(&self, secret: Option<&Secret>) {
        let Some(secret) = secret else { return };
        match Authorities::read(&entries(secret)) {
            Ok(None) => {}
            Ok(Some(authorities)) => {
                self.authorities.send_if_modified(|current| {
                    let is_new = current.as_deref() != Some(&authorities);
                    if is_new {
                        *current = Some(Arc::new(authorities));
                    }
                    is_new
                });
            }
            Err(error) => tracing::warn!(%error, "the Secret {SECRET} holds no authority"),
        }
    }

    /// Makes a leaf where there is none of the signing authority, or where the present one is half over.
    fn serve(&self, leaf_of: &mut Option<(String, SystemTime)>) {
        let now = SystemTime::now();
        let Some(authorities) = self.authorities.borrow().clone() else { return };
        let signing = &authorities.signing;
        let is_good = leaf_of.as_ref().is_some_and(|(by, renew)| *by == signing.certificate && now < *renew);
        // An authority that is over makes nothing of use; the elected replica replaces it.
        if is_good || signing.not_after <= now {
            return;
        }
        match signing.leaf(&self.names, self.lifetimes.leaf, now) {
            Ok(Leaf { chain, key, not_after }) => {
                let half = not_after.duration_since(now).unwrap_or_default() / 2;
                match self.serving.install(chain, key) {
                    Ok(()) => {
                        count(&self.counting.leaves);
                        tracing::info!(valid_seconds = half.as_secs() * 2, "a new certificate is served");
                        *leaf_of = Some((signing.certificate.clone(), now + half));
                    }
                    Err(error) => tracing::error!(%error, "the new certificate cannot be served"),
                }
            }
            Err(error) => tracing::error!(%error, "no certificate could be made"),
        }
    }

    /// Writes what the Secret should hold, where it does not.
    async fn renew(&self, secret: Option<&Secret>) -> Result<(), String> {
        let now = SystemTime::now();
        let known = self.authorities.borrow().clone();
        let held = secret.and_then(|secret| Authorities::read(&entries(secret)).ok().flatten());
        let is_asked = secret.is_some_and(|secret| {
            secret.metadata.annotations.as_ref().is_some_and(|annotations| annotations.contains_key(ROTATE))
        });
        let wanted = match (known, &held) {
            (None, _) => Authorities::new(self.lifetimes, now).map_err(|error| error.to_string())?,
            (Some(known), None) => known.as_ref().clone(),
            (Some(known), Some(_)) => {
                let is_announced = self.live_bundle.borrow().as_deref() == Some(known.bundle().as_str());
                let next = known.step(self.lifetimes, is_announced, is_asked, now);
                match next.map_err(|error| error.to_string())? {
                    Some(next) => next,
                    None => return Ok(()),
                }
            }
        };
        let mut written = secret.cloned().unwrap_or_default();
        written.data = Some(wanted.entries().into_iter().map(|(name, bytes)| (name, ByteString(bytes))).collect());
        if let (Some(annotations), true) = (&mut written.metadata.annotations, wanted.next.is_some()) {
            annotations.remove(ROTATE);
        }
        let secrets: Api<Secret> = Api::namespaced(self.client.clone(), &self.namespace);
        let answer = if secret.is_some() {
            // With the version that was read: a step that another replica made is not undone.
            secrets.replace(SECRET, &PostParams::default(), &written).await
        } else {
            written.metadata.name = Some(SECRET.to_owned());
            secrets.create(&PostParams::default(), &written).await
        };
        match answer {
            Ok(_) => {
                let is_announced = wanted.next.is_some();
                if is_announced || held.is_none() {
                    count(&self.counting.authorities);
                }
                let trusted = wanted.bundle().matches("BEGIN").count();
                tracing::info!(trusted, next = is_announced, "the Secret {SECRET} is written");
                Ok(())
            }
            // Somebody was faster; the watch brings what he wrote.
            Err(kube::Error::Api(status)) if status.code == 409 => Ok(()),
            Err(kube::Error::Api(status)) => Err(status.message.clone()),
            Err(error) => Err(error.to_string()),
        }
    }
}
