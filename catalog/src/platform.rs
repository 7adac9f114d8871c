//! The readers together.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use platlint_engine::{Gvk, PolicySet, Review, Value};
use platlint_facts::{Doc, Domain, Edge, Files, Generated, Notes};

use crate::graph::Graph;
use crate::running::{deployed_by, held, runs_as, workloads};

/// What the configuration adds to the input, by reader.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Known entities.
    pub backstage: platlint_backstage::Settings,
    /// Actions and filters of the installation.
    pub scaffolder: platlint_scaffolder::Settings,
    /// Definitions beyond the input.
    pub crossplane: platlint_crossplane::Settings,
    /// Checkouts and clusters.
    pub gitops: platlint_gitops::Settings,
}

/// Whether documents of this kind tell something of others, so that the index needs them.
pub fn concerns(kind: &Gvk) -> bool {
    platlint_backstage::concerns(kind)
        || platlint_scaffolder::concerns(kind)
        || platlint_crossplane::concerns(kind)
        || platlint_gitops::concerns(kind)
}

/// Whether a rule wants to know what platform files say of the review's object. Of an entity, what the catalog says is that.
pub fn asks(set: &PolicySet, review: &Review) -> bool {
    set.wants_platform(&review.kind) || (concerns(&review.kind) && set.needs(review).catalog)
}

/// A document of the input with what can be read of it by itself, so that reading all of them together is short.
#[derive(Debug)]
pub struct Digested {
    /// The document.
    pub doc: Arc<Doc>,
    entity: Option<platlint_backstage::Digest>,
}

impl Digested {
    /// Reads a document; `knows_catalog` where the configuration says what the catalog holds.
    #[must_use]
    pub fn of(doc: Arc<Doc>, knows_catalog: bool) -> Self {
        let is_entity = platlint_backstage::concerns(&doc.gvk);
        let entity = is_entity.then(|| platlint_backstage::Digest::of(&doc, knows_catalog));
        Self { doc, entity }
    }
}

/// Gathers documents. Their order does not matter.
pub struct PlatformBuilder {
    backstage: platlint_backstage::Builder,
    scaffolder: platlint_scaffolder::Builder,
    crossplane: platlint_crossplane::Builder,
    gitops: platlint_gitops::Builder,
}

impl PlatformBuilder {
    /// Nothing but what the configuration knows.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self {
            backstage: platlint_backstage::Builder::new(settings.backstage),
            scaffolder: platlint_scaffolder::Builder::new(settings.scaffolder),
            crossplane: platlint_crossplane::Builder::new(settings.crossplane),
            gitops: platlint_gitops::Builder::new(settings.gitops),
        }
    }

    /// Hands a document to the readers that it concerns.
    pub fn add(&mut self, doc: Digested) {
        let Digested { doc, entity } = doc;
        if let Some(digest) = entity {
            self.backstage.add_digested(doc.clone(), digest);
        }
        if platlint_scaffolder::concerns(&doc.gvk) {
            self.scaffolder.add(doc.clone());
        }
        if platlint_crossplane::concerns(&doc.gvk) {
            self.crossplane.add(doc.clone());
        }
        if platlint_gitops::concerns(&doc.gvk) {
            self.gitops.add(doc);
        }
    }

    /// Everything is there; `files` are what may be looked at around it.
    #[must_use]
    pub fn finish(self, files: &Arc<dyn Files>) -> Platform {
        Platform {
            backstage: self.backstage.finish(files.clone()),
            scaffolder: self.scaffolder.finish(files.clone()),
            crossplane: self.crossplane.finish(files.clone()),
            gitops: self.gitops.finish(files.clone()),
            files: files.clone(),
        }
    }
}

/// What is known of a platform. Only read, by any number of threads.
pub struct Platform {
    backstage: platlint_backstage::Index,
    scaffolder: platlint_scaffolder::Index,
    crossplane: platlint_crossplane::Index,
    gitops: platlint_gitops::Index,
    files: Arc<dyn Files>,
}

impl Platform {
    fn domains(&self) -> [&dyn Domain; 4] {
        [&self.backstage, &self.scaffolder, &self.crossplane, &self.gitops]
    }

    /// What is to be said of an object: `input.platform`.
    pub fn facts(&self, doc: &Doc) -> Arc<Value> {
        self.noted(doc, Notes::default())
    }

    /// The part of it by which is known whether any rule has something to say: no neutral facts. `None` where nothing is
    /// settled: then nearly every object has some rule that is asked.
    pub fn codes(&self, doc: &Doc) -> Option<Arc<Value>> {
        self.backstage.settles(doc).then(|| self.noted(doc, Notes::without_facts()))
    }

    fn noted(&self, doc: &Doc, mut notes: Notes) -> Arc<Value> {
        for domain in self.domains() {
            domain.note(doc, &mut notes);
        }
        notes.into_shared()
    }

    /// The catalog as rules see it under `data.catalog.entities`; `None` where nobody said what it holds.
    pub fn entities(&self) -> Option<Value> {
        self.backstage.entities_value()
    }

    /// Documents that templates and generators of the input would make, in order.
    pub fn generated(&self) -> Vec<Generated> {
        self.domains().into_iter().flat_map(Domain::generated).collect()
    }

    /// Files, by absolute path, that templates of the input fill in, each with the marks of its template engine.
    pub fn skeleton_files(&self) -> BTreeMap<&Path, BTreeSet<&'static str>> {
        self.scaffolder.skeleton_files()
    }

    /// What applications deploy from checkouts at hand.
    pub fn deployments(&self) -> Vec<platlint_gitops::Deployment> {
        self.gitops.deployments()
    }

    /// How everything hangs together: what the readers know, which of `docs` are deployed from which folder, and what of it
    /// components name as theirs.
    pub fn graph(&self, docs: &[Arc<Doc>]) -> Graph {
        let edges = self.domains().into_iter().flat_map(Domain::edges);
        // Which kinds are claims is known only now.
        let mut edges: Vec<Edge> = edges.chain(docs.iter().flat_map(|doc| self.crossplane.edges_of(doc))).collect();
        edges.extend(deployed_by(docs, &edges));
        let deployments = self.deployments();
        let workloads = workloads(&deployments, docs);
        edges.extend(held(&workloads, &*self.files));
        edges.extend(runs_as(docs, &workloads));
        Graph::of(edges)
    }
}
