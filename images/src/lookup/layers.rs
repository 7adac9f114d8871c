//! The layers of a manifest that may be evidence. Whoever can push writes such manifests, so that little of them is kept:
//! layers of one kind, a bounded number of them, and the annotations that are read.

use std::fmt;

use platlint_registry::Digest;
use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, de};

use super::limits::MAX_PIECES;

/// A layer, as far as it matters here.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Layer {
    pub media_type: String,
    pub digest: Digest,
    pub size: u64,
    #[serde(default)]
    pub annotations: Option<Annotations>,
}

/// What a `.sig` image says of a signature.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Annotations {
    #[serde(default, rename = "dev.cosignproject.cosign/signature")]
    pub signature: String,
    #[serde(default, rename = "dev.sigstore.cosign/certificate")]
    pub certificate: Option<String>,
    #[serde(default, rename = "dev.sigstore.cosign/bundle")]
    pub rekor_bundle: Option<String>,
}

impl Layer {
    /// Bytes that it takes with its content and annotations.
    pub(super) fn bytes(&self) -> u64 {
        let text = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        let beside = self.annotations.as_ref().map_or(0, |said| {
            said.signature.len().saturating_add(text(&said.certificate)).saturating_add(text(&said.rekor_bundle))
        });
        self.size.saturating_add(beside as u64)
    }
}

/// The layers of the wanted media type; at most one more than are looked at, which tells that there are too many.
pub(super) fn layers(manifest: &[u8], is_wanted: fn(&str) -> bool) -> Result<Vec<Layer>, serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_slice(manifest);
    let found = WithLayers(is_wanted).deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(found)
}

/// Reads a manifest.
struct WithLayers(fn(&str) -> bool);

impl<'de> DeserializeSeed<'de> for WithLayers {
    type Value = Vec<Layer>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Vec<Layer>, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for WithLayers {
    type Value = Vec<Layer>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a manifest")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Vec<Layer>, A::Error> {
        let mut found = None;
        while let Some(name) = members.next_key::<String>()? {
            if name != "layers" {
                members.next_value::<IgnoredAny>()?;
            } else if found.replace(members.next_value_seed(List(self.0))?).is_some() {
                return Err(A::Error::duplicate_field("layers"));
            }
        }
        Ok(found.unwrap_or_default())
    }
}

/// Reads the list; `null`, as Go programs write an empty one, too.
struct List(fn(&str) -> bool);

impl<'de> DeserializeSeed<'de> for List {
    type Value = Vec<Layer>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Vec<Layer>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for List {
    type Value = Vec<Layer>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of layers")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Vec<Layer>, E> {
        Ok(Vec::new())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Vec<Layer>, A::Error> {
        let mut found: Vec<Layer> = Vec::new();
        while found.len() <= MAX_PIECES {
            let Some(layer) = items.next_element::<Layer>()? else { return Ok(found) };
            if self.0(&layer.media_type) {
                found.push(layer);
            }
        }
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(layers: usize) -> String {
        let hex = "0".repeat(64);
        let layer = format!(r#"{{"mediaType":"wanted","digest":"sha256:{hex}","size":2,"annotations":{{"x":"y"}}}}"#);
        let other = layer.replace("wanted", "other");
        format!(r#"{{"schemaVersion":2,"layers":[{}{other}]}}"#, format!("{layer},").repeat(layers))
    }

    fn read(manifest: &str) -> Result<Vec<Layer>, serde_json::Error> {
        layers(manifest.as_bytes(), |media_type| media_type == "wanted")
    }

    #[test]
    fn thirty_thousand_layers_are_kept_as_one_too_many() {
        assert_eq!(read(&manifest(30_000)).unwrap().len(), MAX_PIECES + 1);
        assert_eq!(read(&manifest(3)).unwrap().len(), 3);
    }

    #[test]
    fn a_manifest_without_layers_has_none_and_one_that_is_malformed_is_an_error() {
        for empty in ["{}", r#"{"layers":null}"#, r#"{"layers":[]}"#] {
            assert!(read(empty).unwrap().is_empty(), "{empty}");
        }
        for wrong in ["", "[]", r#"{"layers":{}}"#, r#"{"layers":[1]}"#, r#"{"layers":[],"layers":[]}"#, "{} {}"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
