//! Standard input, read once and to a limit.

use std::io::Read;
use std::sync::Arc;

use super::{Content, InputFile, MAX_FILE_BYTES};
use crate::exit::Failure;

/// Name of standard input where the user gives none.
const NAME: &str = "<stdin>";

pub(super) fn read(name: Option<&str>) -> Result<InputFile, Failure> {
    let mut bytes = Vec::new();
    let read = std::io::stdin()
        .lock()
        .take(MAX_FILE_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(Failure::io("standard input"))?;
    if read as u64 > MAX_FILE_BYTES {
        return Err(Failure::Usage(format!("standard input has more than the {MAX_FILE_BYTES} bytes that are read")));
    }
    Ok(InputFile { name: Arc::from(name.unwrap_or(NAME)), content: Content::Bytes(bytes.into()) })
}
