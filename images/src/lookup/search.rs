//! The way of one question: memory, then the flights, with each credential in turn; and what outlives an outage.

use std::sync::Arc;

use platlint_registry::{Client, Digest, Repository, Target};
use quick_cache::{UnitWeighter, sync};
use tokio::time::{Instant, timeout_at};

use super::Stats;
use super::access::Access;
use super::cache::{Cache, Entry, Key};
use super::cause::Cause;
use super::credentials::Credentials;
use super::evidence::Place;
use super::examine::{Found, Manifests, examine};
use super::flights::Flights;
use super::limits::{Patience, Room};
use super::question::{ByDigest, ByTag, Question, question};
use crate::answer::{Answer, Status};
use crate::trust::Trust;

/// Texts of images whose question is remembered, and the longest of them in bytes: 3 MiB in all.
const REMEMBERED_TEXTS: usize = 4096;
const MAX_REMEMBERED_BYTES: usize = 512;

/// Everything that lookups share.
pub(super) struct Search {
    pub trust: Arc<Trust>,
    pub client: Arc<Client>,
    pub cache: Arc<Cache>,
    pub patience: Patience,
    room: Room,
    verdicts: Flights<Key, Arc<Entry>>,
    tags: Flights<Key, Result<Digest, Cause>>,
    /// What a text with a digest asks under this trust: reading and matching it costs more than all the rest of a hit.
    /// No verdict is kept here.
    questions: sync::Cache<Arc<str>, Arc<Question>, UnitWeighter>,
}

/// An answer that is not known, as rules see it.
pub(super) fn unknown(cause: &Cause) -> Answer {
    cause.answer()
}

impl Search {
    pub(super) fn new(trust: Arc<Trust>, client: Arc<Client>, cache: Arc<Cache>, patience: Patience) -> Self {
        Self {
            trust,
            client,
            cache,
            patience,
            room: Room::default(),
            verdicts: Flights::default(),
            tags: Flights::default(),
            questions: sync::Cache::new(REMEMBERED_TEXTS),
        }
    }

    /// What this text asks.
    pub(super) fn question(&self, text: &Arc<str>, may_pin: bool) -> Arc<Question> {
        if let Some(known) = self.questions.get(text) {
            return known;
        }
        let asked = Arc::new(question(&self.trust, text, may_pin));
        // With a digest it asks the same at every moment.
        if matches!(*asked, Question::ByDigest(_)) && text.len() <= MAX_REMEMBERED_BYTES {
            self.questions.insert(Arc::clone(text), Arc::clone(&asked));
        }
        asked
    }

    /// A full `verified` answer from memory.
    pub(super) fn remembered(&self, key: &Key) -> Option<Arc<Entry>> {
        let entry = self.cache.get(key)?;
        self.cache.count(true);
        Some(entry)
    }

    /// The answer for a digest, with whatever credentials there are.
    pub(super) async fn ask(
        self: &Arc<Self>,
        asked: &ByDigest,
        credentials: &dyn Credentials,
        deadline: Instant,
    ) -> Arc<Entry> {
        let answer = timeout_at(deadline, async {
            match Access::all(&self.client, &asked.repository, credentials).await {
                Ok(all) => self.first_that_sees(asked, all, deadline).await,
                Err(fault) => self.entry_of(&Cause::Credential(fault)),
            }
        });
        let entry = answer.await.unwrap_or_else(|_| self.entry_of(&Cause::Late));
        self.or_last_known(asked, entry)
    }

    /// The answer for a digest, as one credential sees it.
    pub(super) async fn ask_with(self: &Arc<Self>, asked: &ByDigest, access: Access, deadline: Instant) -> Arc<Entry> {
        if let Some(entry) = self.remembered(&asked.key) {
            return entry;
        }
        let answer = timeout_at(deadline, self.fly(asked, access, deadline)).await;
        self.or_last_known(asked, answer.unwrap_or_else(|_| self.entry_of(&Cause::Late)))
    }

    /// What a tag names now, and the access that sees it; `None` for the digest where no access sees such a tag.
    pub(super) async fn resolve(
        self: &Arc<Self>,
        asked: &ByTag,
        credentials: &dyn Credentials,
        deadline: Instant,
    ) -> Result<(Access, ByDigest), Cause> {
        let all = Access::all(&self.client, &asked.repository, credentials).await.map_err(Cause::Credential)?;
        let mut last = Cause::Broken;
        for access in all {
            match self.digest_of(&asked.repository, &asked.tag, &access, deadline).await {
                Ok(digest) => {
                    let by_digest = ByDigest::new(asked.repository.clone(), digest, Arc::clone(&asked.rule));
                    return Ok((access, by_digest));
                }
                // A denial says more than an absence, which may be a denial in disguise.
                Err(cause) if cause.is_denial() => last = cause,
                Err(cause) if cause.is_absence() => {
                    if !last.is_denial() {
                        last = cause;
                    }
                }
                Err(cause) => return Err(cause),
            }
        }
        Err(last)
    }

    /// The digest that a tag names, at most some seconds old.
    pub(super) async fn digest_of(
        self: &Arc<Self>,
        repository: &Repository,
        tag: &Arc<str>,
        access: &Access,
        deadline: Instant,
    ) -> Result<Digest, Cause> {
        let key = Key::tag(repository, tag, &access.hash);
        if let Some(digest) = self.cache.tag(&key) {
            return Ok(digest);
        }
        let flight = || {
            let (search, repository, tag, access) =
                (Arc::clone(self), repository.clone(), Arc::clone(tag), access.clone());
            async move {
                if let Some(digest) = search.cache.tag(&key) {
                    return Ok(digest);
                }
                let until = search.patience.until(Instant::now(), deadline);
                let session = access.session(&search.client, &repository, until);
                let manifest = session.manifest(&Target::Tag(tag)).await?;
                search.cache.keep_tag(key, manifest.digest.clone());
                Ok(manifest.digest)
            }
        };
        self.tags.join(key, flight).await.unwrap_or(Err(Cause::Broken))
    }

    /// A digest looked at by one credential, without memory and without company.
    pub(super) async fn look(&self, asked: &ByDigest, access: &Access, manifests: Manifests, until: Instant) -> Found {
        let session = access.session(&self.client, &asked.repository, until);
        let host = &asked.repository.registry;
        let place = Place { session: &session, host, room: &self.room, deadline: until };
        examine(place, &asked.digest, (&self.trust, &asked.rule), manifests).await
    }

    pub(super) fn stats(&self) -> Stats {
        let (hits, misses) = self.cache.counts();
        let (bytes, entries) = self.cache.size();
        let (verdicts, tags) = (self.verdicts.counts(), self.tags.counts());
        Stats {
            hits,
            misses,
            entries,
            bytes,
            flights: verdicts.0.saturating_add(tags.0),
            joined: verdicts.1.saturating_add(tags.1),
            in_the_air: self.in_the_air(),
        }
    }

    pub(super) fn in_the_air(&self) -> usize {
        self.verdicts.in_the_air().saturating_add(self.tags.in_the_air())
    }

    /// Each access in turn until one is shown the image. Where none is, what is not known outweighs an absence.
    async fn first_that_sees(self: &Arc<Self>, asked: &ByDigest, all: Vec<Access>, deadline: Instant) -> Arc<Entry> {
        let mut best: Option<Arc<Entry>> = None;
        for access in all {
            let entry = self.fly(asked, access, deadline).await;
            // What is verified is so whoever is shown it, even where the rest was denied.
            if entry.is_verified() || !entry.is_hidden() {
                return entry;
            }
            let is_better =
                entry.status() == Status::Unknown && best.as_ref().is_none_or(|best| best.status() != Status::Unknown);
            if best.is_none() || is_better {
                best = Some(entry);
            }
        }
        best.unwrap_or_else(|| self.entry_of(&Cause::Broken))
    }

    /// The flight for this digest, rule and credential: joined or started.
    async fn fly(self: &Arc<Self>, asked: &ByDigest, access: Access, wanted: Instant) -> Arc<Entry> {
        let key = Key::seen_by(&asked.repository, &asked.digest, &asked.rule.question(), &access.hash);
        if let Some(entry) = self.cache.get(&key) {
            self.cache.count(true);
            return entry;
        }
        self.cache.count(false);
        let flight = || {
            let (search, asked) = (Arc::clone(self), asked.clone());
            async move {
                // Another flight may have landed since the question was asked.
                if let Some(entry) = search.cache.get(&asked.key).or_else(|| search.cache.get(&key)) {
                    return entry;
                }
                let now = Instant::now();
                let until = search.patience.until(now, wanted);
                let look = search.look(&asked, &access, Manifests::WhereNeeded, until);
                match timeout_at(search.patience.end(now), look).await {
                    Ok(found) => search.cache.keep(asked.key, key, &found),
                    Err(_) => search.entry_of(&Cause::Late),
                }
            }
        };
        self.verdicts.join(key, flight).await.unwrap_or_else(|| self.entry_of(&Cause::Broken))
    }

    /// Where the registry gives no answer, the rule may let a `verified` answer of the same digest and rule go on.
    fn or_last_known(&self, asked: &ByDigest, entry: Arc<Entry>) -> Arc<Entry> {
        let last =
            entry.is_outage().then(|| self.cache.last_known(&asked.key, asked.rule.settings().last_known?)).flatten();
        last.map_or(entry, |last| Arc::new(last.with_reason(LAST_KNOWN)))
    }

    fn entry_of(&self, cause: &Cause) -> Arc<Entry> {
        Arc::new(self.cache.unkept(&unknown(cause), cause.is_outage()))
    }
}

const LAST_KNOWN: &str =
    "the registry gives no answer now; this digest was verified by the same rule before (lastKnown)";
