//! What Crossplane makes of the schemas in a `CompositeResourceDefinition`: it keeps `spec` and `status`, drops the rest,
//! and adds its own fields, which win over equally named ones.

use serde_json::{Map, Value as Json, json};

use super::Shape;

/// The longest name of a composite resource or claim: it becomes the value of a label.
const LONGEST_NAME: u64 = 63;

/// Fields that Crossplane adds below `spec.crossplane`, or, as in Crossplane 1, directly below `spec`.
fn machinery(default_policy: Option<&str>) -> Map<String, Json> {
    let name = json!({"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}});
    let selector = json!({
        "type": "object",
        "required": ["matchLabels"],
        "properties": {"matchLabels": {"type": "object", "additionalProperties": {"type": "string"}}},
    });
    let mut policy = json!({"type": "string", "enum": ["Automatic", "Manual"]});
    if let (Some(default), Some(policy)) = (default_policy, policy.as_object_mut()) {
        policy.insert("default".to_owned(), json!(default));
    }
    map([
        ("compositionRef", name.clone()),
        ("compositionSelector", selector.clone()),
        ("compositionRevisionRef", name),
        ("compositionRevisionSelector", selector),
        ("compositionUpdatePolicy", policy),
    ])
}

fn strings(required: &[&str], optional: &[&str]) -> Json {
    let properties: Map<String, Json> =
        required.iter().chain(optional).map(|key| ((*key).to_owned(), json!({"type": "string"}))).collect();
    json!({"type": "object", "required": required, "properties": properties})
}

fn map<const N: usize>(entries: [(&str, Json); N]) -> Map<String, Json> {
    entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

/// External secret stores were removed in Crossplane 2 and environment references before; composition-legacy-mode speaks
/// of them, so their schemas are left open.
fn removed_fields() -> Map<String, Json> {
    let open = json!({"x-kubernetes-preserve-unknown-fields": true});
    map([("publishConnectionDetailsTo", open.clone()), ("environmentConfigRefs", open)])
}

fn spec_fields(shape: Shape, policy: &dyn Fn(&'static str) -> Option<String>) -> Map<String, Json> {
    let update_policy = policy("defaultCompositionUpdatePolicy");
    let resource_refs =
        |optional: &[&str]| json!({"type": "array", "items": strings(&["apiVersion", "kind"], optional)});
    match shape {
        Shape::Custom => Map::new(),
        Shape::Composite { is_namespaced } => {
            let mut fields = machinery(update_policy.as_deref());
            let optional: &[&str] = if is_namespaced { &["name"] } else { &["name", "namespace"] };
            fields.insert("resourceRefs".to_owned(), resource_refs(optional));
            map([("crossplane", json!({"type": "object", "properties": fields}))])
        }
        Shape::LegacyComposite => {
            let mut fields = machinery(update_policy.as_deref());
            fields.extend(map([
                ("resourceRefs", resource_refs(&["name", "namespace"])),
                ("claimRef", strings(&["apiVersion", "kind", "namespace", "name"], &[])),
                ("writeConnectionSecretToRef", strings(&["name", "namespace"], &[])),
            ]));
            fields.extend(removed_fields());
            fields
        }
        Shape::Claim => {
            let mut fields = machinery(None);
            let mut delete = json!({"type": "string", "enum": ["Background", "Foreground"]});
            if let (Some(default), Some(delete)) = (policy("defaultCompositeDeletePolicy"), delete.as_object_mut()) {
                delete.insert("default".to_owned(), json!(default));
            }
            fields.extend(map([
                ("compositeDeletePolicy", delete),
                ("resourceRef", strings(&["apiVersion", "kind", "name"], &[])),
                ("writeConnectionSecretToRef", strings(&["name"], &[])),
            ]));
            fields.extend(removed_fields());
            fields
        }
    }
}

fn status_fields(shape: Shape) -> Map<String, Json> {
    let mut condition = strings(&["lastTransitionTime", "reason", "status", "type"], &["message"]);
    if let Some(properties) = condition.get_mut("properties").and_then(Json::as_object_mut) {
        properties.insert("observedGeneration".to_owned(), json!({"type": "integer"}));
    }
    let mut fields = map([("conditions", json!({"type": "array", "items": condition}))]);
    if matches!(shape, Shape::LegacyComposite | Shape::Claim) {
        fields.extend(map([
            ("connectionDetails", strings(&[], &["lastPublishedTime"])),
            ("claimConditionTypes", json!({"type": "array", "items": {"type": "string"}})),
        ]));
    }
    fields
}

/// The fields that Crossplane sets itself, whatever the definition says: paths below the root.
pub(crate) fn reserved(shape: Shape) -> Vec<[String; 2]> {
    let spec = spec_fields(shape, &|_| None).into_iter().map(|(key, _)| ["spec".to_owned(), key]);
    let status = status_fields(shape).into_iter().map(|(key, _)| ["status".to_owned(), key]);
    let removed = removed_fields();
    let mut all: Vec<[String; 2]> = spec.chain(status).filter(|[_, key]| !removed.contains_key(key)).collect();
    if matches!(shape, Shape::Composite { .. }) {
        all.push(["status".to_owned(), "crossplane".to_owned()]);
    }
    all.sort();
    all
}

/// The schema of a composite resource or claim, of the one in its definition. `policy` is a field of the definition's spec.
pub(super) fn completed<'d>(schema: &Json, shape: Shape, policy: impl Fn(&'static str) -> Option<&'d str>) -> Json {
    let part = |name: &str, kept: &[&str], added: Map<String, Json>| {
        let written = schema.get("properties").and_then(|properties| properties.get(name));
        let of = |key: &str| written.and_then(|written| written.get(key)).cloned();
        let mut properties =
            of("properties").and_then(|properties| properties.as_object().cloned()).unwrap_or_default();
        properties.extend(added);
        let mut made = map([("type", json!("object")), ("properties", Json::Object(properties))]);
        made.extend(kept.iter().filter_map(|key| Some(((*key).to_owned(), of(key)?))));
        Json::Object(made)
    };
    let kept = ["required", "x-kubernetes-preserve-unknown-fields", "x-kubernetes-validations", "oneOf"];
    let owned = |key: &'static str| policy(key).map(str::to_owned);
    let name = schema.pointer("/properties/metadata/properties/name");
    let limit = name.and_then(|name| name.get("maxLength")).and_then(Json::as_u64).unwrap_or(LONGEST_NAME);
    let mut name = name.cloned().unwrap_or_else(|| json!({}));
    if let Some(name) = name.as_object_mut() {
        name.insert("type".to_owned(), json!("string"));
        name.insert("maxLength".to_owned(), json!(limit.min(LONGEST_NAME)));
    }
    with_metadata(json!({
        "type": "object",
        "required": ["spec"],
        "properties": {
            "metadata": {"type": "object", "properties": {"name": name}},
            "spec": part("spec", &kept, spec_fields(shape, &owned)),
            "status": part("status", &kept, status_fields(shape)),
        },
    }))
}

/// A schema with what every object has: `apiVersion`, `kind` and the fields of `metadata`.
pub(super) fn with_metadata(mut schema: Json) -> Json {
    let Some(root) = schema.as_object_mut() else { return schema };
    let properties = root.entry("properties").or_insert_with(|| json!({}));
    if let Some(properties) = properties.as_object_mut() {
        let written = properties.get("metadata").and_then(|metadata| metadata.get("properties"));
        let mut fields = object_metadata();
        for (key, narrower) in written.and_then(Json::as_object).into_iter().flatten() {
            fields.insert(key.clone(), narrower.clone());
        }
        properties.insert("metadata".to_owned(), json!({"type": "object", "properties": fields}));
        for key in ["apiVersion", "kind"] {
            properties.insert(key.to_owned(), json!({"type": "string"}));
        }
    }
    schema
}

/// The fields of `metadata`.
fn object_metadata() -> Map<String, Json> {
    let text = || json!({"type": "string"});
    let texts = || json!({"type": "object", "additionalProperties": {"type": "string"}});
    let open = || json!({"type": "array", "items": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}});
    let mut fields = map([
        ("labels", texts()),
        ("annotations", texts()),
        ("finalizers", json!({"type": "array", "items": text()})),
        ("ownerReferences", open()),
        ("managedFields", open()),
        ("generation", json!({"type": "integer"})),
        ("deletionGracePeriodSeconds", json!({"type": "integer"})),
        // A date that is not quoted is a string for Kubernetes, and may be null.
        ("creationTimestamp", json!({"type": "string", "nullable": true})),
        ("deletionTimestamp", json!({"type": "string", "nullable": true})),
    ]);
    let others = ["name", "generateName", "namespace", "uid", "resourceVersion", "selfLink", "clusterName"];
    fields.extend(others.map(|key| (key.to_owned(), text())));
    fields
}
