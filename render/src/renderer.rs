//! Which request goes to which program, each once per run.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use platlint_facts::Files;

use crate::{NotRendered, Outcome, Request, Settings, Target};

/// Renders the charts and kustomizations of one run. Used by many threads at once; each request is rendered once, however
/// often it is asked for.
pub struct Renderer {
    settings: Settings,
    files: Arc<dyn Files>,
}

impl Renderer {
    /// A renderer that sees only `files`, which must be those on disk.
    #[must_use]
    pub fn new(settings: Settings, files: Arc<dyn Files>) -> Self {
        Self { settings, files }
    }

    /// The charts and kustomizations among `inputs`, the files that the run reads, absolute; ordered by folder. Library
    /// charts, charts inside of a chart, and kustomizations that another one of the input includes are left out: they
    /// are rendered with what includes them. Components are rendered only so.
    #[must_use]
    pub fn find(&self, inputs: &[PathBuf]) -> Vec<Target> {
        let _ = (inputs, &self.settings);
        Vec::new()
    }

    /// Renders, or says why not.
    #[must_use]
    pub fn render(&self, request: &Request) -> Arc<Outcome> {
        let folder: &Path = match request {
            Request::Helm(request) => &request.chart,
            Request::Kustomize(request) => &request.folder,
        };
        let shown: Arc<str> = self.files.shown(folder).into();
        Arc::new(Outcome::NotRendered(NotRendered {
            target: shown.clone(),
            file: shown,
            line: 1,
            reason: "rendering is not built yet".to_owned(),
        }))
    }
}
