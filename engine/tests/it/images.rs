//! Rules about signatures: what follows where a signature is not known.

use std::sync::Arc;

use platlint_engine::{
    Evaluator, Exemption, Facts, ImageFacts, Level, Operation, PolicySet, Requirement, Rule, SelfService,
    UndecidedEffect, Value, Verdict,
};

use super::{POD, decide, native, review, set};

const ABOUT_SIGNATURES: &str = "deny contains {\"msg\": \"unsigned\", \"path\": image.path} if {\n\tsome image in input.images\n\timage.signature.status == \"unsigned\"\n}\n";

/// A rule that never says that it cannot decide.
fn about_signatures() -> Rule {
    let mut rule = native("about-signatures", ABOUT_SIGNATURES);
    rule.meta.requires = vec![Requirement::ImageSignatures];
    rule.settings.undecided = UndecidedEffect::Error;
    rule
}

fn with_statuses(statuses: &[(&str, &str)]) -> Facts {
    let facts = statuses.iter().map(|(image, status)| {
        let signature = Value::from_json_str(&format!("{{\"status\": \"{status}\"}}")).unwrap();
        ((*image).into(), ImageFacts { signature, digest: None, pinned: None })
    });
    Facts::default().with_images(facts.collect())
}

#[test]
fn a_rule_that_is_silent_about_an_unknown_signature_is_not_decided() {
    let judged = |statuses: &[(&str, &str)]| {
        let verdict =
            Evaluator::new(Arc::new(set(vec![about_signatures()]))).decide(&review(POD), &with_statuses(statuses));
        let undecided = verdict.undecided.iter().map(|one| (one.path.to_string(), one.effect)).collect::<Vec<_>>();
        (verdict.findings.len(), undecided)
    };
    let at = |index: usize| (format!("/spec/containers/{index}/image"), Level::Error);
    assert_eq!(judged(&[]), (0, vec![at(0), at(1)]));
    assert_eq!(judged(&[("nginx", "verified"), ("busybox", "unknown")]), (0, vec![at(1)]));
    assert_eq!(judged(&[("nginx", "unsigned")]), (1, vec![at(1)]));
    assert_eq!(judged(&[("nginx", "verified"), ("busybox", "invalid")]), (0, vec![]));
    // Rules that do not ask are asked nothing.
    let mut other = about_signatures();
    other.meta.requires.clear();
    assert_eq!(decide(set(vec![other]), &review(POD)), Verdict::default());
}

#[test]
fn what_a_rule_says_of_one_unknown_image_does_not_speak_for_another() {
    let undecided = |path: &str| {
        let body = format!("undecided contains {{\"reason\": \"not known\", \"path\": {path}}} if input.images\n");
        let mut rule = native("about-signatures", &body);
        rule.meta.requires = vec![Requirement::ImageSignatures];
        let verdict = decide(set(vec![rule]), &review(POD));
        assert_eq!(verdict.faults, []);
        verdict.undecided.iter().map(|one| one.path.to_string()).collect::<Vec<_>>()
    };
    let both = ["/spec/containers/0/image", "/spec/containers/1/image"];
    assert_eq!(undecided("[\"spec\", \"containers\", 0, \"image\"]"), both);
    assert_eq!(undecided("[\"spec\", \"containers\", 0]"), ["/spec/containers/0", both[1]]);
    // What is said of the whole is said of each.
    assert_eq!(undecided("[]"), [""]);
}

#[test]
fn an_update_is_not_undecided_about_images_that_it_keeps() {
    let mut update = review(POD);
    update.operation = Operation::Update;
    update.old_object = Some(Value::from_json_str(&POD.replace("nginx", "apache")).unwrap());
    let verdict = decide(set(vec![about_signatures()]), &update);
    let places: Vec<String> = verdict.undecided.iter().map(|one| one.path.to_string()).collect();
    assert_eq!(places, ["/spec/containers/0/image"]);
}

#[test]
fn an_exemption_covers_what_is_not_decided() {
    let exemption = |container: Option<&str>| Exemption {
        rule: "about-signatures".into(),
        kind: None,
        namespace: None,
        name: Some("cart".into()),
        container: container.map(str::to_owned),
        reason: "r".into(),
        owner: "o".into(),
        expires: "2026-11-21".parse().unwrap(),
        place: "platlint.yaml:14".into(),
    };
    let judged = |container| {
        let exemptions = vec![exemption(container)];
        let set =
            PolicySet::new(vec![about_signatures()], Vec::new(), exemptions, SelfService::default(), String::new());
        let verdict = decide(set, &review(POD));
        (verdict.undecided.len(), verdict.exempted.len())
    };
    assert_eq!(judged(None), (0, 2));
    assert_eq!(judged(Some("log")), (1, 1));
}

#[test]
fn where_nobody_looks_images_up_only_the_configuration_makes_something_of_it() {
    let effect = |is_undecided_configured| {
        let mut rule = about_signatures();
        rule.settings.is_undecided_configured = is_undecided_configured;
        let set = set(vec![rule]).without_looking_up_images();
        decide(set, &review(POD)).undecided[0].effect
    };
    assert_eq!((effect(false), effect(true)), (Level::Off, Level::Error));
}
