//! The filters that are imitated. All others are not decided; those that the scaffolder does not have fail.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::blocks::is_space;
use super::value::{Computed, Js, fails, is_basic, undecided};
use super::work::within_limits;

/// The filters of Nunjucks, and those that the scaffolder adds.
pub(crate) const KNOWN: [&str; 47] = [
    "abs",
    "batch",
    "capitalize",
    "center",
    "d",
    "default",
    "dictsort",
    "dump",
    "e",
    "escape",
    "first",
    "float",
    "forceescape",
    "groupby",
    "indent",
    "int",
    "join",
    "last",
    "length",
    "list",
    "lower",
    "nl2br",
    "random",
    "reject",
    "rejectattr",
    "replace",
    "reverse",
    "round",
    "safe",
    "select",
    "selectattr",
    "slice",
    "sort",
    "string",
    "striptags",
    "sum",
    "title",
    "trim",
    "truncate",
    "upper",
    "urlencode",
    "urlize",
    "wordcount",
    "parseEntityRef",
    "parseRepoUrl",
    "pick",
    "projectSlug",
];

/// `subject | name(arguments)`.
pub(crate) fn apply(name: &str, subject: Js, arguments: &[Js]) -> Computed<Js> {
    let subject = subject.known()?;
    let argument = |index: usize| arguments.get(index).cloned().unwrap_or(Js::Undefined);
    match name {
        "default" | "d" => default(subject, argument(0), &argument(1)),
        "dump" if arguments.is_empty() => Ok(subject.dump()?.map_or(Js::Undefined, |text| Js::text(&text))),
        "first" | "last" => at_end(name, &subject),
        "length" => length(&subject),
        "join" => join(&subject, &argument(0), arguments.len()),
        "string" => match subject {
            Js::Undefined | Js::Null => fails("\"string\" of nothing"),
            other => Ok(Js::Text(other.to_text()?)),
        },
        "lower" | "upper" | "capitalize" | "title" => cased(name, &subject),
        "trim" => Ok(Js::text(text_of(name, &subject)?.trim_matches(is_space))),
        "replace" => replace(&subject, arguments),
        "indent" => indent(&subject, arguments),
        "abs" => match subject {
            Js::Number(number) => Ok(Js::Number(number.abs())),
            _ => undecided("\"abs\" of no number"),
        },
        "reverse" => match &subject {
            Js::List(items) => Ok(Js::List(Arc::new(items.iter().rev().cloned().collect()))),
            Js::Text(text) if is_basic(text) => Ok(Js::text(&text.chars().rev().collect::<String>())),
            _ => undecided("\"reverse\" of neither list nor plain text"),
        },
        "int" if arguments.is_empty() => match &subject {
            Js::Text(text) if is_short_number(text) => Ok(Js::Number(subject.number()?)),
            Js::Number(number) if number.abs() < 1e15 => Ok(Js::Number(number.trunc())),
            _ => undecided("\"int\" of no plain number"),
        },
        "parseRepoUrl" if arguments.is_empty() => parse_repo_url(&subject),
        "projectSlug" if arguments.is_empty() => {
            let parsed = parse_repo_url(&subject)?;
            let part = |key: &str| member(&parsed, key).printed();
            Ok(Js::text(&format!("{}/{}", part("owner")?, part("repo")?)))
        }
        "parseEntityRef" if arguments.is_empty() => parse_entity_ref(&subject),
        "pick" if arguments.len() == 1 => match (&subject, argument(0)) {
            (Js::Map(map), Js::Text(key)) if map.contains_key(&key) => Ok(member(&subject, &key)),
            _ => undecided("\"pick\" of what is not there"),
        },
        _ if KNOWN.contains(&name) => undecided(format!("the filter \"{name}\" is not imitated")),
        _ => undecided(format!("what the filter \"{name}\" does is not known")),
    }
}

fn member(value: &Js, key: &str) -> Js {
    match value {
        Js::Map(map) => map.get(key).cloned().unwrap_or(Js::Undefined),
        _ => Js::Undefined,
    }
}

fn is_short_number(text: &str) -> bool {
    (1..=15).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn default(subject: Js, default: Js, also_falsy: &Js) -> Computed<Js> {
    let is_missing = if also_falsy.is_true()? { !subject.is_true()? } else { subject == Js::Undefined };
    Ok(if is_missing { default } else { subject })
}

fn at_end(name: &str, subject: &Js) -> Computed<Js> {
    match subject {
        Js::List(items) => {
            let item = if name == "first" { items.first() } else { items.last() };
            Ok(item.cloned().unwrap_or(Js::Undefined))
        }
        Js::Text(text) if is_basic(text) => {
            let letter = if name == "first" { text.chars().next() } else { text.chars().next_back() };
            Ok(letter.map_or(Js::Undefined, |letter| Js::text(&letter.to_string())))
        }
        Js::Undefined | Js::Null => fails(format!("\"{name}\" of nothing")),
        _ => undecided(format!("\"{name}\" of neither list nor plain text")),
    }
}

/// A count as a number; nothing that is read here has so many items that it would be inexact.
#[allow(clippy::cast_precision_loss, reason = "texts and lists are far shorter than 2^52")]
pub(crate) const fn count(length: usize) -> Js {
    Js::Number(length as f64)
}

fn length(subject: &Js) -> Computed<Js> {
    match subject {
        Js::Undefined | Js::Null | Js::Bool(false) => Ok(Js::Number(0.0)),
        Js::Text(text) if is_basic(text) => Ok(count(text.chars().count())),
        Js::List(items) => Ok(count(items.len())),
        Js::Map(map) => Ok(count(map.len())),
        _ => undecided("\"length\" of a number or of rare letters"),
    }
}

fn join(subject: &Js, separator: &Js, arguments: usize) -> Computed<Js> {
    match (subject, separator) {
        (Js::List(items), Js::Undefined | Js::Text(_)) if arguments <= 1 => {
            let items: Computed<Vec<Arc<str>>> = items.iter().map(Js::printed).collect();
            let (items, separator) = (items?, separator.printed()?);
            let length: usize = items.iter().map(|item| item.len().saturating_add(separator.len())).sum();
            within_limits(length)?;
            Ok(Js::text(&items.join(&separator)))
        }
        (Js::Text(_) | Js::Number(_) | Js::Bool(_) | Js::Undefined | Js::Null | Js::Map(_), _) if arguments <= 1 => {
            fails("\"join\" of what is no list")
        }
        _ => undecided("\"join\" by an attribute"),
    }
}

/// The text; other values have no methods of texts.
fn text_of<'v>(name: &str, subject: &'v Js) -> Computed<&'v str> {
    match subject {
        Js::Text(text) => Ok(text),
        _ => fails(format!("\"{name}\" of what is no text")),
    }
}

fn cased(name: &str, subject: &Js) -> Computed<Js> {
    if matches!(subject, Js::Undefined | Js::Null | Js::Bool(false)) {
        return Ok(Js::text(""));
    }
    let text = text_of(name, subject)?;
    if !text.is_ascii() {
        return undecided("cases of letters beyond ASCII");
    }
    let capitalized = |word: &str| {
        let lower = word.to_ascii_lowercase();
        let mut letters = lower.chars();
        letters.next().map_or_else(String::new, |first| first.to_ascii_uppercase().to_string() + letters.as_str())
    };
    Ok(Js::text(&match name {
        "lower" => text.to_ascii_lowercase(),
        "upper" => text.to_ascii_uppercase(),
        "capitalize" => capitalized(text),
        _ => text.split(' ').map(capitalized).collect::<Vec<_>>().join(" "),
    }))
}

fn replace(subject: &Js, arguments: &[Js]) -> Computed<Js> {
    match (subject, arguments) {
        (Js::Text(text), [Js::Text(old), Js::Text(new)]) if !old.is_empty() => {
            let growth = new.len().saturating_sub(old.len());
            within_limits(text.matches(&**old).count().saturating_mul(growth).saturating_add(text.len()))?;
            Ok(Js::text(&text.replace(&**old, new)))
        }
        (Js::Undefined | Js::Null | Js::Bool(_), [Js::Text(_), Js::Text(_)]) => Ok(subject.clone()),
        _ => undecided("\"replace\" of or with something else than texts"),
    }
}

fn indent(subject: &Js, arguments: &[Js]) -> Computed<Js> {
    let (width, first_too) = match arguments {
        [] => (4, false),
        [width] => (width_of(width)?, false),
        [width, first] => (width_of(width)?, first.is_true()?),
        _ => return undecided("\"indent\" with more arguments"),
    };
    if matches!(subject, Js::Undefined | Js::Null | Js::Bool(false)) {
        return Ok(Js::text(""));
    }
    let space = " ".repeat(width);
    let text = text_of("indent", subject)?;
    if text.is_empty() {
        return Ok(Js::text(""));
    }
    within_limits(text.split('\n').count().saturating_mul(width).saturating_add(text.len()))?;
    let lines = text.split('\n').enumerate();
    let indented =
        lines.map(|(index, line)| if index == 0 && !first_too { line.to_owned() } else { format!("{space}{line}") });
    Ok(Js::text(&indented.collect::<Vec<_>>().join("\n")))
}

fn width_of(width: &Js) -> Computed<usize> {
    (1..=80_u8)
        .find(|each| *width == Js::Number(f64::from(*each)))
        .map_or_else(|| undecided("\"indent\" by an unusual width"), |width| Ok(usize::from(width)))
}

/// Hosts that are what their name says in every installation.
fn parse_repo_url(subject: &Js) -> Computed<Js> {
    const KEYS: [&str; 5] = ["owner", "organization", "workspace", "project", "repo"];
    let Js::Text(url) = subject else { return undecided("\"parseRepoUrl\" of what is no text") };
    let Some((host, query)) = url.split_once('?') else { return fails("\"parseRepoUrl\" of a text without \"?\"") };
    if query.contains(['%', '+', '#'])
        || host.is_empty()
        || host.contains(['/', ':', '@'])
        || host != host.to_lowercase()
    {
        return undecided("an unusual repository URL");
    }
    let mut map = BTreeMap::from([(Arc::from("host"), Js::text(host))]);
    for (key, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
        if let (Some(key), false) = (KEYS.iter().find(|known| **known == key), map.contains_key(key)) {
            map.insert(Arc::from(*key), Js::text(value.trim_matches('/')));
        }
    }
    let required: &[&str] = match host {
        "github.com" => &["repo", "owner"],
        "gitlab.com" if map.contains_key("project") => &[],
        "gitlab.com" => &["owner", "repo"],
        "bitbucket.org" => &["workspace", "project", "repo"],
        "dev.azure.com" => &["project", "repo"],
        _ => return undecided(format!("how repositories of {host} are named is set up in the installation")),
    };
    match required.iter().find(|key| !map.contains_key(**key)) {
        Some(key) => fails(format!("the repository URL has no \"{key}\"")),
        None => Ok(Js::Map(Arc::new(map))),
    }
}

fn parse_entity_ref(subject: &Js) -> Computed<Js> {
    let Js::Text(text) = subject else { return undecided("\"parseEntityRef\" of what is no text") };
    let Some((kind, rest)) = text.split_once(':') else { return undecided("an entity reference without a kind") };
    let (namespace, name) = rest.split_once('/').unwrap_or(("default", rest));
    if [kind, namespace, name].iter().any(|part| part.is_empty() || part.contains([':', '/'])) {
        return undecided("an unusual entity reference");
    }
    let entry = |key: &str, value: &str| (Arc::from(key), Js::text(value));
    Ok(Js::Map(Arc::new(BTreeMap::from([entry("kind", kind), entry("namespace", namespace), entry("name", name)]))))
}
