//! Authorities of a rule: a key, or an identity with certificates.

use std::collections::BTreeSet;
use std::sync::Arc;

use regex::RegexBuilder;

use crate::images::policy::{Authority, AuthorityTrust, Matcher, Transparency};
use crate::images::section::Reader;
use crate::placed::Path;
use crate::wire::{AuthorityEntry, KeylessEntry, TransparencyName};

/// What a regular expression may need, in bytes: far more than any name of a workflow.
const MAX_REGEX: usize = 1 << 20;
/// Texts that have nothing in common: what matches all of them tells nobody apart.
const ANYBODY: [&str; 3] = ["a", "somebody@mail.invalid", "https://any.invalid/x/y@refs/heads/z ä"];

/// All authorities of a rule that can be read.
pub(super) fn read(reader: &mut Reader<'_>, entries: &[AuthorityEntry], path: &Path) -> Vec<Authority> {
    let mut names = BTreeSet::new();
    let mut authorities: Vec<Authority> = Vec::new();
    for (index, entry) in entries.iter().enumerate() {
        let path = path.index(index);
        if !names.insert(entry.name.as_str()) {
            reader.say(&path.key("name"), format!("this rule has an authority `{}` already", entry.name));
        }
        let Some(trust) = trust(reader, entry, &path) else { continue };
        let (annotations, at) = (entry.annotations.clone(), reader.at(&path));
        let twin = authorities.iter().find(|other| other.trust == trust && other.annotations == annotations);
        if let Some(twin) = twin {
            let message = format!("this is the same as authority `{}`: one signature would count twice", twin.name);
            reader.say_of(&path, message);
        }
        authorities.push(Authority { name: entry.name.clone(), trust, annotations, at });
    }
    authorities
}

fn trust(reader: &mut Reader<'_>, entry: &AuthorityEntry, path: &Path) -> Option<AuthorityTrust> {
    match (&entry.key, &entry.keyless) {
        (Some(key), None) => of_key(reader, entry, key, path),
        (None, Some(keyless)) => {
            for (key, is_said) in
                [("transparency", entry.transparency.is_some()), ("trustedRoot", entry.trusted_root.is_some())]
            {
                if is_said {
                    let message = match key {
                        "transparency" => "`transparency` belongs to `key`; certificates always need a proof of time",
                        _ => "`trustedRoot` belongs to `key`; that of an identity stands under `keyless`",
                    };
                    reader.say_of(&path.key(key), message);
                }
            }
            of_identity(reader, keyless, &path.key("keyless"))
        }
        (Some(_), Some(_)) => {
            reader.say_of(path, "an authority has either `key` or `keyless`, not both; make two of it");
            None
        }
        (None, None) => {
            reader.say_of(path, "an authority needs `key` or `keyless`");
            None
        }
    }
}

fn of_key(reader: &mut Reader<'_>, entry: &AuthorityEntry, key: &str, path: &Path) -> Option<AuthorityTrust> {
    let read = reader.folder.key(key);
    let pem = reader.material(&path.key("key"), read);
    let root = match &entry.trusted_root {
        Some(text) => {
            let read = reader.folder.root(text);
            Some(reader.material(&path.key("trustedRoot"), read)?)
        }
        None => None,
    };
    let transparency = match (entry.transparency, &root) {
        (None | Some(TransparencyName::Ignore), None) => Transparency::Ignore,
        (Some(TransparencyName::Ignore), Some(_)) => {
            reader.say_of(&path.key("trustedRoot"), "with `transparency: ignore` no `trustedRoot` is looked at");
            return None;
        }
        (Some(TransparencyName::Required), None) => {
            let message = "proofs of a transparency log are checked with a `trustedRoot`, which is missing";
            reader.say(&path.key("transparency"), message);
            return None;
        }
        (Some(TransparencyName::IfPresent), None) => {
            reader.notices.push(format!(
                "authority `{}` has `transparency: ifPresent` without a `trustedRoot`, so proofs of a log are not looked at",
                entry.name
            ));
            Transparency::IfPresent
        }
        (Some(TransparencyName::Required), Some(_)) => Transparency::Required,
        (None | Some(TransparencyName::IfPresent), Some(_)) => Transparency::IfPresent,
    };
    Some(AuthorityTrust::Key { pem: pem?.bytes, transparency, trusted_root: root.map(|root| root.bytes) })
}

fn of_identity(reader: &mut Reader<'_>, entry: &KeylessEntry, path: &Path) -> Option<AuthorityTrust> {
    let read = reader.folder.root(&entry.trusted_root);
    let root = reader.material(&path.key("trustedRoot"), read);
    let issuer = one_of(reader, (&entry.issuer, &entry.issuer_regex), ["issuer", "issuerRegex"], path);
    let subject = one_of(reader, (&entry.subject, &entry.subject_regex), ["subject", "subjectRegex"], path);
    let has_claims = !entry.ci_claims.is_empty();
    if issuer == Ok(Matcher::Any) {
        reader.say_of(path, "`issuer` or `issuerRegex` is missing: anybody's word would be taken");
    }
    if subject == Ok(Matcher::Any) && !has_claims {
        reader.say_of(
            path,
            "`subject`, `subjectRegex` or `ciClaims` is missing: everybody whom the issuer knows would be trusted",
        );
    }
    if has_claims && subject.as_ref().is_ok_and(is_open) {
        binding(reader, entry, issuer.as_ref().is_ok_and(|issuer| matches!(issuer, Matcher::Exact(_))), path);
    }
    for (name, matcher, may_be_open) in [("issuerRegex", &issuer, false), ("subjectRegex", &subject, has_claims)] {
        if let Ok(Matcher::Regex(pattern)) = matcher
            && !may_be_open
            && matches_anybody(pattern)
        {
            reader.say(&path.key(name), format!("`{pattern}` matches everything and so tells nobody apart"));
        }
    }
    let trusted_root: Arc<[u8]> = root?.bytes;
    let (issuer, subject) = (issuer.ok()?, subject.ok()?);
    Some(AuthorityTrust::Keyless { issuer, subject, ci_claims: entry.ci_claims.clone(), trusted_root })
}

/// Where the subject may be anything, claims must tell who it is. A branch, a runner or the name of a file say nothing of
/// that: everybody whom the issuer knows can have them.
fn binding(reader: &mut Reader<'_>, entry: &KeylessEntry, has_one_issuer: bool, path: &Path) {
    let claims = &entry.ci_claims;
    let is_number = |name: &&str| claims.contains_key(*name);
    let is_url = |name: &&str| claims.get(*name).is_some_and(|value| value.starts_with("https://"));
    let is_path = |name: &&str| claims.get(*name).is_some_and(|value| !value.starts_with("https://"));
    let holders = ["repository", "owner"];
    // Numbers count at one provider only, and a path is one at any host.
    let by_issuer = ["repositoryId", "ownerId"].iter().any(is_number) || holders.iter().any(is_path);
    let by_url = ["repository", "owner", "workflow", "signer"].iter().any(is_url);
    if by_url || by_issuer && has_one_issuer {
        return;
    }
    let message = if by_issuer {
        "with any subject, numbers and paths of `ciClaims` need one `issuer`: others give them to anybody"
    } else {
        "with any subject, `ciClaims` must name who signs: `repository`, `repositoryId`, `owner`, `ownerId`, or a \
         `workflow` or `signer` by its full URL; everybody whom the issuer knows would be trusted"
    };
    reader.say_of(&path.key("ciClaims"), message);
}

fn is_open(subject: &Matcher) -> bool {
    match subject {
        Matcher::Any => true,
        Matcher::Regex(pattern) => matches_anybody(pattern),
        Matcher::Exact(_) => false,
    }
}

/// What one of two fields says; anything where neither is given. `Err` where that was wrong and has been said.
fn one_of(
    reader: &mut Reader<'_>,
    (exact, regex): (&Option<String>, &Option<String>),
    [name, regex_name]: [&str; 2],
    path: &Path,
) -> Result<Matcher, ()> {
    match (exact, regex) {
        (None, None) => Ok(Matcher::Any),
        (Some(exact), None) => Ok(Matcher::Exact(exact.clone())),
        (None, Some(regex)) => match compiled(regex) {
            Ok(_) => Ok(Matcher::Regex(regex.clone())),
            Err(message) => {
                reader.say(&path.key(regex_name), message);
                Err(())
            }
        },
        (Some(_), Some(_)) => {
            reader.say_of(&path.key(regex_name), format!("`{name}` and `{regex_name}` exclude each other"));
            Err(())
        }
    }
}

/// The expression as it will be used: over the whole text.
fn compiled(regex: &str) -> Result<regex::Regex, String> {
    let compile = |text: &str| RegexBuilder::new(text).size_limit(MAX_REGEX).build();
    let wrong = |error: regex::Error| {
        // The last line of a long error says what is wrong; the others draw where.
        let text = error.to_string();
        let last = text.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
        format!("`{regex}` is no regular expression: {last}")
    };
    // By itself first: `a)|(b` would be one only within the brackets that anchor it.
    compile(regex).map_err(wrong)?;
    compile(&format!("^(?:{regex})$")).map_err(wrong)
}

fn matches_anybody(regex: &str) -> bool {
    compiled(regex).is_ok_and(|regex| ANYBODY.iter().all(|text| regex.is_match(text)))
}
