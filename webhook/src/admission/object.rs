//! An object's JSON straight into the engine's values, without another tree between, and with keys that a thread has seen
//! before shared instead of made anew: `metadata` or `image` stand in every object.

use std::fmt;

use platlint_engine::{Value, ValueBuilder};
use platlint_source::Build as _;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

/// Reads one JSON value. Nests 128 levels at most, as `serde_json` has it.
pub fn parse(text: &str, builder: &mut ValueBuilder) -> Result<Value, serde_json::Error> {
    let mut json = serde_json::Deserializer::from_str(text);
    let value = Building(builder).deserialize(&mut json)?;
    json.end()?;
    Ok(value)
}

/// Builds one value.
struct Building<'b>(&'b mut ValueBuilder);

/// Builds one key.
struct Key<'b>(&'b mut ValueBuilder);

impl<'de> DeserializeSeed<'de> for Key<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Key<'_> {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<Value, E> {
        Ok(self.0.key(key))
    }
}

impl<'de> DeserializeSeed<'de> for Building<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Building<'_> {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(self.0.null())
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(self.0.bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(self.0.int(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(self.0.uint(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(self.0.float(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(self.0.string(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = items.next_element_seed(Building(&mut *self.0))? {
            values.push(value);
        }
        Ok(self.0.sequence(values.drain(..)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut entries = Vec::new();
        while let Some(key) = members.next_key_seed(Key(&mut *self.0))? {
            entries.push((key, members.next_value_seed(Building(&mut *self.0))?));
        }
        Ok(self.0.mapping(entries.drain(..)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_the_engine_itself_would_read() {
        let mut builder = ValueBuilder::default();
        for text in [
            r#"{"a": [1, -2, 2.5, 1e3, 18446744073709551615, true, null, "x\n\u00e4\ud83d\ude00", {}, []], "b/c": {"": 0}}"#,
            r#"{"a": 1, "a": 2, "b": {"z": 1, "y": 2, "z": 3}}"#,
            "\"text\"",
            "1.0",
            " [ ] ",
        ] {
            let expected = Value::from_json_str(text).unwrap();
            assert_eq!(parse(text, &mut builder).unwrap(), expected, "{text}");
            // Once more, with all keys known.
            assert_eq!(parse(text, &mut builder).unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn refuses_what_is_no_json_and_what_nests_too_deep() {
        let mut builder = ValueBuilder::default();
        let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
        for text in ["", "{", "{} x", "{1: 2}", "[1,]", "1e999", "\"\u{1}\"", &deep] {
            assert!(parse(text, &mut builder).is_err(), "{text}");
        }
    }
}
