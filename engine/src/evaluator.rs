//! The machines of one thread: one for each rule and part of it, made on first need, and what running them can go wrong.

use std::sync::Arc;

use regorus::Value;
use regorus::rvm::vm::{RegoVM, VmError};

use crate::facts::Facts;
use crate::input::Input;
use crate::policy::native::CompiledNative;
use crate::policy::outcome::Failure;
use crate::policy::{Code, CompileError, ConftestPackage, Outcome, Part, Rule, interpreter};
use crate::review::Review;
use crate::set::PolicySet;
use crate::verdict::PolicyFaultKind;

/// Evaluates a policy set. Holds the machines of one thread, so keep one per thread; the set itself is shared.
pub struct Evaluator {
    set: Arc<PolicySet>,
    machines: Vec<Machines>,
}

/// The machines of one rule.
#[derive(Default)]
struct Machines {
    judging: Option<Machine>,
    patching: Option<Machine>,
}

/// What evaluates one part of one rule, and the data it has loaded.
struct Machine {
    engine: Engine,
    data: Option<Arc<Value>>,
    /// Whether `data` stands in the engine; also no data must be loaded once.
    is_loaded: bool,
}

enum Engine {
    Vm(Box<RegoVM>),
    Interpreter(Box<regorus::Engine>),
}

impl Evaluator {
    /// An evaluator of this set.
    #[must_use]
    pub fn new(set: Arc<PolicySet>) -> Self {
        let machines = set.rules().iter().map(|_| Machines::default()).collect();
        Self { set, machines }
    }

    /// The set it evaluates.
    #[must_use]
    pub fn set(&self) -> &PolicySet {
        &self.set
    }

    pub(crate) const fn shared_set(&self) -> &Arc<PolicySet> {
        &self.set
    }

    /// What one rule (by its position in the set) says of a review, its patches too, before levels and exemptions: for
    /// tests that compare evaluators. The rule is asked whether or not it matches.
    pub fn outcome(&mut self, position: usize, review: &Review, facts: &Facts) -> Result<Outcome, String> {
        let set = self.set.clone();
        let rule = set.rules().get(position).ok_or("there is no such rule")?;
        let mut input = None;
        let mut ask = |part| {
            self.ask((position, rule), part, review, &mut input, facts).map_err(|failure: Failure| failure.message)
        };
        let mut outcome = ask(Part::Judging)?;
        outcome.edits = ask(Part::Patching)?.edits;
        Ok(outcome)
    }

    /// What one part of a rule says of a review; nothing where the rule has no such part. `input` is the review's, made
    /// on first need.
    pub(crate) fn ask(
        &mut self,
        (position, rule): (usize, &Rule),
        part: Part,
        review: &Review,
        input: &mut Option<Input>,
        facts: &Facts,
    ) -> Result<Outcome, Failure> {
        match &rule.code {
            Code::Native(policy) => {
                let Some(compiled) = policy.compiled(part).map_err(compile_failure)? else {
                    return Ok(Outcome::default());
                };
                let input = input.get_or_insert_with(|| Input::of(review, &self.set.image_fields, facts));
                let input = input.with_parameters(&rule.settings.parameters);
                self.native(position, part, compiled, input, facts)
            }
            Code::Conftest(package) if part == Part::Judging => {
                self.conftest(position, package, rule, &review.object, facts)
            }
            Code::Conftest(_) => Ok(Outcome::default()),
        }
    }

    fn native(
        &mut self,
        position: usize,
        part: Part,
        compiled: &CompiledNative,
        input: Value,
        facts: &Facts,
    ) -> Result<Outcome, Failure> {
        let budget = self.set.budget;
        let machine = self.machine(position, part, facts, || match compiled {
            CompiledNative::Program(program) => {
                let mut vm = Box::new(RegoVM::new());
                vm.load_program(program.clone());
                vm.set_max_instructions(budget.instructions);
                vm.set_execution_timer_config(Some(budget.timer()));
                Engine::Vm(vm)
            }
            CompiledNative::Interpreter(engine) => Engine::Interpreter(engine.clone()),
        })?;
        let result = match &mut machine.engine {
            Engine::Vm(vm) => guarded(|| {
                vm.set_input(input);
                vm.execute().map_err(|error| vm_failure(&error))
            }),
            Engine::Interpreter(engine) => guarded(|| interpreter::evaluate(engine, input, budget)),
        };
        let result = self.kept(position, part, result)?;
        Outcome::read(&result)
    }

    fn conftest(
        &mut self,
        position: usize,
        package: &ConftestPackage,
        rule: &Rule,
        object: &Value,
        facts: &Facts,
    ) -> Result<Outcome, Failure> {
        let budget = self.set.budget;
        let compiled = package.compiled().map_err(compile_failure)?;
        let part = Part::Judging;
        let machine = self.machine(position, part, facts, || Engine::Interpreter(compiled.engine.clone()))?;
        let Engine::Interpreter(engine) = &mut machine.engine else {
            return Err(Failure {
                kind: PolicyFaultKind::Compile,
                message: "a Conftest package runs on the interpreter".to_owned(),
            });
        };
        let result = guarded(|| interpreter::evaluate(engine, object.clone(), budget));
        compiled.read(&rule.meta.id, &self.kept(position, part, result)?)
    }

    /// Drops the machine of an evaluation that panicked: what state it is in nobody knows.
    fn kept(
        &mut self,
        position: usize,
        part: Part,
        result: Result<Result<Value, Failure>, Failure>,
    ) -> Result<Value, Failure> {
        result.unwrap_or_else(|panicked| {
            if let Some(machines) = self.machines.get_mut(position) {
                *machines.slot(part) = None;
            }
            Err(panicked)
        })
    }

    /// The machine of a part of a rule, made on first need, with the facts' data loaded.
    fn machine(
        &mut self,
        position: usize,
        part: Part,
        facts: &Facts,
        make: impl FnOnce() -> Engine,
    ) -> Result<&mut Machine, Failure> {
        let none = || Failure { kind: PolicyFaultKind::Compile, message: "the rule is not of this set".to_owned() };
        let slot = self.machines.get_mut(position).ok_or_else(none)?.slot(part);
        let machine = slot.get_or_insert_with(|| Machine { engine: make(), data: None, is_loaded: false });
        machine.load(facts.data())?;
        Ok(machine)
    }
}

impl Machines {
    const fn slot(&mut self, part: Part) -> &mut Option<Machine> {
        match part {
            Part::Judging => &mut self.judging,
            Part::Patching => &mut self.patching,
        }
    }
}

impl Machine {
    fn load(&mut self, data: Option<&Arc<Value>>) -> Result<(), Failure> {
        let same = match (&self.data, data) {
            (None, None) => true,
            (Some(loaded), Some(wanted)) => Arc::ptr_eq(loaded, wanted),
            _ => false,
        };
        if same && self.is_loaded {
            return Ok(());
        }
        let failed = |error: String| Failure { kind: PolicyFaultKind::Evaluation, message: error };
        let value = data.map_or_else(Value::new_object, |data| data.as_ref().clone());
        match &mut self.engine {
            Engine::Vm(vm) => vm.set_data(value).map_err(|error| failed(error.to_string()))?,
            Engine::Interpreter(engine) => {
                engine.clear_data();
                engine.add_data(value).map_err(|error| failed(format!("{error:#}")))?;
            }
        }
        self.data = data.cloned();
        self.is_loaded = true;
        Ok(())
    }
}

/// A panic of the evaluator is a fault of this rule on this object, and must not cost the answers of all others.
fn guarded<T>(evaluate: impl FnOnce() -> T) -> Result<T, Failure> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(evaluate)).map_err(|_| Failure {
        kind: PolicyFaultKind::Evaluation,
        message: "the evaluator panicked (its message stands on standard error)".to_owned(),
    })
}

fn compile_failure(error: &CompileError) -> Failure {
    Failure { kind: PolicyFaultKind::Compile, message: error.to_string() }
}

fn vm_failure(error: &VmError) -> Failure {
    let kind = match error {
        VmError::TimeLimitExceeded { .. } => PolicyFaultKind::Backstop,
        VmError::InstructionLimitExceeded { .. }
        | VmError::MemoryLimitExceeded { .. }
        | VmError::MemoryBudgetExceeded { .. }
        | VmError::RegexSizeLimitExceeded { .. } => PolicyFaultKind::Budget,
        _ => PolicyFaultKind::Evaluation,
    };
    Failure { kind, message: error.to_string() }
}
