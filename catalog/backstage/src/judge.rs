//! What there is to say of the references of an entity: whether they can be read, whether what they name exists and is of a
//! kind that makes sense, and what may have been meant.

use std::sync::LazyLock;

use platlint_engine::{Value, map_of};
use platlint_facts::{Doc, Note, Notes, Target};

use crate::index::{Index, Knowledge};
use crate::placeholder::is_templated;
use crate::reference::{EntityRef, RefError};
use crate::resolve::{Later, Malformed, Meaning, Named, Written, meaning, namespace_of, references};
use crate::{DANGLING, DANGLING_OWNER, INVALID, MALFORMED, WRONG_KIND, WRONG_KIND_OWNER};

/// The keys of what rules see of a reference: made once, since every reference of a run has them.
static KEYS: LazyLock<[Value; 6]> =
    LazyLock::new(|| ["field", "path", "problem", "ref", "status", "suggestion"].map(Value::from));

/// What the rule owner-annotation calls settled.
const OWNER: &str = "owner";

/// Names that stand for nobody, in lower case, as the rule owner-annotation has them where nothing is configured.
pub const NOBODY: [&str; 26] = [
    "todo",
    "tbd",
    "tba",
    "fixme",
    "xxx",
    "changeme",
    "change-me",
    "change_me",
    "replaceme",
    "replace-me",
    "placeholder",
    "unknown",
    "undefined",
    "unassigned",
    "unowned",
    "none",
    "nobody",
    "null",
    "nil",
    "n/a",
    "na",
    "owner",
    "example",
    "my-team",
    "your-team",
    "team-name",
];

fn is_nobody(text: &str) -> bool {
    // The rule compares in lower case, of which ASCII's is only a part.
    let is_other = || !text.is_ascii() && NOBODY.contains(&&*text.to_lowercase());
    NOBODY.iter().any(|name| name.eq_ignore_ascii_case(text)) || is_other()
}

fn is_owner(written: &Written<'_>) -> bool {
    written.field.relation == "ownedBy"
}

/// What there is to say of one reference.
struct Judged {
    /// What it names, in full.
    canonical: Option<String>,
    /// Whether that exists: `exists`, `missing`, `unknown`.
    status: &'static str,
    /// What may have been meant.
    suggestion: Option<String>,
    /// Why an owner can be no entity, whatever the catalog holds.
    problem: Option<&'static str>,
}

impl Index {
    /// Whether the owner of an entity exists and can own something. An item of a list owns nothing, whatever it names, and who
    /// is called like nobody may be nobody: of these the rule about owners has to be asked.
    pub fn settles(&self, doc: &Doc) -> bool {
        let namespace = namespace_of(&doc.object);
        let mut references = references(&doc.gvk.group, &doc.gvk.kind, &doc.object);
        references.any(|written| {
            let names_owner = is_owner(&written) && written.index.is_none() && !is_nobody(written.text);
            names_owner
                && matches!(meaning(written.text, written.field, &namespace), Meaning::Entity(named)
                    if !named.is_of_wrong_kind(written.field) && named.is_possible() && self.target(&named) == Target::Exists)
        })
    }

    /// Notes every reference, that the owner is settled, and the facts `references` and `owner`.
    pub(crate) fn note_references(&self, doc: &Doc, notes: &mut Notes) {
        let namespace = namespace_of(&doc.object);
        if self.settles(doc) {
            notes.settled(OWNER);
        }
        let mut seen: Vec<Value> = Vec::new();
        for written in references(&doc.gvk.group, &doc.gvk.kind, &doc.object) {
            let judged = self.judge(&written, &namespace, is_owner(&written), notes);
            if !notes.wants_facts() {
                continue;
            }
            let Judged { canonical, status, suggestion, problem } = judged;
            let [at_field, at_path, at_problem, at_ref, at_status, at_suggestion] = &*KEYS;
            let fact = [
                (at_field, Some(written.field.key.into())),
                (at_path, Some(written.steps())),
                (at_ref, canonical.map(Value::from)),
                (at_status, Some(status.into())),
                (at_suggestion, suggestion.map(Value::from)),
            ];
            let entry = |(key, value): (&Value, Option<Value>)| (key.clone(), value);
            if is_owner(&written) && written.index.is_none() {
                let problem = (at_problem, problem.map(Value::from));
                notes.fact("owner", || map_of(fact.iter().cloned().chain([problem]).map(entry)));
            }
            seen.push(map_of(fact.into_iter().map(entry)));
        }
        if !seen.is_empty() {
            notes.fact("references", || seen);
        }
    }

    /// Notes one reference.
    ///
    /// Of owners the rule owner-annotation speaks, which has the catalog and the fact `owner`: what is filled in later and what
    /// is no reference is left to it. Only that nobody knows whether an owner exists is noted here.
    fn judge(&self, written: &Written<'_>, namespace: &str, is_owner: bool, notes: &mut Notes) -> Judged {
        let (dangling, wrong_kind) = if is_owner { (DANGLING_OWNER, WRONG_KIND_OWNER) } else { (DANGLING, WRONG_KIND) };
        let about = |note: Note| note.with("field", written.field.key).with("value", &**written.text);
        let judged =
            |canonical: Option<String>, status, suggestion| Judged { canonical, status, suggestion, problem: None };
        // The schema, or the rule about owners, says that it is empty.
        let is_told = || is_owner || notes.problems(INVALID).iter().any(|note| *note.path() == written.path());
        if written.text.is_empty() && is_told() {
            return judged(None, "missing", None);
        }
        let named = match meaning(written.text, written.field, namespace) {
            Meaning::Entity(named) => named,
            Meaning::Later(later) => {
                // A sample stands where a person would choose something that exists.
                if later == Later::Template && !(is_owner && is_templated(written.text)) {
                    notes.unknown(dangling, written.path(), "it is filled in by a software template");
                }
                return judged(None, "unknown", None);
            }
            Meaning::Malformed(malformed) => {
                let suggestion = self.with_kind(written, namespace, malformed);
                if !is_owner {
                    let note = about(Note::at(written.path())).with("problem", word(malformed));
                    notes.problem(MALFORMED, note.suggestion(suggestion.clone()));
                }
                return Judged {
                    problem: self.of_owner(is_owner, word(malformed)),
                    ..judged(None, "missing", suggestion)
                };
            }
        };
        let target = self.target(&named);
        let note = || about(Note::at(written.path())).with("ref", named.canonical.as_str());
        if named.is_of_wrong_kind(written.field) {
            // Another name is not what was meant: the kind is wrong.
            let suggestion = self.meant(written, &named, namespace).filter(|meant| {
                EntityRef::parse(meant).is_ok_and(|meant| meant.name.eq_ignore_ascii_case(named.name()))
            });
            let note = note().with("kind", named.kind()).with("allowed", written.field.allowed.to_vec());
            notes.problem(wrong_kind, note.suggestion(suggestion.clone()));
            return judged(Some(named.canonical), status(target), suggestion);
        }
        let mut suggestion = None;
        match target {
            Target::Exists => {}
            Target::Missing => {
                suggestion = self.meant(written, &named, namespace);
                notes.problem(dangling, note().with("kind", named.kind()).suggestion(suggestion.clone()));
            }
            // No catalog has an entity of such a name, whatever else is in it.
            Target::Unknown if !named.is_possible() => {
                if !is_owner {
                    notes.problem(MALFORMED, note().with("problem", "name"));
                }
                let problem = self.of_owner(is_owner, "name");
                return Judged { problem, ..judged(Some(named.canonical), "missing", None) };
            }
            Target::Unknown => notes.unknown(dangling, written.path(), self.reason()),
        }
        judged(Some(named.canonical), status(target), suggestion)
    }

    /// What the fact `owner` says of an owner that is no reference. Where the catalog is known, it is told as not being in it.
    fn of_owner(&self, is_owner: bool, problem: &'static str) -> Option<&'static str> {
        (is_owner && self.knowledge != Knowledge::All).then_some(problem)
    }

    /// Why it is not known whether an entity exists.
    const fn reason(&self) -> &'static str {
        match self.knowledge {
            Knowledge::Input => "the catalog is not known beyond these files",
            Knowledge::Part | Knowledge::All => "the snapshot of the catalog is one page of several",
        }
    }

    /// What a reference that leads nowhere may have meant, as it would be written there.
    fn meant(&self, written: &Written<'_>, named: &Named, namespace: &str) -> Option<String> {
        let field = written.field;
        if !self.suggests {
            return None;
        }
        let own_kind = [named.kind()];
        let kinds = if field.allowed.is_empty() { &own_kind[..] } else { field.allowed };
        let meant = self.names().nearest(named, kinds).or_else(|| {
            // With another kind than was written.
            field.allowed.is_empty().then(|| self.names().nearest(named, &[])).flatten()
        })?;
        let wrote = EntityRef::parse(written.text).ok();
        let is_default = field.default_kind.is_some_and(|kind| kind.eq_ignore_ascii_case(meant.kind));
        let wrote_kind = wrote.is_some_and(|wrote| wrote.kind.is_some());
        let wrote_namespace = wrote.is_some_and(|wrote| wrote.namespace.is_some());
        let is_own = meant.namespace.eq_ignore_ascii_case(namespace);
        let text = EntityRef {
            kind: (wrote_kind || !is_default).then_some(meant.kind),
            namespace: (wrote_namespace || !is_own).then_some(meant.namespace),
            name: meant.name,
        };
        Some(text.to_string()).filter(|text| *text != **written.text)
    }

    /// A reference without a kind, with the kind of the only entity that has this name.
    fn with_kind(&self, written: &Written<'_>, namespace: &str, malformed: Malformed) -> Option<String> {
        if malformed != Malformed::NoKind {
            return None;
        }
        let reference = EntityRef::parse(written.text).ok()?;
        let mut found = ["component", "resource", "api", "system"].into_iter().filter(|kind| {
            let named = Named::new(kind, reference.namespace.unwrap_or(namespace), reference.name);
            self.target(&named) == Target::Exists
        });
        let kind = found.next().filter(|_| found.next().is_none())?;
        Some(EntityRef { kind: Some(kind), ..reference }.to_string())
    }
}

fn word(malformed: Malformed) -> &'static str {
    match malformed {
        Malformed::Form(RefError::EmptyKind) => "empty-kind",
        Malformed::Form(RefError::EmptyNamespace) => "empty-namespace",
        Malformed::Form(RefError::EmptyName) => "empty-name",
        Malformed::NoKind => "no-kind",
    }
}

const fn status(target: Target) -> &'static str {
    match target {
        Target::Exists => "exists",
        Target::Missing => "missing",
        Target::Unknown => "unknown",
    }
}
