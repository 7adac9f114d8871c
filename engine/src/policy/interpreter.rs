//! Evaluation on regorus' interpreter: for foreign policies, for native ones outside the safe subset, and as one of the
//! three judges of the built-in rules (with stock OPA and the VM).

use regorus::{LimitError, Value};

use crate::budget::Budget;
use crate::policy::entry;
use crate::policy::outcome::{Failure, Outcome};
use crate::policy::{NativePolicy, Part};
use crate::verdict::PolicyFaultKind;

/// Evaluates the generated entry rule. Built-in errors are errors.
pub(crate) fn evaluate(engine: &mut regorus::Engine, input: Value, budget: Budget) -> Result<Value, Failure> {
    engine.set_strict_builtin_errors(true);
    engine.set_execution_timer_config(budget.timer());
    engine.set_input(input);
    engine.eval_rule(entry::RULE.to_owned()).map_err(|error| failure(&error))
}

fn failure(error: &anyhow::Error) -> Failure {
    let kind = match error.downcast_ref::<LimitError>() {
        Some(LimitError::TimeLimitExceeded { .. }) => PolicyFaultKind::Backstop,
        Some(_) => PolicyFaultKind::Budget,
        None => PolicyFaultKind::Evaluation,
    };
    Failure { kind, message: format!("{error:#}").trim().to_owned() }
}

/// Evaluates a native rule on the interpreter with strict built-in errors, whatever it is compiled for: how tests and
/// `platlint test` look over the VM's shoulder.
pub fn interpret(policy: &NativePolicy, input: Value, data: Option<Value>, budget: Budget) -> Result<Outcome, String> {
    let parts = [Part::Judging, Part::Patching];
    let Some(mut engine) = policy.engine(&parts).map_err(|error| error.to_string())? else {
        return Ok(Outcome::default());
    };
    if let Some(data) = data {
        engine.add_data(data).map_err(|error| error.to_string())?;
    }
    let result = evaluate(&mut engine, input, budget).map_err(|failure| failure.message)?;
    Outcome::read(&result).map_err(|failure| failure.message)
}
