//! A request of the API server becomes the engine's review.

use platlint_engine::{Gvk, Namespace, Review, Scope, Situation, Value, ValueBuilder, get, get_str, scope_of};
use serde_json::value::RawValue;

use crate::admission::object;
use crate::admission::wire::{GroupVersionKind, Operation, Request};
use crate::cluster::Knowledge;
use crate::limits::OBJECT_VALUES;

/// Why a request cannot be judged. The sender's fault.
#[derive(Debug, thiserror::Error)]
pub enum Unreviewable {
    /// Neither `object` nor `oldObject`.
    #[error("the request has no {field}")]
    NoObject {
        /// The field that is missing.
        field: &'static str,
    },
    /// No map.
    #[error("the request's {field} is no object")]
    NotAnObject {
        /// The field.
        field: &'static str,
    },
    /// Far more values than an object of this size has: they would take a hundred times its bytes of memory.
    #[error("the request's {field} holds more than {OBJECT_VALUES} values")]
    TooMany {
        /// The field.
        field: &'static str,
    },
    /// No JSON that can be held; also what nests deeper than 128 levels.
    #[error("the request's {field} cannot be read: {message}")]
    Unreadable {
        /// The field.
        field: &'static str,
        /// What the parser says.
        message: String,
    },
}

/// Group, version and kind as the engine knows them.
#[must_use]
pub fn gvk(kind: &GroupVersionKind<'_>) -> Gvk {
    Gvk { group: (*kind.group).into(), version: (*kind.version).into(), kind: (*kind.kind).into() }
}

/// The engine's name of an operation.
#[must_use]
pub const fn operation(operation: Operation) -> platlint_engine::Operation {
    match operation {
        Operation::Create => platlint_engine::Operation::Create,
        Operation::Update => platlint_engine::Operation::Update,
        Operation::Delete => platlint_engine::Operation::Delete,
        Operation::Connect => platlint_engine::Operation::Connect,
    }
}

/// The review a request asks for. The kind is what the object is, which with `matchPolicy: Equivalent` may be another
/// version than the user sent. Each object is parsed once, straight into the engine's values.
///
/// On DELETE the object is the old one. On CONNECT it is the connection's options (`PodExecOptions`).
pub fn build(
    request: &Request<'_>,
    knowledge: &Knowledge,
    situation: Situation,
    builder: &mut ValueBuilder,
) -> Result<Review, Unreviewable> {
    let old_object = request.old_object.map(|raw| parse(raw, "oldObject", builder)).transpose()?;
    let object = if request.operation == Operation::Delete {
        old_object.clone().ok_or(Unreviewable::NoObject { field: "oldObject" })?
    } else {
        parse(request.object.ok_or(Unreviewable::NoObject { field: "object" })?, "object", builder)?
    };
    let kind = gvk(&request.kind);
    let namespace = namespace(request, &kind);
    let user = request.user_info.map(|raw| parse(raw, "userInfo", builder)).transpose()?;
    let username = user.as_ref().and_then(|user| get_str(user, "username")).map_or("", |name| &**name);
    let ancestry = knowledge.ancestry(&object, namespace.known().filter(|name| !name.is_empty()), username);
    Ok(Review {
        operation: operation(request.operation),
        kind,
        name: name(request, &object),
        namespace,
        object,
        old_object,
        user,
        dry_run: request.dry_run,
        situation,
        is_list_item: false,
        ancestry,
    })
}

/// For a Namespace the API server names the object itself; it is cluster-scoped all the same, as in a file.
fn namespace(request: &Request<'_>, kind: &Gvk) -> Namespace {
    match request.namespace.as_deref() {
        Some(name) if !name.is_empty() && scope_of(kind) != Scope::Cluster => Namespace::Named(name.into()),
        _ => Namespace::Cluster,
    }
}

fn name(request: &Request<'_>, object: &Value) -> Option<std::sync::Arc<str>> {
    match request.name.as_deref() {
        Some(name) if !name.is_empty() => Some(name.into()),
        _ => get(object, "metadata").and_then(|metadata| get_str(metadata, "name")).filter(|n| !n.is_empty()).cloned(),
    }
}

fn parse(raw: &RawValue, field: &'static str, builder: &mut ValueBuilder) -> Result<Value, Unreviewable> {
    // A value takes two bytes at least, so that only large objects are counted.
    if raw.get().len() / 2 > OBJECT_VALUES && values(raw.get()) > OBJECT_VALUES {
        return Err(Unreviewable::TooMany { field });
    }
    let value = object::parse(raw.get(), builder)
        .map_err(|error| Unreviewable::Unreadable { field, message: error.to_string() })?;
    if matches!(value, Value::Object(_)) { Ok(value) } else { Err(Unreviewable::NotAnObject { field }) }
}

/// Values of a JSON text, to a few: every one but the first follows a bracket or a comma.
fn values(text: &str) -> usize {
    let (mut count, mut in_string, mut escaped) = (0_usize, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = in_string,
            b'"' => in_string = !in_string,
            b',' | b'[' | b'{' if !in_string => count = count.saturating_add(1),
            _ => {}
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admission::wire;
    use serde_json::json;

    fn request(changes: &serde_json::Value) -> String {
        let mut request = json!({"uid": "u", "kind": {"group": "", "version": "v1", "kind": "Pod"}, "name": "a",
            "namespace": "shop", "operation": "CREATE", "userInfo": {"username": "ann", "groups": ["devs"]},
            "object": {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}}, "oldObject": null, "dryRun": true});
        for (key, value) in changes.as_object().unwrap() {
            request[key] = value.clone();
        }
        json!({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": request}).to_string()
    }

    #[allow(clippy::needless_pass_by_value, reason = "changes are written where they are used")]
    fn review(changes: serde_json::Value) -> Result<Review, Unreviewable> {
        let body = request(&changes);
        let situation = Situation { now: chrono::DateTime::UNIX_EPOCH, cluster: None };
        build(&wire::read(body.as_bytes()).unwrap(), &Knowledge::none(), situation, &mut ValueBuilder::default())
    }

    #[test]
    fn carries_who_what_and_where() {
        let review = review(json!({})).unwrap();
        assert_eq!(review.kind, Gvk::new("v1", "Pod"));
        assert_eq!(review.name.as_deref(), Some("a"));
        assert_eq!(review.namespace, Namespace::Named("shop".into()));
        assert_eq!(get_str(review.user.as_ref().unwrap(), "username").unwrap().as_ref(), "ann");
        assert_eq!(review.dry_run, Some(true));
    }

    #[test]
    fn a_namespace_is_cluster_scoped_although_the_request_names_one() {
        let kind = json!({"group": "", "version": "v1", "kind": "Namespace"});
        let review = review(json!({"kind": kind, "namespace": "a"})).unwrap();
        assert_eq!(review.namespace, Namespace::Cluster);
    }

    #[test]
    fn an_object_without_namespace_is_cluster_scoped_whatever_its_kind() {
        let kind = json!({"group": "example.org", "version": "v1", "kind": "Widget"});
        assert_eq!(review(json!({"kind": kind, "namespace": null})).unwrap().namespace, Namespace::Cluster);
        let kind = json!({"group": "example.org", "version": "v1", "kind": "Widget"});
        assert_eq!(review(json!({"kind": kind})).unwrap().namespace, Namespace::Named("shop".into()));
    }

    #[test]
    fn a_delete_judges_the_old_object() {
        let old = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "old"}});
        let review = review(json!({"operation": "DELETE", "object": null, "oldObject": old, "name": ""})).unwrap();
        assert_eq!(review.name.as_deref(), Some("old"));
        assert_eq!(review.operation, platlint_engine::Operation::Delete);
        assert!(matches!(
            self::review(json!({"operation": "DELETE", "object": null})),
            Err(Unreviewable::NoObject { field: "oldObject" })
        ));
    }

    #[test]
    fn a_connect_judges_the_options_it_came_with() {
        let options = json!({"apiVersion": "v1", "kind": "PodExecOptions", "container": "web"});
        let kind = json!({"group": "", "version": "v1", "kind": "PodExecOptions"});
        let review = review(json!({"operation": "CONNECT", "kind": kind, "object": options})).unwrap();
        assert_eq!(&*review.kind.kind, "PodExecOptions");
        assert!(get(&review.object, "container").is_some());
    }

    #[test]
    fn a_generated_name_may_be_empty() {
        let object = json!({"metadata": {"generateName": "a-"}});
        assert_eq!(review(json!({"name": "", "object": object})).unwrap().name, None);
    }

    #[test]
    fn ephemeral_containers_and_resize_carry_the_whole_pod() {
        for subresource in ["ephemeralcontainers", "resize"] {
            let pod = json!({"apiVersion": "v1", "kind": "Pod", "spec": {"containers": []}});
            let review =
                review(json!({"operation": "UPDATE", "subResource": subresource, "object": pod, "oldObject": pod}));
            assert!(get(&review.unwrap().object, "spec").is_some());
        }
    }

    #[test]
    fn counts_values_outside_of_texts() {
        assert_eq!(values(r#"{"a": [1, 2, "x,[{\",", {}], "b": null}"#), 7);
    }

    #[test]
    fn an_object_of_nothing_but_brackets_is_refused_and_a_large_text_is_not() {
        let with = |junk: serde_json::Value| review(json!({"object": {"metadata": {"name": "a"}, "junk": junk}}));
        let many = vec![json!([]); OBJECT_VALUES + 1];
        assert!(matches!(with(json!(many)), Err(Unreviewable::TooMany { field: "object" })));
        assert!(with(json!(",".repeat(OBJECT_VALUES * 3))).is_ok());
    }

    #[test]
    fn what_cannot_be_judged_is_said() {
        let deep = (0..200).fold(json!(1), |inner, _| json!([inner]));
        for (changes, said) in [
            (json!({"object": null}), "no object"),
            (json!({"object": [1]}), "object is no object"),
            (json!({"object": {"deep": deep}}), "recursion limit"),
            (json!({"operation": "UPDATE", "oldObject": "text"}), "oldObject is no object"),
        ] {
            let error = review(changes).unwrap_err().to_string();
            assert!(error.contains(said), "{error}");
        }
    }
}
