//! Functions of texts.

use regex::Regex;
use serde_json::Value;

use super::super::Failure;
use super::functions::Arguments;
use super::values::shown;

/// The functions of this file.
pub(super) const NAMES: &str = "lower upper title trim trimAll trimall trimSuffix trimPrefix nospace trunc contains hasPrefix \
    hasSuffix replace repeat substr quote squote cat indent nindent split splitList join sortAlpha toString toStrings \
    regexMatch regexFind regexReplaceAll regexReplaceAllLiteral regexSplit normalize slugify base dir ext clean isAbs";

/// Longer texts are not repeated.
const LONGEST: usize = 64 * 1024;

/// Calls one of them; `None` where the name is none of theirs.
pub(super) fn call(given: &Arguments<'_>) -> Option<Result<Value, Failure>> {
    if !NAMES.split_whitespace().any(|name| name == given.name) {
        return None;
    }
    Some(text_of(given).unwrap_or_else(|| other(given)))
}

/// Functions of texts that give one text.
fn text_of(given: &Arguments<'_>) -> Option<Result<Value, Failure>> {
    let one = |change: fn(&str) -> String| given.exactly(1).and_then(|()| Ok(change(given.text(0)?).into()));
    let two = |change: fn(&str, &str) -> String| {
        given.exactly(2).and_then(|()| Ok(change(given.text(0)?, given.text(1)?).into()))
    };
    Some(match given.name {
        "lower" => one(str::to_lowercase),
        "upper" => one(str::to_uppercase),
        "title" => one(title),
        "trim" => one(|text| text.trim().to_owned()),
        "nospace" => one(|text| text.chars().filter(|letter| !letter.is_whitespace()).collect()),
        "normalize" => one(normalize),
        "base" => one(base),
        "dir" => one(dir),
        "ext" => one(|path| {
            let name = path.rsplit('/').next().unwrap_or_default();
            name.rfind('.').and_then(|dot| name.get(dot..)).unwrap_or_default().to_owned()
        }),
        "clean" => one(clean),
        "trimAll" | "trimall" => two(|set, text| text.trim_matches(|letter| set.contains(letter)).to_owned()),
        "trimSuffix" => two(|suffix, text| text.strip_suffix(suffix).unwrap_or(text).to_owned()),
        "trimPrefix" => two(|prefix, text| text.strip_prefix(prefix).unwrap_or(text).to_owned()),
        "toString" => given.exactly(1).map(|()| given.any(0).map_or_else(|| "<nil>".to_owned(), shown).into()),
        "quote" => Ok(each(given, |text| format!("{text:?}"))),
        "squote" => Ok(each(given, |text| format!("'{text}'"))),
        "cat" => Ok(each(given, str::to_owned)),
        _ => return None,
    })
}

fn other(given: &Arguments<'_>) -> Result<Value, Failure> {
    let two_texts = || Ok::<_, Failure>((given.text(0)?, given.text(1)?));
    Ok(match given.name {
        "isAbs" => given.text(0)?.starts_with('/').into(),
        "contains" => two_texts().map(|(part, text)| text.contains(part))?.into(),
        "hasPrefix" => two_texts().map(|(part, text)| text.starts_with(part))?.into(),
        "hasSuffix" => two_texts().map(|(part, text)| text.ends_with(part))?.into(),
        "replace" => {
            let (old, new, text) = (given.text(0)?, given.text(1)?, given.text(2)?);
            within_length(text.len(), new.len().max(1))?;
            text.replace(old, new).into()
        }
        "repeat" => {
            let (count, text) = (given.whole(0)?, given.text(1)?);
            let count = usize::try_from(count).map_err(|_| given.wrong(0, "a count"))?;
            if text.len().saturating_mul(count) > LONGEST {
                return Err(Failure::Unsupported("a result of that length".to_owned()));
            }
            text.repeat(count).into()
        }
        "trunc" => trunc(given.whole(0)?, given.text(1)?)?.into(),
        "substr" => {
            let (start, end, text) = (given.whole(0)?, given.whole(1)?, given.text(2)?);
            let start = usize::try_from(start).unwrap_or(0);
            let end = usize::try_from(end).unwrap_or(text.len()).min(text.len());
            text.get(start..end).ok_or_else(|| given.wrong(0, "an index within the text"))?.into()
        }
        "indent" | "nindent" => {
            let spaces = usize::try_from(given.whole(0)?).unwrap_or(0).min(200);
            let pad = " ".repeat(spaces);
            within_length(given.text(1)?.matches('\n').count(), spaces)?;
            let text = format!("{pad}{}", given.text(1)?.replace('\n', &format!("\n{pad}")));
            if given.name == "nindent" { format!("\n{text}").into() } else { text.into() }
        }
        "split" => {
            let (separator, text) = two_texts()?;
            let parts = pieces(text, separator).into_iter().enumerate();
            Value::Object(parts.map(|(at, part)| (format!("_{at}"), part.into())).collect())
        }
        "splitList" => two_texts().map(|(separator, text)| pieces(text, separator))?.into(),
        "join" => {
            let items = match given.any(1) {
                Some(Value::Array(items)) => {
                    items.iter().filter(|item| !item.is_null()).map(as_text).collect::<Vec<_>>()
                }
                _ => vec![given.as_text(1)],
            };
            within_length(items.len(), given.text(0)?.len())?;
            items.join(given.text(0)?).into()
        }
        "sortAlpha" => {
            let mut items: Vec<String> = given.list(0)?.iter().map(as_text).collect();
            items.sort();
            items.into()
        }
        "toStrings" => given.list(0)?.iter().map(as_text).collect::<Vec<_>>().into(),
        "slugify" => slugify(given)?.into(),
        _ => return expression(given),
    })
}

/// Refuses what puts so many copies of that many bytes into a text.
fn within_length(copies: usize, bytes: usize) -> Result<(), Failure> {
    if copies.saturating_mul(bytes) > LONGEST.saturating_mul(8) {
        return Err(Failure::Unsupported("a result of that length".to_owned()));
    }
    Ok(())
}

fn expression(given: &Arguments<'_>) -> Result<Value, Failure> {
    let (pattern, text) = (given.text(0)?, given.text(1)?);
    // Go's classes such as \d and \w are of ASCII, those of this crate of Unicode.
    if !given.items.iter().flatten().all(|item| item.as_str().is_none_or(str::is_ascii)) {
        return Err(Failure::Unsupported("a regular expression over letters beyond ASCII".to_owned()));
    }
    let built = regex::RegexBuilder::new(pattern).size_limit(1 << 20).build();
    let regex: Regex = built.map_err(|_| Failure::Failed(format!("\"{pattern}\" is no regular expression")))?;
    if given.name.starts_with("regexReplace") {
        within_length(text.len().saturating_add(1), given.text(2)?.len())?;
    }
    Ok(match given.name {
        "regexMatch" => regex.is_match(text).into(),
        "regexFind" => regex.find(text).map_or("", |found| found.as_str()).into(),
        "regexReplaceAll" => regex.replace_all(text, given.text(2)?).into_owned().into(),
        "regexReplaceAllLiteral" => regex.replace_all(text, regex::NoExpand(given.text(2)?)).into_owned().into(),
        _ => match given.whole(2)? {
            -1 => regex.split(text).collect::<Vec<_>>().into(),
            count => regex.splitn(text, usize::try_from(count).unwrap_or(0)).collect::<Vec<_>>().into(),
        },
    })
}

fn as_text(value: &Value) -> String {
    value.as_str().map_or_else(|| shown(value), str::to_owned)
}

/// All arguments that are not nil, changed and put together with spaces.
fn each(given: &Arguments<'_>, change: impl Fn(&str) -> String) -> Value {
    let words: Vec<String> =
        given.items.iter().flatten().filter(|item| !item.is_null()).map(|i| change(&as_text(i))).collect();
    words.join(" ").into()
}

/// Go splits at nothing between all letters.
fn pieces(text: &str, separator: &str) -> Vec<String> {
    if separator.is_empty() {
        return text.chars().map(String::from).collect();
    }
    text.split(separator).map(str::to_owned).collect()
}

fn title(text: &str) -> String {
    let mut starts = true;
    text.chars()
        .map(|letter| {
            let raised = if starts { letter.to_ascii_uppercase() } else { letter };
            starts = !(letter.is_alphanumeric() || letter == '_' || letter == '\'');
            raised
        })
        .collect()
}

fn trunc(count: i64, text: &str) -> Result<&str, Failure> {
    let length = usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX);
    if length >= text.len() {
        return Ok(text);
    }
    let part = if count < 0 { text.get(text.len().saturating_sub(length)..) } else { text.get(..length) };
    part.ok_or_else(|| Failure::Unsupported("a cut within a letter".to_owned()))
}

/// A name as Kubernetes allows it, as the controller makes one of any text.
pub(crate) fn normalize(name: &str) -> String {
    let lower = name.to_lowercase();
    let allowed = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || matches!(letter, '-' | '.');
    let replaced: String = lower.chars().map(|letter| if allowed(letter) { letter } else { '-' }).take(253).collect();
    replaced.trim_matches(['-', '.']).to_owned()
}

/// `slugify [length [smart]] name`: words of letters and digits joined by dashes; shortened at a word's end.
fn slugify(given: &Arguments<'_>) -> Result<String, Failure> {
    let last = given.items.len().saturating_sub(1);
    let (length, smart) = match last {
        0 => (50, true),
        1 => (given.whole(0)?, true),
        2 => (given.whole(0)?, given.truth(1)?),
        _ => return Err(Failure::Unsupported("slugify with so many arguments".to_owned())),
    };
    let length = usize::try_from(length).unwrap_or(0);
    let name = normalize(given.text(last)?).replace('.', "-");
    let words: Vec<&str> = name.split('-').filter(|word| !word.is_empty()).collect();
    let slug = words.join("-");
    if length == 0 || slug.len() <= length {
        return Ok(slug);
    }
    let cut = slug.get(..length).unwrap_or(&slug);
    if !smart {
        return Ok(cut.trim_matches(['-', '_']).to_owned());
    }
    // The last whole word that fits; a first word that is too long is cut.
    let mut kept = String::new();
    for word in words {
        let with = kept.len().saturating_add(word.len()).saturating_add(usize::from(!kept.is_empty()));
        if with > length {
            break;
        }
        if !kept.is_empty() {
            kept.push('-');
        }
        kept.push_str(word);
    }
    Ok(if kept.is_empty() { cut.to_owned() } else { kept })
}

/// The last step of a path.
pub(crate) fn base(path: &str) -> String {
    let trimmed = path.trim_end_matches('/');
    match (path.is_empty(), trimmed.rsplit('/').next()) {
        (true, _) => ".".to_owned(),
        (_, Some(name)) if !name.is_empty() => name.to_owned(),
        _ => "/".to_owned(),
    }
}

/// All but the last step of a path.
pub(crate) fn dir(path: &str) -> String {
    clean(path.rfind('/').map_or("", |slash| path.get(..slash.saturating_add(1)).unwrap_or_default()))
}

/// A path without `.`, `..` and double slashes.
fn clean(path: &str) -> String {
    let is_absolute = path.starts_with('/');
    let mut steps: Vec<&str> = Vec::new();
    for step in path.split('/') {
        match step {
            "" | "." => {}
            ".." if steps.last().is_some_and(|last| *last != "..") => {
                steps.pop();
            }
            ".." if is_absolute => {}
            step => steps.push(step),
        }
    }
    match (is_absolute, steps.join("/")) {
        (true, joined) => format!("/{joined}"),
        (false, joined) if joined.is_empty() => ".".to_owned(),
        (false, joined) => joined,
    }
}
