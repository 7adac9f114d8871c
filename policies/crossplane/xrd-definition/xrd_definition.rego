# METADATA
# title: Composite resource definitions are valid
# description: |
#   A definition that Crossplane refuses, or that makes an API other than the one meant, is found only when somebody applies
#   it. Checked is what the API server and Crossplane check: the name (plural and group), lower-case names, the scope that the
#   API version allows, claims and connection secrets only where the scope has them, exactly one referenceable version, which
#   is served, the conversion, and that the schema is structural: each field with a type, lists with items, no `$ref`, nothing
#   in `required` that is not among the properties, defaults that fit.
# related_resources:
#   - ref: https://docs.crossplane.io/latest/composition/composite-resource-definitions/
#     description: Composite resource definitions
# custom:
#   platlint:
#     severity: high
#     level: error
#     match:
#       kinds:
#         - {groups: [apiextensions.crossplane.io], kinds: [CompositeResourceDefinition]}
#     problems: [invalid-xrd, unstructural-schema]
#     remedy: >-
#       Write what the message says; `kubectl apply --dry-run=server` of a cluster with Crossplane agrees.
#     examples:
#       - title: The name is the plural name and the group
#         bad: |
#           apiVersion: apiextensions.crossplane.io/v2
#           kind: CompositeResourceDefinition
#           metadata:
#             name: xbucket.storage.example.org
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
package platlint.crossplane.xrd_definition

import data.platlint.lib.faults

deny contains finding if {
	some problem in input.platform.problems["invalid-xrd"]
	finding = faults.finding(problem)
}

deny contains finding if {
	some problem in input.platform.problems["unstructural-schema"]
	finding = faults.finding(problem)
}
