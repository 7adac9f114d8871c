//! Which requests a rule needs to see, and which are never sent to us whatever a rule says.
//!
//! Never sent: statuses (a rule would stand between a controller and what it observed), leases, events and endpoints (the
//! cluster's own pulse: frequent, and written by what keeps it alive), reviews of authentication and authorization (asked
//! for every request, ours too). Dropped by `matchConditions`, before a call is made: what our own ServiceAccount does,
//! and what kubelets do. These make mirror Pods of what already runs on the node, and a denied one only hides it; the
//! API server holds kubelets to their own node's objects. Where a rule names Nodes, their requests for nodes are sent.

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};

use super::demand::Asked;
use super::resources::{self, Discovered};
use super::webhooks::{Parameters, Targets};

/// Resources that are never sent, as (group, resource).
const NEVER: &[(&str, &str)] = &[
    ("", "bindings"),
    ("", "componentstatuses"),
    ("", "endpoints"),
    ("", "events"),
    ("authentication.k8s.io", "selfsubjectreviews"),
    ("authentication.k8s.io", "tokenreviews"),
    ("authorization.k8s.io", "localsubjectaccessreviews"),
    ("authorization.k8s.io", "selfsubjectaccessreviews"),
    ("authorization.k8s.io", "selfsubjectrulesreviews"),
    ("authorization.k8s.io", "subjectaccessreviews"),
    ("coordination.k8s.io", "leases"),
    ("discovery.k8s.io", "endpointslices"),
    ("events.k8s.io", "events"),
];

/// What a rule about every kind sees besides objects: Pods as a whole, under whatever resource they come, and, if it asks
/// for CONNECT, all that can be connected to. Scale, Eviction and Binding only for rules that name them.
const SUBRESOURCES: &[&str] = &[
    "nodes/proxy",
    "pods/attach",
    "pods/ephemeralcontainers",
    "pods/exec",
    "pods/portforward",
    "pods/proxy",
    "pods/resize",
    "services/proxy",
];

/// Group, resource, and whether only objects in namespaces are meant.
pub(super) type Target = (String, String, bool);

/// Resources whose requests a rule needs to see.
pub(super) fn targets(asked: &Asked, discovered: &Discovered, notes: &mut BTreeSet<String>) -> BTreeSet<Target> {
    let mut found = BTreeSet::new();
    let kinds = &asked.matches.kinds;
    if asked.matches.is_every_kind() {
        everything("*", false, &mut found);
        notes.insert(wide(&asked.rule));
    }
    if asked.matches.custom_resources {
        custom(asked, discovered, &mut found, notes);
    }
    let pairs = kinds.iter().flat_map(|one| {
        one.groups.iter().flat_map(move |group| one.kinds.iter().map(move |kind| (group, kind, one.namespaced_only)))
    });
    for (group, kind, namespaced) in pairs {
        match (&**group, &**kind) {
            (group, "*") => {
                everything(group, namespaced, &mut found);
                if group == "*" && !namespaced {
                    notes.insert(wide(&asked.rule));
                }
            }
            ("*", kind) => {
                let groups = resources::groups_of(kind, discovered);
                if groups.is_empty() {
                    notes.insert(format!(
                        "{}: no API group is known to have the kind {kind}: nothing is sent",
                        asked.rule
                    ));
                }
                groups.iter().for_each(|group| one(asked, (group, kind, namespaced), discovered, &mut found, notes));
            }
            (group, kind) => one(asked, (group, kind, namespaced), discovered, &mut found, notes),
        }
    }
    found
}

/// Custom resources: those in namespaces of every group there is, and the kinds that the configuration defines. Of other
/// cluster-scoped ones nothing is sent: among them is what heals a cluster (nodes to be made, identities of its network),
/// and a rule has nothing to hold them against.
fn custom(asked: &Asked, discovered: &Discovered, found: &mut BTreeSet<Target>, notes: &mut BTreeSet<String>) {
    let groups = discovered.custom_groups();
    if groups.is_empty() {
        notes.insert(format!(
            "{}: which other custom resources there are is known in a cluster only: nothing is sent of them",
            asked.rule
        ));
    }
    groups.into_iter().for_each(|group| everything(group, true, found));
    asked.defined.iter().for_each(|(group, kind)| one(asked, (group, kind, false), discovered, found, notes));
}

fn wide(rule: &str) -> String {
    format!("{rule}: every write in the cluster, cluster-scoped ones too, waits for the webhook; name kinds or a scope")
}

/// All resources of a group, or of all.
fn everything(group: &str, namespaced: bool, found: &mut BTreeSet<Target>) {
    found.insert((group.to_owned(), "*".to_owned(), namespaced));
    if group.is_empty() || group == "*" {
        found.extend(SUBRESOURCES.iter().map(|resource| (String::new(), (*resource).to_owned(), namespaced)));
    }
}

fn one(
    asked: &Asked,
    (group, kind, namespaced): (&str, &str, bool),
    discovered: &Discovered,
    found: &mut BTreeSet<Target>,
    notes: &mut BTreeSet<String>,
) {
    let mapped = resources::of(group, kind, discovered);
    let name = if group.is_empty() { kind.to_owned() } else { format!("{kind}.{group}") };
    for (group, resource) in mapped.resources {
        if is_never_sent(&group, &resource) {
            notes.insert(format!("{}: {name} is never sent to a webhook of ours", asked.rule));
            continue;
        }
        if mapped.is_guess {
            notes.insert(format!("{}: {name} is not known; its resource is taken to be {resource}", asked.rule));
        }
        found.insert((group, resource, namespaced));
    }
}

fn is_never_sent(group: &str, resource: &str) -> bool {
    resource.ends_with("/status") || NEVER.contains(&(group, resource))
}

/// Subresources know fewer operations than objects; what cannot happen is not asked for.
pub(super) fn restrict_operations(wanted: &mut Targets) {
    for ((_, resource, _), operations) in wanted.iter_mut() {
        let Some((_, subresource)) = resource.split_once('/') else {
            // CONNECT goes to subresources only.
            if resource != "*" {
                operations.remove("CONNECT");
            }
            continue;
        };
        let possible = match subresource {
            "ephemeralcontainers" | "resize" | "scale" => "UPDATE",
            "eviction" | "binding" => "CREATE",
            _ => "CONNECT",
        };
        operations.retain(|operation| *operation == possible);
    }
    wanted.retain(|_, operations| !operations.is_empty());
}

/// The `matchConditions` of an entry with these rules.
pub(super) fn conditions(asked: &[Asked], rules: &[Json], parameters: &Parameters) -> Vec<Json> {
    let account = format!("system:serviceaccount:{}:{}", parameters.namespace, parameters.service_account);
    let names_nodes = asked.iter().flat_map(|one| &one.matches.kinds).any(|kinds| {
        kinds.kinds.iter().any(|kind| &**kind == "Node")
            && kinds.groups.iter().any(|group| group.is_empty() || &**group == "*")
    });
    let kubelet = "has(request.userInfo.groups) && 'system:nodes' in request.userInfo.groups";
    let nodes = if names_nodes {
        format!("request.resource.resource == 'nodes' || !({kubelet})")
    } else {
        format!("!({kubelet})")
    };
    let mut conditions = vec![
        json!({"name": "not-our-own-request", "expression": format!("request.userInfo.username != '{account}'")}),
        json!({"name": "not-a-kubelet", "expression": nodes}),
    ];
    let has_wildcard = |rule: &Json| {
        rule.get("resources").and_then(Json::as_array).is_some_and(|all| all.iter().any(|one| one == "*"))
    };
    if rules.iter().any(has_wildcard) {
        let never: Vec<String> = NEVER.iter().map(|(group, resource)| format!("'{group}/{resource}'")).collect();
        conditions.push(json!({
            "name": "in-scope",
            "expression": format!("!(request.resource.group + '/' + request.resource.resource in [{}])", never.join(", ")),
        }));
    }
    conditions
}
