//! What users of the cluster may read about a registry that gave no answer: its name and a class such as `unreachable`.
//! Addresses, ports and errors of the network would make every denial a look into the network behind the server; they go
//! to the server's log.

use platlint_engine::image::Reference;
use platlint_engine::{ImageFacts, Value, get_str};

/// The facts as rules may see them, and through rules everybody who creates a Pod.
pub(super) fn discreet(image: &str, mut facts: ImageFacts) -> ImageFacts {
    let Some(cause) = get_str(&facts.signature, "cause").cloned() else { return facts };
    if let Some(reason) = get_str(&facts.signature, "reason") {
        tracing::info!(image, %cause, %reason, "an image's signature is not known");
    }
    let registry = Reference::parse(image).map(|reference| reference.place().0).unwrap_or_default();
    let reason = format!("registry {registry}: {cause}, not unsigned");
    if let Ok(fields) = facts.signature.as_object_mut() {
        fields.insert(Value::from("reason"), Value::from(reason));
    }
    facts
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn reason(signature: serde_json::Value) -> String {
        let facts = ImageFacts { signature: Value::from(signature), digest: None, pinned: None };
        let facts = discreet("registry.example:5000/web:1", facts);
        get_str(&facts.signature, "reason").unwrap().to_string()
    }

    #[test]
    fn users_read_the_registry_and_a_class_and_nothing_of_the_network() {
        let reached =
            json!({"status": "unknown", "cause": "unreachable", "reason": "10.0.0.7:5000: Connection refused"});
        assert_eq!(reason(reached), "registry registry.example:5000: unreachable, not unsigned");
    }

    #[test]
    fn what_has_nothing_to_do_with_a_registry_stays_as_it_is() {
        assert_eq!(reason(json!({"status": "invalid", "reason": "wrong key"})), "wrong key");
    }
}
