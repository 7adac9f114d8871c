//! Rules that speak of what platform files say: when they are asked, and what follows where nobody knows.

use std::sync::Arc;

use platlint_engine::policy::KindPattern;
use platlint_engine::{
    Evaluator, Facts, FixSafety, Gvk, Level, Match, MutationScope, Operation, Pointer, PolicySet, Related, Requirement,
    Review, Rule, Value, Verdict, evaluation_input, to_json,
};

use super::{POD, native, review, set};

const APPLICATION: &str = r#"{"apiVersion":"argoproj.io/v1alpha1","kind":"Application","metadata":{"name":"cart"},
    "spec":{"project":"shop","syncOptions":["Prune=false"]}}"#;

/// Speaks of one code, and of it only as far as the test wants.
const SPEAKS: &str = "deny contains {\"msg\": \"bad\", \"path\": path, \"text\": text} if {\n\tsome problem in \
    input.platform.problems.bad\n\tpath = problem.path\n\ttext = problem.text\n}\n";

fn about_bad(body: &str) -> Rule {
    let mut rule = native("about-bad", body);
    rule.meta.problems = vec!["other".into(), "bad".into()];
    rule
}

fn notes(json: &str) -> Facts {
    Facts::default().with_platform(Arc::new(Value::from_json_str(json).unwrap()))
}

fn decide(rule: Rule, review: &Review, facts: &Facts) -> Verdict {
    Evaluator::new(Arc::new(set(vec![rule]))).decide(review, facts)
}

fn undecided(verdict: &Verdict) -> Vec<(String, String)> {
    verdict.undecided.iter().map(|one| (one.path.to_string(), one.reason.clone())).collect()
}

const NOTED: &str = r#"{"problems":{"bad":[{"path":["spec","project"],"text":"sho"}]},"unknown":{}}"#;

#[test]
fn a_noted_problem_becomes_a_finding_with_the_part_that_is_meant() {
    let verdict = decide(about_bad(SPEAKS), &review(APPLICATION), &notes(NOTED));
    assert_eq!(
        (verdict.findings[0].path.to_string(), verdict.findings[0].text.as_deref()),
        ("/spec/project".into(), Some("sho"))
    );
    assert_eq!(verdict.undecided, []);
}

#[test]
fn places_in_other_documents_reach_the_verdict() {
    let body = "deny contains {\"msg\": \"bad\", \"path\": [], \"related\": related} if {\n\tsome problem in \
        input.platform.problems.bad\n\trelated = problem.related\n}\n";
    let other = r#"{"problems":{"bad":[{"path":[],"related":[["kind"],{"file":"a.yaml","document":1,"at":[],"path":["spec"]}]}]}}"#;
    let verdict = decide(about_bad(body), &review(APPLICATION), &notes(other));
    let elsewhere = Related::Elsewhere {
        file: "a.yaml".into(),
        document: 1,
        at: Pointer::root(),
        path: Pointer(vec!["spec".into()]),
        message: None,
    };
    assert_eq!(verdict.findings[0].related, [Related::Here(Pointer(vec!["kind".into()])), elsewhere]);
}

#[test]
fn where_nobody_knows_what_was_noted_nothing_is_decided() {
    let unknown = [(String::new(), "what other platform files say of this object is not known".to_owned())];
    assert_eq!(undecided(&decide(about_bad(SPEAKS), &review(APPLICATION), &Facts::default())), unknown);
    let mut neutral = native("neutral", "deny contains {\"msg\": \"bad\", \"path\": []} if input.platform.entity\n");
    neutral.meta.requires = vec![Requirement::Platform];
    assert_eq!(undecided(&decide(neutral, &review(APPLICATION), &Facts::default())), unknown);
    let mut of_pods = about_bad(SPEAKS);
    of_pods.meta.matches = Match { kinds: vec![kind("", "Pod")], ..Match::default() };
    assert_eq!(decide(of_pods, &review(APPLICATION), &Facts::default()), Verdict::default(), "the kind is another");
}

#[test]
fn is_not_asked_where_none_of_its_codes_was_noted() {
    // It would fail if it were asked.
    let failing = "deny contains {\"msg\": 1, \"path\": []} if input.review.kind\n";
    let other = r#"{"problems":{"others":[{"path":[]}],"bad":[]},"unknown":{"bad":[]},"entity":{}}"#;
    assert_eq!(decide(about_bad(failing), &review(APPLICATION), &notes(other)), Verdict::default());
    assert_eq!(decide(about_bad(failing), &review(APPLICATION), &notes(NOTED)).faults.len(), 1);
    let unknown = r#"{"problems":{},"unknown":{"other":[{"path":[],"reason":"r"}]}}"#;
    assert_eq!(decide(about_bad(failing), &review(APPLICATION), &notes(unknown)).faults.len(), 1);
}

#[test]
fn is_not_asked_where_what_it_speaks_of_is_settled() {
    let failing = "deny contains {\"msg\": 1, \"path\": []} if input.review.kind\n";
    let about = |settled: &[&str]| {
        let mut rule = native("about-owners", failing);
        rule.meta.settled = settled.iter().map(|word| (*word).into()).collect();
        rule
    };
    let left_alone = |rule: Rule, facts: &Facts| {
        let mut evaluator = Evaluator::new(Arc::new(set(vec![rule])));
        let application = review(APPLICATION);
        let is_left_alone = evaluator.is_left_alone(&application, facts);
        let verdict = evaluator.decide(&application, facts);
        assert_eq!(is_left_alone, verdict == Verdict::default());
        assert_eq!(verdict.faults.len(), usize::from(!is_left_alone), "it fails if it is asked");
        is_left_alone
    };
    let settled = notes(r#"{"problems":{},"settled":["other","owner"],"unknown":{}}"#);
    assert!(left_alone(about(&["owner"]), &settled));
    assert!(!left_alone(about(&[]), &settled), "it names nothing that could be settled");
    assert!(!left_alone(about(&["another"]), &settled));
    assert!(!left_alone(about(&["owner"]), &notes(r#"{"problems":{},"unknown":{}}"#)));
    assert!(!left_alone(about(&["owner"]), &notes(r#"{"problems":{},"settled":"owner","unknown":{}}"#)));
    assert!(!left_alone(about(&["owner"]), &Facts::default()), "nobody knows");
    let mut about_problems = about(&["owner"]);
    about_problems.meta.problems = vec!["bad".into()];
    let unknown = r#"{"problems":{},"settled":["owner"],"unknown":{"bad":[{"path":[],"reason":"r"}]}}"#;
    assert!(!left_alone(about_problems, &notes(unknown)), "what nobody knows is not settled");
    let mut with_parameters = about(&["owner"]);
    with_parameters.settings.is_given_parameters = true;
    assert!(!left_alone(with_parameters, &settled), "they may give it more to say");
}

#[test]
fn what_an_exemption_that_cannot_hold_says_is_said_whoever_is_asked() {
    let exempt = APPLICATION.replace(
        r#""metadata":{"name":"cart"}"#,
        r#""metadata":{"name":"cart","annotations":{"platlint.dev/exempt":"nonsense"}}"#,
    );
    let mut evaluator = Evaluator::new(Arc::new(set(vec![about_bad(SPEAKS)])));
    let nothing = notes(r#"{"problems":{},"unknown":{}}"#);
    assert!(evaluator.is_left_alone(&review(APPLICATION), &nothing));
    assert!(!evaluator.is_left_alone(&review(&exempt), &nothing));
    assert_eq!(evaluator.decide(&review(&exempt), &nothing).findings.len(), 1);
}

#[test]
fn silence_about_what_is_unknown_is_no_pass() {
    let facts = notes(
        r#"{"problems":{"bad":[{"path":["spec"],"text":"x"}]},
            "unknown":{"bad":[{"path":["spec","project"],"reason":"the project is not known"},{"path":["spec"],"reason":"x"}],
                       "foreign":[{"path":["kind"],"reason":"of another rule"}]}}"#,
    );
    let verdict = decide(about_bad(SPEAKS), &review(APPLICATION), &facts);
    // A finding of something else at the same place does not speak of it.
    let both = [("/spec".into(), "x".into()), ("/spec/project".into(), "the project is not known".into())];
    assert_eq!(undecided(&verdict), both);
    let told = SPEAKS.replace("\"bad\"", "\"bad, as x\"");
    assert_eq!(undecided(&decide(about_bad(&told), &review(APPLICATION), &facts)), both[1..]);
    let own =
        "undecided contains {\"reason\": \"in its own words\", \"path\": [\"spec\"]} if input.platform.unknown.bad\n";
    assert_eq!(
        undecided(&decide(about_bad(own), &review(APPLICATION), &facts)),
        [("/spec".into(), "in its own words".into())]
    );
}

#[test]
fn of_several_unknowns_at_one_place_each_is_told() {
    let facts = notes(
        r#"{"problems":{},"unknown":{"bad":[{"path":["spec"],"reason":"a.yaml: range"},{"path":["spec"],"reason":"s/a.yaml: range"},
            {"path":["spec","project"],"reason":"c.yaml: range"}],"other":[{"path":["spec"],"reason":"a.yaml: range"}]}}"#,
    );
    let said = |body: &str| undecided(&decide(about_bad(body), &review(APPLICATION), &facts));
    let all = [
        ("/spec".to_owned(), "a.yaml: range".to_owned()),
        ("/spec".to_owned(), "s/a.yaml: range".to_owned()),
        ("/spec/project".to_owned(), "c.yaml: range".to_owned()),
    ];
    assert_eq!(said(SPEAKS), all);
    // One of them handed on, as it is or in a longer text, speaks of itself alone.
    let one = "undecided contains {\"reason\": \"s/a.yaml: range\", \"path\": [\"spec\"]} if input.review\n";
    assert_eq!(said(one), all);
    let longer = said(&one.replace("s/a.yaml: range", "not rendered: c.yaml: range"));
    let quoted = ("/spec".to_owned(), "not rendered: c.yaml: range".to_owned());
    assert_eq!(longer, [all[0].clone(), quoted, all[1].clone()]);
    // One text for two is too few, two are enough.
    assert_eq!(said(&one.replace("s/a.yaml: range", "who knows")).len(), 3);
    let two = "undecided contains {\"reason\": reason, \"path\": [\"spec\"]} if some reason in {\"this\", \"that\"}\n";
    assert_eq!(said(two), [("/spec".to_owned(), "that".to_owned()), ("/spec".to_owned(), "this".to_owned())]);
}

#[test]
fn an_update_is_judged_by_what_was_noted_before() {
    let mut update = review(APPLICATION);
    update.operation = Operation::Update;
    update.old_object = Some(update.object.clone());
    let now = notes(NOTED);
    let before = |json: &str| now.clone().with_platform_before(Arc::new(Value::from_json_str(json).unwrap()));
    let had = decide(about_bad(SPEAKS), &update, &before(NOTED));
    assert_eq!((had.findings.len(), had.preexisting.len()), (0, 1));
    // The same text was no problem before, since another file has changed.
    let had_not = decide(about_bad(SPEAKS), &update, &before(r#"{"problems":{},"unknown":{}}"#));
    assert_eq!((had_not.findings.len(), had_not.preexisting.len()), (1, 0));
    assert_eq!(decide(about_bad(SPEAKS), &update, &now).findings.len(), 1, "nobody knows what was noted before");
}

fn kind(group: &str, kind: &str) -> KindPattern {
    KindPattern { groups: vec![group.into()], kinds: vec![kind.into()], namespaced_only: false }
}

fn of_custom_resources(kinds: Vec<KindPattern>) -> PolicySet {
    let mut rule = about_bad(SPEAKS);
    rule.meta.matches = Match { kinds, custom_resources: true, ..Match::default() };
    set(vec![rule])
}

#[test]
fn a_rule_about_custom_resources_leaves_the_kinds_of_kubernetes_alone() {
    let set = of_custom_resources(Vec::new());
    let (claim, pod) = (Gvk::new("example.org/v1", "Claim"), Gvk::new("v1", "Pod"));
    assert!(set.judges(&claim) && set.wants_platform(&claim));
    assert!(!set.judges(&pod) && !set.wants_platform(&pod));
    assert!(set.needs(&review(APPLICATION)).platform);
    assert!(!set.needs(&review(POD)).platform);
    assert_eq!(Evaluator::new(Arc::new(set)).decide(&review(POD), &Facts::default()), Verdict::default());
}

#[test]
fn a_kind_that_is_named_twice_is_judged_once() {
    let set = of_custom_resources(vec![kind("", "Service"), kind("argoproj.io", "Application")]);
    assert!(set.judges(&Gvk::new("v1", "Service")) && !set.judges(&Gvk::new("v1", "Pod")));
    let verdict = Evaluator::new(Arc::new(set)).decide(&review(APPLICATION), &notes(NOTED));
    assert_eq!(verdict.findings.len(), 1);
}

#[test]
fn what_speaks_of_other_files_changes_nothing() {
    let patch =
        "patch contains {\"op\": \"set\", \"path\": [\"spec\", \"project\"], \"value\": \"x\"} if input.review.kind\n";
    let change = |rule: Rule| {
        let scope = MutationScope::Fix { unsafe_too: true };
        Evaluator::new(Arc::new(set(vec![rule]))).mutate(&review(APPLICATION), &notes(NOTED), scope).changes.len()
    };
    let with_fix = |mut rule: Rule| {
        rule.meta.fix = Some(FixSafety::Safe);
        rule
    };
    assert_eq!(change(with_fix(native("plain", patch))), 1);
    assert_eq!(change(with_fix(about_bad(patch))), 0);
}

#[test]
fn rules_that_are_off_want_nothing() {
    let mut rule = about_bad(SPEAKS);
    rule.settings.level = Level::Off;
    let set = set(vec![rule]);
    assert!(!set.wants_platform(&Gvk::new("argoproj.io/v1alpha1", "Application")));
    assert!(!set.needs(&review(APPLICATION)).platform);
}

#[test]
fn the_input_shows_what_was_noted() {
    let review = review(APPLICATION);
    let shown = |facts: &Facts| {
        let input = evaluation_input(&review, &Arc::default(), facts, &Value::new_object());
        to_json(&input).get("platform").cloned()
    };
    assert_eq!(
        shown(&notes(r#"{"problems":{},"entity":{"ref":"a:b/c"}}"#)),
        Some(serde_json::json!({"problems":{},"entity":{"ref":"a:b/c"}}))
    );
    assert_eq!(shown(&Facts::default()), None);
}
