//! A review: one object in one situation. The webhook builds it from an AdmissionReview, the CLI from a document.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use regorus::Value;

use crate::ancestry::Ancestry;
use crate::kinds::{Gvk, Scope, scope_of};
use crate::pointer::{Pointer, Segment};
use crate::value::{get, get_str};

/// What is being done to the object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum Operation {
    /// The object is made; what the CLI assumes of every document.
    Create,
    /// The object is changed.
    Update,
    /// The object is removed.
    Delete,
    /// A connection to the object, such as `exec`.
    Connect,
}

impl Operation {
    /// As the API server writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Create => "CREATE",
            Self::Update => "UPDATE",
            Self::Delete => "DELETE",
            Self::Connect => "CONNECT",
        }
    }
}

/// The namespace of a review.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Namespace {
    /// The object has none: it is cluster-scoped.
    Cluster,
    /// This one.
    Named(Arc<str>),
    /// None in the file and none configured. It is not `default`: whoever applies the file chooses.
    Unknown,
}

impl Namespace {
    /// As `input.review.namespace`: empty for cluster-scoped objects, `None` where unknown.
    #[must_use]
    pub fn known(&self) -> Option<&str> {
        match self {
            Self::Cluster => Some(""),
            Self::Named(name) => Some(name),
            Self::Unknown => None,
        }
    }
}

/// What surrounds every document of a run.
#[derive(Debug, Clone)]
pub struct Situation {
    /// The moment the run began; exemptions end by it.
    pub now: DateTime<Utc>,
    /// The cluster the configuration's overrides are chosen for.
    pub cluster: Option<Arc<str>>,
}

/// One object in one situation.
#[derive(Debug, Clone)]
pub struct Review {
    /// What is done.
    pub operation: Operation,
    /// Group, version and kind of the object.
    pub kind: Gvk,
    /// `metadata.name`, where there is one.
    pub name: Option<Arc<str>>,
    /// The namespace, where it is known.
    pub namespace: Namespace,
    /// The object; on DELETE the old one.
    pub object: Value,
    /// The object before an update.
    pub old_object: Option<Value>,
    /// Who asks; a file does not know.
    pub user: Option<Value>,
    /// Which controllers it comes of.
    pub ancestry: Ancestry,
    /// Whether nothing will be stored; a file does not know.
    pub dry_run: Option<bool>,
    /// When and for which cluster.
    pub situation: Situation,
    /// This is an item of a List that is reviewed as well: foreign policies, which know no Lists, see only the whole.
    pub is_list_item: bool,
}

/// Why a document is no review.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotAnObject {
    /// A scalar or a list.
    #[error("it is not a map")]
    NotAMap,
    /// A map without `apiVersion` or `kind`.
    #[error("it has no apiVersion and kind")]
    NoKind,
}

impl Review {
    /// The review of one document of a file: an object being created, by nobody in particular.
    pub fn of_document(
        object: Value,
        default_namespace: Option<&str>,
        situation: Situation,
    ) -> Result<Self, NotAnObject> {
        if !matches!(object, Value::Object(_)) {
            return Err(NotAnObject::NotAMap);
        }
        let kind = Gvk::of(&object).ok_or(NotAnObject::NoKind)?;
        let metadata = get(&object, "metadata");
        let name = metadata.and_then(|metadata| get_str(metadata, "name")).cloned();
        let written = metadata.and_then(|metadata| get_str(metadata, "namespace")).filter(|text| !text.is_empty());
        let namespace = match (scope_of(&kind), written, default_namespace) {
            (Scope::Cluster, ..) => Namespace::Cluster,
            (_, Some(written), _) => Namespace::Named(written.clone()),
            (_, None, Some(default)) => Namespace::Named(default.into()),
            (_, None, None) => Namespace::Unknown,
        };
        Ok(Self {
            operation: Operation::Create,
            kind,
            name,
            namespace,
            object,
            old_object: None,
            user: None,
            ancestry: Ancestry::AsWritten,
            dry_run: None,
            situation,
            is_list_item: false,
        })
    }

    /// Whether the object carries others in a list at `items`, as kubectl decides it.
    #[must_use]
    pub fn is_list(&self) -> bool {
        is_list(&self.object)
    }

    /// Whether the object is nothing but its items: `v1/List`, `DeploymentList`, ….
    #[must_use]
    pub fn is_only_a_list(&self) -> bool {
        self.is_list() && self.kind.kind.ends_with("List")
    }
}

/// As kubectl decides it: a list at the root's `items` makes a List of any object, whatever its kind.
fn is_list(object: &Value) -> bool {
    matches!(get(object, "items"), Some(Value::Array(_)))
}

/// The items of a List, with where they stand, to any depth of nesting; `None` where the object is no List.
///
/// An item without `apiVersion` and `kind` (`PodList` as the API server prints it) gets those the List's own kind
/// implies.
#[must_use]
pub fn expand_list(object: &Value) -> Option<Vec<(Pointer, Value)>> {
    let mut found = Vec::new();
    expand_into(object, &Pointer::root(), &mut found).then_some(found)
}

fn expand_into(object: &Value, at: &Pointer, found: &mut Vec<(Pointer, Value)>) -> bool {
    if !is_list(object) {
        return false;
    }
    let Some(Value::Array(items)) = get(object, "items") else { return false };
    for (index, item) in items.iter().enumerate() {
        let at: Pointer = at.0.iter().cloned().chain(["items".into(), Segment::Index(index)]).collect();
        let item = with_implied_kind(item, object);
        if !expand_into(&item, &at, found) {
            found.push((at, item));
        }
    }
    true
}

fn with_implied_kind(item: &Value, list: &Value) -> Value {
    let (Value::Object(fields), None) = (item, Gvk::of(item)) else { return item.clone() };
    let (Some(api_version), Some(kind)) = (get_str(list, "apiVersion"), get_str(list, "kind")) else {
        return item.clone();
    };
    let Some(kind) = kind.strip_suffix("List").filter(|kind| !kind.is_empty()) else { return item.clone() };
    let mut fields = fields.as_ref().clone();
    fields.insert(Value::from("apiVersion"), Value::String(api_version.clone()));
    fields.insert(Value::from("kind"), Value::from(kind));
    Value::Object(Arc::new(fields))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(json: &str) -> Value {
        Value::from_json_str(json).unwrap()
    }

    fn review(json: &str, default: Option<&str>) -> Review {
        Review::of_document(value(json), default, Situation { now: DateTime::UNIX_EPOCH, cluster: None }).unwrap()
    }

    #[test]
    fn an_unknown_namespace_is_not_default() {
        let pod = r#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a"}}"#;
        assert_eq!(review(pod, None).namespace, Namespace::Unknown);
        assert_eq!(review(pod, Some("shop")).namespace, Namespace::Named("shop".into()));
    }

    #[test]
    fn a_cluster_scoped_object_has_no_namespace_whatever_it_says() {
        let namespace = r#"{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"a","namespace":"b"}}"#;
        assert_eq!(review(namespace, Some("shop")).namespace, Namespace::Cluster);
    }

    #[test]
    fn expands_nested_lists_with_their_places() {
        let list = value(
            r#"{"apiVersion":"v1","kind":"List","items":[
                {"apiVersion":"v1","kind":"Pod"},
                {"apiVersion":"v1","kind":"List","items":[{"apiVersion":"v1","kind":"Service"}]},
                {"apiVersion":"v1","kind":"SecretList","items":[{"metadata":{"name":"s"}}]}]}"#,
        );
        let items = expand_list(&list).unwrap();
        let seen: Vec<_> = items.iter().map(|(at, item)| (at.to_string(), Gvk::of(item).unwrap().kind)).collect();
        assert_eq!(
            seen,
            [
                ("/items/0".into(), "Pod".into()),
                ("/items/1/items/0".into(), "Service".into()),
                ("/items/2/items/0".into(), "Secret".into())
            ]
        );
    }

    #[test]
    fn items_make_a_list_of_any_kind_as_for_kubectl() {
        for object in [
            r#"{"apiVersion":"v1","kind":"List","spec":{},"items":[{"apiVersion":"v1","kind":"Pod"}]}"#,
            r#"{"apiVersion":"v1","kind":"ConfigMap","items":[{"apiVersion":"v1","kind":"Pod"}]}"#,
        ] {
            assert_eq!(expand_list(&value(object)).unwrap().len(), 1, "{object}");
        }
        assert!(expand_list(&value(r#"{"apiVersion":"a/v1","kind":"AllowList"}"#)).is_none());
        assert!(expand_list(&value(r#"{"apiVersion":"v1","kind":"List","items":{}}"#)).is_none());
    }

    #[test]
    fn what_is_no_object_is_said() {
        let situation = Situation { now: DateTime::UNIX_EPOCH, cluster: None };
        assert_eq!(Review::of_document(value("[]"), None, situation.clone()).unwrap_err(), NotAnObject::NotAMap);
        assert_eq!(Review::of_document(value(r#"{"kind":"Pod"}"#), None, situation).unwrap_err(), NotAnObject::NoKind);
    }
}
