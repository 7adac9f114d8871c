//! What must be sent to a policy set, and what it wants to know.

use platlint_engine::{Gvk, Level, Mutate, Override, PolicySet, Requirement, Rule, SelfService};

use super::{native, set};

const BOTH: &str = "deny contains {\"msg\": \"no\", \"path\": []}

patch contains {\"op\": \"set\", \"path\": [\"spec\", \"a\"], \"value\": 1}
";

fn rule(id: &str, level: Level, mutate: Mutate) -> Rule {
    let mut rule = native(id, BOTH);
    rule.settings.level = level;
    rule.settings.mutate = mutate;
    rule.meta.requires = vec![Requirement::Inventory {
        api_version: "v1".into(),
        kind: format!("Kind-{id}").into(),
        only_for_patches: false,
    }];
    rule
}

fn overriding(rules: Vec<Rule>, pattern: &str, level: Level) -> PolicySet {
    let clusters = Some(vec!["elsewhere".to_owned()]);
    let one = Override { rules: vec![pattern.to_owned()], clusters, namespaces: None, level };
    PolicySet::new(rules, vec![one], Vec::new(), SelfService::default(), String::new())
}

fn reached(set: &PolicySet) -> Vec<(String, Level, Mutate)> {
    set.judged().map(|one| (one.rule.meta.id.to_string(), one.level, one.mutate)).collect()
}

#[test]
fn only_rules_that_can_judge_are_reached() {
    let set = set(vec![rule("on", Level::Audit, Mutate::All), rule("off", Level::Off, Mutate::All)]);
    assert_eq!(reached(&set), [("on".to_owned(), Level::Audit, Mutate::Off)]);
    let kinds: Vec<_> = set.inventory_kinds().into_iter().map(|(_, kind)| kind.to_string()).collect();
    assert_eq!(kinds, ["Kind-on"]);
    assert!(!set.mutates());
}

#[test]
fn an_override_turns_on_what_it_names_exactly() {
    let rules = || vec![rule("a", Level::Off, Mutate::Pods), rule("b", Level::Warn, Mutate::All)];
    let exact = overriding(rules(), "a", Level::Error);
    assert_eq!(
        reached(&exact),
        [("a".to_owned(), Level::Error, Mutate::Pods), ("b".to_owned(), Level::Warn, Mutate::All)]
    );
    assert!(exact.judges(&Gvk::new("v1", "Pod")));
    let pattern = overriding(rules(), "*", Level::Error);
    assert_eq!(reached(&pattern), [("b".to_owned(), Level::Error, Mutate::All)]);
    assert!(pattern.mutates());
}

#[test]
fn a_lower_override_does_not_hide_the_rules_own_level() {
    let set = overriding(vec![rule("a", Level::Error, Mutate::All)], "*", Level::Off);
    assert_eq!(reached(&set), [("a".to_owned(), Level::Error, Mutate::All)]);
    assert_eq!(set.judged().next().unwrap().matches().operations.len(), 2);
}

#[test]
fn a_rule_without_patches_mutates_nothing() {
    let mut rule = native("a", "deny contains {\"msg\": \"no\", \"path\": []}\n");
    rule.settings.mutate = Mutate::All;
    assert!(!set(vec![rule]).mutates());
}
