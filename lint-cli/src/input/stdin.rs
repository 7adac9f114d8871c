//! Standard input, read once and to a limit.

use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use super::{Content, InputFile, MAX_FILE_BYTES};
use crate::exit::Failure;

/// Name of standard input where the user gives none.
const NAME: &str = "<stdin>";

pub(super) fn read(name: Option<&str>) -> Result<InputFile, Failure> {
    let content = limited(std::io::stdin().lock(), "standard input")?;
    Ok(InputFile::new(Arc::from(name.unwrap_or(NAME)), content))
}

/// The content of a pipe that the user named, such as a shell's `<(…)`.
pub(super) fn read_pipe(path: &Path) -> Result<Content, Failure> {
    let shown = path.display().to_string();
    let file = std::fs::File::open(path).map_err(Failure::io(shown.clone()))?;
    limited(file, &shown)
}

fn limited(input: impl Read, what: &str) -> Result<Content, Failure> {
    let mut bytes = Vec::new();
    let read = input.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes).map_err(Failure::io(what))?;
    if read as u64 > MAX_FILE_BYTES {
        return Err(Failure::Usage(format!("{what} has more than the {MAX_FILE_BYTES} bytes that are read")));
    }
    Ok(Content::Bytes(bytes.into()))
}
