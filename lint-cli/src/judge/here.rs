//! A document in its file: turns what the engine says of an object, and what the reader noticed, into located findings.

use std::sync::Arc;

use platlint_engine::{Gvk, ImageUse, NotAnObject, Pointer, Related as RuleRelated, Review, Value, Verdict, get};
use platlint_facts::{Doc, DocId};
use platlint_source::{Document, Problem, ProblemKind, Reading, Span};

use super::{InFile, Judged, NamedImage, Outcome};
use crate::locate::{find_within, fingerprint, place, place_of};
use crate::own_rules::{AMBIGUOUS_KEY, DUPLICATE_KEY, INVALID_MANIFEST, INVALID_YAML, OwnRule};
use crate::platform::Places;
use crate::report::{Exempted, Fault, Finding, ObjectRef, Place, Related, Spot, Undecided};

/// Whether a document's value was built, which would have failed on values that cannot be read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Built {
    Yes,
    No,
}

/// A document in its file: turns pointers into spots.
pub(super) struct Here<'h> {
    pub file: &'h InFile<'h>,
    pub document: &'h Document<'h>,
    pub reading: Reading,
    pub index: u32,
    pub span: Span,
    pub places: &'h Places<'h>,
}

impl Here<'_> {
    /// An object as readers of platform files see it.
    pub(super) fn doc(&self, review: &Review, at: &Pointer) -> Doc {
        Doc {
            id: DocId { file: self.file.name.clone(), document: self.index, at: at.clone() },
            gvk: review.kind.clone(),
            object: review.object.clone(),
            folder: self.file.folder.cloned(),
            maker: self.file.made.map(|made| made.maker.clone()),
            namespace: review.namespace.known().map(Into::into),
        }
    }

    fn spot(&self, path: &Pointer, object: Option<Arc<ObjectRef>>) -> Spot {
        Spot {
            file: self.file.name.clone(),
            document: self.index,
            place: place_of(self.file.text, self.document, self.reading, path),
            path: path.to_string(),
            object,
            origin: None,
        }
    }

    pub(super) fn finding(&self, rule: &OwnRule, message: String, path: &Pointer, root: &Value) -> Finding {
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

    pub(super) fn record(&self, verdict: Verdict, review: &Review, at: &Pointer, judged: &mut Judged) {
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
                spot: self.narrowed(&found.path.under(at), found.text.as_deref(), Some(object.clone())),
                related: found.related.into_iter().map(|related| self.related(related, at)).collect(),
                rule: found.rule,
                level: found.level,
                severity: found.severity,
                message: found.message,
                help: None,
                fix: None,
            });
        }
        judged.undecided.extend(verdict.undecided.into_iter().map(|one| Undecided {
            spot: self.narrowed(&one.path.under(at), one.text.as_deref(), Some(object.clone())),
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

    /// Images with their places.
    pub(super) fn named(
        &self,
        images: Vec<ImageUse>,
        review: &Review,
        at: &Pointer,
    ) -> impl Iterator<Item = NamedImage> {
        let object = Arc::new(object_ref(review));
        images.into_iter().map(move |image| {
            let spot = self.spot(&image.path.under(at), Some(object.clone()));
            NamedImage { image, spot: Some(spot) }
        })
    }

    fn related(&self, related: RuleRelated, at: &Pointer) -> Related {
        match related {
            RuleRelated::Here(path) => {
                let path = path.under(at);
                let place = place_of(self.file.text, self.document, self.reading, &path);
                Related { file: None, place, path: path.to_string(), message: String::new() }
            }
            RuleRelated::Elsewhere { file, document, at, path, message } => {
                let doc = DocId { file, document, at };
                let place = self.places.field(&doc, &path);
                self.elsewhere(doc.file, place, path.under(&doc.at).to_string(), message)
            }
            RuleRelated::Line { file, line, message } => {
                let place = self.places.line(&file, line);
                self.elsewhere(file, place, String::new(), message)
            }
        }
    }

    /// A place that is perhaps in another file: another document of the same file can be shown beside the first.
    fn elsewhere(&self, file: Arc<str>, place: Place, path: String, message: Option<Arc<str>>) -> Related {
        let file = Some(file).filter(|file| file != self.file.name);
        Related { file, place, path, message: message.map_or_else(String::new, |message| message.to_string()) }
    }

    /// The spot of a field, or of a part of its text where the field holds it as it is written.
    fn narrowed(&self, path: &Pointer, part: Option<&str>, object: Option<Arc<ObjectRef>>) -> Spot {
        let spot = self.spot(path, object);
        let part = part.filter(|part| !part.is_empty());
        let found = part.and_then(|part| find_within(self.file.text, self.document, self.reading, path, part));
        Spot { place: found.unwrap_or(spot.place), ..spot }
    }

    /// A map that is meant to be a manifest and is none, or something else altogether.
    pub(super) fn not_an_object(&self, value: &Value, reason: &NotAnObject, judged: &mut Judged) {
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
    pub(super) fn problems(&self, built: Built, judged: &mut Judged) {
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
                origin: None,
            };
            let related = first.map(|span| Related {
                file: None,
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
