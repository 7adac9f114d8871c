//! A rule in platlint's own form: on the VM where it keeps to the safe subset, else on the interpreter.

use std::sync::{Arc, OnceLock};

use regorus::rvm::program::Program;

use crate::policy::entry;
use crate::policy::program::{CompileError, Module, engine, program, rule_names};
use crate::policy::{Dialect, dialect};

/// The entry points of a native rule, in the order they are gathered.
const ENTRY_POINTS: [&str; 3] = ["deny", "undecided", "patch"];

/// The entry point for changes.
const PATCH: &str = "patch";

/// A native rule's modules, compiled on first need.
#[derive(Debug)]
pub struct NativePolicy {
    modules: Vec<Module>,
    dialect: Dialect,
    compiled: OnceLock<Result<CompiledNative, CompileError>>,
    patches: OnceLock<bool>,
}

/// A compiled native rule.
#[derive(Debug)]
pub enum CompiledNative {
    /// For the VM.
    Program(Arc<Program>),
    /// For the interpreter, with strict built-in errors.
    Interpreter(Box<regorus::Engine>),
}

/// The first negation that no engine here evaluates as OPA does.
fn negated(engine: &mut regorus::Engine) -> Option<dialect::DialectViolation> {
    let all = engine.get_modules().iter().flat_map(|module| dialect::violations(module));
    all.into_iter().find(|violation| violation.message == dialect::NEGATED)
}

impl NativePolicy {
    /// A rule whose own module comes first and the library modules it imports after it.
    #[must_use]
    pub const fn new(modules: Vec<Module>, dialect: Dialect) -> Self {
        Self { modules, dialect, compiled: OnceLock::new(), patches: OnceLock::new() }
    }

    /// Its modules, the rule's own first.
    #[must_use]
    pub fn modules(&self) -> &[Module] {
        &self.modules
    }

    /// Whether it defines `patch`.
    pub fn patches(&self) -> bool {
        *self.patches.get_or_init(|| {
            // Parsing is dear, and most rules do not hold the word.
            self.modules.first().is_some_and(|own| {
                own.text.contains(PATCH) && rule_names(&own.path, &own.text).iter().any(|name| **name == *PATCH)
            })
        })
    }

    /// The compiled rule; compiled by whoever asks first.
    pub fn compiled(&self) -> Result<&CompiledNative, &CompileError> {
        self.compiled.get_or_init(|| self.compile()).as_ref()
    }

    fn compile(&self) -> Result<CompiledNative, CompileError> {
        let mut engine = self.engine()?;
        let file = self.modules.first().map(|module| module.path.clone()).unwrap_or_default();
        let outside = engine.get_modules().iter().find_map(|module| dialect::violations(module).into_iter().next());
        match (outside, self.dialect) {
            (Some(violation), Dialect::SafeSubset) => Err(CompileError::Dialect(violation)),
            (Some(_), Dialect::Any) => match negated(&mut engine) {
                // Neither the VM nor the interpreter means what OPA means by these.
                Some(violation) => Err(CompileError::Dialect(violation)),
                None => Ok(CompiledNative::Interpreter(Box::new(engine))),
            },
            (None, _) => Ok(CompiledNative::Program(program(&mut engine, entry::RULE, &file)?)),
        }
    }

    /// An engine with this rule's modules and the generated entry, for the interpreter.
    pub(crate) fn engine(&self) -> Result<regorus::Engine, CompileError> {
        let mut engine = engine(&self.modules, false)?;
        let (package, present) = match engine.get_modules().first() {
            Some(module) => {
                let names = entry::rule_names(module);
                let present: Vec<&str> =
                    ENTRY_POINTS.into_iter().filter(|entry| names.iter().any(|name| **name == **entry)).collect();
                (entry::package_of(module), present)
            }
            None => (String::new(), Vec::new()),
        };
        if present.is_empty() {
            let file = self.modules.first().map(|module| module.path.clone()).unwrap_or_default();
            return Err(CompileError::NoEntryPoint { file, package, expected: "`deny`, `undecided`" });
        }
        let entry = entry::module(&package, &present);
        engine
            .add_policy(entry.path.to_string(), entry.text.to_string())
            .map_err(|error| CompileError::Parse(format!("{error:#}")))?;
        Ok(engine)
    }
}
