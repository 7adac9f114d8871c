//! The first pass of a run, and what turns up in it: documents that tell something of others are read together, and what
//! they would make joins the files.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use platlint_catalog::Graph;
use platlint_engine::{Facts, Inventory};
use platlint_facts::Doc;

use super::{Gathered, Part, Results, Run};
use crate::input::InputFile;
use crate::judge::{Asked, Judged, Outcome};
use crate::platform::{Around, MadeFiles, PlatformFiles, told};
use crate::report::{Finding, Undecided};

/// What the first pass came to.
pub(super) struct First<'f> {
    /// The files, and behind them what they would make.
    pub files: Cow<'f, [InputFile]>,
    /// How many of them somebody wrote.
    pub written: usize,
    /// What was judged; what waits for others among it.
    pub results: Results,
    /// Findings for files that cannot be read.
    pub broken: BTreeMap<usize, Finding>,
    /// What is known beside the documents, as far as it is by now.
    pub gathered: Gathered,
    /// What cannot be rendered because it is wrong.
    pub findings: Vec<Finding>,
    /// What was not rendered.
    pub undecided: Vec<Undecided>,
}

impl Run {
    /// Judges what waits for nobody, reads platform files together, and judges what they would make.
    pub(super) fn first<'f>(&self, files: &'f [InputFile]) -> First<'f> {
        let mut gathered = Gathered::default();
        let around = self.platform.as_ref().map_or(Around::Silent, PlatformFiles::first);
        let (mut results, mut broken) = self.pass(files, &gathered, around, Part::All, Asked::VerdictOrImages);
        let written = files.len();
        let Some(platform_files) = &self.platform else {
            let (findings, undecided) = (Vec::new(), Vec::new());
            return First { files: Cow::Borrowed(files), written, results, broken, gathered, findings, undecided };
        };
        let left = wanted_definitions(&results, platform_files.may_make(files));
        if !left.is_empty() {
            let around = platform_files.over_definitions();
            let (read, _) = self.pass(files, &gathered, around, Part::Documents(&left), Asked::VerdictOrImages);
            results.extend(read);
        }
        let platform = platform_files.read(results.values_mut().flat_map(|judged| judged.docs.drain(..)));
        let MadeFiles { files: made, sources, deployed, findings, mut undecided } =
            platform_files.make(&platform, files, self.threads);
        gathered.entities = platform.entities();
        gathered.facts = Facts::new(&Inventory::default(), gathered.entities.clone());
        gathered.platform = Some(platform);
        gathered.sources = sources.no_manifests();
        let mut left_out = sources.left_out(files);
        undecided.extend(left_out.untold.iter().filter_map(|position| files.get(*position)).map(told::not_put_out));
        // The configuration's word on a namespace stands beside that of whoever deploys the file.
        let says_nothing =
            |position: &usize| files.get(*position).is_some_and(|file| self.namespace_of(file).is_none());
        left_out.files.extend(deployed.into_iter().filter(says_nothing));
        results.retain(|document, _| !left_out.has(*document));
        broken.retain(|file, _| !left_out.files.contains(file));
        let mut all = Cow::Borrowed(files);
        if !made.is_empty() {
            all.to_mut().extend(made);
            let part = Part::From(written);
            let (judged, unreadable) = self.pass(&all, &gathered, gathered.around(), part, Asked::VerdictOrImages);
            results.extend(judged);
            broken.extend(unreadable);
        }
        First { files: all, written, results, broken, gathered, findings, undecided }
    }

    /// How the things of these files hang together, and what of them cannot be read and is not in it.
    pub(crate) fn graph(&self, around: &PlatformFiles, files: &[InputFile]) -> (Graph, Vec<Finding>) {
        let gathering = Around::Gathered { all: true, catalog: false, definitions: true };
        let (results, broken) = self.pass(files, &Gathered::default(), gathering, Part::All, Asked::Verdict);
        let mut unread: Vec<Finding> = broken.into_values().collect();
        let mut read = Vec::new();
        for judged in results.into_values() {
            if judged.outcome == Outcome::Unreadable {
                unread.extend(judged.findings);
            }
            read.extend(judged.docs);
        }
        let docs: Vec<Arc<Doc>> = read.iter().map(|read| read.doc.clone()).collect();
        (around.read(read).graph(&docs), unread)
    }
}

/// Definitions that were left unread and that somebody wants: of kinds of which there are objects, or all of them where
/// objects of any kind may still be made: by compositions, by templates, by what is deployed, or by what else `makes` some.
fn wanted_definitions(results: &Results, makes: bool) -> BTreeSet<(usize, u32)> {
    let is_maker = |doc: &Doc| {
        doc.is("apiextensions.crossplane.io", "Composition")
            || doc.is("scaffolder.backstage.io", "Template")
            || platlint_catalog::deploys(&doc.gvk)
    };
    let composes = makes || results.values().flat_map(|judged| &judged.docs).any(|read| is_maker(&read.doc));
    let groups: BTreeSet<&Arc<str>> = results.values().flat_map(|judged| &judged.awaits_platform).collect();
    let is_wanted =
        |judged: &Judged| judged.definition_of.as_ref().is_some_and(|group| composes || groups.contains(group));
    results.iter().filter(|(_, judged)| is_wanted(judged)).map(|(key, _)| *key).collect()
}
