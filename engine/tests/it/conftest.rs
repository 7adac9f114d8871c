//! Conftest packages: what is evaluated, and what is a fault.

use platlint_engine::{Level, PolicyFaultKind};

use super::{POD, conftest, decide, review, set};

#[test]
fn runs_deny_warn_and_violation_on_the_document_itself() {
    let body = "deny contains msg if {\n\tinput.kind == \"Pod\"\n\tmsg := \"a pod\"\n}\n
warn_soon contains {\"msg\": \"soon\"}\n
violation contains {\"msg\": msg, \"details\": {}} if {\n\tmsg := input.metadata.name\n}\n";
    let verdict = decide(set(vec![conftest(body)]), &review(POD));
    let seen: Vec<_> = verdict.findings.iter().map(|f| (&*f.rule, &*f.message, f.level)).collect();
    assert_eq!(
        seen,
        [
            ("main.deny", "a pod", Level::Error),
            ("main.violation", "cart", Level::Error),
            ("main.warn_soon", "soon", Level::Warn)
        ]
    );
    assert!(verdict.findings.iter().all(|finding| finding.path.to_string().is_empty()));
}

#[test]
fn a_built_in_that_fails_is_a_fault() {
    let verdict = decide(
        set(vec![conftest("deny contains msg if {\n\tstartswith(input.spec, \"a\")\n\tmsg := \"never\"\n}\n")]),
        &review(POD),
    );
    assert_eq!(verdict.faults[0].kind, PolicyFaultKind::Evaluation);
    assert!(verdict.faults[0].message.contains("main.rego:4"), "{}", verdict.faults[0].message);
}

#[test]
fn a_message_of_another_shape_is_a_fault() {
    let verdict = decide(set(vec![conftest("deny contains 5\n")]), &review(POD));
    assert_eq!(verdict.faults[0].kind, PolicyFaultKind::Shape);
}

#[test]
fn a_negated_operand_that_is_undefined_means_what_it_means_to_opa() {
    // Stock OPA 1.22 gives `internal` undefined and so `not internal`, for an object without `spec.host`.
    for condition in [
        "not endswith(input.spec.host, \".example.com\")",
        "not input.spec.replicas > 5",
        "not input.spec.host in {\"a\"}",
        "not input.spec.replicas + 1 == 2",
        "not endswith(lower(input.spec.host), \"m\")",
    ] {
        let body = format!(
            "deny contains \"not internal\" if {{\n\tinput.kind == \"Pod\"\n\tnot internal\n}}\n\ninternal if {{\n\t{condition}\n}}\n"
        );
        let verdict = decide(set(vec![conftest(&body)]), &review(POD));
        assert_eq!(verdict.findings.len(), 1, "{condition}: {verdict:?}");
    }
}

#[test]
fn a_negated_reference_means_the_same_as_before() {
    let body =
        "deny contains msg if {\n\tsome c in input.spec.containers\n\tnot c.resources.limits.cpu\n\tmsg := c.name\n}\n";
    assert_eq!(decide(set(vec![conftest(body)]), &review(POD)).findings.len(), 2);
}
