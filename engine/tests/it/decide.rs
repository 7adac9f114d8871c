//! Verdicts of native rules, and faults, which are never a pass.

use platlint_engine::Level;
use platlint_engine::{Budget, PolicyFaultKind, Requirement, UndecidedEffect};

use super::{POD, decide, native, review, set};

const NO_NGINX: &str = "deny contains {\"msg\": msg, \"path\": path} if {
\tsome container in input.containers
\tcontainer.spec.image == \"nginx\"
\tpath = array.concat(container.path, [\"image\"])
\tmsg = sprintf(\"%v is nginx\", [container.name])
}
";

#[test]
fn a_finding_says_what_and_where() {
    let verdict = decide(set(vec![native("no-nginx", NO_NGINX)]), &review(POD));
    let [finding] = &verdict.findings[..] else { panic!("{verdict:?}") };
    assert_eq!(finding.message, "app is nginx");
    assert_eq!(finding.path.to_string(), "/spec/containers/0/image");
    assert_eq!(finding.level, Level::Error);
}

#[test]
fn the_same_review_gives_the_same_verdict_also_from_a_used_evaluator() {
    let set = std::sync::Arc::new(set(vec![native("no-nginx", NO_NGINX)]));
    let mut evaluator = platlint_engine::Evaluator::new(set);
    let facts = platlint_engine::Facts::default();
    let first = evaluator.decide(&review(POD), &facts);
    let clean = review(&POD.replace("nginx", "caddy"));
    assert!(evaluator.decide(&clean, &facts).findings.is_empty());
    assert_eq!(evaluator.decide(&review(POD), &facts), first);
}

#[test]
fn a_rule_off_the_safe_subset_runs_on_the_interpreter() {
    let body = "deny contains {\"msg\": \"walked\", \"path\": path} if {\n\twalk(input.review.object, [path, \"busybox\"])\n}\n";
    let verdict = decide(set(vec![native("walks", body)]), &review(POD));
    assert_eq!(verdict.findings[0].path.to_string(), "/spec/containers/1/image");
}

#[test]
fn an_endless_rule_is_a_fault_and_no_pass() {
    let body = "deny contains {\"msg\": \"never\", \"path\": []} if {\n\tsome a in numbers.range(1, 5000)\n\tsome b in numbers.range(1, 5000)\n\ta * b == -1\n}\n";
    let budget = Budget { instructions: 10_000, ..Budget::default() };
    let verdict = decide(set(vec![native("slow", body)]).with_budget(budget), &review(POD));
    assert_eq!(verdict.faults[0].kind, PolicyFaultKind::Budget, "{verdict:?}");
    assert!(verdict.findings.is_empty());
}

/// What SECURITY.md says of a rule's memory: gathering costs instructions, so the budget ends it; what fits, fits.
#[test]
fn what_a_rule_gathers_item_by_item_ends_with_its_budget() {
    let gathers = |pairs: &str| {
        let body = format!(
            "deny contains {{\"msg\": \"many\", \"path\": []}} if {{\n\tgathered := {pairs}\n\tcount(gathered) > 90000\n}}\n"
        );
        decide(set(vec![native("gathers", &body)]), &review(POD))
    };
    let fits = gathers("[sprintf(\"%056d\", [a]) | some a in numbers.range(1, 100000)]");
    assert_eq!((fits.findings.len(), fits.faults.len()), (1, 0), "{fits:?}");
    let ends = gathers("[[a, b] | some a in numbers.range(1, 2000); some b in numbers.range(1, 2000)]");
    assert_eq!(ends.faults.first().map(|fault| fault.kind), Some(PolicyFaultKind::Budget), "{ends:?}");
    assert!(ends.findings.is_empty());
}

#[test]
fn an_endless_rule_of_the_interpreter_meets_the_backstop() {
    let body = "deny contains {\"msg\": \"never\", \"path\": []} if {\n\twalk({}, [_, _])\n\tsome a in numbers.range(1, 5000)\n\tsome b in numbers.range(1, 5000)\n\ta * b == -1\n}\n";
    let budget = Budget { backstop: std::time::Duration::from_millis(20), ..Budget::default() };
    let verdict = decide(set(vec![native("slow", body)]).with_budget(budget), &review(POD));
    assert_eq!(verdict.faults[0].kind, PolicyFaultKind::Backstop, "{verdict:?}");
}

#[test]
fn a_result_of_another_shape_is_a_fault() {
    let verdict = decide(set(vec![native("odd", "deny contains \"text\"\n")]), &review(POD));
    assert_eq!(verdict.faults[0].kind, PolicyFaultKind::Shape);
}

#[test]
fn a_rule_that_does_not_compile_is_a_fault_and_the_others_still_judge() {
    let rules = vec![native("broken", "deny contains x if {\n\tx = nonsense(1)\n}\n"), native("no-nginx", NO_NGINX)];
    let verdict = decide(set(rules), &review(POD));
    assert_eq!(verdict.faults[0].kind, PolicyFaultKind::Compile);
    assert_eq!(verdict.findings.len(), 1);
}

#[test]
fn conflicting_values_are_a_fault() {
    let body = "a := 1\n\na := 2\n\ndeny contains {\"msg\": \"m\", \"path\": []} if {\n\ta == 1\n}\n";
    let verdict = decide(set(vec![native("conflict", body)]), &review(POD));
    assert_eq!(verdict.faults[0].kind, PolicyFaultKind::Evaluation, "{verdict:?}");
}

#[test]
fn what_must_be_known_and_is_not_leaves_the_rule_undecided() {
    let mut rule = native("no-nginx", NO_NGINX);
    rule.meta.requires = vec![Requirement::User];
    rule.settings.undecided = UndecidedEffect::Warn;
    let verdict = decide(set(vec![rule]), &review(POD));
    assert!(verdict.findings.is_empty());
    assert_eq!(verdict.undecided[0].effect, Level::Warn);
}

#[test]
fn a_rule_may_say_itself_that_it_cannot_decide() {
    let body = "undecided contains {\"reason\": \"who knows\", \"path\": [\"spec\"]} if {\n\tinput.review.kind.kind == \"Pod\"\n}\n";
    let verdict = decide(set(vec![native("unsure", body)]), &review(POD));
    assert_eq!(verdict.undecided[0].reason, "who knows");
    assert_eq!(verdict.undecided[0].effect, Level::Off);
}
