//! Everything that files of the input would make: rendered skeletons, generated Applications, charts and kustomizations, and
//! plain manifests put into the namespaces into which they are deployed.

use std::collections::{BTreeSet, HashMap};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use platlint_catalog::Platform;
use platlint_render::{Outcome, Renderer, Request, Tool};
use platlint_source::SourceText;

use super::deploying::Plan;
use super::sources::{Became, Fate, Sources, objects};
use super::{Made, Places, PlatformFiles, told};
use crate::input::{Content, InputFile};
use crate::report::{Finding, Undecided};

/// What was made.
#[derive(Default)]
pub(crate) struct MadeFiles {
    /// To be judged like files.
    pub files: Vec<InputFile>,
    /// What things are made of, which is judged as those.
    pub sources: Sources,
    /// Files, by position, that are judged where somebody deploys them.
    pub deployed: BTreeSet<usize>,
    /// What could not be rendered because it is wrong.
    pub findings: Vec<Finding>,
    /// What was not rendered.
    pub undecided: Vec<Undecided>,
}

/// The files of a run and where they lie.
pub(super) struct Input {
    /// Absolute and without links, in the same order; `None` for what does not lie on disk.
    pub paths: Vec<Option<PathBuf>>,
    /// Positions of those that lie on disk, by name.
    names: HashMap<Arc<str>, usize>,
}

impl Input {
    fn of(files: &[InputFile]) -> Self {
        // Most files share their folder with others, and following links takes calls of the system.
        let mut folders: HashMap<&Path, Option<PathBuf>> = HashMap::new();
        let mut paths: Vec<Option<PathBuf>> = Vec::with_capacity(files.len());
        for file in files {
            let path = file.path().and_then(|path| {
                let folder = folders.entry(path.parent()?).or_insert_with(|| file.folder()).as_ref()?;
                Some(folder.join(path.file_name()?))
            });
            paths.push(path);
        }
        let on_disk = files.iter().zip(&paths).enumerate().filter(|(_, (_, path))| path.is_some());
        let names = on_disk.map(|(position, (file, _))| (file.name.clone(), position)).collect();
        Self { paths, names }
    }

    /// The file on disk of this name.
    fn named(&self, name: &Arc<str>) -> Option<usize> {
        self.names.get(name).copied()
    }

    /// Positions of the files at such paths.
    fn positions(&self, is_meant: impl Fn(&Path) -> bool) -> impl Iterator<Item = usize> {
        let meant = self.paths.iter().enumerate().filter(move |(_, path)| path.as_deref().is_some_and(&is_meant));
        meant.map(|(position, _)| position)
    }

    /// Positions of the files below a folder, with their paths from there.
    pub(super) fn below<'i>(&'i self, folder: &'i Path) -> impl Iterator<Item = (usize, &'i Path)> {
        let path = move |(position, path): (usize, &'i Option<PathBuf>)| {
            Some((position, path.as_deref()?.strip_prefix(folder).ok()?))
        };
        self.paths.iter().enumerate().filter_map(path)
    }
}

impl PlatformFiles {
    /// Makes what the platform's files would make.
    pub(crate) fn make(&self, platform: &Platform, files: &[InputFile], threads: NonZeroUsize) -> MadeFiles {
        let input = Input::of(files);
        let mut made = MadeFiles::default();
        for generated in platform.generated() {
            made.add(&generated.name, &generated.text, Made::traced(&generated, Vec::new()), &input);
        }
        // Text of skeletons is no manifest, whether or not it could be filled in. That the reader says why not is no reason to
        // be silent here: the rule that tells it may be off.
        let skeleton_files = platform.skeleton_files();
        for (position, path) in input.paths.iter().enumerate() {
            if let Some(marks) = path.as_deref().and_then(|path| skeleton_files.get(path)) {
                made.sources.is_template(position, marks, Fate::Filled);
            }
        }
        let mut plan = Plan::of(platform.deployments(), &input, self);
        if let Some(settings) = &self.rendering {
            let renderer = Renderer::new(settings.clone(), self.files());
            let paths: Vec<PathBuf> = input.paths.iter().flatten().cloned().collect();
            plan.add(renderer.find(&paths));
            let requests: Vec<&Request> = plan.requests().collect();
            let outcomes = in_parallel(&requests, threads, |request| renderer.render(request));
            for (request, outcome) in requests.iter().zip(&outcomes) {
                made.take(request, outcome, &input);
            }
            let fragments = renderer.fragments(&paths, &requests);
            for position in input.positions(|path| fragments.contains(path)) {
                made.sources.is_fragment(position);
            }
        }
        for (position, namespace, maker) in plan.ways() {
            let Some(file) = files.get(position) else { continue };
            let how = Made::of_file(maker.clone(), file.name.clone(), Some(namespace.clone()));
            made.deployed.insert(position);
            made.files.push(InputFile { made: Some(Arc::new(how)), ..file.clone() });
        }
        let places = Places::of(files);
        made.undecided.extend(plan.not_followed().map(|open| told::not_followed(open, &places)));
        made
    }
}

impl MadeFiles {
    fn add(&mut self, name: &Arc<str>, text: &Arc<str>, how: Made, input: &Input) {
        for (kind, object, lines) in objects(&SourceText::from(text.to_string())) {
            for (file, lines) in how.sources_within(lines) {
                if let Some(position) = input.named(file) {
                    self.sources.became(position, Became { kind: kind.clone(), name: object.clone(), lines });
                }
            }
        }
        let content = Content::Bytes(text.as_bytes().into());
        self.files.push(InputFile { name: name.clone(), content, made: Some(Arc::new(how)) });
    }

    fn take(&mut self, request: &Request, outcome: &Outcome, input: &Input) {
        let (folder, tool) = match request {
            Request::Helm(request) => (&request.chart, Tool::Helm),
            Request::Kustomize(request) => (&request.folder, Tool::Kustomize),
        };
        match outcome {
            Outcome::Rendered(texts) => {
                for traced in texts {
                    let how = Made::traced(&traced.generated, traced.values.clone());
                    self.add(&traced.generated.name, &traced.generated.text, how, input);
                }
            }
            Outcome::NotRendered(open) => {
                let point = told::not_rendered(open, tool);
                if !self.undecided.contains(&point) {
                    self.undecided.push(point);
                }
            }
            Outcome::Failed(failure) => {
                let finding = told::failed(failure, tool);
                if !self.findings.contains(&finding) {
                    self.findings.push(finding);
                }
            }
        }
        if tool == Tool::Helm {
            let fate = if matches!(outcome, Outcome::Rendered(_)) { Fate::Rendered } else { Fate::Told };
            for (position, path) in input.below(folder) {
                if is_template(path) {
                    self.sources.is_template(position, &["{{"], fate);
                }
            }
        }
    }
}

/// Whether a path from a chart's folder is one of its templates, or of a chart in it.
fn is_template(path: &Path) -> bool {
    let mut parts = path.components().map(std::path::Component::as_os_str);
    let first = parts.next();
    first.is_some_and(|part| part == "templates")
        || first.is_some_and(|part| part == "charts") && parts.any(|part| part == "templates")
}

/// Does the same with every item on some threads; results in the items' order.
fn in_parallel<T: Sync, R: Send>(items: &[T], threads: NonZeroUsize, work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let results = Mutex::new(Vec::with_capacity(items.len()));
    std::thread::scope(|scope| {
        for _ in 0..threads.get().min(items.len()) {
            scope.spawn(|| {
                loop {
                    let position = next.fetch_add(1, Ordering::Relaxed);
                    let Some(item) = items.get(position) else { break };
                    let result = work(item);
                    results.lock().unwrap_or_else(PoisonError::into_inner).push((position, result));
                }
            });
        }
    });
    let mut results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    results.sort_by_key(|(position, _)| *position);
    results.into_iter().map(|(_, result)| result).collect()
}
