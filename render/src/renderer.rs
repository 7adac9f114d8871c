//! Which request goes to which program, each once per run.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use platlint_facts::Files;

use crate::budget::Budget;
use crate::helm::Helm;
use crate::kustomize::{Kustomize, fragments};
use crate::tools::{self, Installed};
use crate::{Outcome, Program, Request, Settings, Target, Tool, discover, told};

/// Renders the charts and kustomizations of one run. Used by many threads at once; each request is rendered once, however
/// often it is asked for.
pub struct Renderer {
    settings: Settings,
    budget: Budget,
    files: Arc<dyn Files>,
    helm: OnceLock<Result<Installed, String>>,
    kustomize: OnceLock<Result<Installed, String>>,
    rendered: Mutex<HashMap<Request, Arc<OnceLock<Arc<Outcome>>>>>,
}

impl Renderer {
    /// A renderer that sees only `files`, which must be those on disk. Programs are looked for when the first request needs
    /// them.
    #[must_use]
    pub fn new(settings: Settings, files: Arc<dyn Files>) -> Self {
        let budget = Budget::new(settings.deadline_of_all);
        Self { settings, budget, files, helm: OnceLock::new(), kustomize: OnceLock::new(), rendered: Mutex::default() }
    }

    /// The charts and kustomizations among `inputs`, the files that the run reads, absolute; ordered by folder. Library
    /// charts, charts inside of a chart, and kustomizations that another one of the input includes are left out: they
    /// are rendered with what includes them. Components are rendered only so.
    #[must_use]
    pub fn find(&self, inputs: &[PathBuf]) -> Vec<Target> {
        discover::targets(&self.settings, &*self.files, inputs)
    }

    /// The files, absolute, that kustomizations use as fragments: patches, replacements, configuration of plugins, values of
    /// charts. Of the kustomizations among `inputs`, those that are asked for, and those of the checkouts that these
    /// include; without files that one of them has among its resources. Needs no program.
    #[must_use]
    pub fn fragments(&self, inputs: &[PathBuf], requests: &[&Request]) -> BTreeSet<PathBuf> {
        let found = inputs.iter().filter_map(|file| fragments::folder_of(file)).map(Path::to_path_buf);
        let asked = requests.iter().flat_map(|request| match request {
            Request::Helm(_) => Vec::new(),
            Request::Kustomize(request) => request.components.iter().chain([&request.folder]).cloned().collect(),
        });
        fragments::fragments(&*self.files, found.chain(asked).collect())
    }

    /// Renders, or says why not.
    #[must_use]
    pub fn render(&self, request: &Request) -> Arc<Outcome> {
        let entry = {
            let mut rendered = self.rendered.lock().unwrap_or_else(PoisonError::into_inner);
            rendered.entry(request.clone()).or_default().clone()
        };
        // Whoever asks meanwhile waits here; requests do not wait for one another.
        entry.get_or_init(|| Arc::new(self.render_now(request))).clone()
    }

    fn render_now(&self, request: &Request) -> Outcome {
        let files = &*self.files;
        let (settings, budget) = (&self.settings, &self.budget);
        match request {
            Request::Helm(request) => match Self::tool(Tool::Helm, &settings.helm, &self.helm) {
                Ok(program) => Helm { settings, budget, files, program, request }.render(),
                Err(reason) => {
                    self.without(&request.chart, "Chart.yaml", &format!("{reason}; its templates were not judged"))
                }
            },
            Request::Kustomize(request) => match Self::tool(Tool::Kustomize, &settings.kustomize, &self.kustomize) {
                Ok(program) => Kustomize { settings, budget, files, program, request }.render(),
                Err(reason) => {
                    let file = crate::kustomize::file::name(files, &request.folder).unwrap_or("kustomization.yaml");
                    self.without(&request.folder, file, &format!("{reason}; what it builds was not judged"))
                }
            },
        }
    }

    fn tool<'t>(
        tool: Tool,
        setting: &Program,
        found: &'t OnceLock<Result<Installed, String>>,
    ) -> Result<&'t Installed, &'t str> {
        let find = || tools::find(tool, setting, std::env::var_os("PATH").as_deref());
        found.get_or_init(find).as_ref().map_err(String::as_str)
    }

    fn without(&self, folder: &Path, file: &str, reason: &str) -> Outcome {
        told::not_rendered(&*self.files, folder, &folder.join(file), 1, reason)
    }
}
