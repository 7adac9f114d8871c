//! What rules make of an object: which rules are asked, what they may change, and that a second time changes nothing.

use std::sync::Arc;

use platlint_engine::{
    Budget, EditOp, Evaluator, Exemption, Facts, FixSafety, Level, Mutate, Mutation, MutationScope, Operation,
    PolicyFaultKind, PolicySet, Review, Rule, SelfService, Value, apply, get, to_json,
};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::{POD, native, set};

const TOKEN: &str = "patch contains {\"op\": \"set\", \"path\": path, \"value\": false} if {
\tsome pod in input.pods
\tspec = pod.spec
\tnot has_token(spec)
\tpath = array.concat(pod.path, [\"spec\", \"automountServiceAccountToken\"])
}

has_token(spec) if {
\tspec.automountServiceAccountToken == true
}
";

const LABEL: &str =
    "patch contains {\"op\": \"set\", \"path\": [\"metadata\", \"labels\", \"seen\"], \"value\": \"yes\"} if {
\tinput.review.object.spec.automountServiceAccountToken == false
}
";

fn patching(id: &str, body: &str) -> Rule {
    let mut rule = native(id, body);
    rule.settings.mutate = Mutate::All;
    rule.meta.fix = Some(FixSafety::Safe);
    rule
}

/// A rule that sets one field to a constant.
fn setting(id: &str, path: &Json, value: &Json) -> Rule {
    patching(id, &format!("patch contains {{\"op\": \"set\", \"path\": {path}, \"value\": {value}}}\n"))
}

fn pod() -> Review {
    super::review(POD)
}

fn mutate_in(set: PolicySet, review: &Review, scope: MutationScope) -> Mutation {
    let facts = Facts::default();
    let mut evaluator = Evaluator::new(Arc::new(set));
    let mutation = evaluator.mutate(review, &facts, scope);
    assert_eq!(apply(&mutation.patch, &review.object).as_ref(), Ok(&mutation.object));
    assert_eq!(mutation.patch.is_empty(), mutation.object == review.object);
    if mutation.faults.is_empty() {
        let again = evaluator.mutate(&Review { object: mutation.object.clone(), ..review.clone() }, &facts, scope);
        assert!(again.patch.is_empty() && again.changes.is_empty(), "idempotent: {again:?}");
    }
    mutation
}

fn mutate(rules: Vec<Rule>, review: &Review) -> Mutation {
    mutate_in(set(rules), review, MutationScope::Cluster)
}

fn patch(mutation: &Mutation) -> Json {
    serde_json::to_value(&mutation.patch).unwrap()
}

#[test]
fn rules_see_what_others_did_until_nothing_changes() {
    let mutation = mutate(vec![patching("a-label", LABEL), patching("b-token", TOKEN)], &pod());
    assert_eq!(
        patch(&mutation),
        json!([
            {"op": "add", "path": "/metadata/labels", "value": {"seen": "yes"}},
            {"op": "add", "path": "/spec/automountServiceAccountToken", "value": false},
        ])
    );
    assert_eq!((mutation.rounds, mutation.faults.len()), (3, 0));
    let changes: Vec<_> = mutation.changes.iter().map(|one| (&*one.rule, one.path.to_string(), one.op)).collect();
    let set = |rule, path: &str| (rule, path.to_owned(), EditOp::Set);
    assert_eq!(
        changes,
        [set("b-token", "/spec/automountServiceAccountToken"), set("a-label", "/metadata/labels/seen")]
    );
}

#[test]
fn an_object_that_needs_nothing_is_shared_and_not_copied() {
    let review = super::review(&POD.replace("\"spec\":{", "\"spec\":{\"automountServiceAccountToken\":false,"));
    let mutation = mutate(vec![patching("token", TOKEN)], &review);
    assert_eq!((mutation.rounds, mutation.patch.len()), (1, 0));
    match (&mutation.object, &review.object) {
        (Value::Object(after), Value::Object(before)) => assert!(Arc::ptr_eq(after, before)),
        _ => panic!("both are objects"),
    }
}

#[test]
fn in_the_cluster_only_rules_that_are_told_to_change_what_they_may() {
    let deployment = super::review(
        r#"{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"a","namespace":"b"},"spec":{"template":{"spec":{}}}}"#,
    );
    let with = |change: &dyn Fn(&mut Rule)| {
        let mut rule = patching("token", TOKEN);
        change(&mut rule);
        vec![rule]
    };
    let count = |change: &dyn Fn(&mut Rule), review: &Review| mutate(with(change), review).patch.len();
    assert_eq!(count(&|_| (), &deployment), 1);
    for change in [
        &(|rule: &mut Rule| rule.settings.mutate = Mutate::Off) as &dyn Fn(&mut Rule),
        &|rule| rule.settings.mutate = Mutate::Pods,
        &|rule| rule.settings.level = Level::Audit,
        &|rule| rule.settings.level = Level::Off,
        &|rule| rule.settings.inactive = Some("no".to_owned()),
        &|rule| rule.meta.matches.operations = vec![Operation::Update],
        &|rule| rule.meta.requires = vec![platlint_engine::Requirement::User],
    ] {
        assert_eq!(count(change, &deployment), 0);
    }
    assert_eq!(count(&|rule| rule.settings.mutate = Mutate::Pods, &pod()), 1);
    assert_eq!(count(&|rule| rule.settings.level = Level::Warn, &pod()), 1);
}

#[test]
fn fixing_asks_rules_that_call_themselves_fixes() {
    let fix = |safety, level, unsafe_too| {
        let mut rule = patching("token", TOKEN);
        rule.settings.mutate = Mutate::Off;
        rule.settings.level = level;
        rule.meta.fix = safety;
        mutate_in(set(vec![rule]), &pod(), MutationScope::Fix { unsafe_too }).patch.len()
    };
    assert_eq!(fix(Some(FixSafety::Safe), Level::Audit, false), 1);
    assert_eq!(fix(Some(FixSafety::Safe), Level::Off, false), 0);
    assert_eq!(fix(Some(FixSafety::Unsafe), Level::Error, false), 0);
    assert_eq!(fix(Some(FixSafety::Unsafe), Level::Error, true), 1);
    assert_eq!(fix(None, Level::Error, true), 0);
}

#[test]
fn mirror_pods_and_what_is_deleted_stay_as_they_are() {
    let changed = |metadata: &str, operation| {
        let mut review = super::review(&POD.replace("\"namespace\":", &format!("{metadata},\"namespace\":")));
        review.operation = operation;
        review.old_object = Some(review.object.clone());
        mutate(vec![setting("label", &json!(["metadata", "labels", "a"]), &json!("b"))], &review).patch.len()
    };
    let plain = "\"generation\":1";
    assert_eq!(changed(plain, Operation::Create), 1);
    assert_eq!(changed(plain, Operation::Update), 1);
    assert_eq!(changed("\"annotations\":{\"kubernetes.io/config.mirror\":\"x\"}", Operation::Create), 0);
    assert_eq!(changed("\"deletionTimestamp\":\"2026-11-21T12:00:00Z\"", Operation::Update), 0);
    assert_eq!(changed(plain, Operation::Delete), 0);
    assert_eq!(changed(plain, Operation::Connect), 0);
}

#[test]
fn the_spec_of_a_running_pod_is_left_alone() {
    let mut review = pod();
    review.operation = Operation::Update;
    review.old_object = Some(review.object.clone());
    let rules = || vec![patching("token", TOKEN), setting("label", &json!(["metadata", "labels", "a"]), &json!("b"))];
    assert_eq!(
        patch(&mutate(rules(), &review)),
        json!([{"op": "add", "path": "/metadata/labels", "value": {"a": "b"}}])
    );
    review.operation = Operation::Create;
    assert_eq!(mutate(rules(), &review).patch.len(), 2);
}

#[test]
fn what_is_exempted_is_not_changed() {
    let images = "patch contains {\"op\": \"set\", \"path\": path, \"value\": \"IfNotPresent\"} if {
\tsome container in input.containers
\tpath = array.concat(container.path, [\"imagePullPolicy\"])
}
";
    let exemption = |container: Option<&str>| Exemption {
        rule: "pull".into(),
        kind: None,
        namespace: None,
        name: Some("cart".into()),
        container: container.map(str::to_owned),
        reason: "r".into(),
        owner: "o".into(),
        expires: "2026-11-21".parse().unwrap(),
        place: "platlint.yaml:14".into(),
    };
    let with = |exemptions, service, review: &Review| {
        let set = PolicySet::new(vec![patching("pull", images)], Vec::new(), exemptions, service, String::new());
        let mutation = mutate_in(set, review, MutationScope::Cluster);
        mutation.patch.iter().map(|one| one.path().to_string()).collect::<Vec<_>>()
    };
    let (app, log) = ("/spec/containers/0/imagePullPolicy".to_owned(), "/spec/containers/1/imagePullPolicy".to_owned());
    let none = SelfService::default;
    assert_eq!(with(vec![], none(), &pod()), [app.clone(), log.clone()]);
    assert_eq!(with(vec![exemption(Some("log"))], none(), &pod()), std::slice::from_ref(&app));
    assert!(with(vec![exemption(None)], none(), &pod()).is_empty());
    let own = "\"annotations\":{\"platlint.dev/exempt\":\"pull reason=why owner=team-a until=2026-11-30\"}";
    let own = super::review(&POD.replace("\"namespace\":", &format!("{own},\"namespace\":")));
    assert_eq!(with(vec![], none(), &own), [app, log]);
    assert!(with(vec![], SelfService { rules: vec!["pull".into()], max_days: 30 }, &own).is_empty());
}

#[test]
fn of_two_rules_that_contradict_each_other_the_later_changes_nothing() {
    let path = json!(["metadata", "labels", "tier"]);
    let other = json!(["metadata", "labels", "other"]);
    let mut second = setting("b", &path, &json!("two"));
    if let platlint_engine::policy::Code::Native(policy) = &second.code {
        let more = format!("\npatch contains {{\"op\": \"set\", \"path\": {other}, \"value\": \"x\"}}\n");
        let text = format!("{}{more}", policy.modules()[0].text);
        second.code = native_code("b", &text);
    }
    let mutation = mutate(vec![second, setting("a", &path, &json!("one"))], &pod());
    assert_eq!(get(get(&mutation.object, "metadata").unwrap(), "labels").map(to_json), Some(json!({"tier": "one"})));
    let faults: Vec<_> = mutation.faults.iter().map(|fault| (&*fault.rule, fault.kind, fault.level)).collect();
    assert_eq!(faults, [("b", PolicyFaultKind::Conflict, Level::Error)]);
}

fn native_code(id: &str, text: &str) -> platlint_engine::policy::Code {
    use platlint_engine::policy::{Code, Dialect, NativePolicy};
    Code::Native(NativePolicy::new(vec![super::module(&format!("{id}.rego"), text)], Dialect::Any))
}

#[test]
fn rules_that_undo_each_other_are_at_fault_and_change_nothing() {
    let flip = |from: &str, to: &str| {
        format!(
            "patch contains {{\"op\": \"set\", \"path\": [\"metadata\", \"labels\", \"x\"], \"value\": \"{to}\"}} if {{\n\tinput.review.object.metadata.labels.x == \"{from}\"\n}}\n"
        )
    };
    let review = super::review(&POD.replace("\"namespace\":", "\"labels\":{\"x\":\"a\"},\"namespace\":"));
    let rules = vec![
        patching("a-to-b", &flip("a", "b")),
        patching("b-to-a", &flip("b", "a")),
        setting("fine", &json!(["metadata", "labels", "y"]), &json!("z")),
    ];
    let mutation = mutate(rules, &review);
    assert_eq!(patch(&mutation), json!([{"op": "add", "path": "/metadata/labels/y", "value": "z"}]));
    assert_eq!(mutation.changes.len(), 1);
    let faults: Vec<_> = mutation.faults.iter().map(|fault| (&*fault.rule, fault.kind)).collect();
    assert_eq!(faults, [("a-to-b", PolicyFaultKind::Conflict), ("b-to-a", PolicyFaultKind::Conflict)]);
}

#[test]
fn a_rule_that_grows_the_object_for_ever_is_at_fault() {
    let grow = "patch contains {\"op\": \"append\", \"path\": [\"spec\", \"list\"], \"value\": size} if {
\tsize = count(object.get(input.review.object.spec, \"list\", []))
}
";
    let mutation = mutate(vec![patching("grow", grow)], &pod());
    assert!(mutation.patch.is_empty());
    assert_eq!(mutation.faults[0].kind, PolicyFaultKind::Conflict);
}

#[test]
fn a_rule_at_fault_takes_back_what_it_did_before_and_others_stay() {
    // Fails only once it sees its own change.
    let late = "patch contains {\"op\": \"set\", \"path\": [\"metadata\", \"labels\", \"late\"], \"value\": \"x\"} if {
\tnot input.review.object.metadata.labels.late
}

patch contains {\"op\": \"set\", \"path\": [\"spec\", \"containers\", 9, \"image\"], \"value\": \"x\"} if {
\tinput.review.object.metadata.labels.late
}
";
    let fine = setting("fine", &json!(["metadata", "labels", "y"]), &json!("z"));
    let mutation = mutate(vec![patching("late", late), fine], &pod());
    assert_eq!(patch(&mutation), json!([{"op": "add", "path": "/metadata/labels", "value": {"y": "z"}}]));
    assert_eq!(mutation.faults.len(), 1);
    assert_eq!(mutation.faults[0].kind, PolicyFaultKind::Shape);
    assert_eq!(mutation.faults[0].message, "patch: `set` does not fit the object at /spec/containers/9/image");
}

#[test]
fn other_shapes_budgets_and_code_that_fails_are_faults() {
    let endless = "patch contains {\"op\": \"set\", \"path\": [\"a\"], \"value\": 1} if {\n\tsome a in numbers.range(1, 5000)\n\tsome b in numbers.range(1, 5000)\n\ta * b == -1\n}\n";
    let rules = vec![
        patching("budget", endless),
        patching("compile", "patch contains x if {\n\tx = nonsense(1)\n}\n"),
        patching(
            "evaluation",
            "patch contains x if {\n\tx = walked\n}\n\nwalked[x] := 1 if {\n\tsome x in [1]\n\tstartswith(input.review.object.spec, \"a\")\n}\n",
        ),
        patching("shape", "patch contains \"text\"\n"),
    ];
    let budget = Budget { instructions: 10_000, ..Budget::default() };
    let mutation = mutate_in(set(rules).with_budget(budget), &pod(), MutationScope::Cluster);
    let faults: Vec<_> = mutation.faults.iter().map(|fault| (&*fault.rule, fault.kind)).collect();
    assert_eq!(
        faults,
        [
            ("budget", PolicyFaultKind::Budget),
            ("compile", PolicyFaultKind::Compile),
            ("evaluation", PolicyFaultKind::Evaluation),
            ("shape", PolicyFaultKind::Shape),
        ]
    );
    assert!(mutation.patch.is_empty());
}

#[test]
fn deciding_does_not_ask_for_patches() {
    let both = "deny contains {\"msg\": \"no\", \"path\": []}\n\npatch contains \"wrong shape\"\n";
    let verdict = super::decide(set(vec![patching("both", both), patching("token", TOKEN)]), &pod());
    assert_eq!((verdict.findings.len(), verdict.faults.len()), (1, 0));
}

#[test]
fn patches_outside_the_safe_subset_run_on_the_interpreter() {
    let body = "patch contains {\"op\": \"set\", \"path\": path, \"value\": \"alpine\"} if {\n\twalk(input.review.object, [path, \"busybox\"])\n}\n";
    let mutation = mutate(vec![patching("walk", body)], &pod());
    assert_eq!(patch(&mutation), json!([{"op": "replace", "path": "/spec/containers/1/image", "value": "alpine"}]));
}

#[test]
fn the_safe_subset_holds_for_patches_as_for_violations() {
    use platlint_engine::policy::{Code, CompileError, Dialect, NativePolicy};
    let text = "package platlint.test.x\n\npatch contains {\"op\": \"set\", \"path\": [\"a\"], \"value\": input.b} if {\n\ttrue\n}\n";
    let code = Code::Native(NativePolicy::new(vec![super::module("x.rego", text)], Dialect::SafeSubset));
    assert!(matches!(super::rule("x", code).compile(), Err(CompileError::Dialect(_))));
}

#[test]
fn an_outcome_holds_patches_too() {
    let mut evaluator = Evaluator::new(Arc::new(set(vec![patching("token", TOKEN)])));
    let outcome = evaluator.outcome(0, &pod(), &Facts::default()).unwrap();
    assert_eq!(outcome.edits[0].path.to_string(), "/spec/automountServiceAccountToken");
}

/// Edits as a rule might give them, on a small object, so that they meet.
fn any_edit() -> impl Strategy<Value = Json> {
    let segment = prop_oneof![Just(json!("a")), Just(json!("b")), Just(json!("list")), Just(json!(0)), Just(json!(1))];
    let path = prop::collection::vec(segment, 1..4);
    let value = prop_oneof![
        Just(json!(1)),
        Just(json!("x")),
        Just(json!({"a": 1})),
        Just(json!([1, {"b": 2}])),
        Just(json!({"list": [{}]}))
    ];
    (prop_oneof![Just("set"), Just("append"), Just("remove")], path, value).prop_map(|(op, path, value)| {
        let path: Vec<Json> = std::iter::once(json!("spec")).chain(path).collect();
        if op == "remove" { json!({"op": op, "path": path}) } else { json!({"op": op, "path": path, "value": value}) }
    })
}

fn any_spec() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![Just(json!(1)), Just(Json::Null), Just(json!("x")), Just(json!({})), Just(json!([]))];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Json::from),
            prop::collection::btree_map("a|b|list", inner, 0..3)
                .prop_map(|map| map.into_iter().collect::<serde_json::Map<_, _>>().into()),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Whatever rules want: the patch applies, is empty only where nothing changed, and without faults a second mutation
    /// changes nothing (all three are asserted by `mutate_in`).
    #[test]
    fn whatever_rules_want_the_patch_is_that_of_the_object(
        wishes in prop::collection::vec(prop::collection::vec(any_edit(), 0..3), 1..4),
        spec in any_spec(),
    ) {
        let rules = wishes.iter().enumerate().map(|(index, edits)| {
            let sets: Vec<String> = edits.iter().map(|edit| format!("patch contains {edit}\n")).collect();
            patching(&format!("r{index}"), &format!("{}\ndeny contains 1 if {{\n\tinput.never\n}}\n", sets.join("\n")))
        });
        let review = super::review(
            &json!({"apiVersion": "example.org/v1", "kind": "Thing", "metadata": {"name": "a"}, "spec": spec}).to_string(),
        );
        mutate_in(set(rules.collect()), &review, MutationScope::Cluster);
    }
}
