//! What the configuration says of rendering.

use std::path::PathBuf;
use std::time::Duration;

/// Which programs render, with what, and what they may do.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `helm`.
    pub helm: Program,
    /// `kustomize`, or `kubectl`, which has it built in.
    pub kustomize: Program,
    /// With what charts are rendered; of several entries that name a chart the first counts.
    pub charts: Vec<ChartSettings>,
    /// What is allowed beyond rendering what is there.
    pub allow: Allow,
    /// The Kubernetes version that charts are told, as in `1.33` or `1.33.2`; Helm's own where `None`.
    pub kube_version: Option<String>,
    /// How long one run of a program may take.
    pub deadline: Duration,
    /// How long all runs of programs may take together, added up.
    pub deadline_of_all: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            helm: Program::Auto,
            kustomize: Program::Auto,
            charts: Vec::new(),
            allow: Allow::default(),
            kube_version: None,
            deadline: Duration::from_secs(30),
            deadline_of_all: Duration::from_mins(5),
        }
    }
}

/// Where a program is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Program {
    /// Where `PATH` finds it.
    #[default]
    Auto,
    /// It must not be used.
    Off,
    /// There.
    Path(PathBuf),
}

/// With what some charts are rendered.
#[derive(Debug, Clone, Default)]
pub struct ChartSettings {
    /// The folder that `path` starts from: that of the configuration file. Absolute.
    pub base: PathBuf,
    /// Pattern of chart folders, as in `charts/*`.
    pub path: String,
    /// Sets of values files, relative to the chart's folder; the chart is rendered once with each. Where there is none,
    /// as if nothing were configured.
    pub values: Vec<Vec<String>>,
    /// The namespace of the release; unknown where `None`.
    pub namespace: Option<String>,
    /// The release's name; made of the chart's where `None`.
    pub release: Option<String>,
}

/// What rendering may do that reaches beyond the files at hand. Nothing by default.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "four permissions, each given by itself")]
pub struct Allow {
    /// Kustomize may fetch bases and files from URLs and git repositories.
    pub remote_bases: bool,
    /// Kustomize may run Helm for `helmCharts`, and plugins in containers.
    pub plugins: bool,
    /// Kustomize may run programs that a kustomization names.
    pub exec: bool,
    /// Helm may download what `Chart.yaml` depends on.
    pub dependency_downloads: bool,
}
