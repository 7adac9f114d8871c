//! What the caches keep of an object, read from the API server's answer without a detour.
//!
//! Kept: everything but what no rule about other objects needs and what changes for no reason of theirs: `status`,
//! `metadata.managedFields`, `metadata.resourceVersion`, `metadata.selfLink` and the annotation in which `kubectl apply`
//! keeps a second copy. A change of only these is then no change at all. Of a Secret only metadata and type are kept:
//! its contents have no business in the memory of a policy engine.

use platlint_engine::{Value, get, get_str};
use regorus::value::Object;
use serde::{Deserialize, Deserializer};
use std::collections::HashSet;
use std::sync::Arc;

use super::watch::Item;

/// An object as rules see it in `data.inventory`.
#[derive(Debug, Clone)]
pub(super) struct Slim {
    pub name: Arc<str>,
    pub namespace: Option<Arc<str>>,
    pub value: Value,
    version: String,
}

const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

impl Slim {
    pub(super) fn of(value: &Value) -> Self {
        let metadata = get(value, "metadata").cloned().unwrap_or_else(Value::new_object);
        let text = |key| get_str(&metadata, key).filter(|text| !text.is_empty()).cloned();
        let (name, namespace) = (text("name").unwrap_or_default(), text("namespace"));
        let version = text("resourceVersion").unwrap_or_default().to_string();
        Self { name, namespace, value: stripped(value), version }
    }

    /// The object as it is kept: with the `apiVersion` and `kind` that items of a list lack, and with texts that are known
    /// already shared.
    pub(super) fn kept(self, api_version: &Arc<str>, kind: &Arc<str>, texts: &mut Texts) -> Self {
        let Value::Object(fields) = &self.value else { return self };
        let is_secret = &**kind == "Secret" && &**api_version == "v1";
        let kept = fields.iter().filter(|(key, _)| {
            let key = key.as_string().map_or("", |key| key);
            !(matches!(key, "apiVersion" | "kind") || is_secret && matches!(key, "data" | "stringData"))
        });
        let kept = kept.map(|(key, value)| (key.clone(), value.clone()));
        let named = [("apiVersion", api_version), ("kind", kind)];
        let named = named.into_iter().map(|(key, text)| (Value::from(key), Value::String(text.clone())));
        let kept = kept.chain(named).map(|(key, value)| (texts.shared(&key), texts.shared(&value)));
        let value = kept.collect::<Object>().into_value();
        Self { value, ..self }
    }

    /// The length of its JSON.
    pub(super) fn bytes(&self) -> u64 {
        let mut counter = Counter(0);
        // Counting cannot fail, and what does not serialise counts as far as it came.
        let _ = serde_json::to_writer(&mut counter, &self.value);
        counter.0
    }
}

impl<'de> Deserialize<'de> for Slim {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Value::deserialize(deserializer).map(|value| Self::of(&value))
    }
}

impl Item for Slim {
    fn version(&self) -> &str {
        &self.version
    }
}

/// Texts that objects of a kind have in common: keys, and values such as `Container` or `500m`. It saves a third of
/// the memory of `LimitRange`s (1,946 instead of 2,939 bytes each, by a counting allocator).
#[derive(Debug, Default)]
pub(super) struct Texts {
    known: HashSet<Arc<str>>,
}

/// So many are remembered at most, so that texts of which each object has its own do not fill it for ever.
const REMEMBERED: usize = 4_096;
/// Longer ones hardly repeat.
const REMEMBERED_BYTES: usize = 64;

impl Texts {
    fn shared(&mut self, value: &Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.text(text)),
            Value::Array(items) => items.iter().map(|item| self.shared(item)).collect::<Vec<_>>().into(),
            Value::Object(fields) => {
                let fields = fields.iter().map(|(key, value)| (self.shared(key), self.shared(value)));
                fields.collect::<Object>().into_value()
            }
            other => other.clone(),
        }
    }

    fn text(&mut self, text: &Arc<str>) -> Arc<str> {
        if let Some(known) = self.known.get(text) {
            return known.clone();
        }
        if text.len() <= REMEMBERED_BYTES && self.known.len() < REMEMBERED {
            self.known.insert(text.clone());
        }
        text.clone()
    }
}

struct Counter(u64);

impl std::io::Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0 = self.0.saturating_add(bytes.len() as u64);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// The map without some of its keys, and with some values made anew.
fn rebuilt(value: &Value, rebuild: impl Fn(&str, &Value) -> Option<Value>) -> Value {
    let Value::Object(fields) = value else { return value.clone() };
    let kept = fields.iter().filter_map(|(key, value)| match key {
        Value::String(name) => Some((key.clone(), rebuild(name, value)?)),
        _ => Some((key.clone(), value.clone())),
    });
    kept.collect::<Object>().into_value()
}

fn stripped(value: &Value) -> Value {
    rebuilt(value, |key, value| match key {
        "status" => None,
        "metadata" => Some(rebuilt(value, |key, value| match key {
            "managedFields" | "resourceVersion" | "selfLink" => None,
            "annotations" => {
                let annotations = rebuilt(value, |key, value| (key != LAST_APPLIED).then(|| value.clone()));
                (annotations != Value::new_object()).then_some(annotations)
            }
            _ => Some(value.clone()),
        })),
        _ => Some(value.clone()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use platlint_engine::to_json;
    use serde_json::json;

    fn slim(json: serde_json::Value) -> Slim {
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn keeps_what_rules_need_and_drops_what_only_churns() {
        let found = slim(json!({
            "apiVersion": "v1", "kind": "LimitRange",
            "metadata": {
                "name": "a", "namespace": "shop", "resourceVersion": "17", "managedFields": [{}], "labels": {"x": "y"},
                "annotations": {LAST_APPLIED: "{}", "owner": "team-a"},
            },
            "spec": {"limits": []}, "status": {"phase": "x"},
        }));
        assert_eq!((&*found.name, found.namespace.as_deref(), found.version()), ("a", Some("shop"), "17"));
        let kept = json!({
            "apiVersion": "v1", "kind": "LimitRange",
            "metadata": {"name": "a", "namespace": "shop", "labels": {"x": "y"}, "annotations": {"owner": "team-a"}},
            "spec": {"limits": []},
        });
        assert_eq!(to_json(&found.value), kept);
        assert_eq!(found.bytes(), kept.to_string().len() as u64);
    }

    #[test]
    fn a_change_of_status_is_no_change() {
        let of = |version: &str, phase: &str| {
            slim(json!({"metadata": {"name": "a", "resourceVersion": version}, "status": {"phase": phase}})).value
        };
        assert_eq!(of("1", "x"), of("2", "y"));
    }

    #[test]
    fn items_of_a_list_get_their_kind() {
        let found =
            slim(json!({"metadata": {"name": "a"}})).kept(&"v1".into(), &"Namespace".into(), &mut Texts::default());
        assert_eq!(to_json(&found.value), json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "a"}}));
    }

    #[test]
    fn the_contents_of_a_secret_are_not_kept() {
        let secret =
            json!({"metadata": {"name": "a"}, "type": "Opaque", "data": {"p": "eA=="}, "stringData": {"p": "x"}});
        let found = slim(secret).kept(&"v1".into(), &"Secret".into(), &mut Texts::default());
        let kept = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a"}, "type": "Opaque"});
        assert_eq!(to_json(&found.value), kept);
    }

    #[test]
    fn equal_texts_are_one() {
        let mut texts = Texts::default();
        let [one, other] = ["a", "b"].map(|name| {
            slim(json!({"metadata": {"name": name, "labels": {"team": "payments"}}}))
                .kept(&"v1".into(), &"Namespace".into(), &mut texts)
                .value
        });
        let team = |object: &Value| {
            let labels = get(get(object, "metadata").unwrap(), "labels").unwrap();
            get_str(labels, "team").unwrap().clone()
        };
        assert!(Arc::ptr_eq(&team(&one), &team(&other)));
    }
}
