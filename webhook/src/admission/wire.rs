//! The wire form of `admission.k8s.io/v1` AdmissionReview. The request borrows from the body: the objects stay raw text
//! until a rule wants one, and are then parsed straight into the engine's values.
//!
//! Own types, because `kube::core::admission` parses both objects whatever is judged, writes a patch as an array of
//! numbers, denies without a status code and answers an invalid review with an empty uid.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// The one version that is served.
pub const API_VERSION: &str = "admission.k8s.io/v1";
/// The one kind that is served.
pub const KIND: &str = "AdmissionReview";

/// Why a body is no review that can be answered.
#[derive(Debug, thiserror::Error)]
pub enum WireError {
    /// No JSON, or of another shape.
    #[error("the body is no AdmissionReview: {0}")]
    Malformed(#[from] serde_json::Error),
    /// Something else than `admission.k8s.io/v1` AdmissionReview.
    #[error("the body is {api_version} {kind}; only {API_VERSION} {KIND} is served")]
    OtherKind {
        /// What it says of its version.
        api_version: String,
        /// What it says of its kind.
        kind: String,
    },
    /// An AdmissionReview without a request.
    #[error("the AdmissionReview has no request")]
    NoRequest,
    /// The answer must carry the request's uid.
    #[error("the request has no uid")]
    NoUid,
}

#[derive(Deserialize)]
struct Envelope<'b> {
    #[serde(rename = "apiVersion", borrow, default)]
    api_version: Cow<'b, str>,
    #[serde(borrow, default)]
    kind: Cow<'b, str>,
    #[serde(borrow)]
    request: Option<Request<'b>>,
}

/// What the API server asks.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Request<'b> {
    /// Names this call; the answer repeats it.
    #[serde(borrow, default)]
    pub uid: Cow<'b, str>,
    /// What `object` is. With `matchPolicy: Equivalent` the object was converted to it.
    #[serde(borrow)]
    pub kind: GroupVersionKind<'b>,
    /// What the user sent, before that conversion.
    #[serde(borrow, default)]
    pub request_kind: Option<GroupVersionKind<'b>>,
    /// Such as `ephemeralcontainers`; the object may then be the whole parent.
    #[serde(borrow, default)]
    pub sub_resource: Option<Cow<'b, str>>,
    /// Empty with `generateName` and on the deletion of a collection.
    #[serde(borrow, default)]
    pub name: Option<Cow<'b, str>>,
    /// Absent for cluster-scoped objects, but for a Namespace it is its own name.
    #[serde(borrow, default)]
    pub namespace: Option<Cow<'b, str>>,
    /// What is done.
    pub operation: Operation,
    /// Who asks.
    #[serde(borrow, default)]
    pub user_info: Option<&'b RawValue>,
    /// `None` on DELETE.
    #[serde(borrow, default)]
    pub object: Option<&'b RawValue>,
    /// `None` on CREATE and CONNECT.
    #[serde(borrow, default)]
    pub old_object: Option<&'b RawValue>,
    /// Whether nothing will be stored.
    #[serde(default)]
    pub dry_run: Option<bool>,
}

/// Group, version and kind; the core group is empty.
#[derive(Debug, Deserialize)]
pub struct GroupVersionKind<'b> {
    /// API group.
    #[serde(borrow, default)]
    pub group: Cow<'b, str>,
    /// API version.
    #[serde(borrow)]
    pub version: Cow<'b, str>,
    /// Kind.
    #[serde(borrow)]
    pub kind: Cow<'b, str>,
}

/// Operations, as the API server writes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Operation {
    /// An object is made.
    Create,
    /// An object is changed.
    Update,
    /// An object is removed.
    Delete,
    /// A connection to an object.
    Connect,
}

/// Reads the request of a body.
pub fn read(body: &[u8]) -> Result<Request<'_>, WireError> {
    let envelope: Envelope<'_> = serde_json::from_slice(body)?;
    if envelope.api_version != API_VERSION || envelope.kind != KIND {
        let (api_version, kind) = (envelope.api_version.into_owned(), envelope.kind.into_owned());
        return Err(WireError::OtherKind { api_version, kind });
    }
    let request = envelope.request.ok_or(WireError::NoRequest)?;
    if request.uid.is_empty() { Err(WireError::NoUid) } else { Ok(request) }
}

/// The answer to one request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Response {
    /// The request's.
    pub uid: String,
    /// Whether the write may go on.
    pub allowed: bool,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
    /// Changes; never of a validating hook.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub patch: Option<Patch>,
    /// For the audit log; the API server puts the webhook's name before each key.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub audit_annotations: BTreeMap<&'static str, String>,
    /// For the user, one line each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

/// A patch with its type: the API server refuses one without the other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Patch {
    /// An RFC 6902 array in base64.
    pub patch: String,
    /// Always `JSONPatch`.
    pub patch_type: &'static str,
}

/// What the user is told; the API server passes all of it on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Status {
    /// Below 400 would become 400.
    pub code: u16,
    /// As `kubectl` names it in brackets.
    pub reason: &'static str,
    /// Shown behind `admission webhook "…" denied the request: `.
    pub message: String,
    /// For tools.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub details: Option<Details>,
}

/// The object and all causes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Details {
    /// The object's name.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Its API group.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub group: String,
    /// Its kind.
    pub kind: String,
    /// One for each finding.
    pub causes: Vec<Cause>,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Cause {
    /// The rule's id.
    pub reason: String,
    /// What is wrong.
    pub message: String,
    /// Where, as Kubernetes names fields: `spec.containers[0].image`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub field: String,
}

impl Response {
    /// The body of the answer.
    pub fn to_body(&self) -> Result<Vec<u8>, serde_json::Error> {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Answer<'r> {
            api_version: &'static str,
            kind: &'static str,
            response: &'r Response,
        }
        serde_json::to_vec(&Answer { api_version: API_VERSION, kind: KIND, response: self })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POD: &str = r#"{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{"uid":"u-1",
        "kind":{"group":"","version":"v1","kind":"Pod"},"resource":{"group":"","version":"v1","resource":"pods"},
        "requestKind":{"group":"","version":"v1","kind":"Pod"},"name":"a","namespace":"shop","operation":"CREATE",
        "userInfo":{"username":"ann"},"object":{"apiVersion":"v1","kind":"Pod"},"oldObject":null,"dryRun":false,
        "options":{"kind":"CreateOptions"},"a field of the future":[1]}}"#;

    #[test]
    fn borrows_everything_from_the_body() {
        let request = read(POD.as_bytes()).unwrap();
        assert!(matches!(request.uid, Cow::Borrowed("u-1")));
        assert!(matches!(request.kind.kind, Cow::Borrowed("Pod")));
        assert_eq!(request.operation, Operation::Create);
        let object = request.object.unwrap().get();
        assert_eq!(object, r#"{"apiVersion":"v1","kind":"Pod"}"#);
        assert!(POD.as_bytes().as_ptr_range().contains(&object.as_ptr()));
        assert!(request.old_object.is_none());
    }

    #[test]
    fn refuses_what_is_no_review_of_version_1() {
        for (body, said) in [
            ("", "EOF"),
            ("{", "EOF"),
            (r#"{"apiVersion":"admission.k8s.io/v1beta1","kind":"AdmissionReview"}"#, "v1beta1"),
            (r#"{"apiVersion":"v1","kind":"Pod"}"#, "v1 Pod"),
            (r#"{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview"}"#, "no request"),
            (&POD.replace("u-1", ""), "no uid"),
            (&POD.replace("CREATE", "PATCH"), "PATCH"),
            (&POD[..POD.len() - 1], "EOF"),
        ] {
            let error = read(body.as_bytes()).unwrap_err().to_string();
            assert!(error.contains(said), "{error}");
        }
    }

    #[test]
    fn a_patch_and_its_type_come_together() {
        let response = |patch| Response {
            uid: "u".into(),
            allowed: true,
            status: None,
            patch,
            audit_annotations: BTreeMap::new(),
            warnings: Vec::new(),
        };
        let text = |response: Response| String::from_utf8(response.to_body().unwrap()).unwrap();
        assert_eq!(
            text(response(None)),
            r#"{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","response":{"uid":"u","allowed":true}}"#
        );
        let patched = text(response(Some(Patch { patch: "W10=".into(), patch_type: "JSONPatch" })));
        assert!(patched.ends_with(r#""allowed":true,"patch":"W10=","patchType":"JSONPatch"}}"#), "{patched}");
    }
}
