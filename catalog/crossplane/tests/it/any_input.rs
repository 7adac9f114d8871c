//! Nothing that can be read makes the reader panic.

use std::sync::Arc;

use platlint_crossplane::{Builder, Settings};
use platlint_engine::{Gvk, Pointer, Value};
use platlint_facts::{Doc, DocId, Domain as _, NoFiles, Notes};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

/// Words that stand in Crossplane's objects, as keys and as values.
const WORDS: [&str; 46] = [
    "additionalProperties",
    "apiVersion",
    "base",
    "combine",
    "compositeTypeRef",
    "connectionDetails",
    "convert",
    "default",
    "enum",
    "environment",
    "example.org/v1",
    "fmt",
    "fromFieldPath",
    "group",
    "input",
    "items",
    "kind",
    "map",
    "match",
    "math",
    "mode",
    "name",
    "names",
    "object",
    "oneOf",
    "openAPIV3Schema",
    "patchSetName",
    "patchSets",
    "patches",
    "pattern",
    "pipeline",
    "properties",
    "providerConfigRef",
    "pt.fn.crossplane.io/v1beta1",
    "readinessChecks",
    "required",
    "resources",
    "schema",
    "spec",
    "spec.a[0].b",
    "string",
    "toFieldPath",
    "transforms",
    "type",
    "variables",
    "versions",
];

fn word() -> impl Strategy<Value = String> {
    prop::sample::select(WORDS.as_slice()).prop_map(str::to_owned)
}

fn value() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        4 => word().prop_map(Json::from),
        1 => any::<bool>().prop_map(Json::from),
        1 => any::<i64>().prop_map(Json::from),
        1 => Just(Json::Null),
    ];
    leaf.prop_recursive(8, 128, 6, |inner| {
        prop_oneof![
            3 => prop::collection::btree_map(word(), inner.clone(), 0..6).prop_map(|map| json!(map)),
            1 => prop::collection::vec(inner, 0..4).prop_map(Json::from),
        ]
    })
}

fn doc(api_version: &str, kind: &str, spec: &Json) -> Arc<Doc> {
    let object = Value::from(json!({"apiVersion": api_version, "kind": kind, "metadata": {"name": "a"}, "spec": spec}));
    let id = DocId { file: kind.into(), document: 0, at: Pointer::root() };
    Arc::new(Doc { id, gvk: Gvk::new(api_version, kind), object, folder: None, maker: None, namespace: None })
}

proptest! {
    #[test]
    fn no_input_is_a_reason_to_panic(schema in value(), spec in value(), site in value(), object in value()) {
        let version = json!({"name": "v1", "served": true, "referenceable": true, "schema": {"openAPIV3Schema": schema}});
        let known = json!({"group": "example.org", "names": {"kind": "A", "plural": "as"}, "versions": [version]});
        let composition = json!({
            "compositeTypeRef": {"apiVersion": "example.org/v1", "kind": "A"},
            "resources": site.clone(),
            "patchSets": site.clone(),
            "mode": "Resources",
        });
        let input = json!({
            "compositeTypeRef": {"apiVersion": "example.org/v1", "kind": "A"},
            "pipeline": [{"step": "a", "input": {"apiVersion": "pt.fn.crossplane.io/v1beta1", "resources": [site]}}],
        });
        let docs = [
            doc("apiextensions.crossplane.io/v2", "CompositeResourceDefinition", &known),
            doc("apiextensions.crossplane.io/v1", "CompositeResourceDefinition", &spec),
            doc("apiextensions.crossplane.io/v1", "Composition", &spec),
            doc("apiextensions.crossplane.io/v1", "Composition", &composition),
            doc("apiextensions.crossplane.io/v1", "Composition", &input),
            doc("pkg.crossplane.io/v1", "Provider", &spec),
            doc("example.org/v1", "A", &object),
        ];
        let mut builder = Builder::new(Settings::default());
        docs.iter().for_each(|doc| builder.add(doc.clone()));
        let index = builder.finish(Arc::new(NoFiles));
        for doc in &docs {
            let noted = || {
                let mut notes = Notes::default();
                index.note(doc, &mut notes);
                notes
            };
            prop_assert_eq!(noted(), noted());
            index.edges_of(doc);
        }
        index.edges();
    }
}
