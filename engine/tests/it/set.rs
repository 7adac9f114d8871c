//! Which rules judge a review, at which level, and what exempts from them.

use std::sync::Arc;

use platlint_engine::image_fields::{FieldPath, ImageField};
use platlint_engine::policy::KindPattern;
use platlint_engine::{
    Ancestor, Ancestry, Evaluator, Exemption, Facts, Gvk, ImageFacts, ImageFields, Level, Match, Operation, Override,
    PolicySet, Requirement, Rule, SelfService, Value,
};

use super::{POD, decide, native, review, set};

const ALWAYS: &str = "deny contains {\"msg\": \"no\", \"path\": [\"spec\", \"containers\", 1, \"image\"]} if {\n\tinput.review.operation == \"CREATE\"\n}\n";

fn with(overrides: Vec<Override>, exemptions: Vec<Exemption>, service: SelfService) -> PolicySet {
    PolicySet::new(vec![native("always", ALWAYS)], overrides, exemptions, service, String::new())
}

fn exemption() -> Exemption {
    Exemption {
        rule: "always".into(),
        kind: Some("Pod".into()),
        namespace: Some("sh*".into()),
        name: Some("cart".into()),
        container: Some("log".into()),
        reason: "r".into(),
        owner: "o".into(),
        expires: "2026-11-21".parse().unwrap(),
        place: "platlint.yaml:14".into(),
    }
}

#[test]
fn only_matching_kinds_are_judged() {
    let mut rule = native("always", ALWAYS);
    rule.meta.matches = Match {
        kinds: vec![KindPattern { groups: vec!["apps".into()], kinds: vec!["*".into()], namespaced_only: false }],
        ..Match::default()
    };
    assert!(decide(set(vec![rule]), &review(POD)).findings.is_empty());
}

#[test]
fn the_first_override_that_matches_decides() {
    let one = |rules: &str, namespaces: &str, level| Override {
        rules: vec![rules.into()],
        clusters: None,
        namespaces: Some(vec![namespaces.into()]),
        level,
    };
    let overrides = vec![one("*", "other", Level::Off), one("al*", "shop", Level::Warn), one("*", "*", Level::Off)];
    let verdict = decide(with(overrides, Vec::new(), SelfService::default()), &review(POD));
    assert_eq!(verdict.findings[0].level, Level::Warn);
}

#[test]
fn an_override_for_a_cluster_needs_the_cluster() {
    let overrides = vec![Override {
        rules: vec!["*".into()],
        clusters: Some(vec!["staging".into()]),
        namespaces: None,
        level: Level::Off,
    }];
    let mut here = review(POD);
    assert_eq!(decide(with(overrides.clone(), Vec::new(), SelfService::default()), &here).findings.len(), 1);
    here.situation.cluster = Some("staging".into());
    assert!(decide(with(overrides, Vec::new(), SelfService::default()), &here).findings.is_empty());
}

#[test]
fn an_exemption_covers_its_container_to_the_end_of_its_day() {
    let verdict = decide(with(Vec::new(), vec![exemption()], SelfService::default()), &review(POD));
    assert!(verdict.findings.is_empty());
    assert_eq!((&*verdict.exempted[0].by, &*verdict.exempted[0].expires), ("platlint.yaml:14", "2026-11-21"));
}

#[test]
fn an_exemption_covers_nothing_else() {
    let changes: [fn(&mut Exemption); 6] = [
        |e| e.container = Some("app".into()),
        |e| e.kind = Some("Deployment".into()),
        |e| e.namespace = Some("prod".into()),
        |e| e.name = Some("car".into()),
        |e| e.rule = "other".into(),
        |e| e.expires = "2026-11-20".parse().unwrap(),
    ];
    for (index, change) in changes.into_iter().enumerate() {
        let mut exemption = exemption();
        change(&mut exemption);
        let verdict = decide(with(Vec::new(), vec![exemption], SelfService::default()), &review(POD));
        assert_eq!(verdict.findings.len(), 1, "change {index}");
    }
}

#[test]
fn an_exemption_covers_what_controllers_make_of_its_object() {
    let of_deployment =
        || Exemption { kind: Some("Deployment".into()), name: Some("shop".into()), container: None, ..exemption() };
    let judged = |ancestry: Ancestry, exemption: Exemption| {
        let review = platlint_engine::Review { ancestry, ..review(POD) };
        decide(with(Vec::new(), vec![exemption], SelfService::default()), &review).exempted.len()
    };
    let ancestor = |kind: &str, name: &str| Ancestor { kind: Gvk::new("apps/v1", kind), name: name.into() };
    let made = || Ancestry::Proved(vec![ancestor("ReplicaSet", "shop-1"), ancestor("Deployment", "shop")]);
    assert_eq!(judged(made(), of_deployment()), 1);
    assert_eq!(judged(made(), Exemption { namespace: Some("other".into()), ..of_deployment() }), 0);
    // Kind and name must be those of one object.
    assert_eq!(judged(made(), Exemption { kind: Some("ReplicaSet".into()), ..of_deployment() }), 0);
    assert_eq!(judged(Ancestry::AsWritten, of_deployment()), 0);
}

#[test]
fn what_stands_behind_a_controller_counts_only_for_rules_that_judge_the_controller() {
    let of_cron_job =
        || Exemption { kind: Some("CronJob".into()), name: Some("legacy".into()), container: None, ..exemption() };
    let ancestor = |kind: &str, name: &str| Ancestor { kind: Gvk::new("batch/v1", kind), name: name.into() };
    // Anybody who may write the Job can make it name the CronJob as its controller.
    let chain = vec![ancestor("Job", "mine"), ancestor("CronJob", "legacy")];
    let judged = |kinds: &[&str], operations: &[Operation]| {
        let mut rule = native("always", ALWAYS);
        rule.meta.matches.operations = operations.to_vec();
        rule.meta.matches.kinds = kinds
            .iter()
            .map(|kind| KindPattern { groups: vec!["*".into()], kinds: vec![(*kind).into()], namespaced_only: false })
            .collect();
        let set = PolicySet::new(vec![rule], Vec::new(), vec![of_cron_job()], SelfService::default(), String::new());
        let review = platlint_engine::Review { ancestry: Ancestry::Proved(chain.clone()), ..review(POD) };
        decide(set, &review).exempted.len()
    };
    let writes = [Operation::Create, Operation::Update];
    assert_eq!(judged(&["Pod"], &writes), 0);
    assert_eq!(judged(&["Pod", "Job"], &[Operation::Create]), 0);
    assert_eq!(judged(&["Pod", "Job"], &writes), 1);
}

#[test]
fn an_owner_reference_brings_an_exemption_only_where_it_is_believed() {
    let owned = POD.replace(
        "\"namespace\":\"shop\"",
        "\"namespace\":\"shop\",\"ownerReferences\":[{\"apiVersion\":\"batch/v1\",\"kind\":\"Job\",\"name\":\"j\",\"controller\":true}]",
    );
    let of_job = || Exemption { kind: Some("Job".into()), name: Some("j".into()), container: None, ..exemption() };
    let judged = |ancestry: Ancestry| {
        let review = platlint_engine::Review { ancestry, ..review(&owned) };
        decide(with(Vec::new(), vec![of_job()], SelfService::default()), &review).exempted.len()
    };
    assert_eq!(judged(Ancestry::AsWritten), 1);
    assert_eq!(judged(Ancestry::Proved(Vec::new())), 0);
}

fn annotated() -> String {
    POD.replace(
        "\"namespace\":\"shop\"",
        "\"namespace\":\"shop\",\"annotations\":{\"platlint.dev/exempt\":\"always reason=why owner=team-a until=2026-11-30\"}",
    )
}

#[test]
fn an_object_may_exempt_itself_only_where_the_platform_allows_it() {
    let service = SelfService { rules: vec!["always".into()], max_days: 30 };
    let allowed = decide(with(Vec::new(), Vec::new(), service), &review(&annotated()));
    assert!(allowed.findings.is_empty());
    assert_eq!(allowed.exempted.len(), 1);
    let refused = decide(with(Vec::new(), Vec::new(), SelfService::default()), &review(&annotated()));
    let rules: Vec<_> = refused.findings.iter().map(|finding| &*finding.rule).collect();
    assert_eq!(rules, ["always", "self-exemption"]);
}

#[test]
fn a_rule_that_is_off_or_exempted_asks_for_nothing() {
    let needy = || {
        let mut rule = native("always", ALWAYS);
        rule.meta.requires = vec![Requirement::ImageSignatures];
        rule
    };
    assert!(set(vec![needy()]).needs(&review(POD)).image_signatures);
    let mut off = needy();
    off.settings.level = Level::Off;
    assert!(!set(vec![off]).needs(&review(POD)).image_signatures);
    let whole = Exemption { container: None, ..exemption() };
    let exempted = PolicySet::new(vec![needy()], Vec::new(), vec![whole], SelfService::default(), String::new());
    assert!(!exempted.needs(&review(POD)).image_signatures);
}

fn workflow_fields() -> Arc<ImageFields> {
    let path = FieldPath::parse("spec.templates[*].container.image").unwrap();
    let field = ImageField { group: "argoproj.io".into(), kind: "Workflow".into(), paths: vec![path] };
    Arc::new(ImageFields(vec![field]))
}

const WORKFLOW: &str = r#"{"apiVersion":"argoproj.io/v1alpha1","kind":"Workflow","metadata":{"name":"a","namespace":"shop"},
    "spec":{"templates":[{"container":{"image":"nginx"}},{"script":{}}]}}"#;

/// Denies every image of Pods and, where it asks for it, of named fields.
fn about_images(with_fields: bool) -> Rule {
    let mut rule = native(
        "about-images",
        "deny contains {\"msg\": message, \"path\": path} if {\n\tsome image in input.images\n\tmessage = image.type\n\tpath = image.path\n}\n",
    );
    let pods = KindPattern { groups: vec!["".into()], kinds: vec!["Pod".into()], namespaced_only: false };
    rule.meta.matches = Match { kinds: vec![pods], ..Match::default() };
    rule.meta.matches_image_fields = with_fields;
    rule.meta.requires = vec![Requirement::ImageSignatures];
    rule
}

#[test]
fn rules_about_images_judge_the_kinds_of_named_fields_where_they_ask_for_it() {
    let workflow = review(WORKFLOW);
    let without = set(vec![about_images(true)]);
    assert!(!without.judges(&workflow.kind) && !without.wants_images(&workflow.kind));
    assert_eq!(without.images(&workflow), []);

    let silent = set(vec![about_images(false)]).with_image_fields(workflow_fields());
    assert!(!silent.judges(&workflow.kind) && !silent.wants_images(&workflow.kind));

    let set = set(vec![about_images(true)]).with_image_fields(workflow_fields());
    assert!(set.judges(&workflow.kind) && set.wants_images(&workflow.kind));
    assert!(set.wants_images(&Gvk::new("v1", "Pod")) && !set.wants_images(&Gvk::new("v1", "Service")));
    assert!(set.judged().any(|judged| judged.matches().kind(&workflow.kind)), "the webhook is asked about them");
    let found = decide(set, &workflow).findings;
    assert_eq!(found.len(), 1);
    assert_eq!((&*found[0].message, &*found[0].path.to_string()), ("field", "/spec/templates/0/container/image"));
}

#[test]
fn images_are_wanted_where_a_rule_that_runs_asks_for_them() {
    let pod = Gvk::new("v1", "Pod");
    let wants = |requires: Vec<Requirement>, level: Level| {
        let mut rule = about_images(false);
        rule.meta.requires = requires;
        rule.settings.level = level;
        set(vec![rule]).wants_images(&pod)
    };
    assert!(wants(vec![Requirement::ImageSignatures], Level::Audit));
    assert!(wants(vec![Requirement::ImagePins], Level::Warn));
    assert!(!wants(vec![Requirement::ImageSignatures], Level::Off));
    assert!(!wants(vec![Requirement::Catalog], Level::Error));

    let mut pins = about_images(false);
    pins.meta.requires = vec![Requirement::ImagePins];
    let needs = set(vec![pins]).needs(&review(POD));
    assert!(needs.image_pins && !needs.image_signatures);
}

#[test]
fn facts_of_images_reach_rules_under_their_own_names() {
    let body = "deny contains {\"msg\": message, \"path\": path} if {\n\tsome image in input.images\n\t\
                message = sprintf(\"%s %s %s\", [image.signature.status, image.digest, image.pinned])\n\tpath = image.path\n}\n";
    let signature = Value::from_json_str(r#"{"status": "verified"}"#).unwrap();
    let known =
        ImageFacts { signature, digest: Some("sha256:aa".into()), pinned: Some("nginx:latest@sha256:aa".into()) };
    let facts = Facts::default().with_images([("nginx".into(), known)].into());
    let mut evaluator = Evaluator::new(Arc::new(set(vec![native("facts", body)])));
    let found = evaluator.decide(&review(POD), &facts).findings;
    // Of the other image nothing is known.
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].message, "verified sha256:aa nginx:latest@sha256:aa");
}
