//! What platform files say of each other, in a run: documents that tell something of others are gathered in a first pass,
//! read together, and what they would make (rendered skeletons, generated Applications, charts) is judged like files.
//!
//! What the files mean is decided by the readers (`platlint-catalog`); here is only when they are asked, and where findings
//! are told.

mod around;
mod deploying;
mod exempting;
mod made;
mod making;
mod places;
mod sources;
pub(crate) mod told;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use platlint_catalog::{Digested, Platform, PlatformBuilder, Settings};
use platlint_facts::{DiskFiles, Files};

use crate::input::InputFile;

pub(crate) use self::around::Around;
pub(crate) use self::exempting::exempt;
pub(crate) use self::made::Made;
pub(crate) use self::making::MadeFiles;
pub(crate) use self::places::Places;

/// What a run may know of platform files.
pub(crate) struct PlatformFiles {
    /// What the configuration adds.
    pub settings: Settings,
    /// Checkouts and folders below which files may be looked at.
    pub roots: Vec<PathBuf>,
    /// Paths are shown relative to this folder.
    pub here: PathBuf,
    /// Whether the configuration says what the catalog holds.
    pub knows_catalog: bool,
    /// How charts and kustomizations are rendered; `None` where they are not.
    pub rendering: Option<platlint_render::Settings>,
}

impl PlatformFiles {
    /// What the first pass does.
    pub(crate) const fn first(&self) -> Around<'static> {
        Around::Gathered { all: false, catalog: self.knows_catalog, definitions: false }
    }

    /// What a pass over the definitions does that the first one left.
    pub(crate) const fn over_definitions(&self) -> Around<'static> {
        Around::Gathered { all: false, catalog: self.knows_catalog, definitions: true }
    }

    /// Whether objects of any kind may be rendered of these files.
    pub(crate) fn may_make(&self, files: &[InputFile]) -> bool {
        const MADE_FROM: [&str; 4] = ["Chart.yaml", "kustomization.yaml", "kustomization.yml", "Kustomization"];
        let file_name = |file: &InputFile| file.path().and_then(Path::file_name).map(ToOwned::to_owned);
        let is_rendered =
            |file: &InputFile| file_name(file).is_some_and(|name| MADE_FROM.iter().any(|known| name == *known));
        self.rendering.is_some() && files.iter().any(is_rendered)
    }

    /// Reads the documents together.
    pub(crate) fn read(&self, docs: impl IntoIterator<Item = Digested>) -> Platform {
        let mut builder = PlatformBuilder::new(self.settings.clone());
        docs.into_iter().for_each(|doc| builder.add(doc));
        builder.finish(&self.files())
    }

    fn files(&self) -> Arc<dyn Files> {
        Arc::new(DiskFiles::below(self.roots.iter().map(PathBuf::as_path), &self.here))
    }
}
