//! The configuration as it counts after all files, defaults and options: what `platlint config show` prints.

use platlint_engine::{Exemption, Override, Rule, SelfService, to_json};
use serde_json::{Map, Value, json};

use crate::layers::Layer;
use crate::policies::builtin::BUILTIN_VERSION;

/// Everything in one object; fields that say nothing are left out of its parts.
pub(crate) fn show(
    layers: &[Layer],
    rules: &[Rule],
    overrides: &[Override],
    exemptions: &[Exemption],
    service: &SelfService,
    sources: &[String],
    revision: &str,
) -> Value {
    let last_first = || layers.iter().rev();
    let files: Vec<&str> = layers.iter().map(|layer| &*layer.placed.file).collect();
    let excluded: Vec<&String> = last_first().flat_map(|layer| &layer.config.files.exclude).collect();
    let namespaces: Vec<Value> = last_first()
        .flat_map(|layer| &layer.config.namespaces)
        .map(|entry| json!({"files": entry.files, "namespace": entry.namespace}))
        .collect();
    let rules: Map<String, Value> = rules.iter().map(|rule| (rule.meta.id.to_string(), show_rule(rule))).collect();
    json!({
        "version": layers.last().map_or(1, |layer| layer.config.version),
        "revision": revision,
        "builtin": BUILTIN_VERSION,
        "configurations": files,
        "policies": sources,
        "rules": rules,
        "overrides": overrides.iter().map(show_override).collect::<Vec<_>>(),
        "exemptions": exemptions.iter().map(show_exemption).collect::<Vec<_>>(),
        "self-service": {"rules": service.rules, "max-days": service.max_days},
        // The loader puts its own form here: what was read, by digests.
        "images": null,
        "namespaces": namespaces,
        "files": {"exclude": excluded},
    })
}

fn show_rule(rule: &Rule) -> Value {
    let settings = &rule.settings;
    without_nulls(json!({
        "level": settings.level,
        "undecided": settings.undecided,
        // Rules without patches have nothing to apply.
        "mutate": rule.patches().then_some(settings.mutate),
        "locked": settings.locked,
        "parameters": to_json(&settings.parameters),
        "inactive": settings.inactive,
        "from": rule.meta.origin,
    }))
}

fn show_override(one: &Override) -> Value {
    without_nulls(
        json!({"rules": one.rules, "clusters": one.clusters, "namespaces": one.namespaces, "level": one.level}),
    )
}

fn show_exemption(one: &Exemption) -> Value {
    without_nulls(json!({
        "rule": one.rule,
        "kind": one.kind,
        "namespace": one.namespace,
        "name": one.name,
        "container": one.container,
        "reason": one.reason,
        "owner": one.owner,
        "expires": one.expires.to_string(),
        "at": one.place,
    }))
}

fn without_nulls(mut value: Value) -> Value {
    if let Value::Object(map) = &mut value {
        map.retain(|_, field| !field.is_null());
    }
    value
}
