//! Composite resource definitions: names, versions, schemas, reserved fields.

use crate::support::{DEFINITION, faults, noted};

fn changed(from: &str, to: &str) -> Vec<String> {
    assert!(DEFINITION.contains(from), "{from}");
    faults(&noted(&[("xrd.yaml", &DEFINITION.replace(from, to))]))
}

#[test]
fn a_valid_definition_has_no_fault() {
    assert_eq!(changed("XBucket", "XBucket"), [""; 0]);
}

#[test]
fn the_name_is_the_plural_name_and_the_group() {
    assert_eq!(
        changed("name: xbuckets.example.org", "name: buckets.example.org"),
        ["invalid-xrd: metadata.name is \"buckets.example.org\", but must be plural name and group, \
          \"xbuckets.example.org\" (xbuckets.example.org)"]
    );
}

#[test]
fn exactly_one_version_is_referenceable() {
    assert_eq!(
        changed("referenceable: true", "referenceable: false"),
        ["invalid-xrd: spec.versions has no referenceable version; exactly one must be"]
    );
    let both = "    - {name: v2, served: true, referenceable: true}\n    - name: v1\n";
    assert_eq!(changed("    - name: v1\n", both).len(), 1);
}

#[test]
fn patterns_are_those_of_go() {
    for pattern in [r"^[^[\]]+$", r"^\${[a-z]+}$", "^{([a-z]+)}$", "[[]x"] {
        assert_eq!(
            changed("region: {type: string}", &format!("region: {{type: string, pattern: '{pattern}'}}")),
            [""; 0]
        );
    }
    assert_eq!(changed("region: {type: string}", "region: {type: string, pattern: '^(?!x)'}").len(), 1);
}

#[test]
fn values_of_other_types_are_told_as_such_and_not_as_missing() {
    assert_eq!(
        changed("referenceable: true", "referenceable: 'true'"),
        ["invalid-xrd: spec.versions[0].referenceable must be true or false, not a string: leave out the quotes"]
    );
    assert_eq!(
        changed("names: {kind: XBucket, plural: xbuckets}", "names: x"),
        ["invalid-xrd: spec.names must be a map, not a string"]
    );
}

#[test]
fn crossplane_writes_the_types_of_spec_and_status_itself() {
    assert_eq!(changed("            status:\n              type: object\n", "            status:\n"), [""; 0]);
}

#[test]
fn fields_of_crossplane_are_told_by_the_scope() {
    let own = |scope: &str| {
        let text =
            DEFINITION.replace("  names:", &format!("  scope: {scope}\n  names:")).replace("io/v2", "io/v1").replace(
                "region: {type: string}",
                "region: {type: string}\n                compositionRef: {type: string}",
            );
        faults(&noted(&[("xrd.yaml", &text)]))
    };
    assert_eq!(own("LegacyCluster").len(), 1);
    assert_eq!(own("Cluster"), [""; 0]);
}
