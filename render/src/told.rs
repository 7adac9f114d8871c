//! How outcomes without a text are put.

use std::path::Path;
use std::sync::Arc;

use platlint_facts::Files;

use crate::{Failure, NotRendered, Outcome};

/// A folder as the user would name it.
pub(crate) fn folder(files: &dyn Files, folder: &Path) -> Arc<str> {
    let shown = files.shown(folder);
    if shown.is_empty() { ".".into() } else { shown.into() }
}

/// Something was not rendered.
pub(crate) fn not_rendered(files: &dyn Files, target: &Path, file: &Path, line: u32, reason: &str) -> Outcome {
    Outcome::NotRendered(NotRendered {
        target: folder(files, target),
        file: files.shown(file).into(),
        line,
        reason: reason.to_owned(),
    })
}

/// Something cannot be rendered.
pub(crate) fn failed(files: &dyn Files, target: &Path, file: &Path, line: Option<u32>, message: &str) -> Outcome {
    Outcome::Failed(Failure {
        target: folder(files, target),
        file: files.shown(file).into(),
        line,
        message: message.to_owned(),
    })
}
