//! The revision: a digest over everything that decides, so that two runs with the same one give the same answers.

use std::fmt::Write as _;

use platlint_engine::{Exemption, Override, Rule, SelfService, policy::Code};
use serde_json::{Value, json};

use crate::bundle::digest;
use crate::platform::PlatformSettings;
use crate::policies::builtin::{BUILTIN_VERSION, ORIGIN};

/// Counts the forms of what is digested; another form is another revision.
const FORM: u32 = 4;

/// `sha256:…` over rules (code, levels, parameters), overrides, exemptions, self-service, image authorities, and what is
/// known of the platform (schemas, entities, actions, filters, clusters). Not over paths, places, titles, which files are
/// read, checkouts, or how charts are rendered.
pub(crate) fn of(
    rules: &[Rule],
    overrides: &[Override],
    exemptions: &[Exemption],
    service: &SelfService,
    images: Option<&str>,
    platform: &PlatformSettings,
) -> String {
    let content = json!({
        "form": FORM,
        "rules": rules.iter().map(rule).collect::<Vec<_>>(),
        "overrides": overrides.iter().map(|one| json!({
            "rules": one.rules, "clusters": one.clusters, "namespaces": one.namespaces, "level": one.level,
        })).collect::<Vec<_>>(),
        "exemptions": exemptions.iter().map(|one| json!({
            "rule": one.rule, "kind": one.kind, "namespace": one.namespace, "name": one.name, "container": one.container,
            "expires": one.expires.to_string(),
        })).collect::<Vec<_>>(),
        "self-service": {"rules": service.rules, "max-days": service.max_days},
        "images": images,
        "platform": platform.digests(),
    });
    let mut text = String::new();
    canonical(&content, &mut text);
    format!("sha256:{}", digest(text.as_bytes()))
}

fn rule(rule: &Rule) -> Value {
    // Which modules came with the rule, and how it is asked, follows from the code; the metadata are part of its text.
    let (dialect, modules) = match &rule.code {
        Code::Native(policy) => ("native", policy.modules()),
        Code::Conftest(package) => ("conftest", package.modules()),
    };
    let code = if &*rule.meta.origin == ORIGIN {
        json!(BUILTIN_VERSION)
    } else {
        let mut digests: Vec<String> = modules.iter().map(|module| digest(module.text.as_bytes())).collect();
        // The own module stays first; the order of the others comes from their paths.
        if let Some(others) = digests.get_mut(1..) {
            others.sort();
        }
        json!(digests)
    };
    json!({
        "id": rule.meta.id,
        "dialect": dialect,
        "code": code,
        "level": rule.settings.level,
        "undecided": rule.settings.undecided,
        "mutate": rule.settings.mutate,
        "parameters": rule.settings.parameters,
        "inactive": rule.settings.inactive.is_some(),
    })
}

/// JSON with sorted keys and no blanks, whatever the map type of `serde_json` is.
pub(crate) fn canonical(value: &Value, text: &mut String) {
    match value {
        Value::Object(map) => {
            let mut keys: Vec<&String> = map.keys().collect();
            keys.sort();
            text.push('{');
            for key in keys {
                quoted(key, text);
                text.push(':');
                map.get(key).into_iter().for_each(|value| canonical(value, text));
                text.push(',');
            }
            text.push('}');
        }
        Value::Array(items) => {
            text.push('[');
            for item in items {
                canonical(item, text);
                text.push(',');
            }
            text.push(']');
        }
        Value::String(plain) => quoted(plain, text),
        plain => {
            let _ = write!(text, "{plain}");
        }
    }
}

/// A JSON string. Every rule has a dozen, of which hardly one needs more than quotes.
fn quoted(plain: &str, text: &mut String) {
    if plain.bytes().all(|byte| byte >= b' ' && !matches!(byte, b'"' | b'\\')) {
        text.extend(["\"", plain, "\""]);
    } else {
        let _ = write!(text, "{}", Value::String(plain.to_owned()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_keys_does_not_count_that_of_items_does() {
        let text = |value: Value| {
            let mut text = String::new();
            canonical(&value, &mut text);
            text
        };
        assert_eq!(
            text(json!({"b": [1, "x"], "a": {"d": null, "c": true}})),
            r#"{"a":{"c":true,"d":null,},"b":[1,"x",],}"#
        );
        assert_eq!(text(json!({"a\"\\": "\n\u{7f}é"})), json!({"a\"\\": "\n\u{7f}é"}).to_string().replace('}', ",}"));
        assert_ne!(text(json!([1, 2])), text(json!([2, 1])));
        assert_ne!(text(json!(["a", "b"])), text(json!(["a\",\"b"])));
    }
}
