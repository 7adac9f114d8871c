//! Compositions as the reader judges them: patches, transforms, readiness, bases.

use crate::support::{DEFINITION, RESOURCE, composition, faults, noted, unknown};

fn of(patches: &str) -> serde_json::Value {
    noted(&[("xrd.yaml", DEFINITION), ("crd.yaml", RESOURCE), ("composition.yaml", &composition(patches))])
}

#[test]
fn a_fault_in_a_patch_set_is_told_once_however_often_it_is_used() {
    let set = "{type: PatchSet, patchSetName: shared}";
    let told = faults(&of(&format!("[{set}, {set}]")));
    assert_eq!(
        told,
        [
            "unknown-patch-path: patchSets[0].patches[0].fromFieldPath is \"spec.regoin\", but in XBucket of example.org \
             spec has no field \"regoin\", so the patch silently does nothing (region)"
        ]
    );
}

#[test]
fn fields_of_crossplane_are_known_where_they_are() {
    let told =
        faults(&of("[{fromFieldPath: spec.crossplane.compositionRef.name, toFieldPath: 'metadata.labels[a]'}, \
         {fromFieldPath: metadata.uid, toFieldPath: metadata.name}, \
         {type: ToCompositeFieldPath, fromFieldPath: status.arn, toFieldPath: status.arn}, \
         {fromFieldPath: 'status.conditions[0].reason', toFieldPath: 'metadata.annotations[example.org/reason]'}]"));
    assert_eq!(told.len(), 1, "only that of the patch set: {told:?}");
    let moved = faults(&of("[{fromFieldPath: spec.compositionRef.name, toFieldPath: 'metadata.labels[a]'}]"));
    assert!(moved.iter().any(|fault| fault.ends_with("(crossplane.compositionRef)")), "{moved:?}");
}

#[test]
fn a_required_path_that_does_not_exist_fails_composing() {
    let told = faults(&of("[{fromFieldPath: spec.zone, toFieldPath: spec.region, policy: {fromFieldPath: Required}}]"));
    assert!(told.iter().any(|fault| fault.contains("\"zone\", so composing fails")), "{told:?}");
}

#[test]
fn the_type_goes_through_the_transforms() {
    let patch = |transforms: &str| {
        let told =
            faults(&of(&format!("[{{fromFieldPath: spec.region, toFieldPath: spec.days, transforms: {transforms}}}]")));
        told.into_iter().filter(|fault| !fault.starts_with("unknown-patch-path")).collect::<Vec<_>>()
    };
    assert_eq!(patch("[{type: convert, convert: {toType: int64}}]"), [""; 0]);
    assert_eq!(patch("[{type: map, map: {a: 1, b: 2}}]"), [""; 0]);
    assert_eq!(patch("[{type: map, map: {a: 1, b: two}}]"), [""; 0]);
    assert_eq!(
        patch("[{type: match, match: {patterns: [{type: literal, literal: a, result: 1}], fallbackValue: 2}}]"),
        [""; 0]
    );
    let mapped = patch("[{type: map, map: {a: one, b: two}}]");
    assert_eq!(mapped.len(), 1);
    assert!(mapped[0].starts_with("patch-type-mismatch: resources[0].patches[0].toFieldPath"), "{mapped:?}");
}

#[test]
fn without_definitions_patches_are_unknown_and_no_problem() {
    let composition = composition("[{fromFieldPath: spec.zone, toFieldPath: spec.nothing}]");
    let told = noted(&[("composition.yaml", &composition)]);
    assert_eq!(faults(&told), [""; 0]);
    assert_eq!(unknown(&told), ["invalid-base", "unknown-composite-type", "unknown-patch-path"]);
}

#[test]
fn values_of_wrong_types_are_no_reason_to_stop() {
    for patches in ["[null, 3, [], {}]", "{a: b}", "[{type: 3, transforms: [null, {type: map, map: 3}], combine: []}]"]
    {
        assert!(!faults(&of(patches)).is_empty(), "{patches}");
    }
}

#[test]
fn what_other_functions_take_is_left_alone() {
    let other = composition("[{nonsense: true}]").replace("pt.fn.crossplane.io/v1beta1", "other.fn.example.org/v1");
    let told = noted(&[("xrd.yaml", DEFINITION), ("composition.yaml", &other)]);
    assert_eq!(faults(&told), [""; 0]);
}

#[test]
fn lists_that_are_none_are_told_where_they_stand() {
    let told = |from: &str, to: &str| {
        let text = composition("[]");
        assert!(text.contains(from), "{from}");
        let text = text.split(from).next().unwrap().to_owned() + to;
        faults(&noted(&[("composition.yaml", &text)]))
    };
    assert_eq!(
        told("        resources:\n", "        resources: x\n"),
        ["invalid-composition: spec.pipeline[0].input.resources must be a list, not a string"]
    );
    assert_eq!(
        told("      input:", "      credentials: x\n"),
        ["invalid-composition: spec.pipeline[0].credentials must be a list, not a string"]
    );
    assert_eq!(
        told("  pipeline:", "  pipeline: {step: a}\n"),
        ["invalid-composition: spec.pipeline must be a list, not a map"]
    );
}
