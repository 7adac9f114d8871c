//! In-toto statements: what the signed payload of a bundle says, and about which digests.
//!
//! Read strictly and by ourselves, so that no two readers see two statements in the same bytes.

use super::refusal::shown;
use crate::json::{self, Budget, Checked, Strict, TWICE};
use crate::sigstore::Fault;
use platlint_registry::Digest;
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

/// The one payload type of envelopes that carries a statement.
pub(super) const PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";
/// Kinds of statement; the older one is what cosign and others wrote before.
const TYPES: [&str; 2] = ["https://in-toto.io/Statement/v1", "https://in-toto.io/Statement/v0.1"];
/// What a signature of cosign says about an image: no more than that it was signed.
pub(super) const SIGNATURE: &str = "https://sigstore.dev/cosign/sign/v1";
/// Things one statement may speak of. Provenance of a release with many files stays below.
const MAX_SUBJECTS: usize = 4096;

/// A statement, taken apart. What it says beyond that is [`Predicate`]'s.
#[derive(Debug)]
pub(super) struct Statement {
    pub(super) predicate_type: Arc<str>,
    /// Annotations of the subject that is the image.
    pub(super) annotations: Map<String, Value>,
}

impl Statement {
    /// Reads a payload that must speak of the digest. Nobody has verified the payload yet, so all of it is checked, and
    /// no more is kept than the type and one subject.
    pub(super) fn about(digest: &Digest, payload_type: &str, payload: &[u8]) -> Result<Self, Fault> {
        let malformed = |what: &str| Fault::Malformed(what.to_owned());
        if payload_type != PAYLOAD_TYPE {
            return Err(Fault::Malformed(format!("its payload is `{}`, not `{PAYLOAD_TYPE}`", shown(payload_type))));
        }
        let budget = Budget::large();
        let head = json::read(payload, Head { digest, strict: Strict::new(&budget) });
        let head = head.map_err(|error| Fault::Malformed(format!("its payload: {error}")))?;
        if !head.kind.as_str().is_some_and(|found| TYPES.contains(&found)) {
            return Err(malformed("its payload is no in-toto statement"));
        }
        let Value::String(predicate_type) = head.predicate_type else {
            return Err(malformed("its statement has no predicate type"));
        };
        let Some(subjects) = head.subjects else {
            return Err(malformed("its statement has no subject"));
        };
        if subjects.count > MAX_SUBJECTS {
            return Err(malformed("its statement has too many subjects"));
        }
        let mut image = subjects.image.ok_or(Fault::OtherImage)?;
        let annotations = match image.get_mut("annotations").map(Value::take) {
            Some(Value::Object(annotations)) => annotations,
            _ => Map::new(),
        };
        Ok(Self { predicate_type: predicate_type.into(), annotations })
    }
}

/// What an attestation says, unread.
#[derive(Debug)]
pub(super) struct Predicate {
    payload: Box<[u8]>,
}

impl Predicate {
    /// Of the payload of a [`Statement`].
    pub(super) fn of(payload: &[u8]) -> Self {
        Self { payload: payload.into() }
    }

    /// Reads it; an empty map where the statement has none.
    pub(super) fn read(&self) -> Result<Value, Fault> {
        let statement = json::parse(&self.payload, &Budget::large());
        let mut statement = statement.map_err(|error| Fault::Malformed(format!("its payload: {error}")))?;
        Ok(statement.get_mut("predicate").map_or_else(|| Value::Object(Map::new()), Value::take))
    }

    /// Bytes of the payload.
    pub(super) const fn size(&self) -> usize {
        self.payload.len()
    }
}

fn names(subject: &Value, digest: &Digest) -> bool {
    let found = subject.get("digest").and_then(|digests| digests.get(digest.algorithm()));
    found.and_then(Value::as_str) == Some(digest.hex())
}

/// Reads the members that say what a statement is about, and checks the others.
struct Head<'r> {
    digest: &'r Digest,
    strict: Strict<'r>,
}

/// The members as found; `Null` or `None` where they are not there.
struct Members {
    kind: Value,
    predicate_type: Value,
    subjects: Option<Subjects>,
}

/// The subjects of a statement.
#[derive(Default)]
struct Subjects {
    count: usize,
    /// The first one that is the image.
    image: Option<Value>,
}

impl<'de> DeserializeSeed<'de> for Head<'_> {
    type Value = Members;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Members, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Head<'_> {
    type Value = Members;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a statement")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Members, A::Error> {
        let inner = self.strict.deeper()?;
        let mut found = Members { kind: Value::Null, predicate_type: Value::Null, subjects: None };
        let mut seen = BTreeSet::new();
        while let Some(name) = members.next_key::<String>()? {
            match name.as_str() {
                "_type" => found.kind = members.next_value_seed(inner)?,
                "predicateType" => found.predicate_type = members.next_value_seed(inner)?,
                "subject" => {
                    found.subjects = Some(members.next_value_seed(List { digest: self.digest, strict: inner })?);
                }
                _ => members.next_value_seed(Checked(inner))?,
            }
            if !seen.insert(name) {
                return Err(A::Error::custom(TWICE));
            }
        }
        Ok(found)
    }
}

/// Reads subjects one after another and keeps the image.
struct List<'r> {
    digest: &'r Digest,
    strict: Strict<'r>,
}

impl<'de> DeserializeSeed<'de> for List<'_> {
    type Value = Subjects;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Subjects, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for List<'_> {
    type Value = Subjects;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of subjects")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Subjects, A::Error> {
        let inner = self.strict.deeper()?;
        let mut found = Subjects::default();
        while let Some(subject) = items.next_element_seed(inner)? {
            found.count = found.count.saturating_add(1);
            if found.image.is_none() && names(&subject, self.digest) {
                found.image = Some(subject);
            }
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest() -> Digest {
        Digest::sha256(b"image")
    }

    fn read(payload: &str) -> Result<Statement, Fault> {
        Statement::about(&digest(), PAYLOAD_TYPE, payload.as_bytes())
    }

    #[test]
    fn finds_the_image_among_the_subjects() {
        let hex = digest().hex().to_owned();
        let payload = format!(
            r#"{{"_type":"https://in-toto.io/Statement/v1","subject":[{{"digest":{{"sha256":"00"}}}},
            {{"digest":{{"sha256":"{hex}"}},"annotations":{{"env":"prod"}}}}],"predicateType":"p","predicate":{{"a":1}}}}"#
        );
        let statement = read(&payload).unwrap();
        assert_eq!(&*statement.predicate_type, "p");
        assert_eq!(statement.annotations["env"], "prod");
        assert_eq!(read(&payload.replace(&hex, "00")).unwrap_err(), Fault::OtherImage);
        assert_eq!(read(&payload.replace("sha256", "sha512")).unwrap_err(), Fault::OtherImage);
    }

    #[test]
    fn refuses_what_is_no_statement() {
        let hex = digest().hex().to_owned();
        let fine = format!(
            r#"{{"_type":"https://in-toto.io/Statement/v1","subject":[{{"digest":{{"sha256":"{hex}"}}}}],"predicateType":"p"}}"#
        );
        assert!(read(&fine).is_ok());
        for payload in [
            String::new(),
            "[]".to_owned(),
            fine.replace("Statement/v1", "Statement/v9"),
            fine.replace("predicateType", "type"),
            fine.replace("subject", "subjects"),
            fine.replacen("\"_type\"", "\"predicateType\":\"q\",\"_type\"", 1),
            format!("{fine}{fine}"),
        ] {
            assert!(matches!(read(&payload).unwrap_err(), Fault::Malformed(_)), "{payload}");
        }
        let wrong_type = Statement::about(&digest(), "text/plain", fine.as_bytes());
        assert!(matches!(wrong_type.unwrap_err(), Fault::Malformed(_)));
    }
    #[test]
    fn a_payload_that_nobody_has_verified_costs_no_more_memory_than_it_may() {
        let hex = digest().hex().to_owned();
        let statement = |name: &str, maps: usize| {
            let many = "{\"\":0},".repeat(maps);
            format!(
                r#"{{"_type":"https://in-toto.io/Statement/v1","{name}":[{many}{{}}],"predicateType":"p","subject":[{{"digest":{{"sha256":"{hex}"}}}}]}}"#
            )
        };
        for name in ["predicate", "extra"] {
            assert!(read(&statement(name, 1000)).is_ok());
            let refused = read(&statement(name, 100_000)).unwrap_err();
            assert!(refused.to_string().contains("more values"), "{refused}");
        }
        let predicate = Predicate::of(statement("predicate", 2).as_bytes());
        assert_eq!(predicate.read().unwrap().as_array().map(Vec::len), Some(3));
        assert!(Predicate::of(statement("predicate", 100_000).as_bytes()).read().is_err());
    }
}
