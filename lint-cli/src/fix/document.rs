//! The fixes of one document: every object in it is asked for, what cannot be written is left out with its reason.

use std::collections::BTreeSet;
use std::sync::Arc;

use platlint_engine::{
    Evaluator, Facts, Gvk, MutationScope, PatchOp, Pointer, PolicyFault, Review, Segment, expand_list,
};
use platlint_engine::{Situation, ValueBuilder};
use platlint_source::edit::{Change, EditError, Edited, edit};
use platlint_source::{Chunk, Document, Limits, Reading};

use super::propose::touch;
use super::value;
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
    pub scope: MutationScope,
}

/// What rules want of one object of the document.
#[derive(Default)]
struct Wanted {
    operations: Vec<(PatchOp, Pointer)>,
    changes: Vec<Wish>,
}

/// What one rule changes at one place, as seen from the document's root.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Wish {
    rule: Arc<str>,
    path: Pointer,
}

impl Wish {
    /// What belongs together: the changes of one rule in one item of the innermost list, such as a container.
    fn unit(&self) -> (&str, &[Segment]) {
        let is_index = |segment: &Segment| matches!(segment, Segment::Index(_));
        let length = self.path.0.iter().rposition(is_index).map_or(0, |last| last + 1);
        (&self.rule, self.path.0.get(..length).unwrap_or_default())
    }
}

/// So often changes are left out and the rest is tried again. Each time reads the document twice; the second is rarely
/// needed.
const MAX_TRIES: usize = 4;

impl DocumentFixer<'_> {
    /// The fixes of one document; none where it cannot be read or no rule has any.
    pub(super) fn fix(&mut self, file: &InFile<'_>, chunk: Chunk) -> DocumentFix {
        let Ok(document) = Document::parse(file.text.as_str(), chunk, &Limits::default()) else {
            return DocumentFix::default();
        };
        let reading = reading_of(&document);
        let mut fix = DocumentFix::default();
        let wanted = self.wanted(file, &document, reading, &mut fix.faults);
        if wanted.operations.is_empty() {
            return fix;
        }
        let here = Here { file, document: &document, reading, index: chunk.index };
        let excused = self.excused(&here, &wanted);
        let mut out: BTreeSet<&Wish> = excused.into_iter().collect();
        for _ in 0..MAX_TRIES {
            match here.attempt(&wanted, &out) {
                Ok(edited) if edited.refused.is_empty() => {
                    let made = wanted.changes.iter().filter(|wish| !out.contains(wish));
                    fix.made = made.map(|wish| Made { rule: wish.rule.clone(), path: wish.path.to_string() }).collect();
                    fix.edited = Some(edited).filter(|edited| !edited.edits.is_empty());
                    return fix;
                }
                Ok(edited) => {
                    let refused = here.refused(&wanted, &edited, &out, &mut fix.left);
                    if refused.is_empty() {
                        break;
                    }
                    out.extend(refused);
                }
                Err(error) => {
                    let open: Vec<&Wish> = wanted.changes.iter().filter(|wish| !out.contains(wish)).collect();
                    fix.left.extend(open.into_iter().map(|wish| here.left(wish, error.to_string())));
                    return fix;
                }
            }
        }
        let open: Vec<&Wish> = wanted.changes.iter().filter(|wish| !out.contains(wish)).collect();
        let reason = "it cannot be separated from changes that are refused";
        fix.left.extend(open.into_iter().map(|wish| here.left(wish, reason.to_owned())));
        fix
    }

    /// What the rules want of each object of the document.
    fn wanted(
        &mut self,
        file: &InFile<'_>,
        document: &Document<'_>,
        reading: Reading,
        faults: &mut Vec<PolicyFault>,
    ) -> Wanted {
        let mut wanted = Wanted::default();
        if self.is_of_no_concern(document, reading) {
            return wanted;
        }
        let Ok(value) = document.build(reading, &mut self.builder) else { return wanted };
        let (objects, are_items) = match expand_list(&value) {
            Some(items) => (items, true),
            None => (vec![(Pointer::root(), value)], false),
        };
        for (at, object) in objects {
            let Ok(mut review) = Review::of_document(object, file.namespace, self.situation.clone()) else { continue };
            review.is_list_item = are_items;
            let mutation = self.evaluator.mutate(&review, self.facts, self.scope);
            faults.extend(mutation.faults);
            wanted.operations.extend(mutation.patch.into_iter().map(|operation| (operation, at.clone())));
            let wishes = mutation.changes.into_iter();
            wanted.changes.extend(wishes.map(|change| Wish { rule: change.rule, path: change.path.under(&at) }));
        }
        wanted.changes.sort();
        wanted.changes.dedup();
        wanted
    }

    fn is_of_no_concern(&self, document: &Document<'_>, reading: Reading) -> bool {
        let Some((api_version, kind)) = document.header() else { return false };
        let may_be_list = kind.ends_with("List") || document.root().get("items", reading).is_some();
        !may_be_list && !self.evaluator.set().judges(&Gvk::new(&api_version, &kind))
    }

    /// What a comment in the file excuses.
    fn excused<'w>(&self, here: &Here<'_>, wanted: &'w Wanted) -> Vec<&'w Wish> {
        let span = here.document.chunk().span;
        if !span.slice(here.file.text.as_str()).contains(Suppression::MARK) {
            return Vec::new();
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
        wanted.changes.iter().filter(is_excused).collect()
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

    /// Edits with all operations but those in which a wish of `out` has a part.
    fn attempt(&self, wanted: &Wanted, out: &BTreeSet<&Wish>) -> Result<Edited, EditError> {
        let is_in = |(operation, at): &&(PatchOp, Pointer)| {
            let path = operation.path().under(at);
            !out.iter().any(|wish| touch(&wish.path, &path))
        };
        let changes: Vec<Change> =
            wanted.operations.iter().filter(is_in).filter_map(|(operation, at)| value::change(operation, at)).collect();
        edit(self.file.text.as_str(), self.document, self.reading, &changes)
    }

    /// The wishes that were refused, with all that belong to them.
    fn refused<'w>(
        &self,
        wanted: &'w Wanted,
        edited: &Edited,
        out: &BTreeSet<&Wish>,
        left: &mut Vec<Left>,
    ) -> Vec<&'w Wish> {
        let reason = |wish: &Wish| {
            let path = value::path(&wish.path);
            edited.refused.iter().find(|refused| refused.at.touches(&path)).map(|refused| refused.reason.to_string())
        };
        let open = || wanted.changes.iter().filter(|wish| !out.contains(wish));
        let mut found = Vec::new();
        for wish in open() {
            let of_unit = || open().filter(|other| other.unit() == wish.unit());
            if let Some(reason) = reason(wish).or_else(|| of_unit().find_map(reason)) {
                left.push(self.left(wish, reason));
                found.push(wish);
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
