//! References to provider configurations, and secrets in the open.

use platlint_facts::{Domain as _, Target};

use crate::support::{DEFINITION, RESOURCE, composition, docs, faults, index, noted, unknown};

const CONFIG: &str = "
apiVersion: aws.m.example.org/v1
kind: ClusterProviderConfig
metadata: {name: default}
---
apiVersion: aws.m.example.org/v1
kind: ProviderConfig
metadata: {name: team, namespace: shop}
";

fn resource(group: &str, reference: &str) -> serde_json::Value {
    let text = format!(
        "apiVersion: {group}/v1\nkind: Bucket\nmetadata: {{name: a, namespace: shop}}\nspec: {{providerConfigRef: {reference}}}\n"
    );
    noted(&[("config.yaml", CONFIG), ("a.yaml", &text)])
}

#[test]
fn configurations_are_looked_up_within_their_provider() {
    assert_eq!(faults(&resource("s3.aws.m.example.org", "{kind: ProviderConfig, name: team}")), [""; 0]);
    let told = resource("s3.aws.m.example.org", "{kind: ClusterProviderConfig, name: defalt}");
    assert_eq!(faults(&told).len(), 1);
    let elsewhere = resource("s3.aws.m.example.org", "{kind: ClusterProviderConfig, name: prod-account}");
    assert_eq!((faults(&elsewhere).len(), unknown(&elsewhere)), (0, vec!["unknown-provider-config"]));
    let other = resource("sql.gcp.example.org", "{name: default}");
    assert_eq!((faults(&other).len(), unknown(&other)), (0, vec!["unknown-provider-config"]));
    let cluster_scoped = resource("s3.aws.example.org", "{name: nobody}");
    assert_eq!((faults(&cluster_scoped).len(), unknown(&cluster_scoped)), (0, vec!["unknown-provider-config"]));
}

#[test]
fn secrets_are_told_without_their_value() {
    let text =
        "apiVersion: sql.example.org/v1\nkind: User\nmetadata: {name: a}\nspec: {forProvider: {password: hunter2}}\n";
    let told = noted(&[("a.yaml", text)]);
    assert_eq!(faults(&told), ["plain-secret: spec.forProvider.password holds a secret of 7 characters as plain text"]);
    assert!(!told.to_string().contains("hunter2"));
}

#[test]
fn composite_resources_have_references_of_their_own() {
    let object = "apiVersion: example.org/v1\nkind: XBucket\nmetadata: {name: a, namespace: shop}\n\
                  spec: {region: a, providerConfigRef: {kind: Own, name: x}}\n";
    let own = DEFINITION.replace(
        "region: {type: string}",
        "region: {type: string}\n                providerConfigRef: {type: object, properties: {kind: {type: string}, name: {type: string}}}",
    );
    let told = noted(&[("config.yaml", CONFIG), ("xrd.yaml", &own), ("a.yaml", object)]);
    assert_eq!((faults(&told), unknown(&told)), (vec![], vec![]));
}

#[test]
fn secrets_are_found_in_pairs_and_in_manifests_of_other_resources() {
    let paths = |spec: &str| -> Vec<String> {
        let text = format!(
            "apiVersion: x.example.org/v1\nkind: Thing\nmetadata: {{name: a}}\nspec: {{forProvider: {spec}}}\n"
        );
        let told = noted(&[("a.yaml", &text)]);
        assert!(!told.to_string().contains("hunter"));
        faults(&told).iter().map(|line| line.split_whitespace().nth(1).unwrap().to_owned()).collect()
    };
    assert_eq!(
        paths("{set: [{name: adminPassword, value: hunter22}, {name: replicas, value: '3'}]}"),
        ["spec.forProvider.set[0].value"]
    );
    assert_eq!(paths("{set: [{name: adminPassword, valueFrom: {secretKeyRef: {name: a, key: b}}}]}"), [""; 0]);
    assert_eq!(
        paths(
            "{manifest: {apiVersion: v1, kind: Secret, metadata: {name: x}, stringData: {dsn: hunter2, password: hunter3}}}"
        ),
        ["spec.forProvider.manifest.stringData.dsn", "spec.forProvider.manifest.stringData.password"]
    );
}

#[test]
fn packages_name_their_registry() {
    let package = |name: &str| {
        let text = format!(
            "apiVersion: pkg.crossplane.io/v1\nkind: Provider\nmetadata: {{name: a}}\nspec: {{package: '{name}'}}\n"
        );
        faults(&noted(&[("a.yaml", &text)])).len()
    };
    assert_eq!(package("crossplane-contrib/provider-nop:v1"), 1);
    assert_eq!(package("provider-nop"), 1);
    for qualified in ["registry.example.org/a/b:v1", "localhost/a", "registry:5000/a", "{{ .Values.package }}"] {
        assert_eq!(package(qualified), 0, "{qualified}");
    }
}

#[test]
fn edges_lead_from_claims_over_definitions_and_compositions_to_what_is_composed() {
    let patches = composition("[]");
    let index = index(&[("xrd.yaml", DEFINITION), ("crd.yaml", RESOURCE), ("composition.yaml", &patches)], "");
    let object = "apiVersion: example.org/v1\nkind: XBucket\nmetadata: {name: a, namespace: b}\n\
                  spec: {region: a, crossplane: {compositionRef: {name: buckets}}}\n";
    let shown: Vec<String> = index
        .edges()
        .into_iter()
        .chain(index.edges_of(&docs("a.yaml", object)[0]))
        .map(|edge| format!("{} {} {} {:?}", edge.from.name, edge.relation, edge.to.name, edge.target))
        .collect();
    assert_eq!(
        shown,
        [
            "buckets composes s3.example.org/Bucket Exists",
            "buckets definedBy example.org/XBucket Exists",
            "example.org/XBucket/b/a definedBy example.org/XBucket Exists",
            "example.org/XBucket/b/a composedBy buckets Exists",
        ]
    );
    assert!(index.edges().iter().all(|edge| edge.target == Target::Exists && edge.at.is_some()));
}
