//! YAML that readers of Go programs read and write: files of parameters in, generated objects out.

use platlint_engine::{Pointer, Segment, ValueBuilder, to_json};
use platlint_source::{Document, Limits, Reading, SourceText};
use serde_json::{Map, Value};

/// The documents of a text, as Kubernetes reads YAML; `None` in place of each that cannot be read. Empty ones are null.
pub(crate) fn read_all(text: &str) -> Vec<Option<Value>> {
    let limits = Limits::default();
    let Ok(source) = SourceText::decode_within(text.as_bytes().to_vec(), &limits) else { return vec![None] };
    let mut builder = ValueBuilder::default();
    let read = |chunk| {
        let document = Document::parse(source.as_str(), chunk, &limits).ok()?;
        document.build(Reading::Kubernetes, &mut builder).ok()
    };
    source.split().into_iter().map(read).map(|value| value.as_ref().map(to_json)).collect()
}

/// The one document of a text; null where the text is empty, `None` where it cannot be read or holds several.
pub(crate) fn read_one(text: &str) -> Option<Value> {
    let mut documents = read_all(text).into_iter();
    match (documents.next(), documents.next()) {
        (None, _) => Some(Value::Null),
        (Some(document), None) => document,
        _ => None,
    }
}

/// All numbers as floats, which is what Go makes of JSON.
pub(crate) fn with_floats(value: Value) -> Value {
    each_number(value, &|number| number.as_f64().map_or(Value::Null, Value::from))
}

/// Floats without a fraction as whole numbers.
pub(crate) fn without_floats(value: Value) -> Value {
    #[allow(clippy::cast_possible_truncation, reason = "checked to be whole and small")]
    let whole = |number: f64| (number.fract() == 0.0 && number.abs() < 1e15).then_some(number as i64);
    each_number(value, &|number| {
        let shorter = number.as_f64().filter(|_| number.is_f64()).and_then(whole);
        shorter.map_or_else(|| Value::Number(number.clone()), Value::from)
    })
}

fn each_number(value: Value, change: &dyn Fn(&serde_json::Number) -> Value) -> Value {
    match value {
        Value::Number(number) => change(&number),
        Value::Array(items) => items.into_iter().map(|item| each_number(item, change)).collect(),
        Value::Object(map) => {
            Value::Object(map.into_iter().map(|(key, value)| (key, each_number(value, change))).collect())
        }
        other => other,
    }
}

/// A value as block YAML, keys sorted, without the last line's end.
pub(crate) fn write(value: &Value) -> String {
    let lines: Vec<String> = lines(value).into_iter().map(|(text, _)| text).collect();
    lines.join("\n")
}

/// A value as lines of block YAML, each with the path of what it holds. Each scalar takes one line.
pub(crate) fn lines(value: &Value) -> Vec<(String, Pointer)> {
    let mut out = Vec::new();
    emit(value, 0, "", &Pointer::root(), &mut out);
    out
}

/// `lead` is what stands before the first line: dashes of the lists around it.
fn emit(value: &Value, depth: usize, lead: &str, path: &Pointer, out: &mut Vec<(String, Pointer)>) {
    let mut lead = Some(lead.to_owned());
    let mut start = || lead.take().unwrap_or_else(|| " ".repeat(depth));
    match value {
        Value::Object(map) if !map.is_empty() => {
            for (key, value) in map {
                let below = with(path, Segment::from(key.as_str()));
                match value {
                    Value::Object(inner) if !inner.is_empty() => {
                        out.push((format!("{}{}:", start(), text(key)), below.clone()));
                        let deeper = depth.saturating_add(2);
                        emit(value, deeper, &" ".repeat(deeper), &below, out);
                    }
                    Value::Array(inner) if !inner.is_empty() => {
                        out.push((format!("{}{}:", start(), text(key)), below.clone()));
                        emit(value, depth, &" ".repeat(depth), &below, out);
                    }
                    scalar => out.push((format!("{}{}: {}", start(), text(key), written(scalar)), below)),
                }
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for (index, item) in items.iter().enumerate() {
                let lead = format!("{}- ", start());
                emit(item, depth.saturating_add(2), &lead, &with(path, Segment::from(index)), out);
            }
        }
        scalar => out.push((format!("{}{}", start(), written(scalar)), path.clone())),
    }
}

/// A path, one step longer.
pub(crate) fn with(path: &Pointer, step: Segment) -> Pointer {
    path.0.iter().cloned().chain([step]).collect()
}

fn written(value: &Value) -> String {
    match value {
        Value::String(value) => text(value),
        other => without_floats(other.clone()).to_string(),
    }
}

/// Plain where nobody could take it for anything else.
fn text(value: &str) -> String {
    let is_plain = value.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '/')
        && value.chars().all(|letter| letter.is_ascii_alphanumeric() || "-_./".contains(letter))
        && !matches!(
            value.to_ascii_lowercase().as_str(),
            "true" | "false" | "yes" | "no" | "on" | "off" | "null" | "y" | "n"
        );
    if is_plain { value.to_owned() } else { Value::from(value).to_string() }
}

/// The value under a key; null is absent.
pub(crate) fn get<'v>(value: &'v Value, key: &str) -> Option<&'v Value> {
    value.get(key).filter(|value| !value.is_null())
}

/// The value at the end of a path of keys; null is absent.
pub(crate) fn at<'v>(value: &'v Value, path: &[&str]) -> Option<&'v Value> {
    path.iter().try_fold(value, |value, key| get(value, key))
}

/// The text at the end of a path of keys.
pub(crate) fn text_at<'v>(value: &'v Value, path: &[&str]) -> Option<&'v str> {
    at(value, path).and_then(Value::as_str)
}

/// The items of the list at the end of a path of keys; none where there is none.
pub(crate) fn items_at<'v>(value: &'v Value, path: &[&str]) -> &'v [Value] {
    at(value, path).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The map at the end of a path of keys.
pub(crate) fn map_at<'v>(value: &'v Value, path: &[&str]) -> Option<&'v Map<String, Value>> {
    at(value, path).and_then(Value::as_object)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn writes_what_it_reads() {
        let value = json!({
            "a": {"b": [1, "x", {"c": "true", "d": [["e"], {}]}], "empty": []},
            "text": "two\nlines", "zero": 0.0, "dash-key": "a: b", "no": null,
        });
        assert_eq!(without_floats(read_one(&write(&value)).unwrap()), without_floats(value));
    }

    #[test]
    fn knows_what_each_line_holds() {
        let lines = lines(&json!({"a": [{"b": 1, "c": 2}], "d": "x"}));
        let shown: Vec<String> = lines.iter().map(|(text, path)| format!("{text}|{path}")).collect();
        assert_eq!(shown, ["a:|/a", "- b: 1|/a/0/b", "  c: 2|/a/0/c", "d: x|/d"]);
    }
}
