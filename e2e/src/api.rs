//! The API server's own interface, for what needs no kubectl: objects in and out as JSON.

use crate::https::{Answer, Client, NoAnswer};
use serde_json::Value;

/// Requests to the API server as one user.
#[derive(Clone)]
pub struct Api {
    client: Client,
    user: Option<String>,
}

impl Api {
    /// Requests by that client's certificate.
    pub fn new(client: Client) -> Self {
        Self { client, user: None }
    }

    /// The same, acting as another user.
    #[must_use]
    pub fn acting_as(&self, user: &str) -> Self {
        Self { client: self.client.clone(), user: Some(user.to_owned()) }
    }

    /// Sends a request; panics when there is no answer at all.
    pub fn send(&self, method: &str, path: &str, content_type: &str, body: &Value) -> Answer {
        self.try_send(method, path, content_type, body).unwrap_or_else(|error| panic!("{method} {path}: {error}"))
    }

    /// Sends a request.
    pub fn try_send(&self, method: &str, path: &str, content_type: &str, body: &Value) -> Result<Answer, NoAnswer> {
        let mut headers = vec![("content-type", content_type)];
        if let Some(user) = &self.user {
            headers.push(("impersonate-user", user));
            headers.push(("impersonate-group", "system:masters"));
        }
        let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        self.client.send_with(method, path, &headers, body)
    }

    /// Reads an object, where there is one.
    pub fn get(&self, path: &str) -> Option<Value> {
        let answer = self.send("GET", path, "application/json", &Value::Null);
        (answer.status == 200).then(|| answer.json())
    }

    /// Creates an object in the collection of that path.
    pub fn create(&self, path: &str, object: &Value) -> Answer {
        self.send("POST", path, "application/json", object)
    }

    /// Creates an object and panics where that is refused.
    pub fn must_create(&self, path: &str, object: &Value) -> Value {
        let answer = self.create(path, object);
        assert!(answer.status == 201, "POST {path}: {}", answer.json());
        answer.json()
    }

    /// Replaces an object.
    pub fn replace(&self, path: &str, object: &Value) -> Answer {
        self.send("PUT", path, "application/json", object)
    }

    /// Merges a patch into an object (RFC 7386).
    pub fn merge(&self, path: &str, patch: &Value) -> Answer {
        self.send("PATCH", path, "application/merge-patch+json", patch)
    }

    /// Merges a patch into an object as Kubernetes does with lists.
    pub fn strategic_merge(&self, path: &str, patch: &Value) -> Answer {
        self.send("PATCH", path, "application/strategic-merge-patch+json", patch)
    }

    /// Deletes an object.
    pub fn delete(&self, path: &str) -> Answer {
        self.send("DELETE", path, "application/json", &Value::Null)
    }

    /// Deletes an object at once, a namespace too.
    pub fn remove(&self, path: &str) {
        self.delete(&format!("{path}?gracePeriodSeconds=0"));
        if path.starts_with("/api/v1/namespaces/")
            && path.matches('/').count() == 4
            && let Some(mut namespace) = self.get(path)
        {
            // Its content goes later, by the controllers.
            namespace["spec"]["finalizers"] = serde_json::json!([]);
            self.replace(&format!("{path}/finalize"), &namespace);
        } else if self.get(path).is_some_and(|object| object["metadata"]["finalizers"].is_array()) {
            self.merge(path, &serde_json::json!({"metadata": {"finalizers": null}}));
        }
    }

    /// Deletes an object, where somebody still answers.
    pub fn try_delete(&self, path: &str) -> Result<Answer, NoAnswer> {
        self.try_send("DELETE", path, "application/json", &Value::Null)
    }

    /// The client beneath, for load.
    pub fn client(&self) -> &Client {
        &self.client
    }
}
