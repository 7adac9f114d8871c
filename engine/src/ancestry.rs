//! Which objects made this one: Pods come of `ReplicaSets`, these of Deployments.
//!
//! Rules see them as `input.review.controllers`, and an exemption covers all that its object's controllers make of it. In
//! a cluster anybody may write `metadata.ownerReferences`, so there a reference alone proves nothing and the front end
//! says what is proved; how it proves it is not decided here.

use std::sync::Arc;

use regorus::Value;

use crate::kinds::Gvk;
use crate::policy::Match;
use crate::review::{Operation, Review};
use crate::value::{get, get_str};

/// What is known of the controllers an object comes of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Ancestry {
    /// A file: the controller reference in `metadata.ownerReferences` (`controller: true`) is believed.
    #[default]
    AsWritten,
    /// The cluster: these controllers are proved, nearest first; an owner reference alone proves nothing.
    Proved(Vec<Ancestor>),
}

/// A controller of an object, in the object's namespace.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ancestor {
    /// Group, version and kind.
    pub kind: Gvk,
    /// Its name.
    pub name: Arc<str>,
}

impl Review {
    /// The controllers that are believed, nearest first; empty where there are none.
    #[must_use]
    pub fn ancestors(&self) -> Vec<Ancestor> {
        match &self.ancestry {
            Ancestry::AsWritten => controller(&self.object).into_iter().collect(),
            Ancestry::Proved(proved) => proved.clone(),
        }
    }

    /// Whether one of them is wanted by an exemption from a rule that judges what `matches` says. Asked once for every
    /// exemption, so nothing is copied.
    ///
    /// Only the nearest controller made this object under our eyes. Who made the one in the middle is known from its own
    /// references, which anybody who may write it can set; so what stands behind it counts only where the rule judges the
    /// one in the middle too, and would have denied a forged one for what it holds.
    pub(crate) fn has_ancestor(&self, matches: &Match, is_wanted: impl Fn(&Ancestor) -> bool) -> bool {
        match &self.ancestry {
            Ancestry::AsWritten => controller(&self.object).is_some_and(|one| is_wanted(&one)),
            Ancestry::Proved(proved) => {
                let is_judged = |one: &Ancestor| {
                    matches.covers(&one.kind, &self.namespace)
                        && [Operation::Create, Operation::Update].iter().all(|one| matches.operations.contains(one))
                };
                let believed = proved.iter().take_while(|one| is_judged(one)).count().saturating_add(1);
                proved.iter().take(believed).any(is_wanted)
            }
        }
    }
}

/// The controller an object names. Kubernetes allows one; of several written ones none is believed.
fn controller(object: &Value) -> Option<Ancestor> {
    let Some(Value::Array(owners)) = get(get(object, "metadata")?, "ownerReferences") else { return None };
    let mut controllers = owners.iter().filter(|owner| get(owner, "controller") == Some(&Value::Bool(true)));
    let (Some(owner), None) = (controllers.next(), controllers.next()) else { return None };
    Some(Ancestor { kind: Gvk::of(owner)?, name: get_str(owner, "name")?.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::review::Situation;
    use serde_json::json;

    fn review(owners: &serde_json::Value) -> Review {
        let object = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a", "ownerReferences": owners}});
        let situation = Situation { now: chrono::DateTime::UNIX_EPOCH, cluster: None };
        Review::of_document(Value::from(object), None, situation).unwrap()
    }

    fn set() -> serde_json::Value {
        json!({"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "cart-1", "controller": true})
    }

    #[test]
    fn a_file_is_believed_the_controller_it_names() {
        let found = review(&json!([{"apiVersion": "v1", "kind": "ConfigMap", "name": "c"}, set()])).ancestors();
        assert_eq!(found, [Ancestor { kind: Gvk::new("apps/v1", "ReplicaSet"), name: "cart-1".into() }]);
    }

    #[test]
    fn two_controllers_or_none_are_no_ancestor() {
        assert!(review(&json!([set(), set()])).ancestors().is_empty());
        assert!(
            review(&json!([{"apiVersion": "v1", "kind": "Node", "name": "n", "controller": false}]))
                .ancestors()
                .is_empty()
        );
        assert!(review(&json!("odd")).ancestors().is_empty());
    }

    #[test]
    fn in_the_cluster_a_reference_alone_proves_nothing() {
        let mut review = review(&json!([set()]));
        review.ancestry = Ancestry::Proved(Vec::new());
        assert!(review.ancestors().is_empty());
    }
}
