//! Which files count as Kubernetes manifests: every non-empty document is an object with `apiVersion`, `kind` and either
//! `metadata` or (a list) `items`. Kustomizations and tool configurations without metadata fall out.
//!
//! The reading is `serde_yaml`'s, on purpose not platlint's own, so that a fault of our reader cannot shrink its corpus.
//! It is a little wider than that crate's: a key that stands twice is let through, as every peer lets it through, and a
//! mapping as a key is refused, which only unrendered templates (`{{x}}`) have.

use serde::de::{
    Deserialize, Deserializer, EnumAccess, Error, IgnoredAny, MapAccess, SeqAccess, VariantAccess, Visitor,
};
use std::fmt;

/// What a file holds.
#[derive(Debug, PartialEq)]
pub(super) struct Reading {
    /// Documents that are not empty; 0 when some document of the file cannot be read.
    pub(super) documents: usize,
    pub(super) only_manifests: bool,
}

/// Reads all documents of a file.
pub(super) fn read(content: &[u8]) -> Reading {
    let mut documents = 0;
    let mut only_manifests = true;
    for document in serde_yaml::Deserializer::from_slice(content) {
        match Shape::deserialize(document) {
            Err(_) => return Reading { documents: 0, only_manifests: false },
            Ok(Shape::Null) => {}
            Ok(shape) => {
                documents += 1;
                only_manifests &= matches!(shape, Shape::Mapping { manifest: true });
            }
        }
    }
    Reading { documents, only_manifests: only_manifests && documents > 0 }
}

/// As much of a node as the question needs.
enum Shape {
    Null,
    Text(String),
    /// A number or a truth value.
    Scalar,
    Sequence,
    Mapping {
        manifest: bool,
    },
}

impl<'de> Deserialize<'de> for Shape {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ShapeVisitor)
    }
}

struct ShapeVisitor;

impl<'de> Visitor<'de> for ShapeVisitor {
    type Value = Shape;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a YAML node")
    }

    fn visit_unit<E: Error>(self) -> Result<Shape, E> {
        Ok(Shape::Null)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Shape, E> {
        Ok(Shape::Text(text.to_owned()))
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Shape, E> {
        Ok(Shape::Scalar)
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Shape, E> {
        Ok(Shape::Scalar)
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Shape, E> {
        Ok(Shape::Scalar)
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Shape, E> {
        Ok(Shape::Scalar)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Shape, A::Error> {
        while items.next_element::<Shape>()?.is_some() {}
        Ok(Shape::Sequence)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Shape, A::Error> {
        let (mut version, mut kind, mut body) = (false, false, false);
        while let Some((key, value)) = entries.next_entry::<Shape, Shape>()? {
            match key {
                Shape::Sequence | Shape::Mapping { .. } => return Err(A::Error::custom("a key is no scalar")),
                Shape::Null | Shape::Scalar => {}
                Shape::Text(key) => match key.as_str() {
                    "apiVersion" => version = matches!(value, Shape::Text(_)),
                    "kind" => kind = matches!(value, Shape::Text(_)),
                    "metadata" => body |= matches!(value, Shape::Mapping { .. }),
                    "items" => body |= matches!(value, Shape::Sequence),
                    _ => {}
                },
            }
        }
        Ok(Shape::Mapping { manifest: version && kind && body })
    }

    /// A node with a tag of its own.
    fn visit_enum<A: EnumAccess<'de>>(self, tagged: A) -> Result<Shape, A::Error> {
        let (_, node) = tagged.variant::<IgnoredAny>()?;
        node.newtype_variant()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n";

    fn manifests(text: &str) -> bool {
        read(text.as_bytes()).only_manifests
    }

    #[test]
    fn takes_files_whose_documents_are_all_manifests() {
        assert!(manifests(POD));
        assert!(manifests("apiVersion: v1\nkind: RoleList\nitems: []\n"));
        assert!(manifests(&format!("{POD}spec: !own {{n: 1, f: 1.5, b: true, l: [~]}}\n")));
    }

    #[test]
    fn leaves_out_files_with_any_other_document() {
        assert!(!manifests("name: chart\n"));
        assert!(!manifests("apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: []\n"));
        assert!(!manifests(&format!("{POD}---\n- a list\n")));
        assert!(!manifests("# nothing\n"));
    }

    #[test]
    fn lets_double_keys_through_and_unrendered_templates_not() {
        assert!(manifests(&format!("{POD}spec: {{a: 1, a: 2}}\n")));
        assert!(!manifests(&format!("{POD}data: {{{{config}}}}\n")));
    }

    #[test]
    fn counts_documents_and_passes_over_empty_ones() {
        assert_eq!(read(format!("---\n{POD}---\n---\n{POD}").as_bytes()).documents, 2);
        assert_eq!(read(b"a: [\n"), Reading { documents: 0, only_manifests: false });
    }
}
