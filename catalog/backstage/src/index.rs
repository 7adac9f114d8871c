//! All entities of a run: gathered by [`Builder`], then asked by rules and by the graph through [`Index`].

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use platlint_engine::{Pointer, Segment, Value, get};
use platlint_facts::{Doc, DocId, Domain, Edge, Files, Node, NodeKind, Note, Notes, Target};
use serde_json::{Value as Json, json};

use crate::cycle::{Arrow, cycles};
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
    docs: Vec<Arc<Doc>>,
}

impl Builder {
    /// Nothing but what the configuration knows.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self { settings, docs: Vec::new() }
    }

    /// Adds a document of the input.
    pub fn add(&mut self, doc: Arc<Doc>) {
        self.docs.push(doc);
    }

    /// All documents were added; `files` are those around them.
    #[must_use]
    pub fn finish(self, files: Arc<dyn Files>) -> Index {
        let Self { settings, mut docs } = self;
        docs.sort_by(|left, right| left.id.cmp(&right.id));
        let snapshot = snapshot::read(&settings.known);
        let knowledge = match (settings.known.is_empty(), snapshot.is_complete) {
            (true, _) => Knowledge::Input,
            (_, false) => Knowledge::Part,
            (_, true) => Knowledge::All,
        };
        let mut entities: HashMap<Arc<str>, Entity> = HashMap::with_capacity(docs.len() + snapshot.entities.len());
        let mut names = Names::default();
        for doc in &docs {
            let Some(named) = named(doc) else { continue };
            let entity = entities.entry(named.canonical.as_str().into()).or_insert_with(|| {
                names.add(&named, doc.name().unwrap_or_default());
                Entity {
                    kind: doc.gvk.kind.clone(),
                    group: doc.gvk.group.clone(),
                    object: doc.object.clone(),
                    docs: Vec::new(),
                }
            });
            entity.docs.push(doc.id.clone());
        }
        for (named, object) in snapshot.entities {
            entities.entry(named.canonical.as_str().into()).or_insert_with(|| {
                names.add(&named, platlint_facts::str_at(object, &["metadata", "name"]).unwrap_or_default());
                Entity::known(object)
            });
        }
        names.sort();
        let mut index = Index { docs, files, entities, names, knowledge, suggests: true, cycles: HashMap::new() };
        index.suggests = index.missing() <= MOST_SUGGESTIONS;
        index.cycles = index.find_cycles();
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

/// One entity.
struct Entity {
    group: Arc<str>,
    kind: Arc<str>,
    object: Value,
    /// Where it stands in the input, in order; nowhere for those of a snapshot.
    docs: Vec<DocId>,
}

impl Entity {
    fn known(object: &Value) -> Self {
        let gvk = platlint_engine::Gvk::of(object);
        Self {
            group: gvk.as_ref().map_or_else(|| kind::CATALOG.into(), |gvk| gvk.group.clone()),
            kind: gvk.map_or_else(|| "".into(), |gvk| gvk.kind),
            object: object.clone(),
            docs: Vec::new(),
        }
    }
}

/// What is known of the catalog in a run.
pub struct Index {
    docs: Vec<Arc<Doc>>,
    files: Arc<dyn Files>,
    entities: HashMap<Arc<str>, Entity>,
    pub(crate) names: Names,
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
        for (canonical, entity) in &self.entities {
            let mut shown = Value::new_object();
            let fields = shown.as_object_mut().ok()?;
            for key in ["kind", "metadata", "spec"] {
                if let Some(value) = get(&entity.object, key) {
                    fields.insert(Value::from(key), value.clone());
                }
            }
            map.insert(Value::String(canonical.clone()), shown);
        }
        Some(all)
    }

    /// Whether an entity exists.
    pub(crate) fn target(&self, named: &Named) -> Target {
        match (self.entities.contains_key(&*named.canonical), self.knowledge) {
            (true, _) => Target::Exists,
            (false, Knowledge::All) => Target::Missing,
            (false, _) => Target::Unknown,
        }
    }

    /// How many different entities are named that do not exist.
    fn missing(&self) -> usize {
        if self.knowledge != Knowledge::All {
            return 0;
        }
        let mut missing = BTreeSet::new();
        for doc in &self.docs {
            let namespace = namespace_of(&doc.object);
            for written in references(&doc.gvk.group, &doc.gvk.kind, &doc.object) {
                if let Meaning::Entity(named) = meaning(written.text, written.field, &namespace)
                    && self.target(&named) == Target::Missing
                {
                    missing.insert(named.canonical);
                }
            }
        }
        missing.len()
    }

    fn find_cycles(&self) -> HashMap<DocId, Vec<(&'static str, Note)>> {
        let mut order: Vec<&str> = self.entities.keys().map(|canonical| &**canonical).collect();
        order.sort_unstable();
        let numbers: HashMap<&str, usize> = order.iter().enumerate().map(|(number, name)| (*name, number)).collect();
        let mut arrows: HashMap<&'static str, Vec<Arrow>> = HashMap::new();
        for (canonical, entity) in &self.entities {
            let Some(own) = numbers.get(&**canonical).copied() else { continue };
            let namespace = namespace_of(&entity.object);
            for written in references(&entity.group, &entity.kind, &entity.object) {
                let (relation, is_reversed) = kind::forward(written.field.relation);
                if !matches!(relation, "dependsOn" | "childOf" | "partOf") {
                    continue;
                }
                let Meaning::Entity(named) = meaning(written.text, written.field, &namespace) else { continue };
                let Some(other) = numbers.get(&*named.canonical).copied() else { continue };
                let (from, to) = if is_reversed { (other, own) } else { (own, other) };
                let site = entity.docs.first().map(|id| (id.clone(), written.path()));
                arrows.entry(relation).or_default().push(Arrow { from, to, site });
            }
        }
        let mut notes: HashMap<DocId, Vec<(&'static str, Note)>> = HashMap::new();
        for (relation, arrows) in arrows {
            for way in cycles(order.len(), &arrows) {
                let names = way.iter().chain(way.first()).filter_map(|arrow| order.get(arrow.from).copied());
                let names: Vec<&str> = names.collect();
                let mut sites = way.iter().filter_map(|arrow| arrow.site.as_ref());
                let Some((id, path)) = sites.next() else { continue };
                let related: Vec<Json> = sites.map(|(id, path)| place(id, path)).collect();
                let note = Note::at(path.clone()).with("relation", relation).with("entities", names);
                let code = if relation == "dependsOn" { DEPENDENCY_CYCLE } else { CYCLE };
                notes.entry(id.clone()).or_default().push((code, note.with("related", related)));
            }
        }
        notes
    }

    fn note_duplicates(&self, doc: &Doc, named: &Named, notes: &mut Notes) {
        let Some(entity) = self.entities.get(&*named.canonical) else { return };
        let Some((first, others)) = entity.docs.split_first() else { return };
        if others.contains(&doc.id) && !named.canonical.contains(platlint_facts::SAMPLE) {
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
            let entity = json!({
                "ref": named.canonical, "kind": named.kind(), "namespace": named.namespace(), "name": named.name(),
            });
            notes.fact("entity", entity);
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
