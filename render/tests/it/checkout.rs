//! A checkout in a temporary folder, and the programs that render it.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use platlint_facts::{DiskFiles, LineOrigin};
use platlint_render::{Failure, NotRendered, Outcome, Program, Renderer, Settings, Traced};

/// The folder of helm and kustomize; without it a test is skipped, which fails in CI.
pub(crate) fn tools() -> Option<PathBuf> {
    match std::env::var_os("PLATLINT_RENDER_TOOLS") {
        Some(folder) => Some(PathBuf::from(folder)),
        None if std::env::var("CI").is_ok_and(|ci| ci == "true") => {
            panic!("PLATLINT_RENDER_TOOLS names no folder of helm and kustomize (`cargo xtask render-tools`)")
        }
        None => {
            println!(
                "SKIPPED: helm and kustomize (`PLATLINT_RENDER_TOOLS` names their folder; `cargo xtask test tests` does)"
            );
            None
        }
    }
}

/// Settings with the programs.
pub(crate) fn settings() -> Option<Settings> {
    let tools = tools()?;
    let program = |name: &str| Program::Path(tools.join(name));
    Some(Settings { helm: program("helm"), kustomize: program("kustomize"), ..Settings::default() })
}

/// Files on disk.
pub(crate) struct Checkout {
    folder: tempfile::TempDir,
}

impl Checkout {
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        let checkout = Self { folder: tempfile::tempdir().unwrap() };
        for (path, text) in files {
            checkout.write(path, text);
        }
        checkout
    }

    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.folder.path().canonicalize().unwrap().join(relative)
    }

    pub(crate) fn write(&self, relative: &str, text: &str) {
        let path = self.path(relative);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    pub(crate) fn renderer(&self, settings: Settings) -> Renderer {
        let root = self.path("");
        Renderer::new(settings, Arc::new(DiskFiles::below([root.as_path()], &root)))
    }

    /// All files.
    pub(crate) fn inputs(&self) -> Vec<PathBuf> {
        files_below(&self.path(""))
    }

    /// What becomes of every request of everything that is found, in order.
    pub(crate) fn outcomes(&self, settings: Settings) -> Vec<Arc<Outcome>> {
        let renderer = self.renderer(settings);
        let targets = renderer.find(&self.inputs());
        targets.iter().flat_map(|target| &target.requests).map(|request| renderer.render(request)).collect()
    }

    /// What becomes of the only request.
    pub(crate) fn outcome(&self, settings: Settings) -> Arc<Outcome> {
        let outcomes = self.outcomes(settings);
        assert_eq!(outcomes.len(), 1);
        outcomes[0].clone()
    }
}

pub(crate) fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.is_symlink() {
            found.extend(files_below(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}

pub(crate) fn rendered(outcome: &Outcome) -> &[Traced] {
    match outcome {
        Outcome::Rendered(texts) => texts,
        other => panic!("{other:?}"),
    }
}

pub(crate) fn failure(outcome: &Outcome) -> &Failure {
    match outcome {
        Outcome::Failed(failure) => failure,
        other => panic!("{other:?}"),
    }
}

pub(crate) fn not_rendered(outcome: &Outcome) -> &NotRendered {
    match outcome {
        Outcome::NotRendered(point) => point,
        other => panic!("{other:?}"),
    }
}

/// Each line of the texts with its origin: `  replicas: 2 < values… `, as `line < file:line`.
pub(crate) fn shown(texts: &[Traced]) -> String {
    let mut shown = String::new();
    for text in texts {
        writeln!(shown, "== {}", text.generated.name).unwrap();
        let origins = text.generated.lines.iter();
        let values = text.values.iter().chain(std::iter::repeat(&None));
        for ((line, origin), value) in text.generated.text.lines().zip(origins).zip(values) {
            shown.push_str(line);
            for (mark, origin) in [(" <", origin), (" =", value)] {
                if let Some(LineOrigin::Line { file, line }) = origin {
                    write!(shown, "{mark} {file}:{line}").unwrap();
                }
            }
            shown.push('\n');
        }
        assert_eq!(text.generated.lines.len(), text.generated.text.lines().count(), "{}", text.generated.name);
    }
    shown
}
