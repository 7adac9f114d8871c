//! The webhook configurations that send the loaded rules what they judge, and nothing more.
//!
//! One entry in each of two objects, in an order that depends on nothing but the rules. What is left out whatever a rule
//! says: statuses, and what [`super::scope`] names.
//!
//! `namespaceSelector` leaves out namespaces by the label `kubernetes.io/metadata.name`, which the API server itself keeps.
//! It never leaves out cluster-scoped objects; for a Namespace it is held against the object's own labels, so the exempt
//! Namespaces themselves are left out too.

use std::collections::{BTreeMap, BTreeSet};

use platlint_engine::Operation;
use serde_json::{Value as Json, json};

use super::demand::{Asked, Demand};
use super::resources::Discovered;
use super::scope::Target;
use super::{scope, yaml};

/// Name of the configuration with the validating webhook.
pub const VALIDATING: &str = "platlint-validate";
/// Name of the configuration with the mutating webhook.
pub const MUTATING: &str = "platlint-mutate";

/// What the API server does when a webhook cannot answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailurePolicy {
    /// The request fails.
    Fail,
    /// The request passes unjudged.
    Ignore,
}

impl FailurePolicy {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Fail => "Fail",
            Self::Ignore => "Ignore",
        }
    }
}

/// Where the API server finds us, and how it shall treat us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameters {
    /// Our own namespace; never judged.
    pub namespace: String,
    /// Our Service.
    pub service: String,
    /// Its port.
    pub port: u16,
    /// `https://host:port` instead of the Service, for a webhook outside the cluster; `/validate` and `/mutate` are
    /// appended.
    pub url: Option<String>,
    /// The name of our ServiceAccount, whose requests are not judged.
    pub service_account: String,
    /// Further namespaces that are never judged.
    pub exempt_namespaces: Vec<String>,
    /// For validation.
    pub failure_policy: FailurePolicy,
    /// For mutation.
    pub mutating_failure_policy: FailurePolicy,
    /// Seconds, 1 to 30.
    pub validating_timeout: u8,
    /// Seconds, 1 to 30.
    pub mutating_timeout: u8,
}

/// Namespaces without which no cluster heals: nothing of ours may stand in their way.
const ALWAYS_EXEMPT: [&str; 2] = ["kube-node-lease", "kube-system"];

/// Both configurations, and what could not be put into them.
#[derive(Debug, Clone, PartialEq)]
pub struct Configurations {
    /// `ValidatingWebhookConfiguration`.
    pub validating: Json,
    /// `MutatingWebhookConfiguration`.
    pub mutating: Json,
    /// Kinds whose resource is only guessed, or unknown, and those that are never sent: one sentence each.
    pub notes: Vec<String>,
}

impl Configurations {
    /// As YAML, for Git.
    #[must_use]
    pub fn to_yaml(&self) -> String {
        format!("{}---\n{}", yaml::document(&self.validating), yaml::document(&self.mutating))
    }
}

/// What the API server must send for a policy set. `ca_bundle` is PEM; `None` leaves the field to somebody else.
#[must_use]
pub fn configurations(
    demand: &Demand,
    discovered: &Discovered,
    parameters: &Parameters,
    ca_bundle: Option<&str>,
) -> Configurations {
    let mut notes = BTreeSet::new();
    let validating = rules(targets(&demand.judged, For::Judging, discovered, &mut notes));
    let mutating = rules(targets(&demand.mutated, For::Changing, discovered, &mut notes));
    let conditions = |asked: &[Asked], rules: &[Json]| scope::conditions(asked, rules, parameters);
    let object = |kind: &str, name: &str, entries: Option<Json>| {
        json!({
            "apiVersion": "admissionregistration.k8s.io/v1", "kind": kind, "metadata": {"name": name},
            "webhooks": entries.into_iter().collect::<Vec<_>>(),
        })
    };
    let entry = |name: &str, path: &str, rules: &[Json], conditions: Vec<Json>| {
        (!rules.is_empty()).then(|| {
            json!({
                "name": name,
                "admissionReviewVersions": ["v1"],
                "clientConfig": client_config(parameters, path, ca_bundle),
                "matchConditions": conditions,
                "matchPolicy": "Equivalent",
                "namespaceSelector": namespaces(parameters),
                // Said, so that one that somebody adds is a difference.
                "objectSelector": {},
                "rules": rules,
                "sideEffects": "None",
            })
        })
    };
    let with = |entry: Option<Json>, fields: Json| {
        entry.map(|mut entry| {
            if let (Json::Object(entry), Json::Object(fields)) = (&mut entry, fields) {
                entry.extend(fields);
            }
            entry
        })
    };
    let judge = entry("validate.platlint.dev", "/validate", &validating, conditions(&demand.judged, &validating));
    let change = entry("mutate.platlint.dev", "/mutate", &mutating, conditions(&demand.mutated, &mutating));
    let judge = with(
        judge,
        json!({
            "failurePolicy": parameters.failure_policy.as_str(), "timeoutSeconds": parameters.validating_timeout,
        }),
    );
    let change = with(
        change,
        json!({
            "failurePolicy": parameters.mutating_failure_policy.as_str(),
            "timeoutSeconds": parameters.mutating_timeout,
            // What a later webhook adds is completed too.
            "reinvocationPolicy": "IfNeeded",
        }),
    );
    Configurations {
        validating: object("ValidatingWebhookConfiguration", VALIDATING, judge),
        mutating: object("MutatingWebhookConfiguration", MUTATING, change),
        notes: notes.into_iter().collect(),
    }
}

fn client_config(parameters: &Parameters, path: &str, ca_bundle: Option<&str>) -> Json {
    use base64::Engine as _;
    let mut config = match &parameters.url {
        Some(url) => json!({"url": format!("{}{path}", url.trim_end_matches('/'))}),
        None => json!({"service": {
            "name": parameters.service, "namespace": parameters.namespace, "path": path, "port": parameters.port,
        }}),
    };
    if let (Json::Object(config), Some(pem)) = (&mut config, ca_bundle) {
        config.insert("caBundle".to_owned(), Json::from(base64::engine::general_purpose::STANDARD.encode(pem)));
    }
    config
}

fn namespaces(parameters: &Parameters) -> Json {
    let given = parameters.exempt_namespaces.iter().map(String::as_str);
    let exempt: BTreeSet<&str> = given.chain(ALWAYS_EXEMPT).chain([parameters.namespace.as_str()]).collect();
    json!({"matchExpressions": [{"key": "kubernetes.io/metadata.name", "operator": "NotIn", "values": exempt}]})
}

/// Operations in the API's spelling and order.
pub(super) type Operations = BTreeSet<&'static str>;

/// Which resources (group, resource) must be sent for which operations.
pub(super) type Targets = BTreeMap<Target, Operations>;

/// What requests are sent for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum For {
    Judging,
    Changing,
}

/// What all these rules must see.
pub(super) fn targets(asked: &[Asked], purpose: For, discovered: &Discovered, notes: &mut BTreeSet<String>) -> Targets {
    let mut wanted = Targets::new();
    for one in asked {
        let operations: Vec<&str> = one.matches.operations.iter().map(|one: &Operation| one.as_str()).collect();
        for target in scope::targets(one, discovered, notes) {
            wanted.entry(target).or_default().extend(&operations);
        }
    }
    scope::restrict_operations(&mut wanted);
    if purpose == For::Changing {
        // Through a subresource the API server takes only what that is about, and nothing is changed on the way out.
        wanted.retain(|(_, resource, _), operations| {
            operations.remove("DELETE");
            !resource.contains('/') && !operations.is_empty()
        });
    }
    wanted
}

/// The `rules` of one entry: as few as say exactly what is asked.
fn rules(mut wanted: Targets) -> Vec<Json> {
    // What a wildcard sends already is not said again; wildcards do not cover subresources.
    let wildcards: Vec<_> = wanted.iter().filter(|((_, resource, _), _)| resource == "*").collect();
    let wildcards: Vec<(String, bool, Operations)> = wildcards
        .into_iter()
        .map(|((group, _, namespaced), operations)| (group.clone(), *namespaced, operations.clone()))
        .collect();
    wanted.retain(|(group, resource, namespaced), operations| {
        let is_covered = |(wide, narrow, more): &(String, bool, Operations)| {
            let covers = wide == "*" && group != "*" || wide == group && (resource != "*" || *narrow != *namespaced);
            // A wildcard for namespaces covers nothing that is asked for everywhere.
            covers && (!narrow || *namespaced) && !resource.contains('/') && operations.is_subset(more)
        };
        !wildcards.iter().any(is_covered)
    });
    // Resources of one group and the same operations share a rule, and groups with the same resources do.
    let mut by_group: BTreeMap<(Operations, bool, String), BTreeSet<String>> = BTreeMap::new();
    for ((group, resource, namespaced), operations) in wanted {
        by_group.entry((operations, namespaced, group)).or_default().insert(resource);
    }
    let mut merged: BTreeMap<(Operations, bool, BTreeSet<String>), BTreeSet<String>> = BTreeMap::new();
    for ((operations, namespaced, group), resources) in by_group {
        merged.entry((operations, namespaced, resources)).or_default().insert(group);
    }
    let mut rules: Vec<_> = merged
        .into_iter()
        .map(|((operations, namespaced, resources), groups)| (groups, resources, operations, namespaced))
        .collect();
    rules.sort();
    rules
        .into_iter()
        .map(|(groups, resources, operations, namespaced)| {
            let scope = if namespaced { "Namespaced" } else { "*" };
            json!({"apiGroups": groups, "apiVersions": ["*"], "operations": operations, "resources": resources,
                "scope": scope})
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use platlint_engine::Match;
    use platlint_engine::policy::KindPattern;

    pub(crate) fn parameters() -> Parameters {
        Parameters {
            namespace: "platlint".into(),
            service: "platlint-webhook".into(),
            port: 443,
            url: None,
            service_account: "platlint-webhook".into(),
            exempt_namespaces: vec!["cilium".into(), "kube-system".into()],
            failure_policy: FailurePolicy::Fail,
            mutating_failure_policy: FailurePolicy::Ignore,
            validating_timeout: 5,
            mutating_timeout: 3,
        }
    }

    fn asked(rule: &str, kinds: &[(&str, &[&str])], operations: &[Operation]) -> Asked {
        let kinds = kinds.iter().map(|(group, kinds)| KindPattern {
            groups: vec![(*group).into()],
            kinds: kinds.iter().map(|kind| (*kind).into()).collect(),
            namespaced_only: false,
        });
        let operations = operations.to_vec();
        Asked {
            rule: rule.into(),
            matches: Match { kinds: kinds.collect(), operations, ..Match::default() },
            defined: Vec::new(),
        }
    }

    const WRITES: &[Operation] = &[Operation::Create, Operation::Update];

    fn made(judged: Vec<Asked>, mutated: Vec<Asked>) -> Configurations {
        let demand = Demand { judged, mutated, ..Demand::default() };
        configurations(&demand, &Discovered::default(), &parameters(), Some("PEM"))
    }

    fn rules_of(configuration: &Json) -> Vec<String> {
        let texts = |value: &Json| {
            value.as_array().unwrap().iter().map(|one| one.as_str().unwrap()).collect::<Vec<_>>().join(",")
        };
        let rules = configuration["webhooks"][0]["rules"].as_array().unwrap();
        rules
            .iter()
            .map(|rule| {
                let [groups, resources, operations] =
                    ["apiGroups", "resources", "operations"].map(|key| texts(&rule[key]));
                format!("{groups} | {resources} | {operations}")
            })
            .collect()
    }

    #[test]
    fn sends_what_rules_match_in_few_entries_and_in_one_order() {
        let limits =
            asked("limits", &[("", &["Pod"]), ("apps", &["Deployment"]), ("extensions", &["Deployment"])], WRITES);
        let balancers = asked("balancers", &[("networking.k8s.io", &["Ingress"]), ("", &["Service"])], WRITES);
        let expected = [
            " | pods,pods/ephemeralcontainers,pods/resize,services | CREATE,UPDATE",
            "apps,extensions | deployments | CREATE,UPDATE",
            "networking.k8s.io | ingresses | CREATE,UPDATE",
        ];
        // Ephemeral containers and resizes are updates, and a set of its own operations needs a rule of its own.
        let one = made(vec![limits.clone(), balancers.clone()], Vec::new());
        let other = made(vec![balancers, limits], Vec::new());
        assert_eq!(one, other);
        let mut found = rules_of(&one.validating);
        found.sort();
        let mut wanted = expected.map(String::from).to_vec();
        wanted[0] = " | pods,services | CREATE,UPDATE".into();
        wanted.push(" | pods/ephemeralcontainers,pods/resize | UPDATE".into());
        wanted.sort();
        assert_eq!(found, wanted);
        assert_eq!(one.mutating["webhooks"], json!([]));
        assert_eq!(one.notes, Vec::<String>::new());
    }

    #[test]
    fn removal_and_connections_are_sent_only_to_rules_that_ask_for_them() {
        let guard = asked("guard", &[("", &["Namespace"])], &[Operation::Delete]);
        let exec = asked("exec", &[("", &["PodExecOptions"])], &[Operation::Connect]);
        let pods = asked("pods", &[("", &["Pod"])], &[Operation::Create]);
        let found = rules_of(&made(vec![guard, exec, pods], Vec::new()).validating);
        assert_eq!(found, [" | namespaces | DELETE", " | pods | CREATE", " | pods/exec | CONNECT"]);
    }

    #[test]
    fn a_rule_about_every_kind_sees_everything_but_the_pulse_of_the_cluster() {
        let owner = asked("owner", &[], WRITES);
        let limits = asked("limits", &[("", &["Pod"]), ("apps", &["Deployment"])], WRITES);
        let events = asked("events", &[("", &["Event"]), ("coordination.k8s.io", &["Lease"])], WRITES);
        let made = made(vec![owner, limits, events], Vec::new());
        let found = rules_of(&made.validating);
        assert_eq!(found, [" | pods/ephemeralcontainers,pods/resize | UPDATE", "* | * | CREATE,UPDATE"]);
        let scope = made.validating["webhooks"][0]["matchConditions"][2]["expression"].as_str().unwrap();
        assert!(scope.contains("'coordination.k8s.io/leases'") && scope.contains("'/events'"));
        let wide = "every write in the cluster, cluster-scoped ones too, waits for the webhook; name kinds or a scope";
        assert_eq!(
            made.notes,
            [
                "events: Event is never sent to a webhook of ours",
                "events: Lease.coordination.k8s.io is never sent to a webhook of ours",
                &format!("owner: {wide}")
            ]
        );
    }

    #[test]
    fn custom_resources_are_sent_from_namespaces_and_cluster_scoped_ones_where_the_configuration_defines_them() {
        let mut custom = asked("custom", &[], WRITES);
        custom.matches.custom_resources = true;
        custom.defined = vec![("a.example".into(), "XBucket".into())];
        let demand = Demand { judged: vec![custom], ..Demand::default() };
        let discovered = Discovered::of(&[
            ("", "Pod", "pods"),
            ("a.example", "XBucket", "xbuckets"),
            ("b.example", "Mouse", "mice"),
        ]);
        let made = configurations(&demand, &discovered, &parameters(), None);
        assert_eq!(
            rules_of(&made.validating),
            ["a.example | xbuckets | CREATE,UPDATE", "a.example,b.example | * | CREATE,UPDATE"]
        );
        let rules = made.validating["webhooks"][0]["rules"].as_array().unwrap();
        assert_eq!(rules.iter().map(|rule| rule["scope"].as_str().unwrap()).collect::<Vec<_>>(), ["*", "Namespaced"]);
        assert_eq!(made.notes, Vec::<String>::new());

        let apart = configurations(&demand, &Discovered::default(), &parameters(), None);
        assert_eq!(rules_of(&apart.validating), ["a.example | xbuckets | CREATE,UPDATE"]);
        assert_eq!(
            apart.notes,
            [
                "custom: XBucket.a.example is not known; its resource is taken to be xbuckets",
                "custom: which other custom resources there are is known in a cluster only: nothing is sent of them",
            ]
        );
    }

    #[test]
    fn a_rule_about_every_kind_in_namespaces_stands_before_no_cluster_scoped_write() {
        let mut owner = asked("owner", &[("*", &["*"]), ("", &["Namespace"])], WRITES);
        owner.matches.kinds[0].namespaced_only = true;
        let limits = asked("limits", &[("apps", &["Deployment"])], WRITES);
        let made = made(vec![owner, limits], Vec::new());
        assert_eq!(
            rules_of(&made.validating),
            [
                " | namespaces | CREATE,UPDATE",
                " | pods/ephemeralcontainers,pods/resize | UPDATE",
                "* | * | CREATE,UPDATE",
                "apps | deployments | CREATE,UPDATE"
            ]
        );
        let scopes: Vec<_> =
            made.validating["webhooks"][0]["rules"].as_array().unwrap().iter().map(|rule| &rule["scope"]).collect();
        assert_eq!(scopes, ["*", "Namespaced", "Namespaced", "*"]);
        assert_eq!(made.notes, Vec::<String>::new());
    }

    #[test]
    fn says_what_it_could_only_guess() {
        let made = made(
            vec![asked("x", &[("example.org", &["Mouse"])], WRITES), asked("y", &[("*", &["Zebra"])], WRITES)],
            Vec::new(),
        );
        assert_eq!(
            made.notes,
            [
                "x: Mouse.example.org is not known; its resource is taken to be mouses",
                "y: no API group is known to have the kind Zebra: nothing is sent"
            ]
        );
    }

    #[test]
    fn changes_whole_objects_only_and_fails_open() {
        let seccomp = asked("seccomp", &[("", &["Pod"])], WRITES);
        let made = made(vec![seccomp.clone()], vec![seccomp]);
        assert_eq!(rules_of(&made.mutating), [" | pods | CREATE,UPDATE"]);
        let webhook = &made.mutating["webhooks"][0];
        assert_eq!(webhook["failurePolicy"], "Ignore");
        assert_eq!(webhook["reinvocationPolicy"], "IfNeeded");
        assert_eq!(webhook["timeoutSeconds"], 3);
        assert_eq!(webhook["clientConfig"]["service"]["path"], "/mutate");
        assert_eq!(made.validating["webhooks"][0]["failurePolicy"], "Fail");
    }

    #[test]
    fn the_whole_of_it() {
        let exec = asked("exec", &[("", &["PodExecOptions", "Node"])], &[Operation::Connect, Operation::Update]);
        let demand = Demand { judged: vec![exec], ..Demand::default() };
        let parameters = Parameters { url: Some("https://127.0.0.1:9443/".into()), ..parameters() };
        insta::assert_snapshot!(configurations(&demand, &Discovered::default(), &parameters, None).to_yaml());
    }
}
