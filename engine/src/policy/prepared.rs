//! What is made of built-in rules before platlint runs: compiling those that match and reading what all of them say of
//! themselves would be most of a short run's time.
//!
//! Only for bytes that were made with the same platlint and lie where no user can write: a program that was decoded is
//! executed as it is. Whatever cannot be decoded as a whole is compiled instead, never used in part.

use std::sync::Arc;

use regorus::rvm::program::{DeserializationResult, Program};

use crate::policy::RuleMeta;
use crate::policy::native::Part;

/// The programs of one rule, as [`crate::policy::NativePolicy::encoded`] gives them.
#[derive(Debug, Clone, Copy)]
pub struct Prepared {
    /// What judges.
    pub judging: Option<&'static [u8]>,
    /// What proposes changes; `None` where the rule proposes none.
    pub patching: Option<&'static [u8]>,
}

impl Prepared {
    pub(crate) const fn bytes(&self, part: Part) -> Option<&'static [u8]> {
        match part {
            Part::Judging => self.judging,
            Part::Patching => self.patching,
        }
    }
}

impl RuleMeta {
    /// As bytes, for a platlint of the same build.
    pub fn encoded(&self) -> Result<Vec<u8>, String> {
        postcard::to_allocvec(self).map_err(|error| error.to_string())
    }

    /// From bytes that [`Self::encoded`] gave; `None` where they are others.
    #[must_use]
    pub fn decoded(bytes: &[u8]) -> Option<Self> {
        postcard::from_bytes(bytes).ok()
    }
}

/// A JSON value as a text, for a format that must be told what comes next.
pub(super) mod as_text {
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
    use serde_json::Value;

    #[allow(clippy::ref_option, reason = "serde hands the field over so")]
    pub(crate) fn serialize<S: Serializer>(value: &Option<Value>, serializer: S) -> Result<S::Ok, S::Error> {
        value.as_ref().map(Value::to_string).serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
        let text: Option<String> = Deserialize::deserialize(deserializer)?;
        text.map(|text| serde_json::from_str(&text).map_err(de::Error::custom)).transpose()
    }
}

/// The bytes of a program, tried: decoded and encoded again, they are the same. `Err` says why they are not.
pub(crate) fn encode(program: &Program) -> Result<Vec<u8>, String> {
    let bytes = program.serialize_binary()?;
    let again = decode(&bytes).ok_or("the program cannot be decoded as a whole")?.serialize_binary()?;
    if again == bytes { Ok(bytes) } else { Err("the program is another one when it is decoded".to_owned()) }
}

/// The program, only if all of it could be decoded.
pub(crate) fn decode(bytes: &[u8]) -> Option<Arc<Program>> {
    match Program::deserialize_binary(bytes) {
        Ok(DeserializationResult::Complete(program)) if program.is_fully_functional() => Some(Arc::new(program)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::native::CompiledNative;
    use crate::policy::{Dialect, Module, NativePolicy};

    fn modules() -> Vec<Module> {
        let text = "package a\n\ndeny contains {\"msg\": m, \"path\": [\"x\"]} if {\n\tm = concat(\"\", [\"a\", input.x])\n}\n";
        vec![Module { path: "a.rego".into(), text: text.into() }]
    }

    fn leaked(bytes: Vec<u8>) -> &'static [u8] {
        Box::leak(bytes.into_boxed_slice())
    }

    fn program(policy: &NativePolicy) -> Vec<u8> {
        match policy.compiled(Part::Judging).unwrap().unwrap() {
            CompiledNative::Program(program) => program.serialize_binary().unwrap(),
            CompiledNative::Interpreter(_) => panic!("no program"),
        }
    }

    #[test]
    fn a_prepared_program_is_the_compiled_one() {
        let compiled = NativePolicy::new(modules(), Dialect::SafeSubset);
        let bytes = compiled.encoded(Part::Judging).unwrap().unwrap();
        assert_eq!(compiled.encoded(Part::Patching), Ok(None));
        // Without a module nothing can be compiled: the program can only be the prepared one.
        let prepared = Prepared { judging: Some(leaked(bytes.clone())), patching: None };
        let policy = NativePolicy::prepared(Vec::new(), prepared);
        assert_eq!(program(&policy), bytes);
        assert_eq!(program(&compiled), bytes);
        assert!(!policy.patches());
    }

    #[test]
    fn a_program_that_is_cut_off_anywhere_is_compiled_instead() {
        let bytes = NativePolicy::new(modules(), Dialect::SafeSubset).encoded(Part::Judging).unwrap().unwrap();
        for length in 0..bytes.len() {
            assert!(decode(&bytes[..length]).is_none(), "{length} of {}", bytes.len());
        }
        let cut = Prepared { judging: Some(leaked(bytes[..bytes.len() / 2].to_vec())), patching: None };
        assert_eq!(program(&NativePolicy::prepared(modules(), cut)), bytes);
    }
}
