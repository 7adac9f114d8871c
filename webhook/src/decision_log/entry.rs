//! One entry, in the shape of OPA's decision logs.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, SecondsFormat, Utc};
use platlint_engine::{Finding, ImageFacts, Mutation, Review, Verdict, get, to_json};
use serde_json::{Value, json};

use crate::decision_log::mask::{Masked, mask};
use crate::limits::LOGGED_OBJECT_BYTES;

/// What is the same in all entries.
#[derive(Debug, Clone)]
pub struct Labels {
    /// The cluster's name, where it is configured.
    pub cluster: Option<String>,
}

/// One decision.
#[derive(Debug)]
pub struct Entry {
    /// Which hook: `validate`, `mutate`.
    pub path: &'static str,
    /// The request's uid.
    pub uid: String,
    /// Such as `ephemeralcontainers`.
    pub sub_resource: Option<String>,
    /// What was judged; see [`omitted`] for a large object.
    pub review: Review,
    /// The revision of the policies.
    pub revision: String,
    /// The server's mode.
    pub mode: &'static str,
    /// The answer.
    pub allowed: bool,
    /// What was found, with the configuration's levels.
    pub verdict: Verdict,
    /// What was changed.
    pub mutation: Option<Mutation>,
    /// What was known of the images, as written.
    pub images: BTreeMap<Arc<str>, ImageFacts>,
    /// How long it took, nanoseconds.
    pub took: u128,
    /// When.
    pub timestamp: DateTime<Utc>,
}

impl Entry {
    /// The line, without its end. Masking is done here, on the writer's thread.
    #[must_use]
    pub fn to_json(&self, labels: &Labels) -> Value {
        let (input, masked) = self.input();
        let at = |paths: Vec<String>| -> Vec<String> {
            paths.into_iter().map(|path| format!("/input/review/object{path}")).collect()
        };
        let user = self.review.user.as_ref().map(to_json).unwrap_or_default();
        let mut entry = json!({
            "type": "openpolicyagent.org/decision_logs",
            "decision_id": decision_id(),
            "labels": {"app": "platlint-webhook", "version": env!("CARGO_PKG_VERSION"), "mode": self.mode},
            "bundles": {"platlint": {"revision": self.revision}},
            "revision": self.revision,
            "path": format!("platlint/{}", self.path),
            "requested_by": user.get("username"),
            "timestamp": self.timestamp.to_rfc3339_opts(SecondsFormat::Micros, true),
            "input": {"review": input},
            "result": self.result(),
            "masked": at(masked.masked),
            "erased": at(masked.erased),
            "metrics": {"timer_server_handler_ns": u64::try_from(self.took).unwrap_or(u64::MAX)},
        });
        if let (Some(cluster), Some(labels)) = (&labels.cluster, entry.get_mut("labels").and_then(Value::as_object_mut))
        {
            labels.insert("cluster".to_owned(), Value::from(cluster.as_str()));
        }
        entry
    }

    /// The review, reduced: no old object, no extra of the user, secrets masked.
    fn input(&self) -> (Value, Masked) {
        let review = &self.review;
        let mut object = to_json(&review.object);
        let masked = mask(&mut object);
        let bytes = object.to_string().len();
        if bytes > LOGGED_OBJECT_BYTES {
            object = to_json(&omitted(bytes));
        }
        let user = review.user.as_ref();
        let of_user = |key: &str| user.and_then(|user| get(user, key)).map(to_json);
        let input = json!({
            "uid": self.uid,
            "operation": review.operation.as_str(),
            "kind": {"group": &*review.kind.group, "version": &*review.kind.version, "kind": &*review.kind.kind},
            "subResource": self.sub_resource,
            "namespace": review.namespace.known(),
            "name": review.name.as_deref(),
            "dryRun": review.dry_run,
            "userInfo": {"username": of_user("username"), "groups": of_user("groups")},
            "object": object,
        });
        (input, masked)
    }

    fn result(&self) -> Value {
        let finding = |one: &Finding| {
            json!({"rule": &*one.rule, "level": one.level.as_str(), "severity": one.severity.as_str(),
                "path": one.path.to_string(), "message": one.message})
        };
        let verdict = &self.verdict;
        let mut result = json!({"allowed": self.allowed});
        let mut add = |key: &str, values: Vec<Value>| {
            if let (Some(members), false) = (result.as_object_mut(), values.is_empty()) {
                members.insert(key.to_owned(), Value::from(values));
            }
        };
        add("findings", verdict.findings.iter().map(finding).collect());
        add("preexisting", verdict.preexisting.iter().map(finding).collect());
        let exempted = verdict.exempted.iter();
        add(
            "exempted",
            exempted
                .map(|one| json!({"finding": finding(&one.finding), "by": &*one.by, "expires": one.expires}))
                .collect(),
        );
        let undecided = verdict.undecided.iter();
        add(
            "undecided",
            undecided
                .map(|one| json!({"rule": &*one.rule, "path": one.path.to_string(), "reason": one.reason, "effect": one.effect.as_str()}))
                .collect(),
        );
        let faults = verdict.faults.iter().chain(self.mutation.iter().flat_map(|mutation| &mutation.faults));
        add(
            "faults",
            faults.map(|one| json!({"rule": &*one.rule, "kind": one.kind.as_str(), "message": one.message})).collect(),
        );
        let changes = self.mutation.iter().flat_map(|mutation| &mutation.changes);
        add(
            "changes",
            changes
                .map(|one| json!({"rule": &*one.rule, "op": one.op.as_str(), "path": one.path.to_string()}))
                .collect(),
        );
        add("images", self.images.iter().map(|(image, facts)| of_image(image, facts)).collect());
        result
    }
}

/// What was known of an image: who signed it, and which attestations it has. What these say is left out; it can be long.
fn of_image(image: &str, facts: &ImageFacts) -> Value {
    let signature = to_json(&facts.signature);
    let types = signature.get("attestations").and_then(Value::as_array).into_iter().flatten();
    let types: Vec<Value> = types.filter_map(|one| one.get("type").cloned()).collect();
    let mut entry = json!({"image": image, "digest": facts.digest.as_deref(), "pinned": facts.pinned.as_deref()});
    if let Some(members) = entry.as_object_mut() {
        let copied = ["status", "authorities", "identities", "reason"];
        members.extend(copied.iter().filter_map(|key| Some(((*key).to_owned(), signature.get(*key)?.clone()))));
        members.insert("attestations".to_owned(), Value::from(types));
        members.retain(|_, value| !value.is_null() && !value.as_array().is_some_and(Vec::is_empty));
    }
    entry
}

/// Stands for an object that is too large to be kept and written.
#[must_use]
pub fn omitted(bytes: usize) -> platlint_engine::Value {
    platlint_engine::Value::from(json!({"omitted": format!("{bytes} bytes")}))
}

/// A random UUID, version 4.
fn decision_id() -> String {
    let mut bytes = [0_u8; 16];
    // Where the system has no randomness the id is not unique; the uid of the request is.
    let _ = crate::tls::provider().secure_random.fill(&mut bytes);
    let number = u128::from_be_bytes(bytes);
    let number = (number & !(0xf << 76) & !(0x3 << 62)) | (0x4 << 76) | (0x2 << 62);
    let hex = format!("{number:032x}");
    let part = |range: std::ops::Range<usize>| hex.get(range).unwrap_or_default();
    [part(0..8), part(8..12), part(12..16), part(16..20), part(20..32)].join("-")
}

impl Entry {
    #[cfg(test)]
    pub(crate) fn sample() -> Self {
        use platlint_engine::{Situation, Value};
        let pod = r#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a","namespace":"shop"},
            "spec":{"containers":[{"env":[{"name":"TOKEN","value":"hunter2"}]}]}}"#;
        let situation = Situation { now: DateTime::UNIX_EPOCH, cluster: None };
        let mut review = Review::of_document(Value::from_json_str(pod).unwrap(), None, situation).unwrap();
        review.user = Value::from_json_str(r#"{"username":"ann","groups":["devs"],"extra":{"scopes":["x"]}}"#).ok();
        Self {
            path: "validate",
            uid: "u-1".into(),
            sub_resource: None,
            review,
            revision: "sha256:0".into(),
            mode: "enforce",
            allowed: false,
            verdict: Verdict {
                findings: vec![Finding {
                    rule: "resource-limits".into(),
                    path: platlint_engine::Pointer::root(),
                    message: "no limits".into(),
                    level: platlint_engine::Level::Error,
                    severity: platlint_engine::Severity::Medium,
                    related: Vec::new(),
                    text: None,
                }],
                ..Verdict::default()
            },
            mutation: None,
            images: BTreeMap::new(),
            took: 1_500,
            timestamp: DateTime::UNIX_EPOCH,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn has_the_shape_opa_writes_and_no_secret() {
        let entry = Entry::sample().to_json(&Labels { cluster: Some("eu".into()) });
        for key in
            ["decision_id", "labels", "bundles", "path", "input", "result", "timestamp", "metrics", "requested_by"]
        {
            assert!(!entry[key].is_null(), "{key} is missing");
        }
        assert_eq!(entry["timestamp"], "1970-01-01T00:00:00.000000Z");
        assert_eq!(entry["labels"]["cluster"], "eu");
        assert_eq!(entry["result"]["findings"][0]["rule"], "resource-limits");
        assert_eq!(entry["masked"], json!(["/input/review/object/spec/containers/0/env/0/value"]));
        assert_eq!(entry["input"]["review"]["userInfo"], json!({"username": "ann", "groups": ["devs"]}));
        assert!(!entry.to_string().contains("hunter2"));
        assert!(!entry.to_string().contains('\n'));
    }

    #[test]
    fn tells_who_signed_the_images_and_not_what_attestations_say() {
        let signature = json!({"status": "verified", "authorities": ["release"], "identities": [],
            "attestations": [{"type": "https://slsa.dev/provenance/v1", "authority": "release", "predicate": {"long": "text"}}]});
        let facts = ImageFacts { signature: signature.into(), digest: Some("sha256:aa".into()), pinned: None };
        let mut entry = Entry::sample();
        entry.images.insert("registry.example/web@sha256:aa".into(), facts);
        let json = entry.to_json(&Labels { cluster: None });
        let expected = json!([{"image": "registry.example/web@sha256:aa", "digest": "sha256:aa", "status": "verified",
            "authorities": ["release"], "attestations": ["https://slsa.dev/provenance/v1"]}]);
        assert_eq!(json["result"]["images"], expected);
    }

    #[test]
    fn ids_are_random_uuids() {
        let (one, other) = (decision_id(), decision_id());
        assert_ne!(one, other);
        assert_eq!(one.len(), 36);
        assert_eq!(one.as_bytes()[14], b'4');
        assert!(b"89ab".contains(&one.as_bytes()[19]));
    }

    #[test]
    fn a_large_object_is_left_out_and_its_size_said() {
        let mut entry = Entry::sample();
        let text = "x".repeat(LOGGED_OBJECT_BYTES);
        entry.review.object = platlint_engine::Value::from_json_str(&json!({"a": text}).to_string()).unwrap();
        let json = entry.to_json(&Labels { cluster: None });
        assert!(json["input"]["review"]["object"]["omitted"].as_str().unwrap().ends_with("bytes"));
    }
}
