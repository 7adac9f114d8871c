//! What `check` and `fix` do before they judge: the rules are loaded, the files found.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use globset::{Glob, GlobMatcher};
use platlint_catalog::UnreadableFile;
use platlint_config::{ChartEntry, Loaded, RenderSettings, Tool};
use platlint_engine::{Level, PolicySet, Requirement, Rule, Situation};
use platlint_render::{ChartSettings, Program};

use super::load::{load, now};
use crate::args::{ImageMode, RenderMode, RunArgs};
use crate::exit::Failure;
use crate::images::Images;
use crate::input::{InputFile, Selection, discover, real};
use crate::platform::PlatformFiles;
use crate::run::Run;

/// A run that can begin. It knows nothing of images yet: how it comes to know of them is each command's choice.
pub(super) struct Prepared {
    /// The configuration; its rules are the run's.
    pub loaded: Loaded,
    pub revision: String,
    pub files: Vec<InputFile>,
    pub run: Run,
}

/// `mode` says whether images are to be looked up, so that something follows where that cannot be done.
pub(super) fn prepare(args: &RunArgs, mode: ImageMode) -> Result<Prepared, Failure> {
    let now = now()?;
    let mut loaded = load(&args.policies, now)?;
    let revision = loaded.set.revision().to_owned();
    let root = std::path::absolute(&loaded.root)
        .map(|root| real(&root))
        .map_err(Failure::io(loaded.root.display().to_string()))?;
    let selection = Selection {
        exclude: loaded.files.exclude.clone(),
        root: root.clone(),
        stdin_name: args.stdin_filename.clone(),
    };
    let paths = paths(args);
    let files = discover(&paths, &selection)?;
    let set = std::mem::take(&mut loaded.set);
    let set = Arc::new(if mode.is_strict() { set } else { set.without_looking_up_images() });
    say_inactive(&set);
    let run = Run {
        situation: Situation { now, cluster: args.cluster.as_deref().map(Into::into) },
        threads: args
            .threads
            .and_then(|threads| NonZeroUsize::new(threads.into()))
            .or_else(|| std::thread::available_parallelism().ok())
            .unwrap_or(NonZeroUsize::MIN),
        namespace: args.namespace.clone(),
        namespaces: namespaces(&loaded, &root)?,
        images: Images::Silent,
        platform: asks_for_platform(&set, args.render)
            .then(|| platform_files(&loaded, &paths, args.render))
            .transpose()?,
        set,
    };
    Ok(Prepared { loaded, revision, files, run })
}

/// What is looked at; the working directory where nothing is named.
pub(super) fn paths(args: &RunArgs) -> Vec<PathBuf> {
    if args.paths.is_empty() { vec![PathBuf::from(".")] } else { args.paths.clone() }
}

/// Whether a rule judges by platform files, or charts and kustomizations are rendered for whatever rules there are.
fn asks_for_platform(set: &PolicySet, render: RenderMode) -> bool {
    let asks = |rule: &Rule| rule.meta.wants_platform() || rule.meta.requires.contains(&Requirement::Catalog);
    render == RenderMode::Auto || set.rules().iter().any(asks)
}

/// What a run over these paths may know of platform files.
pub(super) fn platform_files(loaded: &Loaded, paths: &[PathBuf], render: RenderMode) -> Result<PlatformFiles, Failure> {
    let here = std::env::current_dir().map_err(Failure::io("the working directory"))?;
    let root = std::path::absolute(&loaded.root).map_err(Failure::io(loaded.root.display().to_string()))?;
    let configured = loaded.path.is_some().then_some(root);
    let named = paths.iter().filter(|path| path.as_os_str() != "-").map(|path| checkout_of(path));
    let checkouts = loaded.platform.repositories.iter().map(|(_, folder)| folder.clone());
    Ok(PlatformFiles {
        settings: platlint_catalog::Settings::of(&loaded.platform).map_err(|files| unreadable(&files))?,
        roots: configured.into_iter().chain(checkouts).chain(named).collect(),
        here,
        knows_catalog: !loaded.platform.entities.is_empty(),
        rendering: (render == RenderMode::Auto).then(|| rendering(&loaded.platform.render)),
    })
}

/// What may be looked around in where this path is named: its checkout, or itself where there is none. Never more: the
/// working directory may be somebody's home.
fn checkout_of(path: &Path) -> PathBuf {
    let own = real(&std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf()));
    let folder = if own.is_dir() { own } else { own.parent().map_or_else(PathBuf::new, Path::to_path_buf) };
    let checkout = folder.ancestors().find(|above| above.join(".git").exists()).map(Path::to_path_buf);
    checkout.unwrap_or(folder)
}

fn unreadable(files: &[UnreadableFile]) -> Failure {
    Failure::Usage(files.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
}

/// What the configuration says of rendering, as the renderer takes it.
fn rendering(settings: &RenderSettings) -> platlint_render::Settings {
    let program = |tool: &Tool| match tool {
        Tool::Auto => Program::Auto,
        Tool::Off => Program::Off,
        Tool::Path(path) => Program::Path(path.clone()),
    };
    let chart = |chart: &ChartEntry| ChartSettings {
        base: chart.base.clone(),
        path: chart.path.clone(),
        values: chart.values.clone(),
        namespace: chart.namespace.clone(),
        release: chart.release.clone(),
    };
    platlint_render::Settings {
        helm: program(&settings.helm),
        kustomize: program(&settings.kustomize),
        charts: settings.charts.iter().map(chart).collect(),
        allow: platlint_render::Allow {
            remote_bases: settings.allow.remote_bases,
            plugins: settings.allow.plugins,
            exec: settings.allow.exec,
            dependency_downloads: settings.allow.dependency_downloads,
        },
        kube_version: settings.kube_version.clone(),
        ..platlint_render::Settings::default()
    }
}

/// Rules that are on and yet judge nothing, so that nobody takes their silence for an answer.
fn say_inactive(set: &PolicySet) {
    for rule in set.rules().iter().filter(|rule| rule.settings.level != Level::Off) {
        if let Some(reason) = &rule.settings.inactive {
            super::complain(reason);
        }
    }
}

fn namespaces(loaded: &Loaded, root: &Path) -> Result<Vec<(GlobMatcher, String)>, Failure> {
    let rules = loaded.namespaces.iter().map(|rule| {
        let pattern = format!("{}/{}", globset::escape(&root.to_string_lossy()), rule.files);
        let glob = Glob::new(&pattern).map_err(|error| Failure::Usage(error.to_string()))?;
        Ok((glob.compile_matcher(), rule.namespace.clone()))
    });
    rules.collect()
}
