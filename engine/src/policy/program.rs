//! Compiling modules: to a program of regorus' VM, or to an engine of its interpreter.

use std::sync::Arc;

use regorus::languages::rego::compiler::Compiler;
use regorus::rvm::program::Program;

use crate::policy::dialect::DialectViolation;
use crate::policy::{calls, entry, lean, nesting, recursion};

/// One Rego file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Module {
    /// Its name as users know it.
    pub path: Arc<str>,
    /// Its text.
    pub text: Arc<str>,
}

/// Why policies cannot be used. Always the policy's fault, known before any review is judged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CompileError {
    /// It is no Rego.
    #[error("{0}")]
    Parse(String),
    /// It calls what does not exist, or cannot be compiled for another reason.
    #[error("{file}: {message}")]
    Compile {
        /// The rule's file.
        file: Arc<str>,
        /// What the compiler says.
        message: String,
    },
    /// A rule of platlint's own that leaves the safe subset.
    #[error("{0}")]
    Dialect(DialectViolation),
    /// It would not give the same answer twice.
    #[error("{0}")]
    Irreproducible(DialectViolation),
    /// It calls a function that nobody defines.
    #[error("{0}")]
    UnknownFunction(DialectViolation),
    /// A rule or function leads back to itself.
    #[error("{0}")]
    Recursion(DialectViolation),
    /// Its brackets nest so deep that parsing it would take minutes.
    #[error("{file}:{line}:{column}: brackets nest too deep here")]
    TooDeep {
        /// The file.
        file: Arc<str>,
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
    },
    /// It has no `deny`, `undecided` or `patch`.
    #[error("{file}: package {package} defines none of the rules {expected}")]
    NoEntryPoint {
        /// The rule's file.
        file: Arc<str>,
        /// Its package.
        package: String,
        /// What would be evaluated.
        expected: &'static str,
    },
}

/// Parses modules into an engine.
pub(crate) fn engine(modules: &[Module], rego_v0: bool) -> Result<regorus::Engine, CompileError> {
    let mut engine = regorus::Engine::new();
    engine.set_rego_v0(rego_v0);
    for module in modules {
        if let Some((line, column)) = nesting::too_deep(&module.text) {
            let file = &module.path;
            return Err(CompileError::TooDeep { file: file.clone(), line, column });
        }
        engine
            .add_policy(module.path.to_string(), module.text.to_string())
            .map_err(|error| CompileError::Parse(format!("{error:#}").trim().to_owned()))?;
    }
    check(&mut engine)?;
    Ok(engine)
}

/// Names of the rules that a module defines, each once; empty where it cannot be parsed.
#[must_use]
pub fn rule_names(path: &str, text: &str) -> Vec<Arc<str>> {
    if nesting::too_deep(text).is_some() {
        return Vec::new();
    }
    let mut engine = regorus::Engine::new();
    match engine.add_policy(path.to_owned(), text.to_owned()) {
        Ok(_) => engine.get_modules().iter().flat_map(|module| entry::rule_names(module)).collect(),
        Err(_) => Vec::new(),
    }
}

/// What regorus would take and platlint refuses: calls without a reproducible answer or without a function, recursion.
pub fn check(engine: &mut regorus::Engine) -> Result<(), CompileError> {
    if let Some(violation) = engine.get_modules().iter().find_map(|module| calls::irreproducible(module)) {
        return Err(CompileError::Irreproducible(violation));
    }
    if let Some(violation) = calls::unknown(engine.get_modules()) {
        return Err(CompileError::UnknownFunction(violation));
    }
    if let Some(violation) = recursion::find(engine.get_modules()) {
        return Err(CompileError::Recursion(violation));
    }
    Ok(())
}

/// Compiles the rule `entry` (`data.…`) of an engine for the VM.
pub(crate) fn program(
    engine: &mut regorus::Engine,
    entry: &str,
    file: &Arc<str>,
) -> Result<Arc<Program>, CompileError> {
    let failed = |message: String| CompileError::Compile { file: file.clone(), message };
    let compiled = engine
        .compile_with_entrypoint(&entry.into())
        .map_err(|error| failed(format!("{error:#}").trim().to_owned()))?;
    Compiler::compile_from_policy(&compiled, &[entry]).map(lean::lean).map_err(|error| failed(error.to_string()))
}
