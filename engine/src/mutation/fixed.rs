//! Fields that the API server lets nobody change after creation. An edit of one would turn a good update into a refused
//! one, so it is left out: what came without it stays without it until it is made anew.

use regorus::Value;

use crate::pointer::{Pointer, Segment};
use crate::review::{Operation, Review};
use crate::value::{at, get};

/// Whether a place of the review's object cannot be changed by this request.
pub(super) fn is_fixed(review: &Review, path: &Pointer) -> bool {
    if review.operation != Operation::Update {
        return false;
    }
    let keys = |path: &Pointer, keys: &[&str]| {
        keys.iter()
            .enumerate()
            .all(|(index, key)| matches!(path.0.get(index), Some(Segment::Key(one)) if **one == **key))
    };
    match (&*review.kind.group, &*review.kind.kind) {
        ("", "Pod") => keys(path, &["spec"]) && !is_open_in_pods(review, path),
        ("batch", "Job") => keys(path, &["spec", "template"]),
        _ => false,
    }
}

/// Images, and containers that are only now added for debugging.
fn is_open_in_pods(review: &Review, path: &Pointer) -> bool {
    let [Segment::Key(_), Segment::Key(list), Segment::Index(index), rest @ ..] = path.0.as_slice() else {
        return false;
    };
    match &**list {
        "containers" | "initContainers" => matches!(rest, [Segment::Key(field)] if **field == *"image"),
        "ephemeralContainers" => {
            let list: Pointer = path.0.iter().take(2).cloned().collect();
            let item = at(&review.object, &list.0.iter().cloned().chain([Segment::Index(*index)]).collect());
            let name = item.and_then(|item| get(item, "name"));
            let old = review.old_object.as_ref().and_then(|old| at(old, &list));
            let had = match old {
                Some(Value::Array(items)) => items.iter().any(|item| get(item, "name") == name),
                _ => false,
            };
            !had
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn review(kind: &str, operation: Operation) -> Review {
        let api_version = if kind == "Job" { "batch/v1" } else { "v1" };
        let object = |debuggers: &[&str]| {
            let debuggers: Vec<_> = debuggers.iter().map(|name| json!({"name": name})).collect();
            Value::from(json!({"apiVersion": api_version, "kind": kind, "spec": {"ephemeralContainers": debuggers}}))
        };
        let situation = crate::Situation { now: chrono::DateTime::UNIX_EPOCH, cluster: None };
        let review = Review::of_document(object(&["old", "new"]), None, situation).unwrap();
        Review { operation, old_object: Some(object(&["old"])), ..review }
    }

    fn path(text: &str) -> Pointer {
        text.split('/').map(|part| part.parse().map_or_else(|_| part.into(), Segment::Index)).collect()
    }

    #[test]
    fn a_pod_that_runs_keeps_its_spec() {
        let update = review("Pod", Operation::Update);
        let fixed = ["spec/securityContext", "spec/containers/0/resources", "spec/ephemeralContainers/0/image", "spec"];
        for one in fixed {
            assert!(is_fixed(&update, &path(one)), "{one}");
        }
        for one in ["metadata/labels/a", "spec/containers/0/image", "spec/ephemeralContainers/1/securityContext"] {
            assert!(!is_fixed(&update, &path(one)), "{one}");
        }
        let created = review("Pod", Operation::Create);
        assert!(fixed.iter().all(|one| !is_fixed(&created, &path(one))));
    }

    #[test]
    fn a_job_keeps_its_template() {
        let update = review("Job", Operation::Update);
        assert!(is_fixed(&update, &path("spec/template/spec/containers/0/image")));
        assert!(!is_fixed(&update, &path("spec/parallelism")));
    }
}
