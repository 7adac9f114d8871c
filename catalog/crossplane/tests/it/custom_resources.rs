//! Custom resources against the definitions of the input and the configuration.

use crate::support::{DEFINITION, RESOURCE, docs, faults, index, noted, notes, unknown};

fn bucket(spec: &str) -> String {
    format!("apiVersion: example.org/v1\nkind: XBucket\nmetadata: {{name: a, namespace: b}}\nspec: {spec}\n")
}

#[test]
fn defaults_are_applied_and_nulls_pruned_before() {
    let required = DEFINITION.replace("required: [region]", "required: [region, days]");
    let told = noted(&[("xrd.yaml", &required), ("a.yaml", &bucket("{region: a, days: null}"))]);
    assert_eq!(faults(&told), [""; 0]);
    assert_eq!(told["schema"]["known"], true);
    assert_eq!(told["schema"]["source"]["file"], "xrd.yaml");
}

#[test]
fn all_faults_are_told_with_what_was_meant() {
    let told = faults(&noted(&[
        ("xrd.yaml", DEFINITION),
        ("a.yaml", &bucket("{regoin: a, days: many, compositionRef: {name: x}}")),
    ]));
    assert_eq!(
        told,
        [
            "schema-violation: spec.days must be a whole number, not a string",
            "schema-violation: spec.region is missing",
            "unknown-field: spec.compositionRef is no field of XBucket of example.org v1 (crossplane.compositionRef)",
            "unknown-field: spec.regoin is no field of XBucket of example.org v1 (region)",
        ]
    );
}

#[test]
fn what_a_tool_fills_in_is_not_decided() {
    let told = noted(&[("xrd.yaml", DEFINITION), ("a.yaml", &bucket("{region: a, days: '${bucket_days}'}"))]);
    assert_eq!((faults(&told).len(), unknown(&told)), (0, vec!["schema-violation"]));
}

#[test]
fn secrets_are_not_shown_where_they_do_not_fit() {
    let strict = DEFINITION.replace(
        "region: {type: string}",
        "region: {type: string}\n                password: {type: string, pattern: '^.{16,}$'}",
    );
    let told = noted(&[("xrd.yaml", &strict), ("a.yaml", &bucket("{region: a, password: hunter2}"))]);
    assert_eq!(faults(&told).len(), 2);
    assert!(!told.to_string().contains("hunter2"));
}

#[test]
fn definitions_of_the_configuration_serve_where_the_input_has_none() {
    let resource = "apiVersion: s3.example.org/v1\nkind: Bucket\nmetadata: {name: a}\nspec: {region: 3}\n";
    let doc = &docs("a.yaml", resource)[0];
    assert_eq!(faults(&notes(&index(&[("a.yaml", resource)], RESOURCE), doc)).len(), 1);
    let own = RESOURCE.replace("region: {type: string}", "region: {type: integer}");
    assert_eq!(faults(&notes(&index(&[("crd.yaml", &own)], RESOURCE), doc)), [""; 0]);
}

#[test]
fn of_several_definitions_the_nearest_holds_and_equally_near_ones_leave_it_unknown() {
    let other = DEFINITION.replace("region: {type: string}", "region: {type: integer}");
    let object = bucket("{region: 3}");
    let near = [("a/xrd.yaml", DEFINITION), ("b/xrd.yaml", other.as_str()), ("b/x/bucket.yaml", object.as_str())];
    assert_eq!(faults(&noted(&near)), [""; 0]);
    let told = noted(&[("a/xrd.yaml", DEFINITION), ("b/xrd.yaml", &other), ("c/bucket.yaml", &object)]);
    assert_eq!((faults(&told).len(), unknown(&told)), (0, vec!["schema-violation"]));
    let told = noted(&[("a/xrd.yaml", DEFINITION), ("b/xrd.yaml", DEFINITION), ("c/bucket.yaml", &object)]);
    assert_eq!(faults(&told).len(), 1, "the same definition twice is one definition");
}

#[test]
fn groups_that_nobody_defines_are_left_alone() {
    let told = noted(&[
        ("xrd.yaml", DEFINITION),
        ("a.yaml", "apiVersion: other.org/v1\nkind: A\nmetadata: {name: a}\nspec: {b: c}\n"),
    ]);
    assert_eq!((faults(&told).len(), unknown(&told).len()), (0, 0));
    let told = noted(&[("xrd.yaml", DEFINITION), ("a.yaml", &bucket("{}").replace("XBucket", "XBuckett"))]);
    assert_eq!((faults(&told).len(), unknown(&told)), (0, vec!["schema-violation"]));
}

#[test]
fn a_schema_that_is_broken_leaves_its_kind_unknown() {
    let broken = DEFINITION.replace("{type: string}", "{type: strong}");
    let told = noted(&[("xrd.yaml", &broken), ("a.yaml", &bucket("{region: a}"))]);
    assert_eq!((faults(&told).len(), unknown(&told)), (0, vec!["schema-violation"]));
}

#[test]
fn the_order_of_documents_does_not_matter() {
    let object = bucket("{regoin: a}");
    let doc = &docs("a.yaml", &object)[0];
    let one = notes(&index(&[("x.yaml", DEFINITION), ("c.yaml", RESOURCE)], ""), doc);
    let other = notes(&index(&[("c.yaml", RESOURCE), ("x.yaml", DEFINITION)], ""), doc);
    assert_eq!(one, other);
}
