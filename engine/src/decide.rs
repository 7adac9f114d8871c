//! Deciding: every matching rule is evaluated on the review, and what it says becomes a verdict.

use std::sync::Arc;

use regorus::Value;
use regorus::rvm::vm::{RegoVM, VmError};

use crate::exemption::{ANNOTATION, SelfExemption, parse_self_exemption};
use crate::facts::Facts;
use crate::input::Input;
use crate::pointer::Pointer;
use crate::policy::outcome::{Failure, RawFinding};
use crate::policy::{Code, CompileError, ConftestPackage, Level, NativePolicy, Outcome, Requirement, Rule, Severity};
use crate::policy::{interpreter, native::CompiledNative};
use crate::review::Review;
use crate::set::PolicySet;
use crate::value::{get, get_str};
use crate::verdict::{Exempted, Finding, PolicyFault, PolicyFaultKind, Undecided, Verdict};

/// Evaluates a policy set. Holds the machines of one thread, so keep one per thread; the set itself is shared.
pub struct Evaluator {
    set: Arc<PolicySet>,
    machines: Vec<Option<Machine>>,
}

/// What evaluates one rule, and the data it has loaded.
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
        let machines = set.rules().iter().map(|_| None).collect();
        Self { set, machines }
    }

    /// The set it evaluates.
    #[must_use]
    pub fn set(&self) -> &PolicySet {
        &self.set
    }

    /// Judges a review. `facts` hold what [`PolicySet::needs`] asked for, as far as it is known.
    pub fn decide(&mut self, review: &Review, facts: &Facts) -> Verdict {
        let set = self.set.clone();
        let mut verdict = Verdict::default();
        let mut input = None;
        let own_exemptions = self_exemptions(review, &set, &mut verdict);
        for (position, rule, level) in set.matching(review) {
            // Foreign policies know no Lists and see the document as it is; ours see the items.
            let judged = match rule.code {
                Code::Conftest(_) => !review.is_list_item,
                Code::Native(_) => !review.is_only_a_list(),
            };
            if !judged {
                continue;
            }
            if let Some(reason) = unmet(rule, review) {
                verdict.undecided.push(Undecided {
                    rule: rule.meta.id.clone(),
                    path: Pointer::root(),
                    reason: reason.to_owned(),
                    effect: rule.settings.undecided.level(level),
                });
                continue;
            }
            let result = match &rule.code {
                Code::Native(policy) => {
                    let input = input.get_or_insert_with(|| Input::of(review, facts));
                    self.native(position, policy, input.with_parameters(&rule.settings.parameters), facts)
                }
                Code::Conftest(package) => self.conftest(position, package, rule, &review.object, facts),
            };
            match result {
                Ok(outcome) => record(outcome, rule, level, review, &set, &own_exemptions, &mut verdict),
                Err(Failure { kind, message }) => {
                    verdict.faults.push(PolicyFault { rule: rule.meta.id.clone(), level, kind, message });
                }
            }
        }
        verdict.sort();
        verdict
    }

    /// What one rule (by its position in the set) says of a review, before levels and exemptions: for tests that compare
    /// evaluators. The rule is asked whether or not it matches.
    pub fn outcome(&mut self, position: usize, review: &Review, facts: &Facts) -> Result<Outcome, String> {
        let set = self.set.clone();
        let rule = set.rules().get(position).ok_or("there is no such rule")?;
        let result = match &rule.code {
            Code::Native(policy) => {
                let input = Input::of(review, facts).with_parameters(&rule.settings.parameters);
                self.native(position, policy, input, facts)
            }
            Code::Conftest(package) => self.conftest(position, package, rule, &review.object, facts),
        };
        result.map_err(|failure| failure.message)
    }

    fn native(
        &mut self,
        position: usize,
        policy: &NativePolicy,
        input: Value,
        facts: &Facts,
    ) -> Result<Outcome, Failure> {
        let budget = self.set.budget;
        let machine = self.machine(position, facts, || {
            Ok(match policy.compiled().map_err(compile_failure)? {
                CompiledNative::Program(program) => {
                    let mut vm = Box::new(RegoVM::new());
                    vm.load_program(program.clone());
                    vm.set_max_instructions(budget.instructions);
                    vm.set_execution_timer_config(Some(budget.timer()));
                    Engine::Vm(vm)
                }
                CompiledNative::Interpreter(engine) => Engine::Interpreter(engine.clone()),
            })
        })?;
        let result = match &mut machine.engine {
            Engine::Vm(vm) => guarded(|| {
                vm.set_input(input);
                vm.execute().map_err(|error| vm_failure(&error))
            }),
            Engine::Interpreter(engine) => guarded(|| interpreter::evaluate(engine, input, budget)),
        };
        let result = self.kept(position, result)?;
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
        let machine = self.machine(position, facts, || Ok(Engine::Interpreter(compiled.engine.clone())))?;
        let Engine::Interpreter(engine) = &mut machine.engine else {
            return Err(Failure {
                kind: PolicyFaultKind::Compile,
                message: "a Conftest package runs on the interpreter".to_owned(),
            });
        };
        let result = guarded(|| interpreter::evaluate(engine, object.clone(), budget));
        compiled.read(&rule.meta.id, &self.kept(position, result)?)
    }

    /// Drops the machine of an evaluation that panicked: what state it is in nobody knows.
    fn kept(&mut self, position: usize, result: Result<Result<Value, Failure>, Failure>) -> Result<Value, Failure> {
        result.unwrap_or_else(|panicked| {
            if let Some(slot) = self.machines.get_mut(position) {
                *slot = None;
            }
            Err(panicked)
        })
    }

    /// The machine of a rule, made on first need, with the facts' data loaded.
    fn machine(
        &mut self,
        position: usize,
        facts: &Facts,
        make: impl FnOnce() -> Result<Engine, Failure>,
    ) -> Result<&mut Machine, Failure> {
        let none = || Failure { kind: PolicyFaultKind::Compile, message: "the rule is not of this set".to_owned() };
        let slot = self.machines.get_mut(position).ok_or_else(none)?;
        if slot.is_none() {
            *slot = Some(Machine { engine: make()?, data: None, is_loaded: false });
        }
        let machine = slot.as_mut().ok_or_else(none)?;
        machine.load(facts.data())?;
        Ok(machine)
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

/// Why a rule cannot be decided before it is even asked.
fn unmet(rule: &Rule, review: &Review) -> Option<&'static str> {
    if rule.meta.matches.namespace(review.namespace.known()).is_none() {
        return Some("the rule speaks of certain namespaces, and this object's namespace is not known");
    }
    rule.meta.requires.iter().find_map(|requirement| match requirement {
        Requirement::Namespace if review.namespace.known().is_none() => Some("the object's namespace is not known"),
        Requirement::User if review.user.is_none() => Some("who makes the change is not known outside the cluster"),
        Requirement::OldObject if review.old_object.is_none() => {
            Some("the object before the change is not known outside the cluster")
        }
        _ => None,
    })
}

/// Turns what a rule said into findings, exempted findings and undecided points.
fn record(
    outcome: Outcome,
    rule: &Rule,
    level: Level,
    review: &Review,
    set: &PolicySet,
    own: &[SelfExemption],
    verdict: &mut Verdict,
) {
    for raw in outcome.findings {
        let finding = finding(raw, rule, level);
        match exempted(finding, rule, review, set, own) {
            Ok(finding) => verdict.findings.push(finding),
            Err(exempted) => verdict.exempted.push(*exempted),
        }
    }
    verdict.undecided.extend(outcome.undecided.into_iter().map(|raw| Undecided {
        rule: rule.meta.id.clone(),
        path: raw.path,
        reason: raw.reason,
        effect: rule.settings.undecided.level(level),
    }));
}

fn finding(raw: RawFinding, rule: &Rule, level: Level) -> Finding {
    let (id, level) = match raw.foreign {
        Some((id, own)) => (id, own.min(level)),
        None => (rule.meta.id.clone(), level),
    };
    Finding {
        rule: id,
        path: raw.path,
        message: raw.message,
        level,
        severity: rule.meta.severity,
        related: raw.related,
    }
}

/// `Err` with the exemption where one covers the finding.
fn exempted(
    finding: Finding,
    rule: &Rule,
    review: &Review,
    set: &PolicySet,
    own: &[SelfExemption],
) -> Result<Finding, Box<Exempted>> {
    let today = review.situation.now.date_naive();
    let id = &rule.meta.id;
    let found = set
        .exemptions
        .iter()
        .find(|one| one.holds_on(today) && one.names(review) && one.covers(id, &finding.path, review));
    if let Some(exemption) = found {
        let expires = exemption.expires.to_string();
        return Err(Box::new(Exempted { finding, by: exemption.place.clone(), expires }));
    }
    let found = own
        .iter()
        .find(|one| one.rules.iter().any(|rule| **rule == **id) && one.check(id, &set.self_service, today).is_ok());
    match found {
        Some(exemption) => Err(Box::new(Exempted {
            finding,
            by: format!("annotation {ANNOTATION}").into(),
            expires: exemption.until.to_string(),
        })),
        None => Ok(finding),
    }
}

/// Exemptions that the object claims for itself; those that cannot hold are findings of [`SELF_EXEMPTION`].
fn self_exemptions(review: &Review, set: &PolicySet, verdict: &mut Verdict) -> Vec<SelfExemption> {
    let today = review.situation.now.date_naive();
    let annotation = get(&review.object, "metadata")
        .and_then(|metadata| get(metadata, "annotations"))
        .and_then(|all| get_str(all, ANNOTATION));
    let mut found = Vec::new();
    for line in annotation.into_iter().flat_map(|text| text.lines()).filter(|line| !line.trim().is_empty()) {
        match parse_self_exemption(line) {
            Ok(exemption) => {
                let refusals =
                    exemption.rules.iter().filter_map(|rule| exemption.check(rule, &set.self_service, today).err());
                verdict.findings.extend(refusals.map(|reason| refused(&reason)));
                found.push(exemption);
            }
            Err(error) => verdict.findings.push(refused(&error.to_string())),
        }
    }
    found
}

/// Id of findings about exemptions that developers wrote.
const SELF_EXEMPTION: &str = "self-exemption";

fn refused(message: &str) -> Finding {
    let path = ["metadata", "annotations", ANNOTATION].into_iter().map(Into::into).collect();
    Finding {
        rule: SELF_EXEMPTION.into(),
        path,
        message: format!("this exemption does not hold: {message}"),
        level: Level::Warn,
        severity: Severity::Medium,
        related: Vec::new(),
    }
}
