//! A program without what its execution never reads. The VM copies what it knows of a rule at every call of it, names and
//! markers included, and calls a rule that is a constant as any other: both cost more than most rules do.

use std::sync::Arc;

use regorus::rvm::Instruction;
use regorus::rvm::program::{Program, RuleInfo, RuleType};

/// The same program, lean: it computes what it computed before. Listings of it show no names and no source.
pub(crate) fn lean(program: Arc<Program>) -> Arc<Program> {
    let mut program = Arc::unwrap_or_clone(program);
    program.sources.clear();
    program.instruction_spans.clear();
    let constants: Vec<Option<u16>> =
        program.rule_infos.iter().map(|rule| constant(rule, &program.instructions)).collect();
    for instruction in &mut program.instructions {
        if let Instruction::CallRule { dest, rule_index } = *instruction
            && let Some(Some(literal_idx)) = constants.get(usize::from(rule_index))
        {
            *instruction = Instruction::Load { dest, literal_idx: *literal_idx };
        }
    }
    program.rule_infos.iter_mut().for_each(strip);
    Arc::new(program)
}

/// The literal that a rule always is: its only body does nothing but load it.
fn constant(rule: &RuleInfo, instructions: &[Instruction]) -> Option<u16> {
    let is_plain = matches!(rule.rule_type, RuleType::Complete)
        && rule.function_info.is_none()
        && rule.default_literal_index.is_none()
        && rule.destructuring_blocks.iter().all(Option::is_none);
    let [bodies] = rule.definitions.as_slice() else { return None };
    let [start] = bodies.as_slice() else { return None };
    let body = instructions.get(usize::try_from(*start).ok()?..)?;
    let ([Instruction::RuleInit { result_reg, .. }, rest @ ..], true) = (body, is_plain) else { return None };
    match rest {
        [Instruction::Load { dest, literal_idx }, Instruction::RuleReturn {}, ..] if dest == result_reg => {
            Some(*literal_idx)
        }
        [
            Instruction::Load { dest, literal_idx },
            Instruction::Move { dest: to, src },
            Instruction::RuleReturn {},
            ..,
        ] if src == dest && to == result_reg => Some(*literal_idx),
        _ => None,
    }
}

/// Markers that are not there count as not set.
fn strip(rule: &mut RuleInfo) {
    rule.name = String::new();
    if let Some(function) = &mut rule.function_info {
        function.param_names = Vec::new();
    }
    if rule.destructuring_blocks.iter().all(Option::is_none) {
        rule.destructuring_blocks = Vec::new();
    }
    if rule.else_bodies.iter().flatten().all(|is_else| !is_else) {
        rule.else_bodies = Vec::new();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    use regorus::Value;
    use regorus::languages::rego::compiler::Compiler;
    use regorus::rvm::vm::RegoVM;

    /// Constants of every shape, functions with patterns and several definitions, `else`, sets of several bodies.
    const POLICY: &str = r#"package a

kinds := {"Pod", "Job"}

names := {"a": ["b", 1], "c": null}

nothing := false

otherwise := "one" if {
	input.x == 1
} else := "other"

pair([left, right]) := value if {
	value = sprintf("%v-%v", [left, right])
}

is_small(value) if value < 2

is_small(value) if value == 7

result contains message if {
	some kind in input.kinds
	kinds[kind]
	message = kind
}

result contains message if {
	not nothing
	parts = [input.x, names.a[0]]
	message = pair(parts)
}

result contains message if {
	value = input.x
	is_small(value)
	message = otherwise
}
"#;

    fn program() -> Arc<Program> {
        let mut engine = regorus::Engine::new();
        engine.add_policy("a.rego".to_owned(), POLICY.to_owned()).unwrap();
        let compiled = engine.compile_with_entrypoint(&"data.a.result".into()).unwrap();
        Compiler::compile_from_policy(&compiled, &["data.a.result"]).unwrap()
    }

    fn run(program: Arc<Program>, input: &Value) -> Value {
        let mut vm = RegoVM::new();
        vm.load_program(program);
        vm.set_input(input.clone());
        vm.execute().unwrap()
    }

    #[test]
    fn computes_what_the_program_computed() {
        for (input, expected) in [
            (r#"{"x": 1, "kinds": ["Pod", "Service"]}"#, r#"["1-b", "Pod", "one"]"#),
            (r#"{"x": 7, "kinds": []}"#, r#"["7-b", "other"]"#),
            (r#"{"x": 3}"#, r#"["3-b"]"#),
            ("{}", "[]"),
        ] {
            let input = Value::from_json_str(input).unwrap();
            let result = run(program(), &input);
            assert_eq!(run(lean(program()), &input), result, "{input}");
            let expected = Value::from_json_str(expected).unwrap();
            let expected: BTreeSet<Value> = expected.as_array().unwrap().iter().cloned().collect();
            assert_eq!(result, Value::from(expected), "{input}");
        }
    }

    #[test]
    fn loads_constants_instead_of_calling_them() {
        let (before, after) = (program(), lean(program()));
        let calls = |program: &Program| {
            let called = |one: &&Instruction| matches!(one, Instruction::CallRule { .. });
            program.instructions.iter().filter(called).count()
        };
        // The sets `kinds` and `names`, and `nothing`.
        assert_eq!(calls(&before) - calls(&after), 3);
    }

    #[test]
    fn carries_no_names_and_no_source() {
        let program = lean(program());
        assert!(program.sources.is_empty() && program.instruction_spans.is_empty());
        assert!(program.rule_infos.iter().all(|rule| rule.name.is_empty()));
    }
}
