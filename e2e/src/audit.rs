//! The API server's audit log: what a webhook left there about a request.

use serde_json::Value;
use std::path::{Path, PathBuf};

/// What is written: changes with their bodies (patches of webhooks are told at this level only), no reads.
pub(crate) const POLICY: &str = r#"{"apiVersion":"audit.k8s.io/v1","kind":"Policy","omitStages":["RequestReceived"],"rules":[
{"level":"None","verbs":["get","list","watch"]},
{"level":"None","resources":[{"group":"coordination.k8s.io"},{"group":"","resources":["events"]},{"group":"events.k8s.io"}]},
{"level":"Request"}]}"#;

/// The audit log of a control plane.
#[derive(Clone, Debug)]
pub struct AuditLog {
    path: PathBuf,
}

impl AuditLog {
    pub(crate) fn new(path: &Path) -> Self {
        Self { path: path.to_owned() }
    }

    /// All events about the namespace, in the order of their end. Each has `verb`, `objectRef`, `user`, `annotations`.
    pub fn of_namespace(&self, namespace: &str) -> Vec<Value> {
        // The log is written before the answer is, so an answered request is in it. A line at its end may be unfinished.
        let text = std::fs::read_to_string(&self.path).unwrap_or_default();
        let needle = format!("\"namespace\":\"{namespace}\"");
        let lines = text.lines().filter(|line| line.contains(&needle));
        let events = lines.filter_map(|line| serde_json::from_str(line).ok());
        events.filter(|event: &Value| event["objectRef"]["namespace"] == namespace).collect()
    }

    /// How much is written so far, for [`Self::of_user_since`].
    pub fn end(&self) -> u64 {
        std::fs::metadata(&self.path).map_or(0, |file| file.len())
    }

    /// All events of an impersonated user that were written after that.
    pub fn of_user_since(&self, user: &str, start: u64) -> Vec<Value> {
        let bytes = std::fs::read(&self.path).unwrap_or_default();
        let start = usize::try_from(start).unwrap_or(usize::MAX).min(bytes.len());
        let text = String::from_utf8_lossy(&bytes[start..]);
        let events = text.lines().filter_map(|line| serde_json::from_str(line).ok());
        events.filter(|event: &Value| event["impersonatedUser"]["username"] == user).collect()
    }

    /// The annotations of the last event with that verb, resource and name in the namespace.
    pub fn annotations(&self, namespace: &str, verb: &str, resource: &str, name: &str) -> Option<Value> {
        let mut events = self.of_namespace(namespace).into_iter().rev();
        let event = events.find(|event| {
            let object = &event["objectRef"];
            let is_main = object["subresource"].is_null();
            event["verb"] == verb && object["resource"] == resource && object["name"] == name && is_main
        });
        event.map(|event| event["annotations"].clone())
    }
}
