//! The fixes of one document: every object in it is asked for, what cannot be written is left out with its reason.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use platlint_engine::{
    EditOp, Evaluator, Facts, Gvk, MutationScope, PatchOp, Pointer, PolicyFault, Review, Segment, Situation, Value,
    ValueBuilder, expand_list,
};
use platlint_source::edit::{Change, Edited, edit};
use platlint_source::{Chunk, Document, Limits, Reading};

use super::value;
use crate::images::Images;
use crate::judge::{InFile, reading_of};
use crate::locate::{enclosing_lines, place_of};
use crate::report::Place;
use crate::suppress::{Suppression, policy_of};

/// A change that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Made {
    pub rule: Arc<str>,
    /// As a JSON pointer into the document.
    pub path: String,
}

/// A change that was left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Left {
    pub rule: Arc<str>,
    pub document: u32,
    /// As a JSON pointer into the document.
    pub path: String,
    pub place: Place,
    pub reason: String,
}

/// What fixes do to a document.
#[derive(Debug, Default)]
pub(super) struct DocumentFix {
    /// Where something is edited.
    pub edited: Option<Edited>,
    pub made: Vec<Made>,
    pub left: Vec<Left>,
    pub faults: Vec<PolicyFault>,
}

/// Fixes documents on one thread.
pub(super) struct DocumentFixer<'r> {
    pub evaluator: Evaluator,
    pub builder: ValueBuilder,
    pub situation: Situation,
    pub facts: &'r Facts,
    pub images: &'r Images,
    pub scope: MutationScope,
}

/// One object of the document, and what rules make of it.
struct Object {
    /// Where it stands in the document.
    at: Pointer,
    before: Value,
    after: Value,
    patch: Vec<PatchOp>,
    wishes: Vec<Wish>,
}

/// What one rule changes at one place, as seen from the document's root.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Wish {
    rule: Arc<str>,
    path: Pointer,
    op: EditOp,
}

impl Wish {
    /// What belongs together: the changes of one rule in one item of the innermost list, such as a container.
    fn unit(&self) -> (&str, &[Segment]) {
        let is_index = |segment: &Segment| matches!(segment, Segment::Index(_));
        let length = self.path.0.iter().rposition(is_index).map_or(0, |last| last + 1);
        (&self.rule, self.path.0.get(..length).unwrap_or_default())
    }
}

impl Object {
    /// The changes of the document without the wishes in `out`; wishes that cannot be told apart from those come back.
    fn changes<'w>(&'w self, out: &BTreeSet<&Wish>) -> (Vec<Change>, Vec<&'w Wish>) {
        let (out, open): (Vec<&Wish>, Vec<&Wish>) = self.wishes.iter().partition(|wish| out.contains(wish));
        if out.is_empty() {
            return (
                self.patch.iter().filter_map(|operation| value::change(operation, &self.at)).collect(),
                Vec::new(),
            );
        }
        // Where items go, places before and after are not the same.
        let moves = |wish: &Wish| wish.op == EditOp::Remove && matches!(wish.path.0.last(), Some(Segment::Index(_)));
        let moved = self.wishes.iter().any(moves);
        let (mixed, open): (Vec<&Wish>, Vec<&Wish>) =
            open.into_iter().partition(|wish| moved || out.iter().any(|other| other.path.starts_with(&wish.path)));
        let change = |wish: &Wish| {
            let path = wish.path.0.get(self.at.0.len()..).unwrap_or_default();
            match value::at(&self.after, path) {
                Some(value) => Some(Change::Set { at: value::path(&wish.path), value: value::tree(value)? }),
                None => value::at(&self.before, path).map(|_| Change::Remove { at: value::path(&wish.path) }),
            }
        };
        (open.into_iter().filter_map(change).collect(), mixed)
    }
}

/// So often changes are left out and the rest is tried again. Each time reads the document twice; the second is rarely
/// needed.
const MAX_TRIES: usize = 4;
/// Why a change is left out that has nothing wrong with it.
const MIXED: &str = "it cannot be told apart from a change that is left out";

impl DocumentFixer<'_> {
    /// The fixes of one document; none where it cannot be read or no rule has any.
    pub(super) fn fix(&mut self, file: &InFile<'_>, chunk: Chunk) -> DocumentFix {
        let Ok(document) = Document::parse(file.text.as_str(), chunk, &Limits::default()) else {
            return DocumentFix::default();
        };
        let reading = reading_of(&document);
        let mut fix = DocumentFix::default();
        let objects = self.objects(file, &document, reading, &mut fix.faults);
        let wishes: Vec<&Wish> = objects.iter().flat_map(|object| &object.wishes).collect();
        if wishes.is_empty() {
            return fix;
        }
        let here = Here { file, document: &document, reading, index: chunk.index };
        let mut out: BTreeSet<&Wish> = self.excused(&here, &wishes);
        for _ in 0..MAX_TRIES {
            let mut changes = Vec::new();
            let mut mixed = BTreeSet::new();
            for object in &objects {
                let (some, with_others) = object.changes(&out);
                changes.extend(some);
                mixed.extend(with_others);
            }
            let open = wishes.iter().copied().filter(|wish| !out.contains(wish) && !mixed.contains(wish));
            match edit(file.text.as_str(), &document, reading, &changes) {
                Ok(edited) if edited.refused.is_empty() => {
                    let made = |wish: &Wish| Made { rule: wish.rule.clone(), path: wish.path.to_string() };
                    fix.made = open.map(made).collect();
                    fix.left.extend(mixed.into_iter().map(|wish| here.left(wish, MIXED.to_owned())));
                    fix.edited = Some(edited).filter(|edited| !edited.edits.is_empty());
                    return fix;
                }
                Ok(edited) => {
                    let open: Vec<&Wish> = open.collect();
                    let refused = here.refused(&open, &edited, &mut fix.left);
                    if refused.is_empty() {
                        break;
                    }
                    out.extend(refused);
                }
                Err(error) => {
                    fix.left.extend(open.chain(mixed.iter().copied()).map(|wish| here.left(wish, error.to_string())));
                    return fix;
                }
            }
        }
        let open = wishes.into_iter().filter(|wish| !out.contains(wish));
        fix.left.extend(open.map(|wish| here.left(wish, MIXED.to_owned())));
        fix
    }

    /// The objects of the document that rules change.
    fn objects(
        &mut self,
        file: &InFile<'_>,
        document: &Document<'_>,
        reading: Reading,
        faults: &mut Vec<PolicyFault>,
    ) -> Vec<Object> {
        if self.is_of_no_concern(document, reading) {
            return Vec::new();
        }
        let Ok(value) = document.build(reading, &mut self.builder) else { return Vec::new() };
        let (found, are_items) = match expand_list(&value) {
            Some(items) => (items, true),
            None => (vec![(Pointer::root(), value)], false),
        };
        let mut objects = Vec::new();
        for (at, before) in found {
            let review = Review::of_document(before.clone(), file.namespace, self.situation.clone());
            let Ok(mut review) = review else { continue };
            review.is_list_item = are_items;
            let facts = self.images.facts(self.evaluator.set(), &review, self.facts).facts;
            let mutation = self.evaluator.mutate(&review, &facts, self.scope);
            faults.extend(mutation.faults);
            if mutation.patch.is_empty() {
                continue;
            }
            let wish = |change: platlint_engine::Change| Wish {
                rule: change.rule,
                path: change.path.under(&at),
                op: change.op,
            };
            let wishes: BTreeSet<Wish> = mutation.changes.into_iter().map(wish).collect();
            let wishes = wishes.into_iter().collect();
            objects.push(Object { at, before, after: mutation.object, patch: mutation.patch, wishes });
        }
        objects
    }

    fn is_of_no_concern(&self, document: &Document<'_>, reading: Reading) -> bool {
        let Some((api_version, kind)) = document.header() else { return false };
        let may_be_list = kind.ends_with("List") || document.root().get("items", reading).is_some();
        !may_be_list && !self.evaluator.set().judges(&Gvk::new(&api_version, &kind))
    }

    /// What a comment in the file excuses.
    fn excused<'w>(&self, here: &Here<'_>, wishes: &[&'w Wish]) -> BTreeSet<&'w Wish> {
        let span = here.document.chunk().span;
        if !span.slice(here.file.text.as_str()).contains(Suppression::MARK) {
            return BTreeSet::new();
        }
        let mut suppressions = Suppression::of(here.file.text, here.document);
        let set = self.evaluator.set();
        suppressions.iter_mut().for_each(|one| one.name_policies(|rule| policy_of(set, rule)));
        let today = self.situation.now.date_naive();
        let is_excused = |wish: &&Wish| {
            let line = here.place(&wish.path).line;
            let blocks = enclosing_lines(here.file.text, here.document, here.reading, &wish.path.to_string());
            let holds = |one: &Suppression| {
                one.speaks_of(&wish.rule, line, &blocks) && one.holds(&wish.rule, set.self_service(), today).is_some()
            };
            suppressions.iter().any(holds)
        };
        wishes.iter().copied().filter(is_excused).collect()
    }
}

/// A document in its file.
struct Here<'h> {
    file: &'h InFile<'h>,
    document: &'h Document<'h>,
    reading: Reading,
    index: u32,
}

impl Here<'_> {
    fn place(&self, path: &Pointer) -> Place {
        place_of(self.file.text, self.document, self.reading, path)
    }

    /// The wishes that were refused, with all that belong to them.
    fn refused<'w>(&self, open: &[&'w Wish], edited: &Edited, left: &mut Vec<Left>) -> Vec<&'w Wish> {
        let reason = |wish: &&Wish| {
            let path = value::path(&wish.path);
            edited.refused.iter().find(|refused| refused.at.touches(&path)).map(|refused| refused.reason.to_string())
        };
        let mut reasons: BTreeMap<(&str, &[Segment]), String> = BTreeMap::new();
        for wish in open {
            if let Some(reason) = reason(wish) {
                reasons.entry(wish.unit()).or_insert(reason);
            }
        }
        let mut found = Vec::new();
        for wish in open {
            if let Some(of_unit) = reasons.get(&wish.unit()) {
                left.push(self.left(wish, reason(wish).unwrap_or_else(|| of_unit.clone())));
                found.push(*wish);
            }
        }
        found
    }

    fn left(&self, wish: &Wish, reason: String) -> Left {
        Left {
            rule: wish.rule.clone(),
            document: self.index,
            path: wish.path.to_string(),
            place: self.place(&wish.path),
            reason,
        }
    }
}
