//! Rules about images as the configuration sets them, judged with what may be known of images.

use std::sync::Arc;

use platlint_engine::{
    Evaluator, Facts, ImageFacts, Level, MutationScope, Operation, Review, Situation, Value, Verdict,
};

use crate::folder::now;
use crate::images::folder;

/// An update of a Deployment's images, judged with a rule that denies what is not decided.
fn updated(test: &str, before: &[&str], after: &[&str], known: &[(&str, &str)]) -> Verdict {
    let config = "version: 1\nrules: {'*': off, image-signature: {level: error, undecided: error}}\n\
                  images: {rules: [{match: ['**'], authorities: [{name: a, key: keys/platform.pub}]}]}\n";
    let loaded = folder(test, config).load().unwrap();
    let deployment = |replicas: u32, images: &[&str]| {
        let containers: Vec<String> = images
            .iter()
            .enumerate()
            .map(|(index, image)| format!(r#"{{"name": "c{index}", "image": "{image}"}}"#))
            .collect();
        let object = format!(
            r#"{{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {{"name": "web", "namespace": "shop"}},
                "spec": {{"replicas": {replicas}, "template": {{"spec": {{"containers": [{}]}}}}}}}}"#,
            containers.join(",")
        );
        Value::from_json_str(&object).unwrap()
    };
    let situation = Situation { now: now(), cluster: None };
    let mut review = Review::of_document(deployment(5, after), None, situation).unwrap();
    if !before.is_empty() {
        review.operation = Operation::Update;
        review.old_object = Some(deployment(1, before));
    }
    let facts = known.iter().map(|(image, status)| {
        let signature = format!(r#"{{"status": "{status}", "reason": "registry unreachable, not unsigned"}}"#);
        let signature = Value::from_json_str(&signature).unwrap();
        ((*image).into(), ImageFacts { signature, digest: None, pinned: None })
    });
    let facts = Facts::default().with_images(facts.collect());
    Evaluator::new(Arc::new(loaded.set)).decide(&review, &facts)
}

/// How many findings deny, and how many undecided points do.
fn denied(verdict: &Verdict) -> (usize, usize) {
    assert_eq!(verdict.faults, []);
    let undecided = verdict.undecided.iter().filter(|one| one.effect == Level::Error).count();
    (verdict.findings.len(), undecided)
}

#[test]
fn an_outage_of_the_registry_does_not_block_scaling_what_runs() {
    let images = ["registry.example/web:1", "registry.example/log@sha256:aa"];
    let unknown = [(images[0], "unknown"), (images[1], "unknown")];
    assert_eq!(denied(&updated("created", &[], &images, &unknown)), (0, 2), "what is new is not let in");
    assert_eq!(denied(&updated("scaled", &images, &images, &unknown)), (0, 0));
    // Where nobody looked anything up, since nothing changed.
    assert_eq!(denied(&updated("not-looked-up", &images, &images, &[])), (0, 0));
    // Neither does a key that was changed since: what fails now failed before the update, too.
    let unsigned = [(images[0], "unsigned"), (images[1], "invalid")];
    let verdict = updated("rotated", &images, &images, &unsigned);
    assert_eq!((denied(&verdict), verdict.preexisting.len()), ((0, 0), 2));
}

#[test]
fn an_update_that_brings_an_image_is_judged_by_it() {
    let before = ["registry.example/web:1", "registry.example/log:1"];
    let after = ["registry.example/web:2", "registry.example/log:1"];
    let known = |status| [(after[0], status), (after[1], "unknown"), (before[0], status)];
    assert_eq!(denied(&updated("new-unknown", &before, &after, &known("unknown"))), (0, 1));
    assert_eq!(denied(&updated("new-unsigned", &before, &after, &known("unsigned"))), (1, 0));
    assert_eq!(denied(&updated("new-verified", &before, &after, &known("verified"))), (0, 0));
    // One more container, with an image that another has already.
    let more = ["registry.example/web:1", "registry.example/log:1", "registry.example/web:1"];
    assert_eq!(denied(&updated("one-more", &before, &more, &[(before[0], "unsigned")])), (1, 0));
}

#[test]
fn only_what_was_verified_is_written_and_only_where_the_image_is_new() {
    let config = "version: 1\nrules: {'*': off, image-digest: {level: error, mutate: pods}}\n";
    let set = Arc::new(folder("pinned", config).load().unwrap().set);
    let pod = |image: &str| {
        let object = format!(
            r#"{{"apiVersion": "v1", "kind": "Pod", "metadata": {{"name": "web", "namespace": "shop"}},
                "spec": {{"containers": [{{"name": "web", "image": "{image}"}}]}}}}"#
        );
        Value::from_json_str(&object).unwrap()
    };
    let image = "registry.example/web:1";
    let pin = format!("{image}@sha256:{}", "a".repeat(64));
    let written = |before: Option<&str>, status: &str| {
        let situation = Situation { now: now(), cluster: None };
        let mut review = Review::of_document(pod(image), None, situation).unwrap();
        if let Some(before) = before {
            review.operation = Operation::Update;
            review.old_object = Some(pod(before));
        }
        let signature = Value::from_json_str(&format!(r#"{{"status": "{status}"}}"#)).unwrap();
        let facts = ImageFacts { signature, digest: None, pinned: Some(pin.as_str().into()) };
        let facts = Facts::default().with_images([(image.into(), facts)].into());
        let mutation = Evaluator::new(set.clone()).mutate(&review, &facts, MutationScope::Cluster);
        assert_eq!(mutation.faults, []);
        if mutation.patch.is_empty() {
            return false;
        }
        assert_eq!(mutation.object, pod(&pin));
        true
    };
    assert!(written(None, "verified"));
    assert!(written(Some("registry.example/web:0"), "verified"));
    assert!(!written(Some(image), "verified"), "a running Pod would be restarted");
    for status in ["unsigned", "invalid", "unknown", "Verified", ""] {
        assert!(!written(None, status), "{status}");
    }
}
