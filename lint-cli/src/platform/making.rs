//! Everything that files of the input would make: rendered skeletons, generated Applications, charts and kustomizations, and
//! plain manifests put into the namespaces into which they are deployed.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use platlint_catalog::Platform;
use platlint_render::{Outcome, Renderer, Request, Tool};

use super::deploying::{Plan, Way};
use super::{Made, PlatformFiles, told};
use crate::input::{Content, InputFile};
use crate::report::{Finding, Undecided};

/// What was made.
#[derive(Default)]
pub(crate) struct MadeFiles {
    /// To be judged like files.
    pub files: Vec<InputFile>,
    /// Files, by position, that are judged as what is made of them and not as they stand.
    pub sources: BTreeSet<usize>,
    /// Files, by position, that are judged where somebody deploys them.
    pub deployed: BTreeSet<usize>,
    /// What could not be rendered because it is wrong.
    pub findings: Vec<Finding>,
    /// What was not rendered.
    pub undecided: Vec<Undecided>,
}

/// The files of a run and where they lie.
pub(super) struct Input<'f> {
    /// As they are named.
    pub files: &'f [InputFile],
    /// Absolute and without links, in the same order; `None` for what does not lie on disk.
    pub paths: Vec<Option<PathBuf>>,
}

impl<'f> Input<'f> {
    fn of(files: &'f [InputFile]) -> Self {
        let path = |file: &InputFile| {
            let folder = file.folder()?;
            Some(folder.join(file.path()?.file_name()?))
        };
        Self { files, paths: files.iter().map(path).collect() }
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
            let how = Made::traced(&generated, Vec::new());
            let sources: BTreeSet<&Arc<str>> = how.sources().collect();
            let replaced = files.iter().enumerate().filter(|(_, file)| sources.contains(&file.name));
            made.sources.extend(replaced.map(|(position, _)| position));
            made.add(generated.name.clone(), &generated.text, how);
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
            let is_fragment = |path: &Option<PathBuf>| path.as_ref().is_some_and(|path| fragments.contains(path));
            made.sources.extend(input.paths.iter().enumerate().filter(|(_, path)| is_fragment(path)).map(|(at, _)| at));
        }
        for Way { position, maker, namespace, .. } in plan.ways() {
            let Some(file) = files.get(*position) else { continue };
            let how = Made::of_file(maker.clone(), file.name.clone(), Some(namespace.clone()));
            made.deployed.insert(*position);
            made.files.push(InputFile { made: Some(Arc::new(how)), ..file.clone() });
        }
        made.undecided.extend(plan.undecided());
        made
    }
}

impl MadeFiles {
    fn add(&mut self, name: Arc<str>, text: &str, how: Made) {
        let content = Content::Bytes(text.as_bytes().into());
        self.files.push(InputFile { name, content, made: Some(Arc::new(how)) });
    }

    fn take(&mut self, request: &Request, outcome: &Outcome, input: &Input<'_>) {
        let (folder, tool) = match request {
            Request::Helm(request) => (&request.chart, Tool::Helm),
            Request::Kustomize(request) => (&request.folder, Tool::Kustomize),
        };
        match outcome {
            Outcome::Rendered(texts) => {
                for traced in texts {
                    let how = Made::traced(&traced.generated, traced.values.clone());
                    let sources: BTreeSet<&Arc<str>> = how.sources().collect();
                    let named = input.files.iter().enumerate().filter(|(_, file)| sources.contains(&file.name));
                    self.sources.extend(named.map(|(position, _)| position));
                    self.add(traced.generated.name.clone(), &traced.generated.text, how);
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
        // Source of a template engine is no manifest, whatever became of it. A plain manifest that was not rendered is one,
        // wherever it lies.
        if tool == Tool::Helm {
            let is_template = |position: usize| {
                let text = input.files.get(position).and_then(|file| file.read().ok());
                text.is_some_and(|text| text.as_str().contains("{{"))
            };
            let in_templates = |path: &Path| path.components().any(|part| part.as_os_str() == "templates");
            let sources = input.below(folder).filter(|(position, path)| in_templates(path) && is_template(*position));
            self.sources.extend(sources.map(|(position, _)| position));
        }
    }
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
