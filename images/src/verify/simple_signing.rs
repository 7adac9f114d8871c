//! The payload of legacy signatures ("simple signing"): which image it speaks of, and its annotations.

use crate::json::Budget;
use crate::sigstore::Fault;
use platlint_registry::Digest;
use serde_json::{Map, Value};

/// What cosign writes into `critical.type`.
const TYPE: &str = "cosign container image signature";
/// Bytes of a payload; with a few annotations it takes some 300.
pub(super) const MAX_PAYLOAD_BYTES: usize = 1 << 20;

/// The annotations of a payload that must speak of the digest.
///
/// `critical.identity.docker-reference` is not compared, as cosign does not: the same content may lie under many names.
/// Whose signature counts for which name is what the configuration's rules say.
pub(super) fn annotations(digest: &Digest, payload: &[u8]) -> Result<Map<String, Value>, Fault> {
    let malformed = |what: &str| Fault::Malformed(what.to_owned());
    if payload.len() > MAX_PAYLOAD_BYTES {
        return Err(malformed("its payload is too long"));
    }
    let mut payload = crate::json::parse(payload, &Budget::small())
        .map_err(|error| Fault::Malformed(format!("its payload: {error}")))?;
    let critical = payload.get("critical").ok_or_else(|| malformed("its payload has no `critical`"))?;
    if critical.get("type").and_then(Value::as_str) != Some(TYPE) {
        return Err(malformed("its payload is no signature of an image"));
    }
    let claimed = critical.get("image").and_then(|image| image.get("docker-manifest-digest")).and_then(Value::as_str);
    match claimed {
        None => Err(malformed("its payload names no digest")),
        Some(claimed) if claimed != digest.as_str() => Err(Fault::OtherImage),
        Some(_) => match payload.get_mut("optional").map(Value::take) {
            Some(Value::Object(annotations)) => Ok(annotations),
            None | Some(Value::Null) => Ok(Map::new()),
            Some(_) => Err(malformed("its annotations are no map")),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_annotations_of_the_right_image_only() {
        let digest = Digest::sha256(b"image");
        let payload = format!(
            r#"{{"critical":{{"identity":{{"docker-reference":"r/a"}},"image":{{"docker-manifest-digest":"{digest}"}},"type":"{TYPE}"}},"optional":{{"env":"prod"}}}}"#
        );
        let read = |payload: &str| annotations(&digest, payload.as_bytes());
        assert_eq!(read(&payload).unwrap()["env"], "prod");
        assert!(read(&payload.replace(r#"{"env":"prod"}"#, "null")).unwrap().is_empty());
        assert_eq!(read(&payload.replace(digest.hex(), &"0".repeat(64))).unwrap_err(), Fault::OtherImage);
        for wrong in [
            payload.replace(TYPE, "atomic container signature"),
            payload.replace("critical", "crucial"),
            payload.replace("\"optional\"", "\"critical\""),
            payload.replace(r#"{"env":"prod"}"#, "3"),
            payload.replace("docker-manifest-digest", "digest"),
        ] {
            assert!(matches!(read(&wrong).unwrap_err(), Fault::Malformed(_)), "{wrong}");
        }
    }
}
