//! All entities of a run: gathered by [`Builder`], then asked by rules and by the graph through [`Index`].

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, OnceLock};

use platlint_engine::{Gvk, Pointer, Segment, Value, map_of};
use platlint_facts::{Doc, DocId, Domain, Edge, Files, Node, NodeKind, Note, Notes, Target};
use serde_json::{Value as Json, json};

use crate::cycle::{Arrow, cycles};
use crate::digest::{self, Digest, Reference};
use crate::kind;
use crate::names::Names;
use crate::resolve::{Meaning, Named, meaning, named, namespace_of, references};
use crate::{CYCLE, DEPENDENCY_CYCLE, DUPLICATE, annotation, envelope, location, secret, snapshot};

/// What the configuration adds to the input.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Snapshots of the catalog, parsed: each a list of entities, an answer of the catalog's API (`{"items": […]}`), or one
    /// entity. Empty where none is configured: then what is not in the input may still exist. A snapshot that is
    /// configured but holds nothing is an empty list.
    pub known: Vec<Value>,
}

/// Gathers the entities of a run.
pub struct Builder {
    settings: Settings,
    docs: Vec<(Arc<Doc>, Digest)>,
}

impl Builder {
    /// Nothing but what the configuration knows.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self { settings, docs: Vec::new() }
    }

    /// Adds a document of the input.
    pub fn add(&mut self, doc: Arc<Doc>) {
        let digest = Digest::of(&doc, false);
        self.add_digested(doc, digest);
    }

    /// Adds a document of the input whose digest was made before.
    pub fn add_digested(&mut self, doc: Arc<Doc>, digest: Digest) {
        self.docs.push((doc, digest));
    }

    /// All documents were added; `files` are those around them.
    #[must_use]
    pub fn finish(self, files: Arc<dyn Files>) -> Index {
        let Self { settings, mut docs } = self;
        docs.sort_by(|(left, _), (right, _)| left.id.cmp(&right.id));
        let snapshot = snapshot::read(&settings.known);
        let knowledge = match (settings.known.is_empty(), snapshot.is_complete) {
            (true, _) => Knowledge::Input,
            (_, false) => Knowledge::Part,
            (_, true) => Knowledge::All,
        };
        let most = docs.len() + snapshot.entities.len();
        let mut index = Index {
            files,
            numbers: HashMap::with_capacity(most),
            entities: Vec::with_capacity(most),
            names: OnceLock::new(),
            knowledge,
            suggests: true,
            cycles: HashMap::new(),
            docs: Vec::with_capacity(docs.len()),
        };
        // Those of each entity, by its number.
        let mut references = Vec::with_capacity(most);
        // Those of documents that say what another says too, or have no name by now.
        let mut others = Vec::new();
        for (number, (doc, digest)) in docs.into_iter().enumerate() {
            let Digest { named, references: own, shown } = digest;
            let is_new = named.is_some_and(|named| index.add(named, &doc.object, shown, Some(number)));
            if is_new { &mut references } else { &mut others }.push(own);
            index.docs.push(doc);
        }
        for (named, object) in snapshot.entities {
            let gvk = Gvk::of(object);
            let (group, kind) = gvk.as_ref().map_or((kind::CATALOG, ""), |gvk| (&*gvk.group, &*gvk.kind));
            if index.add(named, object, None, None) {
                references.push(Digest::read(None, group, kind, object, false).references);
            }
        }
        let Arrows { of_relation, missing } = index.arrows(&references, &others);
        index.suggests = missing.len() <= MOST_SUGGESTIONS;
        index.cycles = index.find_cycles(of_relation);
        index
    }
}

/// Where more different references lead nowhere than this, something else is wrong than spelling, and looking for what was
/// meant takes time.
const MOST_SUGGESTIONS: usize = 1_000;

/// What is known of the catalog beyond the input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Knowledge {
    /// Nothing.
    Input,
    /// A snapshot that says itself that it is not the whole catalog.
    Part,
    /// All of it.
    All,
}

/// What references lead to.
#[derive(Default)]
struct Arrows {
    /// Those along which nothing may come back to where it began.
    of_relation: BTreeMap<&'static str, Vec<Arrow>>,
    /// What files of the input name although it does not exist.
    missing: BTreeSet<String>,
}

/// One entity.
struct Entity {
    /// Its reference in full and in lower case.
    canonical: Arc<str>,
    object: Value,
    /// What rules see of it, where that is known already.
    shown: Option<Value>,
    /// Where it stands in the input: documents by number, in order; none for those of a snapshot.
    docs: Vec<usize>,
}

/// What is known of the catalog in a run.
pub struct Index {
    /// In the order of files.
    docs: Vec<Arc<Doc>>,
    files: Arc<dyn Files>,
    /// Each entity's place among them, by its reference in full and in lower case.
    numbers: HashMap<Arc<str>, usize>,
    /// Those of the input in the order of files, then those that only the snapshot has.
    entities: Vec<Entity>,
    /// Made when the first name is looked for that does not exist.
    names: OnceLock<Names>,
    pub(crate) knowledge: Knowledge,
    /// Whether it is worth looking for what was meant.
    pub(crate) suggests: bool,
    /// What to say of cycles, at the entity where each begins.
    cycles: HashMap<DocId, Vec<(&'static str, Note)>>,
}

impl Index {
    /// `data.catalog.entities`: every entity of the snapshot and of the input by its reference in full and in lower case,
    /// with `kind`, `metadata` and `spec`. `None` where no snapshot is configured, since then nobody knows what is missing.
    pub fn entities_value(&self) -> Option<Value> {
        if self.knowledge != Knowledge::All {
            return None;
        }
        let mut all = Value::new_object();
        let map = all.as_object_mut().ok()?;
        for Entity { canonical, object, shown, .. } in &self.entities {
            let seen = shown.clone().unwrap_or_else(|| digest::shown(object));
            map.insert(Value::String(canonical.clone()), seen);
        }
        Some(all)
    }

    /// Adds an object as an entity, with the number of its document in the input. Whether there was none of this name.
    fn add(&mut self, named: Named, object: &Value, shown: Option<Value>, doc: Option<usize>) -> bool {
        let canonical: Arc<str> = named.canonical.into();
        let number = *self.numbers.entry(canonical.clone()).or_insert(self.entities.len());
        if let Some(known) = self.entities.get_mut(number) {
            known.docs.extend(doc);
            return false;
        }
        self.entities.push(Entity { canonical, object: object.clone(), shown, docs: doc.into_iter().collect() });
        true
    }

    /// The names of all entities.
    pub(crate) fn names(&self) -> &Names {
        self.names.get_or_init(|| {
            let mut names = Names::default();
            for Entity { canonical, object, .. } in &self.entities {
                let shown = platlint_facts::str_at(object, &["metadata", "name"]);
                names.add(&Named::of(canonical.to_string()), shown.unwrap_or_default());
            }
            names.sort();
            names
        })
    }

    /// Whether an entity exists.
    pub(crate) fn target(&self, named: &Named) -> Target {
        match (self.numbers.contains_key(&*named.canonical), self.knowledge) {
            (true, _) => Target::Exists,
            (false, Knowledge::All) => Target::Missing,
            (false, _) => Target::Unknown,
        }
    }

    /// What all references lead to: those of each entity, by its number, and those of other documents.
    fn arrows(&self, references: &[Vec<Reference>], others: &[Vec<Reference>]) -> Arrows {
        let mut arrows = Arrows::default();
        for reference in others.iter().flatten().filter(|_| self.knowledge == Knowledge::All) {
            if self.target(&reference.to) == Target::Missing {
                arrows.missing.insert(reference.to.canonical.clone());
            }
        }
        for (own, (entity, references)) in self.entities.iter().zip(references).enumerate() {
            for reference in references {
                let Some(other) = self.numbers.get(&*reference.to.canonical).copied() else {
                    if self.knowledge == Knowledge::All && !entity.docs.is_empty() {
                        arrows.missing.insert(reference.to.canonical.clone());
                    }
                    continue;
                };
                let (relation, is_reversed) = kind::forward(reference.field.relation);
                if !matches!(relation, "dependsOn" | "childOf" | "partOf") {
                    continue;
                }
                let (from, to) = if is_reversed { (other, own) } else { (own, other) };
                let site = entity.docs.first().map(|doc| reference.site(*doc));
                arrows.of_relation.entry(relation).or_default().push(Arrow { from, to, site });
            }
        }
        arrows
    }

    /// What to say of cycles, at the entity where each begins.
    fn find_cycles(&self, arrows: BTreeMap<&'static str, Vec<Arrow>>) -> HashMap<DocId, Vec<(&'static str, Note)>> {
        let mut notes: HashMap<DocId, Vec<(&'static str, Note)>> = HashMap::new();
        for (relation, arrows) in arrows {
            for way in cycles(self.entities.len(), &arrows) {
                let names = way.iter().chain(way.first()).filter_map(|arrow| self.entities.get(arrow.from));
                let names: Vec<&str> = names.map(|entity| &*entity.canonical).collect();
                let sites = way.iter().filter_map(|arrow| arrow.site);
                let mut sites = sites.filter_map(|site| Some((&self.docs.get(site.doc)?.id, site.path())));
                let Some((id, path)) = sites.next() else { continue };
                let related: Vec<Json> = sites.map(|(id, path)| place(id, &path)).collect();
                let note = Note::at(path).with("relation", relation).with("entities", names);
                let code = if relation == "dependsOn" { DEPENDENCY_CYCLE } else { CYCLE };
                notes.entry(id.clone()).or_default().push((code, note.with("related", related)));
            }
        }
        notes
    }

    fn note_duplicates(&self, doc: &Doc, named: &Named, notes: &mut Notes) {
        let number = self.numbers.get(&*named.canonical).copied();
        let Some(entity) = number.and_then(|number| self.entities.get(number)) else { return };
        let Some((first, others)) = entity.docs.split_first() else { return };
        let Some(first) = self.docs.get(*first).map(|first| &first.id) else { return };
        // Both lists are in the order of files.
        let own = self.docs.partition_point(|known| known.id < doc.id);
        let nearest = others.get(others.partition_point(|number| *number < own));
        let is_other = nearest.and_then(|number| self.docs.get(*number)).is_some_and(|known| known.id == doc.id);
        if is_other && !named.canonical.contains(platlint_facts::SAMPLE) {
            let name = platlint_facts::path_of(&["metadata", "name"]);
            let other = place(first, &name);
            notes.problem(
                DUPLICATE,
                Note::at(name)
                    .with("ref", named.canonical.as_str())
                    .with("file", &*first.file)
                    .with("related", vec![other]),
            );
        }
    }
}

/// A place in a document, as a rule hands it on.
fn place(id: &DocId, path: &Pointer) -> Json {
    json!({"file": &*id.file, "document": id.document, "at": steps(&id.at), "path": steps(path)})
}

/// A path as a list of keys and indexes.
fn steps(path: &Pointer) -> Vec<Json> {
    let step = |segment: &Segment| match segment {
        Segment::Index(index) => json!(index),
        Segment::Key(key) => json!(&**key),
    };
    path.0.iter().map(step).collect()
}

/// The node of an entity in the graph.
fn node(named: &Named) -> Node {
    let kind = if named.kind() == "template" { NodeKind::Template } else { NodeKind::Entity };
    Node { kind, name: named.canonical.as_str().into() }
}

impl Domain for Index {
    fn note(&self, doc: &Doc, notes: &mut Notes) {
        if !crate::concerns(&doc.gvk) {
            return;
        }
        envelope::check(doc, notes);
        self.note_references(doc, notes);
        if let Some(named) = named(doc) {
            self.note_duplicates(doc, &named, notes);
            let parts = [
                ("kind", named.kind()),
                ("name", named.name()),
                ("namespace", named.namespace()),
                ("ref", &named.canonical),
            ];
            notes.fact("entity", || map_of(parts.map(|(key, part)| (Value::from(key), Some(Value::from(part))))));
        }
        for (code, cycle) in self.cycles.get(&doc.id).into_iter().flatten() {
            notes.problem(code, cycle.clone());
        }
        location::check(doc, &*self.files, notes);
        annotation::check(doc, notes);
        secret::check(doc, notes);
    }

    fn edges(&self) -> Vec<Edge> {
        let mut edges = Vec::new();
        for doc in &self.docs {
            let Some(own) = named(doc) else { continue };
            let namespace = namespace_of(&doc.object);
            for written in references(&doc.gvk.group, &doc.gvk.kind, &doc.object) {
                if let Meaning::Entity(named) = meaning(written.text, written.field, &namespace) {
                    edges.push(Edge {
                        from: node(&own),
                        relation: written.field.relation,
                        to: node(&named),
                        target: self.target(&named),
                        at: Some((doc.id.clone(), written.path())),
                    });
                }
            }
        }
        edges
    }
}
