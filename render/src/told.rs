//! How outcomes without a text are put.

use std::path::Path;

use platlint_facts::Files;

use crate::{Failure, NotRendered, Outcome};

/// Something was not rendered.
pub(crate) fn not_rendered(files: &dyn Files, target: &Path, file: &Path, line: u32, reason: &str) -> Outcome {
    Outcome::NotRendered(NotRendered {
        target: files.shown(target).into(),
        file: files.shown(file).into(),
        line,
        reason: reason.to_owned(),
    })
}

/// Something cannot be rendered.
pub(crate) fn failed(files: &dyn Files, target: &Path, file: &Path, line: Option<u32>, message: &str) -> Outcome {
    Outcome::Failed(Failure {
        target: files.shown(target).into(),
        file: files.shown(file).into(),
        line,
        message: message.to_owned(),
    })
}
