//! Every object of every fixture over HTTPS into the webhook: the verdict is that of `platlint check`, in rule, place and
//! message, but for a closed list.

use super::exceptions::Differences;
use super::fixtures::{self, Object};
use super::verdict;
use platlint_e2e::authority::Authority;
use platlint_e2e::webhook::{Setup, Webhook, creation};
use platlint_engine::{Gvk, Scope, scope_of};
use serde_json::Value;

/// The namespace of a request for this object; kubectl's default one where it names none.
pub(super) fn namespace_of(object: &Object) -> Option<String> {
    let kind = Gvk::new(
        object.value["apiVersion"].as_str().unwrap_or_default(),
        object.value["kind"].as_str().unwrap_or_default(),
    );
    if scope_of(&kind) == Scope::Cluster {
        return None;
    }
    Some(object.value["metadata"]["namespace"].as_str().unwrap_or("default").to_owned())
}

#[test]
fn the_webhook_says_of_each_object_what_check_says_of_the_file() {
    let Some(plane) = crate::cluster() else { return };
    let authority = Authority::new("platlint-e2e webhook");
    let folder = plane.path("one-answer-https");
    std::fs::create_dir_all(&folder).unwrap();
    let mut differences = Differences::default();
    let mut groups: Vec<_> = fixtures::by_config().into_iter().collect();
    groups.extend(fixtures::alone(&folder));
    for (config, group) in groups {
        let webhook =
            Webhook::start(plane, &authority, &Setup { knows_cluster: false, ..Setup::new("one-answer", &config) });
        let client = webhook.client();
        for fixture in group {
            let objects = fixtures::objects(&fixture.path);
            let mut expected = verdict::checked(&fixture, &objects, &folder);
            for object in &objects {
                let review = creation(&object.value, "things", namespace_of(object).as_deref());
                let answer = client.send("POST", "/validate?timeout=10s", review.to_string()).unwrap();
                assert_eq!(answer.status, 200, "{}: {answer:?}", fixture.name);
                let response: Value = answer.json()["response"].clone();
                let annotations = &response["auditAnnotations"];
                let got = verdict::answered(&response["status"], |key| annotations[key].as_str().map(str::to_owned));
                let wanted = expected.remove(&object.place()).unwrap();
                assert_eq!(response["allowed"], got.denials.is_empty(), "{}", fixture.name);
                let difference = (!wanted.is_answered_by(&got)).then(|| wanted.difference(&got));
                differences.add(&fixture.name, object, difference);
            }
        }
    }
    differences.compare_with("### In a single request", None);
}
