//! Transforms: what each needs, what it takes and what it gives.

use platlint_engine::{Pointer, Value, get, get_str, to_json};
use platlint_facts::{array_at, entries};

use super::Dialect;
use super::resources::Findings;
use crate::note::{below, cut, fault, missing, not_among};
use crate::resolve::ValueType;

const CODE: &str = "invalid-transform";

const TYPES: [&str; 5] = ["map", "match", "math", "string", "convert"];
const STRINGS: [&str; 7] = ["Format", "Convert", "TrimPrefix", "TrimSuffix", "Regexp", "Join", "Replace"];
const CONVERSIONS: [&str; 9] =
    ["ToUpper", "ToLower", "ToBase64", "FromBase64", "ToJson", "ToSha1", "ToSha256", "ToSha512", "ToAdler32"];
const TARGETS: [&str; 7] = ["string", "int", "int64", "bool", "float64", "object", "array"];

/// Notes what is wrong with a transform, alone and with what comes in, and tells the type of what goes out.
pub(super) fn note(
    transform: &Value,
    at: &Pointer,
    input: Option<ValueType>,
    found: &mut Findings<'_>,
) -> Option<ValueType> {
    found.keys(CODE, transform, at, &["type", "map", "match", "math", "string", "convert"]);
    let Some(kind) = get_str(transform, "type").map(|kind| &**kind) else {
        found.tell(CODE, missing(at, "type"));
        return None;
    };
    if !TYPES.contains(&kind) {
        found.tell(CODE, not_among(below(at, "type"), kind, &TYPES));
        return None;
    }
    let path = below(at, kind);
    let Some(options) = get(transform, kind) else {
        found.tell(CODE, fault(path, format!("is missing, which the type {kind} needs")));
        return None;
    };
    match kind {
        "map" => map(options, &path, input, found),
        "match" => matching(options, &path, input, found),
        "math" => math(options, &path, input, found),
        "string" => string(options, &path, input, found),
        _ => convert(options, &path, input, found),
    }
}

/// Notes an input that a transform cannot take. `at` are its options.
fn takes(wanted: &[ValueType], what: &str, at: &Pointer, input: Option<ValueType>, found: &mut Findings<'_>) {
    if let Some(given) = input.filter(|given| !wanted.contains(given)) {
        let title = wanted.first().map_or("nothing", |kind| kind.title());
        let what = format!("{what} {title}, but gets {}", given.title());
        found.tell(CODE, fault(kind_of(at), what));
    }
}

/// The type of a transform, whose options stand at `at`.
fn kind_of(at: &Pointer) -> Pointer {
    let mut path = at.clone();
    path.0.pop();
    below(&path, "type")
}

/// The one type that all values have.
fn common<'v>(values: impl Iterator<Item = &'v Value>) -> Option<ValueType> {
    let mut types = values.map(|value| ValueType::of(&to_json(value)));
    let first = types.next()??;
    types.all(|other| other == Some(first)).then_some(first)
}

fn map(options: &Value, at: &Pointer, input: Option<ValueType>, found: &mut Findings<'_>) -> Option<ValueType> {
    takes(&[ValueType::Text], "is map, which looks up", at, input, found);
    if entries(options).next().is_none() {
        found.tell(CODE, fault(at.clone(), "must hold at least one pair"));
    }
    common(entries(options).map(|(_, value)| value))
}

fn matching(options: &Value, at: &Pointer, input: Option<ValueType>, found: &mut Findings<'_>) -> Option<ValueType> {
    found.keys(CODE, options, at, &["patterns", "fallbackValue", "fallbackTo"]);
    takes(&[ValueType::Text], "is match, which compares", at, input, found);
    let path = below(at, "patterns");
    let mut results = Vec::new();
    for (index, pattern) in array_at(options, &["patterns"]).enumerate() {
        let at = below(&path, index);
        found.keys(CODE, pattern, &at, &["type", "literal", "regexp", "result"]);
        let kind = get_str(pattern, "type").map_or("literal", |kind| &**kind);
        match kind {
            "literal" | "regexp" => match get_str(pattern, kind) {
                None => found.tell(CODE, fault(below(&at, kind), format!("is missing, which the type {kind} needs"))),
                Some(text) if kind == "regexp" => expression(text, below(&at, kind), found),
                Some(_) => {}
            },
            other => found.tell(CODE, not_among(below(&at, "type"), other, &["literal", "regexp"])),
        }
        results.push(get(pattern, "result"));
    }
    if results.is_empty() && found.dialect() == Dialect::Function {
        found.tell(CODE, fault(path, "must hold at least one pattern"));
    }
    match get_str(options, "fallbackTo").map(|word| &**word) {
        Some("Input") if get(options, "fallbackValue").is_some() => {
            found.tell(CODE, fault(below(at, "fallbackValue"), "excludes fallbackTo Input"));
            return None;
        }
        Some("Input") => return None,
        None | Some("Value") => {}
        Some(other) => found.tell(CODE, not_among(below(at, "fallbackTo"), other, &["Value", "Input"])),
    }
    if let Some(fallback) = get(options, "fallbackValue") {
        results.push(Some(fallback));
    }
    let results: Option<Vec<&Value>> = results.into_iter().collect();
    common(results?.into_iter())
}

fn math(options: &Value, at: &Pointer, input: Option<ValueType>, found: &mut Findings<'_>) -> Option<ValueType> {
    found.keys(CODE, options, at, &["type", "multiply", "clampMin", "clampMax"]);
    takes(&[ValueType::Number, ValueType::Integer], "is math, which calculates with", at, input, found);
    let kinds = [("Multiply", "multiply"), ("ClampMin", "clampMin"), ("ClampMax", "clampMax")];
    let kind = match get_str(options, "type").map(|kind| &**kind) {
        None if found.dialect() == Dialect::Function => {
            found.tell(CODE, missing(at, "type"));
            return input;
        }
        kind => kind.unwrap_or("Multiply"),
    };
    let Some((_, key)) = kinds.iter().find(|(name, _)| *name == kind) else {
        found.tell(CODE, not_among(below(at, "type"), kind, &kinds.map(|(name, _)| name)));
        return input;
    };
    match get(options, key).map(to_json) {
        None => found.tell(CODE, fault(below(at, *key), format!("is missing, which the type {kind} needs"))),
        Some(value) if value.is_i64() || value.is_u64() => {}
        Some(_) => found.tell(CODE, fault(below(at, *key), "must be a whole number")),
    }
    input
}

fn string(options: &Value, at: &Pointer, input: Option<ValueType>, found: &mut Findings<'_>) -> Option<ValueType> {
    found.keys(CODE, options, at, &["type", "fmt", "convert", "trim", "regexp", "join", "replace"]);
    let text = Some(ValueType::Text);
    let kind = match get_str(options, "type").map(|kind| &**kind) {
        None if found.dialect() == Dialect::Function => {
            found.tell(CODE, missing(at, "type"));
            return text;
        }
        kind => kind.unwrap_or("Format"),
    };
    let needed = match kind {
        "Format" => "fmt",
        "Convert" => "convert",
        "TrimPrefix" | "TrimSuffix" => "trim",
        "Regexp" => "regexp",
        "Join" => "join",
        "Replace" => "replace",
        other => {
            found.tell(CODE, not_among(below(at, "type"), other, &STRINGS));
            return text;
        }
    };
    let path = below(at, needed);
    let Some(value) = get(options, needed) else {
        found.tell(CODE, fault(path, format!("is missing, which the type {kind} needs")));
        return text;
    };
    match (needed, value) {
        ("fmt", Value::String(format)) => {
            if let Some(count) = arguments(format).filter(|count| *count != 1) {
                found.tell(CODE, fault(path, format!("is \"{}\", with {count} verbs for one value", cut(format))));
            }
        }
        ("convert", Value::String(word)) if !CONVERSIONS.contains(&&**word) => {
            found.tell(CODE, not_among(path, word, &CONVERSIONS));
        }
        ("regexp", options) => match get_str(options, "match") {
            Some(text) => expression(text, below(&path, "match"), found),
            None => found.tell(CODE, missing(&path, "match")),
        },
        ("join", _) => takes(&[ValueType::List], "is string with Join, which takes", at, input, found),
        ("replace", options) if get_str(options, "search").is_none_or(|text| text.is_empty()) => {
            found.tell(CODE, missing(&path, "search"));
        }
        _ => {}
    }
    text
}

fn convert(options: &Value, at: &Pointer, input: Option<ValueType>, found: &mut Findings<'_>) -> Option<ValueType> {
    found.keys(CODE, options, at, &["toType", "format"]);
    let format = get_str(options, "format").map_or("none", |format| &**format);
    if !matches!(format, "none" | "quantity" | "json") {
        found.tell(CODE, not_among(below(at, "format"), format, &["none", "quantity", "json"]));
    }
    let Some(target) = get_str(options, "toType").map(|target| &**target) else {
        found.tell(CODE, missing(at, "toType"));
        return None;
    };
    let output = match target {
        "string" => ValueType::Text,
        "int" | "int64" => ValueType::Integer,
        "bool" => ValueType::Bool,
        "float64" => ValueType::Number,
        "object" => ValueType::Map,
        "array" => ValueType::List,
        other => {
            found.tell(CODE, not_among(below(at, "toType"), other, &TARGETS));
            return None;
        }
    };
    let given = input.unwrap_or(output);
    if !is_convertible(given, output, format) {
        let with = if format == "none" { String::new() } else { format!(" by format {format}") };
        let what = format!("is {target}, but {} does not become {}{with}", given.title(), output.title());
        let is_text = given == ValueType::Text && matches!(output, ValueType::Map | ValueType::List);
        let hint = if is_text { "; format json reads it from text" } else { "" };
        found.tell(CODE, fault(below(at, "toType"), format!("{what}{hint}")));
    }
    Some(output)
}

fn is_convertible(from: ValueType, to: ValueType, format: &str) -> bool {
    use ValueType::{Bool, Integer, List, Map, Number, Text};
    // A field of type number may hold a whole number, which converts as such.
    if from == to {
        return true;
    }
    match (from, to) {
        (Text, Map | List) => format == "json",
        (Text, Number) => matches!(format, "none" | "quantity"),
        (Text, Integer | Bool) | (Integer | Bool | Number, Text | Bool | Integer | Number) => format == "none",
        _ => false,
    }
}

/// Notes a text that is no regular expression.
fn expression(text: &str, at: Pointer, found: &mut Findings<'_>) {
    if crate::go_regex::is_refused(text) {
        found.tell(CODE, fault(at, format!("is \"{}\", which is no regular expression", cut(text))));
    }
}

/// How many arguments a format of Go takes; `None` where it names them itself or takes widths from them.
pub(super) fn arguments(format: &str) -> Option<usize> {
    let mut count = 0usize;
    let mut signs = format.chars().peekable();
    while let Some(sign) = signs.next() {
        if sign != '%' {
            continue;
        }
        while signs.next_if(|sign| matches!(sign, '+' | '-' | '#' | ' ' | '.' | '0'..='9')).is_some() {}
        match signs.next() {
            Some('%') => {}
            Some('[' | '*') => return None,
            _ => count = count.saturating_add(1),
        }
    }
    Some(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_the_verbs_of_a_format() {
        assert_eq!(arguments("%s-%05.2f 100%%"), Some(2));
        assert_eq!(arguments("constant"), Some(0));
        assert_eq!(arguments("%[1]s-%[1]s"), None);
    }

    #[test]
    fn knows_which_conversions_there_are() {
        use ValueType::{Bool, Integer, Map, Number, Text};
        assert!(is_convertible(Text, Integer, "none") && is_convertible(Bool, Text, "none"));
        assert!(is_convertible(Text, Map, "json") && !is_convertible(Text, Map, "none"));
        assert!(is_convertible(Text, Number, "quantity") && !is_convertible(Text, Integer, "quantity"));
        assert!(!is_convertible(Map, Text, "none"));
        assert!(is_convertible(Integer, Integer, "quantity"));
    }
}
