//! JSON that says one thing: refused are duplicate members, of which two readers may each see another one, nesting
//! beyond a limit, and anything behind the document.
//!
//! Every document has a budget, since eight bytes of text can become hundreds of bytes in memory.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// Levels of nesting. SBOMs and provenance stay below 30; serde's own limit is 128.
pub(crate) const MAX_DEPTH: usize = 64;
/// What a map costs beside its members: a node of a B-tree, of some 600 bytes even for one member.
const MAP_COST: u32 = 8;

/// How much one document may hold, in units of about 80 bytes of memory: one for each value, more for each map.
#[derive(Debug)]
pub(crate) struct Budget(Cell<u32>);

impl Budget {
    /// For what stands around a signed payload: certificates, log entries, signatures. They have some hundred values.
    pub(crate) const fn small() -> Self {
        Self(Cell::new(16_384))
    }

    /// For statements and trusted roots. The largest SBOM of 8 MiB stays below; 40 MB in memory at most.
    pub(crate) const fn large() -> Self {
        Self(Cell::new(500_000))
    }

    fn spend<E: serde::de::Error>(&self, cost: u32) -> Result<(), E> {
        let left = self.0.get().checked_sub(cost).ok_or_else(|| E::custom("more values than are read"))?;
        self.0.set(left);
        Ok(())
    }
}

/// Reads one document.
pub(crate) fn parse(bytes: &[u8], budget: &Budget) -> Result<Value, serde_json::Error> {
    read(bytes, Strict::new(budget))
}

/// Reads one document by a seed that reads each value of it with [`Strict`] or [`Checked`].
pub(crate) fn read<'de, S: DeserializeSeed<'de>>(bytes: &'de [u8], seed: S) -> Result<S::Value, serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = seed.deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(value)
}

/// Reads a value.
#[derive(Clone, Copy)]
pub(crate) struct Strict<'b> {
    budget: &'b Budget,
    levels_left: usize,
}

/// Reads a value and keeps nothing of it: whether it would be read, without the memory.
#[derive(Clone, Copy)]
pub(crate) struct Checked<'b>(pub(crate) Strict<'b>);

impl<'b> Strict<'b> {
    pub(crate) const fn new(budget: &'b Budget) -> Self {
        Self { budget, levels_left: MAX_DEPTH }
    }

    /// For what stands within a map or list.
    pub(crate) fn deeper<E: serde::de::Error>(self) -> Result<Self, E> {
        let levels_left = self.levels_left.checked_sub(1);
        levels_left.map(|levels_left| Self { levels_left, ..self }).ok_or_else(|| E::custom("nested too deeply"))
    }
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        self.budget.spend(1)?;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("a number that is none"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(inner)? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        self.budget.spend(MAP_COST)?;
        let inner = self.deeper()?;
        let mut map = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            if map.contains_key(&name) {
                return Err(A::Error::custom(TWICE));
            }
            let value = members.next_value_seed(inner)?;
            map.insert(name, value);
        }
        Ok(Value::Object(map))
    }
}

pub(crate) const TWICE: &str = "a member is there twice";

impl<'de> DeserializeSeed<'de> for Checked<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        self.0.budget.spend(1)?;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Checked<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.expecting(f)
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<(), E> {
        self.0.visit_f64(value).map(|_| ())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let inner = Self(self.0.deeper()?);
        while items.next_element_seed(inner)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        self.0.budget.spend(MAP_COST)?;
        let inner = Self(self.0.deeper()?);
        let mut names = BTreeSet::new();
        while let Some(name) = members.next_key::<String>()? {
            if !names.insert(name) {
                return Err(A::Error::custom(TWICE));
            }
            members.next_value_seed(inner)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(bytes: &[u8]) -> Result<Value, serde_json::Error> {
        let (budget, other) = (Budget::small(), Budget::small());
        let (parsed, checked) = (super::parse(bytes, &budget), read(bytes, Checked(Strict::new(&other))));
        assert_eq!(parsed.is_ok(), checked.is_ok(), "both ways to read agree");
        assert!(parsed.is_err() || budget.0 == other.0, "and cost the same");
        parsed
    }

    #[test]
    fn reads_what_serde_reads() {
        let text = r#"{"a":[1,-2,3.5,"x",null,true,"\n"],"b":{"c":{}}}"#;
        assert_eq!(parse(text.as_bytes()).unwrap(), serde_json::from_str::<Value>(text).unwrap());
    }

    #[test]
    fn refuses_duplicate_members_at_any_level_however_escaped() {
        for text in [r#"{"a":1,"a":1}"#, r#"[{"b":{"a":1,"a":2}}]"#, r#"{"a":1,"\u0061":2}"#] {
            assert!(parse(text.as_bytes()).unwrap_err().to_string().contains("twice"), "{text}");
        }
    }

    #[test]
    fn refuses_deep_nesting_and_trailing_text() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(parse(nested(MAX_DEPTH).as_bytes()).is_ok());
        assert!(parse(nested(MAX_DEPTH + 1).as_bytes()).is_err());
        assert!(parse(nested(100_000).as_bytes()).is_err());
        assert!(parse(b"{} {}").is_err());
        assert!(parse(b"\xff").is_err());
    }

    #[test]
    fn short_text_with_many_values_is_refused_before_it_fills_the_memory() {
        let maps = |count: usize| format!("[{}0]", "{\"\":0},".repeat(count));
        assert!(parse(maps(1000).as_bytes()).is_ok());
        for text in [maps(2000), format!("[{}0]", "0,".repeat(20_000)), format!("[{}0]", "[],".repeat(20_000))] {
            assert!(parse(text.as_bytes()).unwrap_err().to_string().contains("more values"));
        }
        let statement = |count| super::parse(maps(count).as_bytes(), &Budget::large());
        assert!(statement(40_000).is_ok() && statement(60_000).is_err());
    }
}
