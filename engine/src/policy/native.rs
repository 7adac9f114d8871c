//! A rule in platlint's own form: on the VM where it keeps to the safe subset, else on the interpreter.
//!
//! What judges and what proposes changes are two programs, each compiled on first need: deciding pays nothing for patches.

use std::sync::{Arc, OnceLock};

use regorus::rvm::program::Program;

use crate::policy::prepared::{self, Prepared};
use crate::policy::program::{CompileError, Module, engine, program, rule_names};
use crate::policy::{Dialect, dialect, entry};

/// A part of a rule that is evaluated by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// `deny` and `undecided`.
    Judging,
    /// `patch`.
    Patching,
}

impl Part {
    /// Its entry points, in the order they are gathered.
    const fn entry_points(self) -> &'static [&'static str] {
        match self {
            Self::Judging => &["deny", "undecided"],
            Self::Patching => &[PATCH],
        }
    }
}

/// The entry point for changes.
const PATCH: &str = "patch";

/// A part as it is kept: compiled, or that the rule has none, or why it cannot be compiled.
type Compiled = OnceLock<Result<Option<CompiledNative>, CompileError>>;

/// A native rule's modules, compiled on first need.
#[derive(Debug)]
pub struct NativePolicy {
    modules: Vec<Module>,
    dialect: Dialect,
    prepared: Option<Prepared>,
    judging: Compiled,
    patching: Compiled,
    patches: OnceLock<bool>,
}

/// A compiled part of a native rule.
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
        Self {
            modules,
            dialect,
            prepared: None,
            judging: OnceLock::new(),
            patching: OnceLock::new(),
            patches: OnceLock::new(),
        }
    }

    /// The same for a rule in the safe subset whose programs were compiled from these modules before.
    #[must_use]
    pub const fn prepared(modules: Vec<Module>, programs: Prepared) -> Self {
        let mut policy = Self::new(modules, Dialect::SafeSubset);
        policy.prepared = Some(programs);
        policy
    }

    /// A part compiled from the modules, for [`Prepared`]; `None` where the rule has none, or only for the interpreter.
    pub fn encoded(&self, part: Part) -> Result<Option<Vec<u8>>, CompileError> {
        match self.compile(part)? {
            Some(CompiledNative::Program(program)) => {
                let failed = |message| CompileError::Compile { file: self.file(), message };
                prepared::encode(&program).map(Some).map_err(failed)
            }
            _ => Ok(None),
        }
    }

    /// Its modules, the rule's own first.
    #[must_use]
    pub fn modules(&self) -> &[Module] {
        &self.modules
    }

    /// Whether it defines `patch`.
    pub fn patches(&self) -> bool {
        if let Some(prepared) = &self.prepared {
            return prepared.patching.is_some();
        }
        *self.patches.get_or_init(|| {
            // Parsing is dear, and most rules do not hold the word.
            self.modules.first().is_some_and(|own| {
                own.text.contains(PATCH) && rule_names(&own.path, &own.text).iter().any(|name| **name == *PATCH)
            })
        })
    }

    /// A compiled part, `None` where the rule has no such part; compiled by whoever asks first.
    pub fn compiled(&self, part: Part) -> Result<Option<&CompiledNative>, &CompileError> {
        let slot = match part {
            Part::Judging => &self.judging,
            Part::Patching if !self.patches() => return Ok(None),
            Part::Patching => &self.patching,
        };
        slot.get_or_init(|| match self.decoded(part) {
            Some(program) => Ok(Some(CompiledNative::Program(program))),
            None => self.compile(part),
        })
        .as_ref()
        .map(Option::as_ref)
    }

    fn decoded(&self, part: Part) -> Option<Arc<Program>> {
        prepared::decode(self.prepared.as_ref()?.bytes(part)?)
    }

    fn compile(&self, part: Part) -> Result<Option<CompiledNative>, CompileError> {
        let Some(mut engine) = self.engine(&[part])? else { return Ok(None) };
        let outside = engine.get_modules().iter().find_map(|module| dialect::violations(module).into_iter().next());
        match (outside, self.dialect) {
            (Some(violation), Dialect::SafeSubset) => Err(CompileError::Dialect(violation)),
            (Some(_), Dialect::Any) => match negated(&mut engine) {
                // Neither the VM nor the interpreter means what OPA means by these.
                Some(violation) => Err(CompileError::Dialect(violation)),
                None => Ok(Some(CompiledNative::Interpreter(Box::new(engine)))),
            },
            (None, _) => Ok(Some(CompiledNative::Program(program(&mut engine, entry::RULE, &self.file())?))),
        }
    }

    /// An engine with this rule's modules and the generated entry of these parts, for the interpreter; `None` where the
    /// rule has none of them.
    pub(crate) fn engine(&self, parts: &[Part]) -> Result<Option<regorus::Engine>, CompileError> {
        let mut engine = engine(&self.modules, false)?;
        let modules = engine.get_modules();
        let (package, names) =
            modules.first().map(|own| (entry::package_of(own), entry::rule_names(own))).unwrap_or_default();
        let has = |entry: &&str| names.iter().any(|name| **name == **entry);
        let of_part = |part: &Part| part.entry_points().iter().copied().filter(has);
        let present: Vec<&str> = parts.iter().flat_map(of_part).collect();
        if present.is_empty() {
            return if [Part::Judging, Part::Patching].iter().flat_map(of_part).next().is_some() {
                Ok(None)
            } else {
                let expected = "`deny`, `undecided`, `patch`";
                Err(CompileError::NoEntryPoint { file: self.file(), package, expected })
            };
        }
        let entry = entry::module(&package, &present);
        engine
            .add_policy(entry.path.to_string(), entry.text.to_string())
            .map_err(|error| CompileError::Parse(format!("{error:#}")))?;
        Ok(Some(engine))
    }

    fn file(&self) -> Arc<str> {
        self.modules.first().map(|module| module.path.clone()).unwrap_or_default()
    }
}
