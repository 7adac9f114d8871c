//! Every distinct image of a run, with the places that name it.

use std::collections::BTreeMap;
use std::sync::Arc;

use platlint_engine::{ImageUse, Level, Pointer};

use super::super::complain;
use crate::input::InputFile;
use crate::output::one_line;
use crate::report::Spot;
use crate::run::Run;

/// Images by what is written, and where.
pub(super) struct Found {
    pub images: BTreeMap<Arc<str>, Vec<Spot>>,
    /// Whether something could not be read, so that images may be missing.
    pub is_partial: bool,
}

impl Found {
    /// The images of files. What cannot be read is told on standard error.
    pub(super) fn of(run: &Run, files: &[InputFile]) -> Self {
        let (named, findings) = run.named_images(files);
        let mut images: BTreeMap<Arc<str>, Vec<Spot>> = BTreeMap::new();
        for named in named {
            images.entry(named.image.value).or_default().extend(named.spot);
        }
        let mut is_partial = false;
        for finding in findings.iter().filter(|finding| finding.level >= Level::Error) {
            let (spot, place) = (&finding.spot, &finding.spot.place);
            complain(&one_line(&format!("{}:{}:{}: {}", spot.file, place.line, place.column, finding.message)));
            is_partial = true;
        }
        Self { images, is_partial }
    }

    /// Adds images that the command line names.
    pub(super) fn with(mut self, named: &[String]) -> Self {
        for image in named {
            self.images.entry(image.as_str().into()).or_default();
        }
        self
    }

    /// As registries are asked about them.
    pub(super) fn uses(&self) -> Vec<ImageUse> {
        // What is deployed from a file is not running yet, whatever its kind.
        let image = |value: &Arc<str>| ImageUse { value: value.clone(), path: Pointer::root(), in_pod: false };
        self.images.keys().map(image).collect()
    }
}
