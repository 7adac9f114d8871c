//! Documents from YAML, and what is noted of them.

use std::path::Path;
use std::sync::Arc;

use platlint_crossplane::{Builder, Index, Settings};
use platlint_engine::{Gvk, Pointer, Value, to_json};
use platlint_facts::{Doc, DocId, Domain as _, NoFiles, Notes, str_at};
use serde::Deserialize as _;

/// The objects of a text, as if it stood in `file`.
pub(crate) fn docs(file: &str, text: &str) -> Vec<Arc<Doc>> {
    let doc = |(document, object): (usize, serde_json::Value)| {
        let object = Value::from(object);
        let id = DocId { file: file.into(), document: u32::try_from(document).unwrap(), at: Pointer::root() };
        let gvk = Gvk::of(&object)?;
        let namespace = str_at(&object, &["metadata", "namespace"]).map(Arc::from);
        Some(Arc::new(Doc { id, gvk, object, folder: Some(Path::new("/repo").into()), maker: None, namespace }))
    };
    serde_yaml::Deserializer::from_str(text)
        .map(|document| serde_json::Value::deserialize(document).unwrap())
        .enumerate()
        .filter_map(doc)
        .collect()
}

/// What is known of some files.
pub(crate) fn index(files: &[(&str, &str)], configured: &str) -> Index {
    let mut builder = Builder::new(Settings { schemas: docs("crds.yaml", configured) });
    files.iter().flat_map(|(file, text)| docs(file, text)).for_each(|doc| builder.add(doc));
    builder.finish(Arc::new(NoFiles))
}

/// What is noted of a document, as rules see it.
pub(crate) fn notes(index: &Index, doc: &Doc) -> serde_json::Value {
    let mut notes = Notes::default();
    index.note(doc, &mut notes);
    to_json(&notes.into_value())
}

/// What is noted of the first document of the last file.
pub(crate) fn noted(files: &[(&str, &str)]) -> serde_json::Value {
    let (file, text) = files.last().unwrap();
    notes(&index(files, ""), &docs(file, text)[0])
}

/// Codes with the field and the fault of each note: `code: field fault`.
pub(crate) fn faults(noted: &serde_json::Value) -> Vec<String> {
    let codes = noted["problems"].as_object().unwrap();
    let line = |code: &String, note: &serde_json::Value| {
        let text = |key: &str| note[key].as_str().unwrap().to_owned();
        let hint = note["suggestion"].as_str().map_or_else(String::new, |meant| format!(" ({meant})"));
        format!("{code}: {} {}{hint}", text("field"), text("fault"))
    };
    codes.iter().flat_map(|(code, notes)| notes.as_array().unwrap().iter().map(|note| line(code, note))).collect()
}

/// Codes that are not known.
pub(crate) fn unknown(noted: &serde_json::Value) -> Vec<&str> {
    noted["unknown"].as_object().unwrap().keys().map(String::as_str).collect()
}

/// A definition of `XBucket` with `spec.region`, `spec.days` and `status.arn`.
pub(crate) const DEFINITION: &str = "
apiVersion: apiextensions.crossplane.io/v2
kind: CompositeResourceDefinition
metadata: {name: xbuckets.example.org}
spec:
  group: example.org
  names: {kind: XBucket, plural: xbuckets}
  versions:
    - name: v1
      served: true
      referenceable: true
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec:
              type: object
              required: [region]
              properties:
                region: {type: string}
                days: {type: integer, default: 30}
            status:
              type: object
              properties:
                arn: {type: string}
";

/// A definition of the composed `Bucket`.
pub(crate) const RESOURCE: &str = "
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: buckets.s3.example.org}
spec:
  group: s3.example.org
  scope: Namespaced
  names: {kind: Bucket, plural: buckets}
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          required: [spec]
          properties:
            spec:
              type: object
              required: [region]
              properties:
                region: {type: string}
                days: {type: integer}
            status:
              type: object
              properties:
                arn: {type: string}
";

/// A Composition with these patches of one `Bucket`.
pub(crate) fn composition(patches: &str) -> String {
    format!(
        "
apiVersion: apiextensions.crossplane.io/v1
kind: Composition
metadata: {{name: buckets}}
spec:
  compositeTypeRef: {{apiVersion: example.org/v1, kind: XBucket}}
  mode: Pipeline
  pipeline:
    - step: resources
      functionRef: {{name: function-patch-and-transform}}
      input:
        apiVersion: pt.fn.crossplane.io/v1beta1
        kind: Resources
        patchSets:
          - name: shared
            patches:
              - {{fromFieldPath: spec.regoin, toFieldPath: spec.region}}
        resources:
          - name: bucket
            base: {{apiVersion: s3.example.org/v1, kind: Bucket}}
            patches: {patches}
"
    )
}
