//! Whether what stands in the cluster is what should stand there: compared without the fields that the API server or
//! somebody else adds, and held against what each rule must see.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::demand::Asked;
use super::resources::Discovered;
use super::scope::Target;
use super::webhooks::{For, targets};

/// Whether everything we want is there. More fields may be there: defaults, or a caBundle that somebody else keeps. Lists
/// are whole: an entry too many is a difference, but for further webhooks beside ours.
pub(super) fn is_in_step(wanted: &Json, live: &Json) -> bool {
    let (wanted, live) = (webhooks(wanted), webhooks(live));
    let is_known = |one: &Json| {
        let is_ours = name(one).is_some_and(|name| name.ends_with(".platlint.dev"));
        !is_ours || wanted.iter().any(|webhook| name(webhook) == name(one))
    };
    live.iter().all(is_known)
        && wanted.iter().all(|webhook| live.iter().any(|one| name(one) == name(webhook) && holds(webhook, one)))
}

/// The webhooks of a configuration.
pub(super) fn webhooks(configuration: &Json) -> &[Json] {
    configuration.get("webhooks").and_then(Json::as_array).map_or(&[], Vec::as_slice)
}

/// A selector with more in it selects less: it must be just what we want.
const SELECTORS: [&str; 2] = ["namespaceSelector", "objectSelector"];

fn name(webhook: &Json) -> Option<&str> {
    webhook.get("name")?.as_str()
}

fn holds(wanted: &Json, live: &Json) -> bool {
    match (wanted, live) {
        (Json::Object(wanted), Json::Object(live)) => wanted.iter().all(|(key, value)| {
            live.get(key).is_some_and(|found| {
                if SELECTORS.contains(&key.as_str()) { value == found } else { holds(value, found) }
            })
        }),
        (Json::Array(wanted), Json::Array(live)) => {
            wanted.len() == live.len() && wanted.iter().zip(live).all(|(wanted, live)| holds(wanted, live))
        }
        (wanted, live) => wanted == live,
    }
}

/// The rules that are not sent everything they judge, with what is lacking: `resource-limits: deployments.apps CREATE`.
pub(super) fn uncovered(
    asked: &[Asked],
    purpose: For,
    discovered: &Discovered,
    live: Option<&Json>,
) -> Vec<(String, String)> {
    let sent = live.map(sent).unwrap_or_default();
    let lacking = |one: &Asked| {
        let wanted = targets(std::slice::from_ref(one), purpose, discovered, &mut BTreeSet::new());
        let lacks = |(group, resource, namespaced): &Target, operation: &str| {
            !sent.iter().any(|rule| (rule.everywhere || *namespaced) && rule.covers(group, resource, operation))
        };
        wanted.into_iter().find_map(|(target, operations)| {
            let operation = operations.into_iter().find(|operation| lacks(&target, operation))?;
            let (group, resource, _) = target;
            let name = if group.is_empty() { resource } else { format!("{resource}.{group}") };
            Some(format!("{name} {operation}"))
        })
    };
    asked.iter().filter_map(|one| Some((one.rule.to_string(), lacking(one)?))).collect()
}

/// One rule of a webhook in the cluster.
struct Sent {
    groups: Vec<String>,
    resources: Vec<String>,
    operations: Vec<String>,
    /// Of cluster-scoped objects too.
    everywhere: bool,
}

impl Sent {
    fn covers(&self, group: &str, resource: &str, operation: &str) -> bool {
        let any = |all: &[String], one: &str| all.iter().any(|text| text == "*" || text == one);
        let resource = match resource.split_once('/') {
            // `*` stands for objects, not for subresources; `pods/*`, `*/scale` and `*/*` do.
            Some((object, subresource)) => self.resources.iter().any(|text| {
                text.split_once('/')
                    .is_some_and(|(one, sub)| (one == "*" || one == object) && (sub == "*" || sub == subresource))
            }),
            None => self.resources.iter().any(|text| text == resource || text == "*" || text == "*/*"),
        };
        resource && any(&self.groups, group) && any(&self.operations, operation)
    }
}

fn sent(configuration: &Json) -> Vec<Sent> {
    let list = |value: &Json, key: &str| value.get(key).and_then(Json::as_array).cloned().unwrap_or_default();
    let texts = |rule: &Json, key: &str| {
        list(rule, key).iter().filter_map(|one| one.as_str().map(str::to_owned)).collect::<Vec<_>>()
    };
    let rules = webhooks(configuration).iter().flat_map(|webhook| list(webhook, "rules"));
    rules
        .map(|rule| Sent {
            groups: texts(&rule, "apiGroups"),
            resources: texts(&rule, "resources"),
            operations: texts(&rule, "operations"),
            everywhere: rule.get("scope").is_none_or(|scope| scope == "*"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use platlint_engine::policy::KindPattern;
    use platlint_engine::{Match, Operation};
    use serde_json::json;

    fn wanted() -> Json {
        json!({"webhooks": [{"name": "validate.platlint.dev", "rules": [{"resources": ["pods"]}], "timeoutSeconds": 5}]})
    }

    #[test]
    fn a_selector_that_somebody_narrowed_is_a_difference() {
        let wanted = json!({"webhooks": [{"name": "validate.platlint.dev", "namespaceSelector": {"matchExpressions": []},
            "objectSelector": {}}]});
        let live = |fields: Json| {
            let mut live = wanted.clone();
            live["webhooks"][0].as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
            live
        };
        assert!(is_in_step(&wanted, &live(json!({"timeoutSeconds": 10}))));
        let narrow = json!({"matchLabels": {"never": "true"}});
        assert!(!is_in_step(&wanted, &live(json!({"objectSelector": narrow}))));
        let both = json!({"matchExpressions": [], "matchLabels": {"never": "true"}});
        assert!(!is_in_step(&wanted, &live(json!({"namespaceSelector": both}))));
    }

    #[test]
    fn fields_that_the_api_server_adds_are_no_difference() {
        let live = json!({"webhooks": [{
            "name": "validate.platlint.dev", "rules": [{"resources": ["pods"], "scope": "*"}], "timeoutSeconds": 5,
            "objectSelector": {}, "clientConfig": {"caBundle": "x"},
        }]});
        assert!(is_in_step(&wanted(), &live));
    }

    #[test]
    fn what_is_changed_added_to_a_list_or_missing_is_a_difference() {
        for live in [
            json!({"webhooks": [{"name": "validate.platlint.dev", "rules": [{"resources": ["pods"]}], "timeoutSeconds": 6}]}),
            json!({"webhooks": [{"name": "validate.platlint.dev", "rules": [{"resources": ["pods"]}, {}], "timeoutSeconds": 5}]}),
            json!({"webhooks": [{"name": "validate.platlint.dev", "timeoutSeconds": 5}]}),
            json!({"webhooks": []}),
            json!({}),
        ] {
            assert!(!is_in_step(&wanted(), &live), "{live}");
        }
        assert!(!is_in_step(&json!({"webhooks": []}), &wanted()), "one of ours that is not wanted any more");
    }

    #[test]
    fn a_webhook_of_somebody_else_in_our_object_is_left_alone() {
        let mut live = wanted();
        live["webhooks"].as_array_mut().unwrap().push(json!({"name": "other.example.org"}));
        assert!(is_in_step(&wanted(), &live));
    }

    fn asked(kind: &str, operations: &[Operation]) -> Asked {
        let kinds = vec![KindPattern { groups: vec!["".into()], kinds: vec![kind.into()], namespaced_only: false }];
        Asked {
            rule: "r".into(),
            matches: Match { kinds, operations: operations.to_vec(), ..Match::default() },
            defined: Vec::new(),
        }
    }

    fn lacks(one: &Asked, rules: &Json) -> Option<String> {
        let live = json!({"webhooks": [{"rules": rules}]});
        let asked = std::slice::from_ref(one);
        uncovered(asked, For::Judging, &Discovered::default(), Some(&live)).into_iter().map(|(_, what)| what).next()
    }

    #[test]
    fn names_what_a_rule_is_not_sent() {
        let pods = asked("Pod", &[Operation::Create, Operation::Update]);
        let rule = |resources: Json, operations: Json| json!([{"apiGroups": [""], "resources": resources, "operations": operations}]);
        let both = json!(["CREATE", "UPDATE"]);
        assert_eq!(lacks(&pods, &rule(json!(["pods", "pods/*"]), both.clone())), None);
        assert_eq!(lacks(&pods, &rule(json!(["*/*"]), json!(["*"]))), None);
        assert_eq!(lacks(&pods, &rule(json!(["*"]), both.clone())).unwrap(), "pods/ephemeralcontainers UPDATE");
        assert_eq!(lacks(&pods, &rule(json!(["pods", "pods/*"]), json!(["CREATE"]))).unwrap(), "pods UPDATE");
        assert_eq!(lacks(&pods, &rule(json!(["services"]), both)).unwrap(), "pods CREATE");
        let none = uncovered(std::slice::from_ref(&pods), For::Judging, &Discovered::default(), None);
        assert_eq!(none, [("r".to_owned(), "pods CREATE".to_owned())]);
    }
}
