//! The digest of an `images` section: over everything that decides, also the contents of the files it names, and over
//! nothing else.

use platlint_engine::ImageFields;
use serde_json::{Value, json};

use crate::bundle::digest;
use crate::images::pattern::ImagePattern;
use crate::images::policy::{
    Authority, AuthorityTrust, DefaultDecision, Distinct, ImagePolicy, ImageRule, Matcher, Require, Transparency,
};
use crate::revision::canonical;

/// `sha256:…`.
pub(super) fn of(policy: &ImagePolicy, fields: &ImageFields) -> String {
    let registries = policy.registries.iter().map(|(host, one)| {
        let ca = one.ca.as_deref().map(digest);
        json!({"host": host, "plainHttp": one.plain_http, "ca": ca, "mirrors": one.mirrors})
    });
    let fields = fields.0.iter().map(|field| {
        let paths: Vec<String> = field.paths.iter().map(ToString::to_string).collect();
        json!({"group": field.group, "kind": field.kind, "paths": paths})
    });
    let content = json!({
        "rules": policy.rules.iter().map(rule).collect::<Vec<_>>(),
        "default": match &policy.default {
            DefaultDecision::Deny => Value::Null,
            DefaultDecision::Allow { reason } => json!({"allow": reason}),
        },
        "registries": registries.collect::<Vec<_>>(),
        "revoked": policy.revoked,
        "fields": fields.collect::<Vec<_>>(),
    });
    let mut text = String::new();
    canonical(&content, &mut text);
    format!("sha256:{}", digest(text.as_bytes()))
}

fn rule(rule: &ImageRule) -> Value {
    let patterns = |all: &[ImagePattern]| all.iter().map(|one| one.as_str().to_owned()).collect::<Vec<_>>();
    let require = match rule.require {
        Require::All => json!("all"),
        Require::Any => json!("any"),
        Require::AtLeast { count, distinct: Distinct::Authority } => json!({"authorities": count}),
        Require::AtLeast { count, distinct: Distinct::Identity } => json!({"identities": count}),
    };
    let attestations = rule.attestations.iter().map(|one| json!([one.predicate_type, one.authority]));
    json!({
        "match": patterns(&rule.patterns),
        "exclude": patterns(&rule.exclude),
        "require": require,
        "authorities": rule.authorities.iter().map(authority).collect::<Vec<_>>(),
        "attestations": attestations.collect::<Vec<_>>(),
        "formats": [rule.formats.bundle, rule.formats.legacy],
        "pin": rule.pin,
        "recursive": rule.recursive,
        "lastKnown": rule.last_known.map(|duration| duration.as_secs()),
    })
}

fn authority(authority: &Authority) -> Value {
    let trust = match &authority.trust {
        AuthorityTrust::Key { pem, transparency, trusted_root } => json!({
            "key": digest(pem),
            "transparency": match transparency {
                Transparency::Required => "required",
                Transparency::IfPresent => "ifPresent",
                Transparency::Ignore => "ignore",
            },
            "trustedRoot": trusted_root.as_deref().map(digest),
        }),
        AuthorityTrust::Keyless { issuer, subject, ci_claims, trusted_root } => json!({
            "issuer": matcher(issuer),
            "subject": matcher(subject),
            "ciClaims": ci_claims,
            "trustedRoot": digest(trusted_root),
        }),
    };
    json!({"name": authority.name, "annotations": authority.annotations, "trust": trust})
}

fn matcher(matcher: &Matcher) -> Value {
    match matcher {
        Matcher::Exact(text) => json!({"exact": text}),
        Matcher::Regex(text) => json!({"regex": text}),
        Matcher::Any => Value::Null,
    }
}
