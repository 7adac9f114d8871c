//! In-toto statements: what the signed payload of a bundle says, and about which digests.
//!
//! Read strictly and by ourselves, so that no two readers see two statements in the same bytes.

use super::refusal::shown;
use crate::sigstore::Fault;
use platlint_registry::Digest;
use serde_json::{Map, Value};
use std::sync::Arc;

/// The one payload type of envelopes that carries a statement.
pub(super) const PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";
/// Kinds of statement; the older one is what cosign and others wrote before.
const TYPES: [&str; 2] = ["https://in-toto.io/Statement/v1", "https://in-toto.io/Statement/v0.1"];
/// What a signature of cosign says about an image: no more than that it was signed.
pub(super) const SIGNATURE: &str = "https://sigstore.dev/cosign/sign/v1";
/// Things one statement may speak of. Provenance of a release with many files stays below.
const MAX_SUBJECTS: usize = 4096;

/// A statement, taken apart.
#[derive(Debug)]
pub(super) struct Statement {
    pub(super) predicate_type: Arc<str>,
    pub(super) predicate: Value,
    /// Annotations of the subject that is the image.
    pub(super) annotations: Map<String, Value>,
    /// Bytes of the payload.
    pub(super) size: usize,
}

impl Statement {
    /// Reads a payload that must speak of the digest.
    pub(super) fn about(digest: &Digest, payload_type: &str, payload: &[u8]) -> Result<Self, Fault> {
        let malformed = |what: &str| Fault::Malformed(what.to_owned());
        if payload_type != PAYLOAD_TYPE {
            return Err(Fault::Malformed(format!("its payload is `{}`, not `{PAYLOAD_TYPE}`", shown(payload_type))));
        }
        let read = crate::json::parse(payload);
        let Value::Object(mut statement) = read.map_err(|error| Fault::Malformed(format!("its payload: {error}")))?
        else {
            return Err(malformed("its payload is no statement"));
        };
        if !statement.get("_type").and_then(Value::as_str).is_some_and(|found| TYPES.contains(&found)) {
            return Err(malformed("its payload is no in-toto statement"));
        }
        let Some(Value::String(predicate_type)) = statement.remove("predicateType") else {
            return Err(malformed("its statement has no predicate type"));
        };
        let Some(Value::Array(subjects)) = statement.remove("subject") else {
            return Err(malformed("its statement has no subject"));
        };
        if subjects.len() > MAX_SUBJECTS {
            return Err(malformed("its statement has too many subjects"));
        }
        let image = subjects.into_iter().find(|subject| names(subject, digest)).ok_or(Fault::OtherImage)?;
        Ok(Self {
            predicate_type: predicate_type.into(),
            predicate: statement.remove("predicate").unwrap_or_else(|| Value::Object(Map::new())),
            annotations: image.get("annotations").and_then(Value::as_object).cloned().unwrap_or_default(),
            size: payload.len(),
        })
    }
}

fn names(subject: &Value, digest: &Digest) -> bool {
    let found = subject.get("digest").and_then(|digests| digests.get(digest.algorithm()));
    found.and_then(Value::as_str) == Some(digest.hex())
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
}
