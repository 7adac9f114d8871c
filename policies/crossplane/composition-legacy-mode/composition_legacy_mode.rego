# METADATA
# title: Nothing relies on what Crossplane 2 removed
# description: |
#   Crossplane 2 has no patches of its own (`mode: Resources`, and the selection of environments in Compositions), no
#   ControllerConfig, no external secret stores (`publishConnectionDetailsTo`, StoreConfig), and no default registry for
#   packages. What relies on them works in Crossplane 1 and stops with the upgrade.
# related_resources:
#   - ref: https://docs.crossplane.io/latest/guides/upgrade-to-crossplane-v2/
#     description: Upgrading to Crossplane 2
# custom:
#   platlint:
#     severity: medium
#     level: warn
#     match:
#       kinds:
#         - {groups: [apiextensions.crossplane.io], kinds: [Composition]}
#         - {groups: [pkg.crossplane.io], kinds: [Provider, Configuration, Function, ControllerConfig]}
#         - {groups: [meta.pkg.crossplane.io], kinds: [Provider, Configuration, Function]}
#         - {groups: [secrets.crossplane.io], kinds: [StoreConfig]}
#       custom-resources: true
#     problems: [removed-in-v2]
#     remedy: >-
#       `crossplane beta convert pipeline-composition` of Crossplane 1 rewrites Compositions; write the registry
#       before package names.
#     examples:
#       - title: A package with its registry
#         bad: |
#           apiVersion: pkg.crossplane.io/v1
#           kind: Provider
#           metadata: {name: provider-aws-s3}
#           spec:
#             package: crossplane-contrib/provider-aws-s3:v2.0.0
#         good: |
#           apiVersion: pkg.crossplane.io/v1
#           kind: Provider
#           metadata: {name: provider-aws-s3}
#           spec:
#             package: registry.example.org/crossplane-contrib/provider-aws-s3:v2.0.0
package platlint.crossplane.composition_legacy_mode

import data.platlint.lib.faults

deny contains finding if {
	some problem in input.platform.problems["removed-in-v2"]
	finding = faults.finding(problem)
}
