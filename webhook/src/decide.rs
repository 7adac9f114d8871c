//! One review from bytes to bytes, on an evaluation thread: read, judged by the policies in force, counted, logged and
//! answered. Touches no socket and waits for nothing.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use platlint_engine::{
    Evaluator, Facts, Gvk, ImageFacts, Level, Mutation, MutationScope, PolicySet, Review, Situation, Value,
    ValueBuilder, Verdict,
};

use crate::admission::wire::{self, Operation, Request, Response};
use crate::admission::{Mode, answer, mutation, review};
use crate::cluster::Knowledge;
use crate::decision_log::{DecisionLog, Entry, omitted};
use crate::failure::Failure;
use crate::images::{Known, Wanted, wanted};
use crate::limits::FAULT_PAUSE;
use crate::limits::LOGGED_OBJECT_BYTES;
use crate::observe::Metrics;
use crate::platform::WithCatalog;
use crate::policies::{Active, Clock, Policies};
use crate::traces::Subject;
use crate::workers::{Answer, Answered, Hook, MakeJudge, Question, Reply};

/// What all evaluation threads share.
#[derive(Clone)]
pub struct Court {
    /// The policies in force.
    pub policies: Arc<Policies>,
    /// What is known of the cluster.
    pub knowledge: Knowledge,
    /// How strict the server is.
    pub mode: Mode,
    /// Which overrides apply.
    pub cluster: Option<Arc<str>>,
    /// What time it is.
    pub clock: Clock,
    /// Counts.
    pub metrics: Arc<Metrics>,
    /// Keeps.
    pub log: DecisionLog,
}

impl Court {
    /// Makes the judge of a thread.
    #[must_use]
    pub fn judges(self) -> MakeJudge {
        let court = Arc::new(self);
        Arc::new(move || {
            let mut bench = Bench {
                court: court.clone(),
                evaluator: None,
                builder: ValueBuilder::default(),
                catalog: WithCatalog::default(),
                told: BTreeMap::new(),
            };
            Box::new(move |question| bench.judge(question))
        })
    }
}

/// A thread's judge. Its evaluator is made anew with the first review after a swap of the policies.
struct Bench {
    court: Arc<Court>,
    evaluator: Option<(u64, Evaluator)>,
    /// Remembers the keys of objects.
    builder: ValueBuilder,
    /// The cluster's facts with the catalog in them.
    catalog: WithCatalog,
    /// When each rule's fault was last told: one that strikes on every review would fill the log.
    told: BTreeMap<Arc<str>, Instant>,
}

/// What was said of a request, for metrics and the log.
struct Said {
    response: Response,
    judged: Option<Judged>,
}

struct Judged {
    review: Review,
    verdict: Verdict,
    mutation: Option<Mutation>,
    images: Images,
}

/// What is known of images, as written.
type Images = BTreeMap<Arc<str>, ImageFacts>;

/// Why nothing was said.
enum Unsaid {
    /// It cannot be.
    Failed(Failure),
    /// Images must be looked up first.
    Wants(Box<Wanted>),
}

impl From<Failure> for Unsaid {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl Bench {
    fn judge(&mut self, question: &Question) -> Answer {
        let began = Instant::now();
        let request = wire::read(&question.body).map_err(|error| Failure::Invalid(error.to_string()))?;
        // By the policies that asked for images, should they have been replaced meanwhile.
        let known = question.images.as_ref();
        let active = known.map_or_else(|| self.court.policies.current(), |known| known.active.clone());
        let said = match question.hook {
            Hook::Validate => self.validate(&request, &active, known),
            Hook::Mutate => self.mutate(&request, &active, known),
        };
        let said = match said {
            Ok(said) => said,
            Err(Unsaid::Failed(failure)) => return Err(failure),
            Err(Unsaid::Wants(wanted)) => return Ok(Reply::Wants(wanted)),
        };
        let body = said.response.to_body().map_err(|error| Failure::Internal(error.to_string()))?;
        let outcome = match &said.response {
            Response { allowed: false, .. } => "denied",
            Response { patch: Some(_), .. } => "patched",
            _ => "allowed",
        };
        self.log(question.hook, &request, said, &active, began);
        let subject = question.traced.then(|| Box::new(subject(&request)));
        Ok(Reply::Answered(Answered { body: body.into(), outcome, subject }))
    }

    fn validate(&mut self, request: &Request<'_>, active: &Arc<Active>, known: Option<&Known>) -> Result<Said, Unsaid> {
        let mode = self.court.mode;
        if !is_wanted(&active.set, request) {
            return Ok(Said { response: answer::unjudged(request, &active.set, mode), judged: None });
        }
        let review = self.review(request)?;
        let (verdict, images) = if review.only_releases_finalizers() {
            (Verdict::default(), Images::new())
        } else {
            let images = of_images(active, &review, Hook::Validate, known)?;
            let facts = self.facts(active, &review, &images);
            (self.evaluator(active).decide(&review, &facts), images)
        };
        let response = answer::validating(request, &active.set, &verdict, mode);
        self.count(&verdict);
        Ok(Said { response, judged: Some(Judged { review, verdict, mutation: None, images }) })
    }

    fn mutate(&mut self, request: &Request<'_>, active: &Arc<Active>, known: Option<&Known>) -> Result<Said, Unsaid> {
        let mode = self.court.mode;
        let unjudged = |judged| Said { response: answer::unjudged(request, &active.set, mode), judged };
        if !mutation::may_change(&active.set, &review::gvk(&request.kind)) {
            return Ok(unjudged(None));
        }
        let review = self.review(request)?;
        if !mutation::is_open(request, &review) {
            return Ok(unjudged(None));
        }
        let images = of_images(active, &review, Hook::Mutate, known)?;
        let facts = self.facts(active, &review, &images);
        let made = self.evaluator(active).mutate(&review, &facts, MutationScope::Cluster);
        let response = mutation::answer(request, &active.set, &made, mode).map_err(|fault| {
            self.court.metrics.patch_failures.inc();
            Failure::Internal(fault.to_string())
        })?;
        self.count_mutation(&review, &made, response.patch.is_some());
        let judged = Judged { review, verdict: Verdict::default(), mutation: Some(made), images };
        Ok(Said { response, judged: Some(judged) })
    }

    fn facts(&mut self, active: &Active, review: &Review, images: &Images) -> Facts {
        let mut facts = self.court.knowledge.facts();
        if let Some(platform) = &active.platform {
            facts = self.catalog.of(facts, active.generation, platform);
            facts = platform.tell(&active.set, facts, review);
        }
        if images.is_empty() { facts } else { facts.with_images(images.clone()) }
    }

    fn review(&mut self, request: &Request<'_>) -> Result<Review, Failure> {
        let court = &self.court;
        let situation = Situation { now: (court.clock)(), cluster: court.cluster.clone() };
        review::build(request, &court.knowledge, situation, &mut self.builder)
            .map_err(|error| Failure::Invalid(error.to_string()))
    }

    fn evaluator(&mut self, active: &Active) -> &mut Evaluator {
        let fresh = || (active.generation, Evaluator::new(active.set.clone()));
        let (generation, evaluator) = self.evaluator.get_or_insert_with(fresh);
        if *generation != active.generation {
            (*generation, *evaluator) = fresh();
        }
        evaluator
    }

    fn count(&self, verdict: &Verdict) {
        let (metrics, mode) = (&self.court.metrics, self.court.mode);
        let action = |level: Level| match mode.cap(level) {
            Level::Error => Some("denied"),
            Level::Warn => Some("warned"),
            Level::Audit => Some("audited"),
            Level::Off => None,
        };
        // Each rule once for each action, however many places of the object it speaks of.
        let mut said: Vec<(&Arc<str>, &'static str)> = Vec::new();
        said.extend(verdict.findings.iter().filter_map(|one| Some((&one.rule, action(one.level)?))));
        said.extend(verdict.preexisting.iter().map(|one| (&one.rule, "preexisting")));
        said.extend(verdict.exempted.iter().map(|one| (&one.finding.rule, "exempted")));
        said.extend(verdict.undecided.iter().map(|one| (&one.rule, "undecided")));
        said.sort_unstable();
        said.dedup();
        said.into_iter().for_each(|(rule, action)| metrics.decided(rule, action));
        verdict.faults.iter().for_each(|fault| metrics.faulted(&fault.rule, fault.kind.as_str()));
    }

    fn count_mutation(&self, review: &Review, made: &Mutation, sent: bool) {
        let metrics = &self.court.metrics;
        made.faults.iter().for_each(|fault| metrics.faulted(&fault.rule, fault.kind.as_str()));
        metrics.mutation_rounds(made.rounds);
        if !sent {
            return;
        }
        let is_update = review.operation == platlint_engine::Operation::Update;
        let operation = if is_update { "update" } else { "create" };
        made.changes.iter().for_each(|change| metrics.mutated(&change.rule, operation));
        mutation::undone(review, made).iter().for_each(|rule| metrics.undone(rule));
    }

    fn log(&mut self, hook: Hook, request: &Request<'_>, said: Said, active: &Active, began: Instant) {
        let Some(Judged { mut review, verdict, mut mutation, images }) = said.judged else { return };
        for fault in verdict.faults.iter().chain(mutation.iter().flat_map(|mutation| &mutation.faults)) {
            if self.told.get(&fault.rule).is_none_or(|told| told.elapsed() > FAULT_PAUSE) {
                self.told.insert(fault.rule.clone(), Instant::now());
                tracing::error!(rule = %fault.rule, kind = fault.kind.as_str(), "policy fault: {}", fault.message);
            }
        }
        let denial = !said.response.allowed || verdict.findings.iter().any(|one| one.level == Level::Error);
        if !self.court.log.wants(denial) {
            return;
        }
        // Entries wait in a queue: they hold what will be written, and nothing more. What is too large to be written is
        // not kept, since parsed values take many times their text.
        review.old_object = None;
        if let Some(mutation) = &mut mutation {
            mutation.object = Value::Null;
        }
        let judged = if request.operation == Operation::Delete { request.old_object } else { request.object };
        let bytes = judged.map_or(0, |raw| raw.get().len());
        if bytes > LOGGED_OBJECT_BYTES {
            review.object = omitted(bytes);
        }
        self.court.log.log(Entry {
            path: hook.as_str(),
            uid: request.uid.as_ref().to_owned(),
            sub_resource: request.sub_resource.as_deref().map(ToOwned::to_owned),
            revision: active.set.revision().to_owned(),
            mode: self.court.mode.as_str(),
            allowed: said.response.allowed,
            timestamp: review.situation.now,
            took: began.elapsed().as_nanos(),
            review,
            verdict,
            mutation,
            images,
        });
    }
}

/// What is known of a review's images: what was looked up for it, else what memory knows.
fn of_images(active: &Arc<Active>, review: &Review, hook: Hook, known: Option<&Known>) -> Result<Images, Unsaid> {
    match known {
        Some(known) => Ok(known.facts.clone()),
        None => wanted::known(active, review, hook).map_err(Unsaid::Wants),
    }
}

fn subject(request: &Request<'_>) -> Subject {
    let kind = review::gvk(&request.kind);
    Subject {
        uid: request.uid.as_ref().to_owned(),
        kind: format!("{}/{}", kind.api_version(), kind.kind),
        namespace: request.namespace.as_deref().unwrap_or_default().to_owned(),
        name: request.name.as_deref().unwrap_or_default().to_owned(),
        operation: review::operation(request.operation).as_str(),
    }
}

/// Whether any rule could judge this request, so that the object is worth reading. A deletion and a connection are judged
/// only by rules that name them.
fn is_wanted(set: &PolicySet, request: &Request<'_>) -> bool {
    let kind: Gvk = review::gvk(&request.kind);
    if !set.judges(&kind) {
        return false;
    }
    if matches!(request.operation, Operation::Create | Operation::Update) {
        return true;
    }
    let operation = review::operation(request.operation);
    set.rules().iter().any(|rule| {
        let matches = &rule.meta.matches;
        rule.is_active() && matches.operations.contains(&operation) && matches.kind(&kind)
    })
}
