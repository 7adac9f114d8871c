# METADATA
# title: Custom resources fit the schema of their kind
# description: |
#   Claims, composite resources and every other custom resource are held against the definition of their kind: a
#   CustomResourceDefinition, or what Crossplane makes of a CompositeResourceDefinition, in the files that are judged or under
#   `schemas` in platlint.yaml. Defaults are applied and nulls pruned before, as in the cluster. Fields that the schema does not
#   know are reported as well: the API server drops them, so that they do nothing.
#
#   Where a group has definitions at hand but not of this kind, it is not decided; objects of groups that nobody defines are
#   not judged. Expressions (CEL) and formats are not checked.
# related_resources:
#   - ref: https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema
#     description: Structural schemas
# custom:
#   platlint:
#     severity: high
#     level: error
#     match:
#       custom-resources: true
#     problems: [schema-violation, unknown-field]
#     remedy: >-
#       Write the field as the definition has it; `kubectl explain` shows it for an installed kind.
#     examples:
#       - title: A field is misspelt
#         bad: |
#           apiVersion: apiextensions.crossplane.io/v2
#           kind: CompositeResourceDefinition
#           metadata: {name: xbuckets.storage.example.org}
#           spec:
#             group: storage.example.org
#             names: {kind: XBucket, plural: xbuckets}
#             versions:
#               - name: v1
#                 served: true
#                 referenceable: true
#                 schema:
#                   openAPIV3Schema:
#                     type: object
#                     properties:
#                       spec: {type: object, properties: {region: {type: string}}}
#           ---
#           apiVersion: storage.example.org/v1
#           kind: XBucket
#           metadata: {name: audit, namespace: shop}
#           spec:
#             regoin: eu-central-1
#         good: |
#           apiVersion: apiextensions.crossplane.io/v2
#           kind: CompositeResourceDefinition
#           metadata: {name: xbuckets.storage.example.org}
#           spec:
#             group: storage.example.org
#             names: {kind: XBucket, plural: xbuckets}
#             versions:
#               - name: v1
#                 served: true
#                 referenceable: true
#                 schema:
#                   openAPIV3Schema:
#                     type: object
#                     properties:
#                       spec: {type: object, properties: {region: {type: string}}}
#           ---
#           apiVersion: storage.example.org/v1
#           kind: XBucket
#           metadata: {name: audit, namespace: shop}
#           spec:
#             region: eu-central-1
package platlint.crossplane.custom_resource_schema

import data.platlint.lib.faults

deny contains finding if {
	some problem in input.platform.problems["schema-violation"]
	finding = faults.finding(problem)
}

deny contains finding if {
	some problem in input.platform.problems["unknown-field"]
	finding = faults.finding(problem)
}
