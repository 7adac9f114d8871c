//! Judging one document: read, reviewed, decided, and every finding put in its place.

mod here;
mod judged;

use std::path::Path;
use std::sync::Arc;

use platlint_catalog::Digested;
use platlint_engine::{Evaluator, Facts, Gvk, Pointer, Review, Situation, Value, ValueBuilder, expand_list, get};
use platlint_source::{Chunk, Document, Limits, ReadError, ReadErrorKind, Reading, SourceText};

use self::here::{Built, Here};
pub(crate) use self::judged::{Asked, Judged, KindSet, NamedImage, Outcome, Waiting};
use crate::fix;
use crate::images::{Images, Known};
use crate::locate::{enclosing_lines, fingerprint, place};
use crate::own_rules::{INVALID_MANIFEST, INVALID_YAML, OwnRule, SELF_EXEMPTION, UNRENDERED_TEMPLATE};
use crate::platform::{Around, Made, Places, exempt};
use crate::report::{Exempted, Finding, Spot};
use crate::suppress::{Suppression, policy_of};

/// Judges documents on one thread.
pub(crate) struct Judge<'r> {
    evaluator: Evaluator,
    builder: ValueBuilder,
    limits: Limits,
    situation: Situation,
    facts: &'r Facts,
    images: &'r Images,
    around: Around<'r>,
    places: &'r Places<'r>,
    inventory_kinds: std::collections::BTreeSet<(Arc<str>, Arc<str>)>,
    asked: Asked,
}

/// The file a document stands in.
pub(crate) struct InFile<'f> {
    pub name: &'f Arc<str>,
    pub text: &'f SourceText,
    pub namespace: Option<&'f str>,
    /// Absolute; `None` for what does not lie on disk.
    pub folder: Option<&'f Arc<Path>>,
    /// Who made it, where nobody wrote it.
    pub made: Option<&'f Made>,
}

impl<'r> Judge<'r> {
    pub(crate) fn new(
        evaluator: Evaluator,
        situation: Situation,
        facts: &'r Facts,
        images: &'r Images,
        (around, places): (Around<'r>, &'r Places<'r>),
        asked: Asked,
    ) -> Self {
        let inventory_kinds = evaluator.set().inventory_kinds();
        Self {
            evaluator,
            builder: ValueBuilder::default(),
            limits: Limits::default(),
            situation,
            facts,
            images,
            around,
            places,
            inventory_kinds,
            asked,
        }
    }

    /// Whether readers of platform files are asked, who want to know where a file lies.
    pub(crate) const fn wants_folders(&self) -> bool {
        !matches!(self.around, Around::Silent)
    }

    /// Judges one document of a file, and tells where a person can mend what was found.
    pub(crate) fn judge(&mut self, file: &InFile<'_>, chunk: Chunk) -> Judged {
        let mut judged = self.judge_as_it_stands(file, chunk);
        if let Some(made) = file.made {
            judged.findings.iter_mut().for_each(|finding| made.tell(finding, file.text, self.places));
            let open = judged.undecided.iter_mut().map(|point| &mut point.spot);
            let spots = open.chain(judged.exempted.iter_mut().map(|exempted| &mut exempted.spot));
            spots.for_each(|spot| made.tell_spot(spot, file.text, self.places));
            if made.loses_comments() {
                exempt(&mut judged, self.evaluator.set(), self.situation.now.date_naive(), self.places);
            }
        }
        judged
    }

    fn judge_as_it_stands(&mut self, file: &InFile<'_>, chunk: Chunk) -> Judged {
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
        let here = Here { file, document: &document, reading, index, span, places: self.places };
        judged.definition_of = self.unread_definition(&document, reading);
        if judged.definition_of.is_some() || self.is_of_no_concern(&document) {
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

    /// The group of a custom resource definition that is not read yet, because nobody may want it.
    fn unread_definition(&self, document: &Document<'_>, reading: Reading) -> Option<Arc<str>> {
        let (api_version, kind) = document.header()?;
        let kind = Gvk::new(&api_version, &kind);
        let is_left = self.around.leaves_definitions()
            && (&*kind.group, &*kind.kind) == ("apiextensions.k8s.io", "CustomResourceDefinition")
            && !self.evaluator.set().judges(&kind);
        if !is_left {
            return None;
        }
        let group = document.root().get("spec", reading)?.get("group", reading)?.text();
        Some(group.into())
    }

    /// Whether no rule judges, or wants to know of, what this document holds. Then its value need not be built: a platform's
    /// CRDs are most of its bytes.
    fn is_of_no_concern(&self, document: &Document<'_>) -> bool {
        if self.asked == Asked::Images {
            return false;
        }
        let Some((api_version, kind)) = document.header() else { return false };
        let may_be_list = kind.ends_with("List") || document.root().get("items", reading_of(document)).is_some();
        if api_version.is_empty() || kind.is_empty() || may_be_list {
            return false;
        }
        let is_inventory = !self.inventory_kinds.is_empty()
            && self.inventory_kinds.iter().any(|(known, wanted)| **known == *api_version && **wanted == *kind);
        let kind = Gvk::new(&api_version, &kind);
        !is_inventory && !self.around.gathers(&kind) && !self.evaluator.set().judges(&kind)
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
        if self.asked == Asked::Images {
            let images = self.evaluator.set().images(review);
            judged.images.extend(here.named(images, review, at));
            return;
        }
        let around = self.around;
        let gathered = around.gathers(&review.kind).then(|| Arc::new(here.doc(review, at)));
        judged.docs.extend(gathered.clone().map(|doc| Digested::of(doc, around.knows_catalog())));
        let doc = || gathered.unwrap_or_else(|| Arc::new(here.doc(review, at)));
        let awaits_platform = self.around.is_awaited(self.evaluator.set(), review);
        let Known { facts, missing, allowed } = self.images.facts(self.evaluator.set(), review, self.facts);
        if awaits_platform || (!missing.is_empty() && self.asked == Asked::VerdictOrImages) {
            judged.images.extend(missing.into_iter().map(|image| NamedImage { image, spot: None }));
            judged.awaits_images |= !awaits_platform;
            if awaits_platform {
                judged.awaits_platform.insert(review.kind.group.clone());
                judged.waiting.push(Waiting { review: review.clone(), doc: doc() });
            }
            return;
        }
        let facts = self.around.tell(self.evaluator.set(), facts, review, doc);
        judged.allowed.extend(allowed);
        let verdict = self.evaluator.decide(review, &facts);
        let first = judged.findings.len();
        here.record(verdict, review, at, judged);
        if self.asked == Asked::VerdictWithFixes {
            let found = judged.findings.get_mut(first..).unwrap_or_default();
            fix::propose(&mut self.evaluator, review, &facts, at, found);
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
    let spot = Spot {
        file: file.clone(),
        document,
        place: place(text, error.span),
        path: String::new(),
        object: None,
        origin: None,
    };
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
