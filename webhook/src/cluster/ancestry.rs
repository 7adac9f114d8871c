//! Which controllers of an object are proved: an ownerReference that a user wrote proves nothing.
//!
//! The nearest controller is proved by three facts together: the object's controller reference names a UID, the caches
//! know that UID with the same kind and name in the same namespace, and the request is made by the very account as which
//! controllers of that kind act. Further ones (the Deployment of the `ReplicaSet`) are found by UID in the caches, as long
//! as their kind makes such objects at all. Those are less sure: who may write the one in the middle may forge its
//! reference. What that may cost is the engine's business (`Review::has_ancestor`).
//!
//! A cache may lag: a `ReplicaSet` can be a few milliseconds younger than its first Pod's request. Nothing waits for it here,
//! since waiting is what a slow API server would turn into an outage. The Pod is then judged without its ancestors, and at
//! worst denied; its controller tries again, a fraction of a second later at first, and finds the cache caught up.

use platlint_engine::{Ancestor, Ancestry, Gvk, Value, get, get_str};

use super::controllers::Controllers;
use super::owners::{Owner, Owners};

/// Nothing in Kubernetes is nested deeper; a loop of references ends here.
const DEEPEST: usize = 8;

/// The proved controllers of an object that `username` creates or changes in `namespace`.
pub(super) fn proved(
    object: &Value,
    namespace: Option<&str>,
    username: &str,
    owners: &Owners,
    trusted: &Controllers,
) -> Ancestry {
    let nearest = namespace.and_then(|namespace| nearest(object, namespace, username, owners, trusted));
    let chain = std::iter::successors(nearest, |owner| {
        let above = owners.get(owner.controller.as_deref()?)?;
        (above.namespace == owner.namespace && trusted.makes(&above.kind, &owner.kind)).then_some(above)
    });
    Ancestry::Proved(
        chain.take(DEEPEST).map(|owner| Ancestor { kind: owner.kind.clone(), name: owner.name.clone() }).collect(),
    )
}

fn nearest<'o>(
    object: &Value,
    namespace: &str,
    username: &str,
    owners: &'o Owners,
    trusted: &Controllers,
) -> Option<&'o Owner> {
    let Value::Array(references) = get(get(object, "metadata")?, "ownerReferences")? else { return None };
    let mut controllers = references.iter().filter(|one| get(one, "controller") == Some(&Value::Bool(true)));
    let (Some(reference), None) = (controllers.next(), controllers.next()) else { return None };
    let claimed = Gvk::of(reference)?;
    let owner = owners.get(get_str(reference, "uid")?)?;
    let is_named = owner.kind.group == claimed.group
        && owner.kind.kind == claimed.kind
        && Some(&owner.name) == get_str(reference, "name")
        && *owner.namespace == *namespace;
    (is_named && trusted.acts_for(username, &owner.kind)).then_some(owner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value as Json, json};

    const REPLICASETS: &str = "system:serviceaccount:kube-system:replicaset-controller";

    fn owner(api_version: &str, kind: &str, name: &str, controller: Option<&str>) -> Owner {
        Owner {
            kind: Gvk::new(api_version, kind),
            namespace: "shop".into(),
            name: name.into(),
            controller: controller.map(Into::into),
        }
    }

    fn owners() -> Owners {
        let mut owners = Owners::default();
        owners.insert("u-set".into(), owner("apps/v1", "ReplicaSet", "cart-1", Some("u-deployment")));
        owners.insert("u-deployment".into(), owner("apps/v1", "Deployment", "cart", None));
        owners.insert("u-daemons".into(), owner("apps/v1", "DaemonSet", "agent", None));
        // Somebody wrote these references by hand.
        owners.insert("u-forged".into(), owner("apps/v1", "ReplicaSet", "mine", Some("u-daemons")));
        owners.insert("u-loop".into(), owner("batch/v1", "CronJob", "loop", Some("u-loop")));
        owners
    }

    fn reference(api_version: &str, kind: &str, name: &str, uid: &str) -> Json {
        json!({"apiVersion": api_version, "kind": kind, "name": name, "uid": uid, "controller": true})
    }

    fn names(references: &Json, namespace: Option<&str>, username: &str) -> Vec<String> {
        let pod = Value::from(json!({"metadata": {"name": "p", "ownerReferences": references}}));
        let Ancestry::Proved(ancestors) = proved(&pod, namespace, username, &owners(), &Controllers::default()) else {
            panic!("a cluster never believes what is written");
        };
        ancestors.iter().map(|ancestor| format!("{}/{}", ancestor.kind.kind, ancestor.name)).collect()
    }

    fn of_set() -> Json {
        json!([reference("apps/v1", "ReplicaSet", "cart-1", "u-set")])
    }

    #[test]
    fn proves_the_whole_chain_to_the_controller_that_makes_a_pod() {
        assert_eq!(names(&of_set(), Some("shop"), REPLICASETS), ["ReplicaSet/cart-1", "Deployment/cart"]);
    }

    #[test]
    fn a_right_reference_of_another_user_proves_nothing() {
        for user in
            ["alice", "system:serviceaccount:kube-system:daemon-set-controller", "system:kube-controller-manager", ""]
        {
            assert!(names(&of_set(), Some("shop"), user).is_empty(), "{user}");
        }
    }

    #[test]
    fn a_reference_that_is_wrong_in_any_part_proves_nothing() {
        let wrong = [
            json!([reference("apps/v1", "ReplicaSet", "cart-1", "u-unknown")]),
            json!([reference("apps/v1", "ReplicaSet", "other", "u-set")]),
            json!([reference("apps/v1", "Deployment", "cart-1", "u-set")]),
            json!([reference("example.org/v1", "ReplicaSet", "cart-1", "u-set")]),
            json!([{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "cart-1", "uid": "u-set"}]),
            json!([{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "cart-1", "uid": "u-set", "controller": "true"}]),
            json!([
                reference("apps/v1", "ReplicaSet", "cart-1", "u-set"),
                reference("apps/v1", "DaemonSet", "agent", "u-daemons")
            ]),
            json!({"controller": true}),
            json!([]),
        ];
        for references in wrong {
            assert!(names(&references, Some("shop"), REPLICASETS).is_empty(), "{references}");
        }
    }

    #[test]
    fn a_controller_of_another_namespace_proves_nothing() {
        assert!(names(&of_set(), Some("bank"), REPLICASETS).is_empty());
        assert!(names(&of_set(), None, REPLICASETS).is_empty());
    }

    #[test]
    fn a_link_that_no_controller_makes_ends_the_chain() {
        let forged = json!([reference("apps/v1", "ReplicaSet", "mine", "u-forged")]);
        assert_eq!(names(&forged, Some("shop"), REPLICASETS), ["ReplicaSet/mine"], "no DaemonSet makes ReplicaSets");
    }

    #[test]
    fn a_loop_of_references_ends() {
        let job = json!([reference("batch/v1", "CronJob", "loop", "u-loop")]);
        assert_eq!(names(&job, Some("shop"), "system:serviceaccount:kube-system:cronjob-controller"), ["CronJob/loop"]);
    }

    #[test]
    fn a_pod_that_comes_before_its_replicaset_is_known_passes_when_it_is_tried_again() {
        let pod = Value::from(json!({"metadata": {"ownerReferences": of_set()}}));
        let trusted = Controllers::default();
        let mut caught_up = Owners::default();
        assert_eq!(proved(&pod, Some("shop"), REPLICASETS, &caught_up, &trusted), Ancestry::Proved(Vec::new()));
        caught_up.insert("u-set".into(), owner("apps/v1", "ReplicaSet", "cart-1", None));
        let Ancestry::Proved(found) = proved(&pod, Some("shop"), REPLICASETS, &caught_up, &trusted) else { panic!() };
        assert_eq!(found.len(), 1);
    }
}
