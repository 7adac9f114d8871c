//! Judging one document: read, reviewed, decided, and every finding put in its place.

use std::sync::Arc;

use platlint_engine::{
    Evaluator, Facts, Gvk, NotAnObject, Pointer, Review, Situation, Value, ValueBuilder, Verdict, expand_list, get,
};
use platlint_source::{
    Chunk, Document, Limits, Problem, ProblemKind, ReadError, ReadErrorKind, Reading, SourceText, Span,
};

use crate::fix;
use crate::locate::{enclosing_lines, fingerprint, place, place_of};
use crate::own_rules::{
    AMBIGUOUS_KEY, DUPLICATE_KEY, INVALID_MANIFEST, INVALID_YAML, OwnRule, SELF_EXEMPTION, UNRENDERED_TEMPLATE,
};
use crate::report::{Exempted, Fault, Finding, ObjectRef, Related, Spot, Undecided};
use crate::suppress::{Suppression, policy_of};

/// What one document gave.
#[derive(Debug, Default)]
pub(crate) struct Judged {
    pub findings: Vec<Finding>,
    pub undecided: Vec<Undecided>,
    pub exempted: Vec<Exempted>,
    pub faults: Vec<Fault>,
    /// Whether it was a manifest.
    pub outcome: Outcome,
    /// Reviews that other documents' rules may want to see, and of which kinds they are.
    pub kept: Vec<Review>,
    pub kept_kinds: KindSet,
    /// Kinds of objects that its rules asked for, which may still turn up.
    pub wants: KindSet,
}

/// A set of inventory kinds, by their place among all that the rules name.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct KindSet(u64);

impl KindSet {
    /// Adds a kind. Beyond the 63rd all share one place: documents may then be judged again for nothing, never too seldom.
    fn insert(&mut self, place: usize) {
        self.0 |= 1 << place.min(63);
    }

    /// All kinds of both.
    pub(crate) fn extend(&mut self, other: Self) {
        self.0 |= other.0;
    }

    /// Whether some kind is in both.
    pub(crate) const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

/// What became of a document.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It was judged.
    Judged,
    /// It is no manifest.
    #[default]
    Skipped,
    /// It could not be read.
    Unreadable,
}

/// Judges documents on one thread.
pub(crate) struct Judge<'r> {
    evaluator: Evaluator,
    builder: ValueBuilder,
    limits: Limits,
    situation: Situation,
    facts: &'r Facts,
    inventory_kinds: std::collections::BTreeSet<(Arc<str>, Arc<str>)>,
    /// Whether findings are to tell how they would be fixed.
    pub(crate) wants_fixes: bool,
}

/// The file a document stands in.
pub(crate) struct InFile<'f> {
    pub name: &'f Arc<str>,
    pub text: &'f SourceText,
    pub namespace: Option<&'f str>,
}

impl<'r> Judge<'r> {
    pub(crate) fn new(evaluator: Evaluator, situation: Situation, facts: &'r Facts) -> Self {
        let inventory_kinds = evaluator.set().inventory_kinds();
        Self {
            evaluator,
            builder: ValueBuilder::default(),
            limits: Limits::default(),
            situation,
            facts,
            inventory_kinds,
            wants_fixes: false,
        }
    }

    /// Judges one document of a file.
    pub(crate) fn judge(&mut self, file: &InFile<'_>, chunk: Chunk) -> Judged {
        let mut judged = Judged::default();
        let (index, span) = (chunk.index, chunk.span);
        let document = match Document::parse(file.text.as_str(), chunk, &self.limits) {
            Ok(document) => document,
            Err(error) => {
                judged.outcome = Outcome::Unreadable;
                judged.findings.push(unreadable(file.name, file.text, index, &error));
                return judged;
            }
        };
        let reading = reading_of(&document);
        let here = Here { file, document: &document, reading, index, span };
        if self.is_of_no_concern(&document) {
            judged.outcome = Outcome::Judged;
            here.problems(Built::No, &mut judged);
            return judged;
        }
        let value = match document.build(reading, &mut self.builder) {
            Ok(value) => value,
            Err(error) => {
                judged.outcome = Outcome::Unreadable;
                judged.findings.push(unreadable(file.name, file.text, index, &error));
                return judged;
            }
        };
        match Review::of_document(value.clone(), file.namespace, self.situation.clone()) {
            Ok(review) => self.reviews(&here, &review, &mut judged),
            Err(reason) => here.not_an_object(&value, &reason, &mut judged),
        }
        if judged.outcome == Outcome::Judged {
            here.problems(Built::Yes, &mut judged);
            self.suppress(&here, &mut judged);
        }
        judged
    }

    /// Whether no rule judges, or wants to know of, what this document holds. Then its value need not be built: a platform's
    /// CRDs are most of its bytes.
    fn is_of_no_concern(&self, document: &Document<'_>) -> bool {
        let Some((api_version, kind)) = document.header() else { return false };
        let may_be_list = kind.ends_with("List") || document.root().get("items", reading_of(document)).is_some();
        if api_version.is_empty() || kind.is_empty() || may_be_list {
            return false;
        }
        let is_inventory = !self.inventory_kinds.is_empty()
            && self.inventory_kinds.iter().any(|(known, wanted)| **known == *api_version && **wanted == *kind);
        !is_inventory && !self.evaluator.set().judges(&Gvk::new(&api_version, &kind))
    }

    fn reviews(&mut self, here: &Here<'_>, review: &Review, judged: &mut Judged) {
        judged.outcome = Outcome::Judged;
        let items = expand_list(&review.object);
        if items.is_none() && &*review.kind.kind == "List" && get(&review.object, "items").is_some() {
            let message = "the `items` of a List must be a list".to_owned();
            let path = Pointer(vec!["items".into()]);
            judged.findings.push(here.finding(&INVALID_MANIFEST, message, &path, &review.object));
        }
        self.review(here, review, &Pointer::root(), judged);
        for (at, item) in items.into_iter().flatten() {
            match Review::of_document(item.clone(), here.file.namespace, self.situation.clone()) {
                Ok(mut review) => {
                    review.is_list_item = true;
                    self.review(here, &review, &at, judged);
                }
                Err(reason) => judged.findings.push(here.finding(
                    &INVALID_MANIFEST,
                    format!("this item is no object: {reason}"),
                    &at,
                    &item,
                )),
            }
        }
    }

    fn review(&mut self, here: &Here<'_>, review: &Review, at: &Pointer, judged: &mut Judged) {
        if !self.inventory_kinds.is_empty() {
            let kind = (Arc::from(review.kind.api_version()), review.kind.kind.clone());
            let place = |wanted: &(Arc<str>, Arc<str>)| self.inventory_kinds.iter().position(|known| known == wanted);
            if let Some(place) = place(&kind) {
                judged.kept.push(review.clone());
                judged.kept_kinds.insert(place);
            }
            let needs = self.evaluator.set().needs(review);
            needs.inventory.iter().filter_map(place).for_each(|place| judged.wants.insert(place));
        }
        let verdict = self.evaluator.decide(review, self.facts);
        let first = judged.findings.len();
        here.record(verdict, review, at, judged);
        if self.wants_fixes {
            fix::propose(
                &mut self.evaluator,
                review,
                self.facts,
                at,
                judged.findings.get_mut(first..).unwrap_or_default(),
            );
        }
    }

    /// Applies exemptions in comments, and reports those that do not hold.
    fn suppress(&self, here: &Here<'_>, judged: &mut Judged) {
        // Comments are looked for only where one can be meant: finding them costs as much as parsing.
        let span = here.span;
        let text = here.file.text.as_str().get(span.start as usize..span.end as usize).unwrap_or_default();
        if !text.contains(Suppression::MARK) {
            return;
        }
        let mut suppressions = Suppression::of(here.file.text, here.document);
        if suppressions.is_empty() {
            return;
        }
        let service = self.evaluator.set().self_service();
        let today = self.situation.now.date_naive();
        let policy_of = |rule: &str| policy_of(self.evaluator.set(), rule);
        for suppression in &mut suppressions {
            suppression.name_policies(policy_of);
            let mut kept = Vec::new();
            for finding in std::mem::take(&mut judged.findings) {
                let blocks = enclosing_lines(here.file.text, here.document, here.reading, &finding.spot.path);
                let policy = policy_of(&finding.rule);
                let speaks = suppression.speaks_of(&policy, finding.spot.place.line, &blocks);
                match suppression.holds(&policy, service, today).filter(|_| speaks) {
                    Some(exemption) => judged.exempted.push(Exempted {
                        rule: finding.rule,
                        message: finding.message,
                        spot: finding.spot,
                        by: "comment".into(),
                        expires: exemption.until.to_string(),
                    }),
                    None => kept.push(finding),
                }
            }
            judged.findings = kept;
            for reason in suppression.refusals(service, today) {
                let mut finding = here.finding(
                    &SELF_EXEMPTION,
                    format!("this exemption does not hold: {reason}"),
                    &Pointer::root(),
                    &Value::Null,
                );
                finding.spot.place = place(here.file.text, suppression.span);
                judged.findings.push(finding);
            }
        }
    }
}

/// Whether a document's value was built, which would have failed on values that cannot be read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Built {
    Yes,
    No,
}

/// Backstage reads YAML 1.2; everything else here goes through Kubernetes' own reading.
pub(crate) fn reading_of(document: &Document<'_>) -> Reading {
    let is_backstage = document.header().is_some_and(|(api_version, _)| {
        let group = api_version.split('/').next().unwrap_or_default();
        group == "backstage.io" || group.ends_with(".backstage.io")
    });
    if is_backstage { Reading::Yaml12 } else { Reading::Kubernetes }
}

/// The finding for a document, or a whole file, that cannot be read.
pub(crate) fn unreadable(file: &Arc<str>, text: &SourceText, document: u32, error: &ReadError) -> Finding {
    let OwnRule { id: rule, level, severity, .. } = match error.kind {
        ReadErrorKind::UnrenderedTemplate => UNRENDERED_TEMPLATE,
        _ => INVALID_YAML,
    };
    let spot = Spot { file: file.clone(), document, place: place(text, error.span), path: String::new(), object: None };
    let message = error.to_string();
    let fingerprint = fingerprint(file, None, &Value::Null, rule, &Pointer::root(), &message);
    Finding {
        rule: rule.into(),
        level,
        severity,
        message,
        spot,
        related: Vec::new(),
        help: None,
        fix: None,
        fingerprint,
    }
}

/// A document in its file: turns pointers into spots.
struct Here<'h> {
    file: &'h InFile<'h>,
    document: &'h Document<'h>,
    reading: Reading,
    index: u32,
    span: Span,
}

impl Here<'_> {
    fn spot(&self, path: &Pointer, object: Option<Arc<ObjectRef>>) -> Spot {
        Spot {
            file: self.file.name.clone(),
            document: self.index,
            place: place_of(self.file.text, self.document, self.reading, path),
            path: path.to_string(),
            object,
        }
    }

    fn finding(&self, rule: &OwnRule, message: String, path: &Pointer, root: &Value) -> Finding {
        Finding {
            rule: rule.id.into(),
            level: rule.level,
            severity: rule.severity,
            fingerprint: fingerprint(self.file.name, None, root, rule.id, path, &message),
            message,
            spot: self.spot(path, None),
            related: Vec::new(),
            help: None,
            fix: None,
        }
    }

    fn record(&self, verdict: Verdict, review: &Review, at: &Pointer, judged: &mut Judged) {
        if verdict == Verdict::default() {
            return;
        }
        let object = Arc::new(object_ref(review));
        let print = |rule: &str, path: &Pointer, message: &str| {
            fingerprint(self.file.name, Some(&object), &review.object, rule, path, message)
        };
        for found in verdict.findings {
            judged.findings.push(Finding {
                fingerprint: print(&found.rule, &found.path, &found.message),
                spot: self.spot(&found.path.under(at), Some(object.clone())),
                related: found.related.iter().map(|path| self.related(&path.under(at), String::new())).collect(),
                rule: found.rule,
                level: found.level,
                severity: found.severity,
                message: found.message,
                help: None,
                fix: None,
            });
        }
        judged.undecided.extend(verdict.undecided.into_iter().map(|one| Undecided {
            spot: self.spot(&one.path.under(at), Some(object.clone())),
            rule: one.rule,
            reason: one.reason,
            effect: one.effect,
        }));
        judged.exempted.extend(verdict.exempted.into_iter().map(|one| Exempted {
            spot: self.spot(&one.finding.path.under(at), Some(object.clone())),
            rule: one.finding.rule,
            message: one.finding.message,
            by: one.by,
            expires: one.expires,
        }));
        judged.faults.extend(verdict.faults.into_iter().map(|one| Fault {
            rule: one.rule,
            kind: one.kind.as_str(),
            message: one.message,
            file: self.file.name.clone(),
            document: self.index,
        }));
    }

    fn related(&self, path: &Pointer, message: String) -> Related {
        Related { place: place_of(self.file.text, self.document, self.reading, path), path: path.to_string(), message }
    }

    /// A map that is meant to be a manifest and is none, or something else altogether.
    fn not_an_object(&self, value: &Value, reason: &NotAnObject, judged: &mut Judged) {
        let has = |key| get(value, key).is_some();
        let meant = *reason == NotAnObject::NoKind && (has("apiVersion") || has("kind")) && has("metadata");
        if !meant {
            return;
        }
        judged.outcome = Outcome::Unreadable;
        let missing = if has("kind") { "apiVersion" } else { "kind" };
        let message = if has("kind") && has("apiVersion") {
            "apiVersion and kind must be non-empty strings".to_owned()
        } else {
            format!("this looks like a manifest but has no {missing}")
        };
        judged.findings.push(self.finding(&INVALID_MANIFEST, message, &Pointer::root(), value));
    }

    /// What the reader noticed: duplicate keys, keys that are read as something else.
    fn problems(&self, built: Built, judged: &mut Judged) {
        for Problem { kind, span } in self.document.problems(self.reading) {
            let (OwnRule { id: rule, level, severity, .. }, message, first) = match kind {
                ProblemKind::DuplicateKey { key, first } => {
                    let message = format!(
                        "the key `{key}` stands here a second time; the cluster takes the last one, or refuses both"
                    );
                    (DUPLICATE_KEY, message, Some(first))
                }
                ProblemKind::KeyReadAs { written, read } => {
                    let message = format!("the key `{written}` is read as `{read}`; quote it if it is meant as text");
                    (AMBIGUOUS_KEY, message, None)
                }
                ProblemKind::Unreadable { reason, .. } if built == Built::No => (INVALID_YAML, reason, None),
                // The build fails on these and says so.
                _ => continue,
            };
            let spot = Spot {
                file: self.file.name.clone(),
                document: self.index,
                place: place(self.file.text, span),
                path: String::new(),
                object: None,
            };
            let related = first.map(|span| Related {
                place: place(self.file.text, span),
                path: String::new(),
                message: "first written here".to_owned(),
            });
            judged.findings.push(Finding {
                fingerprint: fingerprint(self.file.name, None, &Value::Null, rule, &Pointer::root(), &message),
                rule: rule.into(),
                level,
                severity,
                message,
                spot,
                related: related.into_iter().collect(),
                help: None,
                fix: None,
            });
        }
    }
}

fn object_ref(review: &Review) -> ObjectRef {
    let Gvk { kind, .. } = &review.kind;
    ObjectRef {
        api_version: review.kind.api_version(),
        kind: kind.to_string(),
        namespace: review.namespace.known().map(ToOwned::to_owned),
        name: review.name.as_deref().map(ToOwned::to_owned),
    }
}
