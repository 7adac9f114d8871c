# METADATA
# title: Provider configurations that resources name exist
# description: |
#   A managed resource whose `providerConfigRef` names no ProviderConfig stays unsynced. Names are looked up among the
#   provider configurations of the same provider in the input: those of `aws.example.org` for `s3.aws.example.org`. A
#   resource with a kind in its reference may also name a ClusterProviderConfig; a ProviderConfig must then lie in its own
#   namespace. Reported is a name that is nearly one of those; any other may be configured elsewhere and is not decided, as where
#   no configuration of the provider is at hand. Neither a reference that a patch sets nor a composite resource's own is judged.
# related_resources:
#   - ref: https://docs.crossplane.io/latest/managed-resources/managed-resources/#providerconfigref
#     description: providerConfigRef
# custom:
#   platlint:
#     severity: medium
#     level: error
#     match:
#       kinds:
#         - {groups: [apiextensions.crossplane.io], kinds: [Composition]}
#       custom-resources: true
#     problems: [unknown-provider-config]
#     remedy: >-
#       Name a ProviderConfig that exists, or add it to the files that are judged.
#     examples:
#       - title: A kind that does not exist
#         bad: |
#           apiVersion: s3.aws.m.example.org/v1
#           kind: Bucket
#           metadata: {name: audit, namespace: shop}
#           spec:
#             forProvider: {region: eu-central-1}
#             providerConfigRef: {kind: ClusterProviderConfg, name: default}
#         good: |
#           apiVersion: s3.aws.m.example.org/v1
#           kind: Bucket
#           metadata: {name: audit, namespace: shop}
#           spec:
#             forProvider: {region: eu-central-1}
package platlint.crossplane.provider_config_reference

import data.platlint.lib.faults

deny contains finding if {
	some problem in input.platform.problems["unknown-provider-config"]
	finding = faults.finding(problem)
}
