//! Updates are judged against the old object: what was wrong before does not newly fail, what is newly wrong does.

use platlint_engine::{Level, Operation, PolicySet, Review, Rule, SelfService, UndecidedEffect, Value, Verdict};
use serde_json::{Value as Json, json};

use super::{conftest, decide, native, set};

/// Says the image of every container that is not pinned.
const PINNED: &str = "deny contains {\"msg\": \"not pinned\", \"path\": path} if {
\tsome container in input.containers
\timage = container.spec.image
\tnot contains(image, \"@\")
\tpath = array.concat(container.path, [\"image\"])
}
";

fn update(old: &Json, new: &Json) -> Review {
    let mut review = super::review(&new.to_string());
    review.operation = Operation::Update;
    review.old_object = Some(Value::from(old.clone()));
    review
}

fn pod(containers: &Json) -> Json {
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "cart", "namespace": "shop"},
        "spec": {"containers": containers}})
}

fn judged(rule: Rule, old: &Json, new: &Json) -> Verdict {
    decide(set(vec![rule]), &update(old, new))
}

fn counts(verdict: &Verdict) -> (usize, usize) {
    (verdict.findings.len(), verdict.preexisting.len())
}

#[test]
fn what_the_old_object_had_does_not_newly_fail() {
    let before = pod(&json!([{"name": "a", "image": "nginx"}]));
    let mut after = before.clone();
    after["metadata"]["labels"] = json!({"new": "label"});
    let verdict = judged(native("pinned", PINNED), &before, &after);
    assert_eq!(counts(&verdict), (0, 1));
    assert_eq!(verdict.preexisting[0].path.to_string(), "/spec/containers/0/image");
}

#[test]
fn another_offending_value_at_the_same_place_is_a_new_finding() {
    let before = pod(&json!([{"name": "a", "image": "nginx"}]));
    let after = pod(&json!([{"name": "a", "image": "apache"}]));
    assert_eq!(counts(&judged(native("pinned", PINNED), &before, &after)), (1, 0));
}

#[test]
fn another_container_in_the_same_place_is_a_new_finding() {
    let before = pod(&json!([{"name": "a", "image": "nginx"}]));
    let after = pod(&json!([{"name": "b", "image": "nginx"}, {"name": "a", "image": "nginx"}]));
    assert_eq!(counts(&judged(native("pinned", PINNED), &before, &after)), (2, 0));
}

#[test]
fn what_is_added_beside_it_is_a_new_finding() {
    let before = pod(&json!([{"name": "a", "image": "nginx"}]));
    let after = pod(&json!([{"name": "a", "image": "nginx"}, {"name": "b", "image": "nginx"}]));
    assert_eq!(counts(&judged(native("pinned", PINNED), &before, &after)), (1, 1));
}

#[test]
fn a_field_that_is_missing_still_is_no_news() {
    let body = "deny contains {\"msg\": \"no owner\", \"path\": [\"metadata\", \"annotations\", \"owner\"]} if {
\tnot input.review.object.metadata.annotations.owner\n}\n";
    let before = pod(&json!([]));
    let mut after = before.clone();
    after["metadata"]["annotations"] = json!({"other": "x"});
    assert_eq!(counts(&judged(native("owner", body), &before, &after)), (0, 1));
    let mut owned = before.clone();
    owned["metadata"]["annotations"] = json!({"owner": "team-a"});
    assert_eq!(counts(&judged(native("owner", body), &owned, &after)), (1, 0));
}

#[test]
fn bookkeeping_of_the_api_server_is_no_change_of_the_object() {
    let body = "deny contains {\"msg\": \"never\", \"path\": path} if {\n\tsome path in [[], [\"metadata\"]]\n}\n";
    let mut before = pod(&json!([]));
    before["metadata"]["resourceVersion"] = json!("1");
    let mut after = before.clone();
    after["metadata"]["resourceVersion"] = json!("2");
    after["metadata"]["managedFields"] = json!([{}]);
    after["metadata"]["generation"] = json!(2);
    after["status"] = json!({"ready": true});
    assert_eq!(counts(&judged(native("never", body), &before, &after)), (0, 2));
    after["metadata"]["labels"] = json!({"a": "b"});
    assert_eq!(counts(&judged(native("never", body), &before, &after)), (2, 0));
}

#[test]
fn a_rule_about_the_change_itself_stays() {
    let body = "deny contains {\"msg\": \"do not rename\", \"path\": [\"kind\"]} if {
\tinput.review.oldObject.metadata.labels.a != input.review.object.metadata.labels.a\n}\n";
    let (mut before, mut after) = (pod(&json!([])), pod(&json!([])));
    before["metadata"]["labels"] = json!({"a": "1"});
    after["metadata"]["labels"] = json!({"a": "2"});
    assert_eq!(counts(&judged(native("rename", body), &before, &after)), (1, 0));
}

#[test]
fn messages_of_conftest_packages_are_compared_alone() {
    let body = "deny contains msg if {\n\tsome c in input.spec.containers\n\tmsg := sprintf(\"%s\", [c.image])\n}\n";
    let before = pod(&json!([{"name": "a", "image": "nginx"}]));
    let after = pod(&json!([{"name": "a", "image": "nginx"}, {"name": "b", "image": "apache"}]));
    let verdict = judged(conftest(body), &before, &after);
    assert_eq!(verdict.findings.iter().map(|one| &*one.message).collect::<Vec<_>>(), ["apache"]);
    assert_eq!(verdict.preexisting.iter().map(|one| &*one.message).collect::<Vec<_>>(), ["nginx"]);
}

#[test]
fn what_was_undecided_before_has_no_effect_now() {
    let body =
        "undecided contains {\"reason\": \"who knows\", \"path\": [\"spec\"]} if {\n\tinput.review.object.spec\n}\n";
    let unsure = || {
        let mut rule = native("unsure", body);
        rule.settings.undecided = UndecidedEffect::Error;
        rule
    };
    let before = pod(&json!([{"name": "a", "image": "nginx"}]));
    let same = judged(unsure(), &before, &before);
    assert_eq!(same.undecided.iter().map(|one| one.effect).collect::<Vec<_>>(), [Level::Off]);
    let changed = judged(unsure(), &before, &pod(&json!([])));
    assert_eq!(changed.undecided.iter().map(|one| one.effect).collect::<Vec<_>>(), [Level::Error]);
}

#[test]
fn an_old_object_on_which_the_rule_fails_excuses_nothing() {
    let body = "deny contains {\"msg\": \"no\", \"path\": [\"spec\"]} if {\n\tstartswith(input.review.object.metadata.labels.a, \"x\")\n}\n";
    let (mut before, mut after) = (pod(&json!([])), pod(&json!([])));
    before["metadata"]["labels"] = json!({"a": 5});
    after["metadata"]["labels"] = json!({"a": "xyz"});
    assert_eq!(counts(&judged(native("prefix", body), &before, &after)), (1, 0));
}

#[test]
fn a_creation_has_nothing_before_it() {
    let mut review =
        update(&pod(&json!([{"name": "a", "image": "nginx"}])), &pod(&json!([{"name": "a", "image": "nginx"}])));
    review.operation = Operation::Create;
    assert_eq!(counts(&decide(set(vec![native("pinned", PINNED)]), &review)), (1, 0));
}

#[test]
fn releasing_finalizers_of_a_deleting_object_is_told_apart() {
    let mut before = pod(&json!([]));
    before["metadata"]["finalizers"] = json!(["a", "b"]);
    before["metadata"]["deletionTimestamp"] = json!("2026-11-21T12:00:00Z");
    let changed = |change: &dyn Fn(&mut Json)| {
        let mut after = before.clone();
        after["metadata"]["finalizers"] = json!(["b"]);
        after["metadata"]["resourceVersion"] = json!("2");
        after["metadata"]["generation"] = json!(3);
        after["metadata"]["managedFields"] = json!([]);
        change(&mut after);
        update(&before, &after)
    };
    assert!(changed(&|_| ()).only_releases_finalizers());
    assert!(
        changed(&|after| drop(after["metadata"].as_object_mut().unwrap().remove("finalizers")))
            .only_releases_finalizers()
    );
    for change in [
        &(|after: &mut Json| after["spec"]["containers"] = json!([{"name": "a"}])) as &dyn Fn(&mut Json),
        &|after| after["metadata"]["labels"] = json!({"a": "b"}),
        &|after| after["metadata"]["finalizers"] = json!(["b", "c"]),
        &|after| after["metadata"]["finalizers"] = json!(["a", "b"]),
        &|after| after["status"] = json!({}),
    ] {
        assert!(!changed(change).only_releases_finalizers());
    }
    let mut living = changed(&|_| ());
    let mut old = before.clone();
    old["metadata"].as_object_mut().unwrap().remove("deletionTimestamp");
    living.old_object = Some(Value::from(old));
    assert!(!living.only_releases_finalizers());
    let mut created = changed(&|_| ());
    created.operation = Operation::Create;
    assert!(!created.only_releases_finalizers());
}

/// Judged with the self-service exemption that the old object may carry.
fn excused(old: &Json, new: &Json) -> (usize, usize) {
    let service = SelfService { rules: vec!["pinned".into()], max_days: 30 };
    let set = PolicySet::new(vec![native("pinned", PINNED)], Vec::new(), Vec::new(), service, String::new());
    counts(&decide(set, &update(old, new)))
}

#[test]
fn an_exemption_of_a_day_does_not_excuse_another_program_later() {
    let mut before = pod(&json!([{"name": "a", "image": "nginx", "command": ["serve"]}]));
    before["metadata"]["annotations"] =
        json!({"platlint.dev/exempt": "pinned reason=why owner=team-a until=2026-11-22"});
    let mut labelled = before.clone();
    labelled["metadata"]["annotations"] = json!({});
    assert_eq!(excused(&before, &labelled), (0, 1), "it does what it did");
    let mut other = labelled.clone();
    other["spec"]["containers"][0]["command"] = json!(["mine"]);
    assert_eq!(excused(&before, &other), (1, 0));
    // Without an exemption it was let in before the rule was there, and may be worked on.
    let mut old = labelled.clone();
    old["metadata"]["annotations"] = json!({});
    assert_eq!(excused(&old, &other), (0, 1));
}
