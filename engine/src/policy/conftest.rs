//! A package as Conftest runs it: rules `deny`, `warn`, `violation` and those that begin so (`deny_…`) give strings or
//! objects with `msg`, and the input is the document itself. Evaluated on the interpreter.

use std::sync::{Arc, OnceLock};

use regorus::Value;
use regorus::unstable::{Rule, RuleHead};

use crate::pointer::Pointer;
use crate::policy::Level;
use crate::policy::outcome::{Failure, Outcome, RawFinding};
use crate::policy::program::{CompileError, Module, engine};
use crate::policy::{entry, hoist};
use crate::value::get_str;
use crate::verdict::PolicyFaultKind;

/// Beginnings of rule names that Conftest evaluates, with the level of what they find.
const PREFIXES: [(&str, Level); 3] = [("deny", Level::Error), ("violation", Level::Error), ("warn", Level::Warn)];

/// The modules of a folder and the package among them to evaluate.
#[derive(Debug)]
pub struct ConftestPackage {
    modules: Vec<Module>,
    package: String,
    compiled: OnceLock<Result<CompiledConftest, CompileError>>,
}

/// A compiled package.
#[derive(Debug)]
pub struct CompiledConftest {
    pub(crate) engine: Box<regorus::Engine>,
    rules: Vec<(Arc<str>, Level)>,
}

impl ConftestPackage {
    /// The package `package` (without `data.`) of these modules.
    #[must_use]
    pub const fn new(modules: Vec<Module>, package: String) -> Self {
        Self { modules, package, compiled: OnceLock::new() }
    }

    /// Its modules.
    #[must_use]
    pub fn modules(&self) -> &[Module] {
        &self.modules
    }

    /// The compiled package; compiled by whoever asks first.
    pub fn compiled(&self) -> Result<&CompiledConftest, &CompileError> {
        self.compiled.get_or_init(|| self.compile()).as_ref()
    }

    fn compile(&self) -> Result<CompiledConftest, CompileError> {
        let mut parsed = engine(&self.modules, false)?;
        let rewritten: Vec<Module> = self
            .modules
            .iter()
            .zip(parsed.get_modules().iter())
            .map(|(module, ast)| Module { path: module.path.clone(), text: hoist::rewrite(ast, &module.text).into() })
            .collect();
        let mut engine = if rewritten == self.modules { parsed } else { engine(&rewritten, false)? };
        let mut rules: Vec<(Arc<str>, Level)> = Vec::new();
        for module in engine.get_modules().iter().filter(|module| entry::package_of(module) == self.package) {
            for rule in &module.policy {
                let Rule::Spec { head: RuleHead::Set { refr, .. } | RuleHead::Compr { refr, .. }, .. } = rule.as_ref()
                else {
                    continue;
                };
                let name = entry::root_name(refr);
                if let Some(level) = level_of(name)
                    && !rules.iter().any(|(known, _)| **known == *name)
                {
                    rules.push((name.into(), level));
                }
            }
        }
        rules.sort();
        let file = self.modules.first().map(|module| module.path.clone()).unwrap_or_default();
        if rules.is_empty() {
            let expected = "`deny`, `warn`, `violation` (or `deny_…`, …)";
            return Err(CompileError::NoEntryPoint { file, package: self.package.clone(), expected });
        }
        let names: Vec<&str> = rules.iter().map(|(name, _)| &**name).collect();
        let entry = entry::module(&self.package, &names);
        engine
            .add_policy(entry.path.to_string(), entry.text.to_string())
            .map_err(|error| CompileError::Parse(format!("{error:#}")))?;
        // Unknown functions pass parsing and fail only when they are first evaluated; find them now.
        engine
            .compile_with_entrypoint(&entry::RULE.into())
            .map_err(|error| CompileError::Compile { file, message: format!("{error:#}").trim().to_owned() })?;
        Ok(CompiledConftest { engine: Box::new(engine), rules })
    }
}

fn level_of(name: &str) -> Option<Level> {
    PREFIXES.into_iter().find_map(|(prefix, level)| {
        let rest = name.strip_prefix(prefix)?;
        (rest.is_empty() || rest.starts_with('_')).then_some(level)
    })
}

impl CompiledConftest {
    /// Reads the value of the generated entry rule. `id` names the package in rule ids: `id.deny`.
    pub(crate) fn read(&self, id: &str, result: &Value) -> Result<Outcome, Failure> {
        let mut outcome = Outcome::default();
        let Value::Object(results) = result else {
            return Err(Failure { kind: PolicyFaultKind::Evaluation, message: "the rules have no value".to_owned() });
        };
        for (name, level) in &self.rules {
            let rule: Arc<str> = format!("{id}.{name}").into();
            let items: Vec<&Value> = match results.get(&Value::String(name.clone())) {
                Some(Value::Set(items)) => items.iter().collect(),
                Some(Value::Array(items)) => items.iter().collect(),
                Some(Value::Undefined) | None => Vec::new(),
                Some(other) => return Err(shape(name, other)),
            };
            for item in items {
                let message = match item {
                    Value::String(message) => message.clone(),
                    item => get_str(item, "msg").cloned().ok_or_else(|| shape(name, item))?,
                };
                outcome.findings.push(RawFinding {
                    message: message.to_string(),
                    path: Pointer::root(),
                    related: Vec::new(),
                    text: None,
                    foreign: Some((rule.clone(), *level)),
                });
            }
        }
        Ok(outcome)
    }
}

fn shape(rule: &str, value: &Value) -> Failure {
    let message = format!("`{rule}` must give strings or objects with a string `msg`, not {value}");
    Failure { kind: PolicyFaultKind::Shape, message }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn evaluates_the_rules_conftest_evaluates() {
        assert_eq!(level_of("deny"), Some(Level::Error));
        assert_eq!(level_of("violation_tls"), Some(Level::Error));
        assert_eq!(level_of("warn_old"), Some(Level::Warn));
        assert_eq!(level_of("warning"), None);
        assert_eq!(level_of("denying"), None);
    }

    #[test]
    fn a_package_without_such_rules_is_an_error() {
        let module = Module { path: "a.rego".into(), text: "package main\n\nallow := true\n".into() };
        let package = ConftestPackage::new(vec![module], "main".into());
        assert!(matches!(package.compiled(), Err(CompileError::NoEntryPoint { .. })));
    }
}
