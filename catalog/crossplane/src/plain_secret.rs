//! Secrets that stand in the open: passwords and keys as literal values in composite, managed and composed resources.

use platlint_engine::{Pointer, Value, get, get_str};
use platlint_facts::{Doc, Notes, array_at, entries, items, path_of};

use crate::composition::sites;
use crate::note::{below, fault};
use crate::provider_config::ProviderConfigs;
use crate::schemas::{Known, Schemas};

const CODE: &str = "plain-secret";
/// Objects nested deeper than this are not looked at.
const DEEPEST: usize = 64;

/// Endings of names of fields that hold secrets, in lower case and without separators.
const ENDINGS: [&str; 13] = [
    "password",
    "passwd",
    "passphrase",
    "secretkey",
    "accesskeysecret",
    "secretaccesskey",
    "clientsecret",
    "apikey",
    "apitoken",
    "accesstoken",
    "authtoken",
    "privatekey",
    "connectionstring",
];

/// Notes literal secrets of an object: of composite and managed resources, and of what Compositions start from.
pub(crate) fn note(schemas: &Schemas, doc: &Doc, notes: &mut Notes) {
    if doc.is("apiextensions.crossplane.io", "Composition") {
        return composition(doc, notes);
    }
    let is_managed = platlint_facts::value_at(&doc.object, &["spec", "forProvider"]).is_some();
    let is_composite = match schemas.find(&doc.gvk.group, &doc.gvk.kind, &doc.id.file) {
        Known::Kind(kind) => kind.is_crossplane(),
        _ => false,
    };
    if (is_managed || is_composite)
        && let Some(spec) = get(&doc.object, "spec")
    {
        look(spec, &path_of(&["spec"]), 0, notes);
    }
}

/// Notes the values of a Secret that holds a provider's credentials, where it stands in a file: in the cluster it has to.
pub(crate) fn note_credentials(configs: &ProviderConfigs, doc: &Doc, notes: &mut Notes) {
    /// Where Crossplane itself runs.
    const NAMESPACES: [&str; 2] = ["crossplane-system", "upbound-system"];
    let (Some(namespace), Some(name)) = (&doc.namespace, doc.name()) else { return };
    let is_file = doc.folder.is_some() || doc.maker.is_some();
    let is_encrypted = get(&doc.object, "sops").is_some();
    if is_file && !is_encrypted && (NAMESPACES.contains(&&**namespace) || configs.is_secret(namespace, name)) {
        secret(&doc.object, &Pointer::root(), notes);
    }
}

fn composition(doc: &Doc, notes: &mut Notes) {
    for site in sites(doc) {
        let resources = below(&site.at, "resources");
        for (index, resource) in array_at(site.value, &["resources"]).enumerate() {
            let at = below(&resources, index);
            if let Some(base) = get(resource, "base") {
                let is_secret = get_str(base, "kind").is_some_and(|kind| **kind == *"Secret");
                let at = below(&at, "base");
                if is_secret {
                    secret(base, &at, notes);
                } else {
                    look(base, &at, 0, notes);
                }
            }
            details(resource, &at, notes);
        }
    }
}

/// Every value of a Secret that is written down.
fn secret(base: &Value, at: &Pointer, notes: &mut Notes) {
    for list in ["data", "stringData"] {
        for (key, value) in get(base, list).into_iter().flat_map(entries) {
            if let Value::String(text) = value
                && is_literal(text)
            {
                tell(below(&below(at, list), key), key, text, notes);
            }
        }
    }
}

/// Literal connection details.
fn details(resource: &Value, at: &Pointer, notes: &mut Notes) {
    let path = below(at, "connectionDetails");
    for (index, detail) in array_at(resource, &["connectionDetails"]).enumerate() {
        if let (Some(name), Some(value)) = (get_str(detail, "name"), get_str(detail, "value"))
            && is_secret_name(name)
            && is_literal(value)
        {
            tell(below(&below(&path, index), "value"), name, value, notes);
        }
    }
}

fn look(value: &Value, at: &Pointer, depth: usize, notes: &mut Notes) {
    if depth > DEEPEST {
        return;
    }
    let next = depth.saturating_add(1);
    if get_str(value, "kind").is_some_and(|kind| **kind == *"Secret") && get_str(value, "apiVersion").is_some() {
        return secret(value, at, notes);
    }
    if let (Some(name), Some(text)) = (get_str(value, "name"), get_str(value, "value"))
        && is_secret_name(name)
        && is_literal(text)
    {
        tell(below(at, "value"), name, text, notes);
    }
    // A map with a name beside it says where in another object the secret stands.
    let is_reference = ["name", "namespace", "secretName"].iter().any(|key| get_str(value, key).is_some());
    for (key, inner) in entries(value) {
        match inner {
            Value::String(text) => {
                let is_key = is_reference && key.to_lowercase().ends_with("key");
                if is_secret_name(key) && is_literal(text) && !is_key {
                    tell(below(at, key), key, text, notes);
                }
            }
            _ => look(inner, &below(at, key), next, notes),
        }
    }
    for (index, item) in items(value).enumerate() {
        look(item, &below(at, index), next, notes);
    }
}

fn tell(path: Pointer, name: &str, value: &str, notes: &mut Notes) {
    let what = format!("holds a secret of {} characters as plain text", value.chars().count());
    notes.problem(CODE, fault(path, what).with("name", name));
}

/// Whether a field of this name holds a secret itself.
pub(crate) fn is_secret_name(name: &str) -> bool {
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
    plain == "token" || ENDINGS.iter().any(|ending| plain.ends_with(ending))
}

/// Whether a text is the secret itself, and not empty or filled in by some tool.
fn is_literal(text: &str) -> bool {
    let is_placeholder = text.starts_with('<') && text.ends_with('>');
    !text.is_empty() && !is_placeholder && !["${", "{{", "$(", "ENC["].iter().any(|sign| text.contains(sign))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_names_of_secrets_by_their_end() {
        for name in ["password", "masterPassword", "client_secret", "secretAccessKey", "token", "apiKey"] {
            assert!(is_secret_name(name), "{name}");
        }
        for name in ["passwordSecretRef", "autoGeneratePassword2", "tokenUrl", "secretName", "kmsKey", "tokens"] {
            assert!(!is_secret_name(name), "{name}");
        }
    }

    #[test]
    fn leaves_what_a_tool_fills_in() {
        assert!(
            is_literal("hunter2")
                && is_literal("p<ssw0rd")
                && !is_literal("<password>")
                && !is_literal("${DB_PASSWORD}")
                && !is_literal("{{ .password }}")
                && !is_literal("")
        );
    }
}
