//! Compiling modules: to a program of regorus' VM, or to an engine of its interpreter.

use std::sync::Arc;

use regorus::languages::rego::compiler::Compiler;
use regorus::rvm::program::Program;

use crate::policy::calls;
use crate::policy::dialect::DialectViolation;

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
    /// It has neither `deny` nor `undecided`.
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
        engine
            .add_policy(module.path.to_string(), module.text.to_string())
            .map_err(|error| CompileError::Parse(format!("{error:#}").trim().to_owned()))?;
    }
    if let Some(violation) = engine.get_modules().iter().find_map(|module| calls::irreproducible(module)) {
        return Err(CompileError::Irreproducible(violation));
    }
    if let Some(violation) = calls::unknown(engine.get_modules()) {
        return Err(CompileError::UnknownFunction(violation));
    }
    Ok(engine)
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
    Compiler::compile_from_policy(&compiled, &[entry]).map_err(|error| failed(error.to_string()))
}
