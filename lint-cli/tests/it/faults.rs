//! Policies that fail: exit status 2 naming rule and line, whatever else was found, also under `--exit-zero`.

use crate::sandbox::{POD, Ran, Sandbox};

/// Runs a native rule with this body.
fn run(body: &str) -> Ran {
    let rule = format!(
        "# METADATA\n# title: Test\n# custom:\n#   platlint: {{level: error}}\npackage platlint.test.fails\n\n{body}"
    );
    Sandbox::with(&[("policies/test/fails/fails.rego", rule.as_bytes()), ("pod.yaml", POD.as_bytes())]).run(&[
        "--policy",
        "policies",
        "--format",
        "concise",
        "--exit-zero",
    ])
}

fn shown(name: &str, body: &str) {
    let ran = run(body);
    assert_eq!(ran.code, 2, "{}", ran.shown());
    insta::assert_snapshot!(name, ran.shown());
}

#[test]
fn a_failing_built_in_is_a_fault() {
    shown("fault_builtin", "deny contains x if {\n\twalk(1, [_, _])\n\tx := to_number(input.review.kind.kind)\n}\n");
}

#[test]
fn an_endless_rule_is_a_fault() {
    let ran = run(
        "deny contains {\"msg\": \"m\", \"path\": []} if {\n\tsome a in numbers.range(1, 5000)\n\tsome b in numbers.range(1, 5000)\n\ta * b == -1\n}\n",
    );
    assert_eq!(ran.code, 2);
    met_a_limit(&ran);
}

/// Which of the two limits is met first depends on the machine.
fn met_a_limit(ran: &Ran) {
    let mut limits = ["(budget)", "(backstop)"].into_iter();
    assert!(limits.any(|limit| ran.stderr.contains(&format!("policy fault in fails {limit}"))), "{}", ran.shown());
}

#[test]
fn a_rule_that_builds_ever_more_is_a_fault() {
    let ran = run(
        "deny contains {\"msg\": \"m\", \"path\": []} if {\n\tall = [y | some a in numbers.range(1, 5000); some b in numbers.range(1, 5000); y = [a, b]]\n\tcount(all) == 0\n}\n",
    );
    assert_eq!(ran.code, 2, "{}", ran.shown());
    met_a_limit(&ran);
}

#[test]
fn a_result_of_another_shape_is_a_fault() {
    shown("fault_shape", "deny contains \"text\"\n");
}

#[test]
fn conflicting_values_are_a_fault() {
    shown("fault_conflict", "a := 1\n\na := 2\n\ndeny contains {\"msg\": \"m\", \"path\": []} if {\n\ta == 1\n}\n");
}

#[test]
fn what_cannot_be_parsed_or_called_is_known_before_anything_is_judged() {
    shown("fault_syntax", "deny contains if {\n");
    shown("fault_unknown_function", "deny contains x if {\n\tx = nonsense(1)\n}\n");
    shown("fault_clock", "deny contains x if {\n\tx = time.now_ns()\n}\n");
}
