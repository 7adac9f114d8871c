# METADATA
# title: Definitions leave the fields of Crossplane alone
# description: |
#   Crossplane adds its own fields to every composite resource: `spec.crossplane` (in definitions as in Crossplane 1: directly
#   below `spec`, such as `spec.compositionRef`) and `status.conditions`. Where a definition declares one of them, its schema is
#   replaced without a word. Of a schema only `spec` and `status` are kept, so that other fields at the root are dropped, too.
# related_resources:
#   - ref: https://docs.crossplane.io/latest/composition/composite-resource-definitions/
#     description: Composite resource definitions
# custom:
#   platlint:
#     severity: medium
#     level: error
#     match:
#       kinds:
#         - {groups: [apiextensions.crossplane.io], kinds: [CompositeResourceDefinition]}
#     problems: [reserved-field]
#     remedy: >-
#       Take the field out of the schema, or give it another name.
#     examples:
#       - title: Conditions belong to Crossplane
#         bad: |
#           apiVersion: apiextensions.crossplane.io/v2
#           kind: CompositeResourceDefinition
#           metadata:
#             name: xbuckets.storage.example.org
#           spec:
#             group: storage.example.org
#             names: {kind: XBucket, plural: xbuckets}
#             scope: Namespaced
#             versions:
#               - name: v1
#                 served: true
#                 referenceable: true
#                 schema:
#                   openAPIV3Schema:
#                     type: object
#                     properties:
#                       spec:
#                         type: object
#                         properties:
#                           region: {type: string}
#                       status:
#                         type: object
#                         properties:
#                           conditions: {type: array, items: {type: string}}
#         good: |
#           apiVersion: apiextensions.crossplane.io/v2
#           kind: CompositeResourceDefinition
#           metadata:
#             name: xbuckets.storage.example.org
#           spec:
#             group: storage.example.org
#             names: {kind: XBucket, plural: xbuckets}
#             scope: Namespaced
#             versions:
#               - name: v1
#                 served: true
#                 referenceable: true
#                 schema:
#                   openAPIV3Schema:
#                     type: object
#                     properties:
#                       spec:
#                         type: object
#                         properties:
#                           region: {type: string}
#                       status:
#                         type: object
#                         properties:
#                           address: {type: string}
package platlint.crossplane.xrd_reserved_field

import data.platlint.lib.faults

deny contains finding if {
	some problem in input.platform.problems["reserved-field"]
	finding = faults.finding(problem)
}
