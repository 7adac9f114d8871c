//! What the decision log does not keep of an object: secrets, and what only fills space.

use serde_json::Value;

/// Stands where a value was.
const MASK: &str = "***";

/// Paths masked or erased, listed at most.
const LISTED: usize = 64;

/// Environment variables whose value is masked: any whose name holds one of these.
const SECRET_NAMES: &[&str] =
    &["PASS", "SECRET", "TOKEN", "CREDENTIAL", "PRIVATE", "APIKEY", "API_KEY", "ACCESS_KEY", "AUTH"];

/// What was done to an object, as JSON pointers within it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Masked {
    /// Values replaced.
    pub masked: Vec<String>,
    /// Members removed.
    pub erased: Vec<String>,
}

/// Masks an object in place.
pub(super) fn mask(object: &mut Value) -> Masked {
    let mut done = Masked::default();
    erase(object, "/metadata", "managedFields", &mut done);
    // Holds the whole object once more, secrets too.
    erase(object, "/metadata/annotations", "kubectl.kubernetes.io/last-applied-configuration", &mut done);
    let of = |key: &str| object.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    if of("kind") == "Secret" && of("apiVersion") == "v1" {
        for field in ["data", "stringData"] {
            mask_members(object, field, &mut done);
        }
    }
    mask_environment(object, "", &mut done);
    done
}

fn erase(object: &mut Value, at: &str, key: &str, done: &mut Masked) {
    let members = object.pointer_mut(at).and_then(Value::as_object_mut);
    if members.is_some_and(|members| members.remove(key).is_some()) {
        done.erased.push(format!("{at}/{}", escaped(key)));
    }
}

fn mask_members(object: &mut Value, field: &str, done: &mut Masked) {
    let Some(members) = object.get_mut(field).and_then(Value::as_object_mut) else { return };
    for (key, value) in members {
        *value = Value::from(MASK);
        note(&mut done.masked, || format!("/{field}/{}", escaped(key)));
    }
}

/// Looks for lists called `env` anywhere: custom resources carry containers too. The object was parsed with bounded
/// depth, so this is bounded as well.
fn mask_environment(value: &mut Value, at: &str, done: &mut Masked) {
    match value {
        Value::Object(members) => {
            for (key, value) in members {
                let at = format!("{at}/{}", escaped(key));
                match value {
                    Value::Array(items) if key == "env" => mask_variables(items, &at, done),
                    _ => mask_environment(value, &at, done),
                }
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter_mut().enumerate() {
                mask_environment(item, &format!("{at}/{index}"), done);
            }
        }
        _ => {}
    }
}

fn mask_variables(items: &mut [Value], at: &str, done: &mut Masked) {
    for (index, item) in items.iter_mut().enumerate() {
        let name = item.get("name").and_then(Value::as_str).unwrap_or_default().to_ascii_uppercase();
        if !SECRET_NAMES.iter().any(|secret| name.contains(secret)) {
            continue;
        }
        if let Some(value) = item.get_mut("value") {
            *value = Value::from(MASK);
            note(&mut done.masked, || format!("{at}/{index}/value"));
        }
    }
}

fn note(list: &mut Vec<String>, path: impl FnOnce() -> String) {
    if list.len() < LISTED {
        list.push(path());
    }
}

fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_secret_keeps_its_keys_and_loses_its_values() {
        let mut secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a", "managedFields": [{}],
            "annotations": {"kubectl.kubernetes.io/last-applied-configuration": "{\"data\":{\"k\":\"aHVudGVyMg==\"}}", "b": "c"}},
            "data": {"k": "aHVudGVyMg=="}, "stringData": {"p/q": "hunter2"}});
        let done = mask(&mut secret);
        let text = secret.to_string();
        assert!(!text.contains("hunter2") && !text.contains("aHVudGVyMg"), "{text}");
        assert_eq!(secret["data"]["k"], MASK);
        assert_eq!(secret["metadata"]["annotations"], json!({"b": "c"}));
        assert_eq!(done.masked, ["/data/k", "/stringData/p~1q"]);
        assert_eq!(
            done.erased,
            ["/metadata/managedFields", "/metadata/annotations/kubectl.kubernetes.io~1last-applied-configuration"]
        );
    }

    #[test]
    fn variables_that_sound_secret_lose_their_values_wherever_they_stand() {
        let mut pod = json!({"kind": "Pod", "spec": {"containers": [{"env": [{"name": "DB_PASSWORD", "value": "hunter2"},
            {"name": "github_token", "value": "hunter2"}, {"name": "LEVEL", "value": "info"}, {"name": "TOKEN"}]}]}});
        let done = mask(&mut pod);
        assert!(!pod.to_string().contains("hunter2"));
        assert_eq!(pod["spec"]["containers"][0]["env"][2]["value"], "info");
        assert_eq!(done.masked, ["/spec/containers/0/env/0/value", "/spec/containers/0/env/1/value"]);
    }

    #[test]
    fn a_config_map_called_secret_is_kept() {
        let mut map = json!({"apiVersion": "v1", "kind": "ConfigMap", "data": {"a": "b"}});
        assert_eq!(mask(&mut map), Masked::default());
        assert_eq!(map["data"]["a"], "b");
    }
}
