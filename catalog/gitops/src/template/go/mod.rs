//! Go's text/template with Sprig, as far as it is evaluated here: actions, pipelines, conditions, loops and variables, and
//! the functions of the files beside this one. Everything else fails with its name.

mod collections;
mod encoding;
mod functions;
mod lex;
#[cfg(test)]
mod like_go;
mod numbers;
mod parse;
mod references;
mod run;
mod texts;
mod values;

pub(crate) use references::references;
pub(crate) use texts::{base, dir, normalize};
pub(crate) use values::{shown, size};

use super::{Failure, Parameters, Rendered};

/// Longer templates are not evaluated.
const LONGEST: usize = 256 * 1024;

/// Fills in a template.
pub(super) fn render(text: &str, parameters: &Parameters, strict: bool) -> Result<Rendered, Failure> {
    if !text.contains("{{") {
        return Ok(Rendered { text: text.to_owned(), unresolved: Vec::new() });
    }
    if text.len() > LONGEST {
        return Err(Failure::Unsupported("a template of that length".to_owned()));
    }
    let nodes = parse::parse(text)?;
    functions::check(&nodes)?;
    run::run(&nodes, parameters, strict)
}
