//! Which files count as Kubernetes manifests: every non-empty document is an object with `apiVersion`, `kind` and either
//! `metadata` or (a list) `items`. Kustomizations and tool configurations without metadata fall out.
//!
//! The reading is `serde_yaml`'s, on purpose not platlint's own, so that a fault of our reader cannot shrink its corpus.

use serde::Deserialize;
use serde_yaml::Value;

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
        let Ok(value) = Value::deserialize(document) else {
            return Reading { documents: 0, only_manifests: false };
        };
        if value.is_null() {
            continue;
        }
        documents += 1;
        only_manifests &= is_manifest(&value);
    }
    Reading { documents, only_manifests: only_manifests && documents > 0 }
}

fn is_manifest(value: &Value) -> bool {
    let field = |name: &str| value.get(name).unwrap_or(&Value::Null);
    field("apiVersion").is_string()
        && field("kind").is_string()
        && (field("metadata").is_mapping() || field("items").is_sequence())
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
    }

    #[test]
    fn leaves_out_files_with_any_other_document() {
        assert!(!manifests("name: chart\n"));
        assert!(!manifests("apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: []\n"));
        assert!(!manifests(&format!("{POD}---\n- a list\n")));
        assert!(!manifests("# nothing\n"));
    }

    #[test]
    fn counts_documents_and_passes_over_empty_ones() {
        assert_eq!(read(format!("---\n{POD}---\n---\n{POD}").as_bytes()).documents, 2);
        assert_eq!(read(b"a: [\n"), Reading { documents: 0, only_manifests: false });
    }
}
