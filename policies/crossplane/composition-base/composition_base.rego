# METADATA
# title: Composed resources fit the schema of their kind
# description: |
#   The object that patches start from is held against the CustomResourceDefinition of its kind, in the files or under
#   `schemas`: types, words, bounds, and fields that do not exist. What is missing is not reported, since patches fill it in.
#   A namespaced composite resource cannot compose cluster-scoped resources. Where the definition is missing, it is not decided.
# related_resources:
#   - ref: https://github.com/crossplane-contrib/function-patch-and-transform
#     description: function-patch-and-transform
# custom:
#   platlint:
#     severity: high
#     level: error
#     match:
#       kinds:
#         - {groups: [apiextensions.crossplane.io], kinds: [Composition]}
#     problems: [invalid-base]
#     remedy: >-
#       Write the field as the definition of the composed kind has it.
#     examples:
#       - title: A base names its kind
#         bad: |
#           apiVersion: apiextensions.crossplane.io/v1
#           kind: Composition
#           metadata:
#             name: buckets
#           spec:
#             compositeTypeRef: {apiVersion: storage.example.org/v1, kind: XBucket}
#             mode: Pipeline
#             pipeline:
#               - step: resources
#                 functionRef: {name: function-patch-and-transform}
#                 input:
#                   apiVersion: pt.fn.crossplane.io/v1beta1
#                   kind: Resources
#                   resources:
#                     - name: bucket
#                       base:
#                         apiVersion: s3.aws.example.org/v1
#                         spec: {forProvider: {region: eu-central-1}}
#         good: |
#           apiVersion: apiextensions.crossplane.io/v1
#           kind: Composition
#           metadata:
#             name: buckets
#           spec:
#             compositeTypeRef: {apiVersion: storage.example.org/v1, kind: XBucket}
#             mode: Pipeline
#             pipeline:
#               - step: resources
#                 functionRef: {name: function-patch-and-transform}
#                 input:
#                   apiVersion: pt.fn.crossplane.io/v1beta1
#                   kind: Resources
#                   resources:
#                     - name: bucket
#                       base:
#                         apiVersion: s3.aws.example.org/v1
#                         kind: Bucket
#                         spec: {forProvider: {region: eu-central-1}}
package platlint.crossplane.composition_base

import data.platlint.lib.faults

deny contains finding if {
	some problem in input.platform.problems["invalid-base"]
	finding = faults.finding(problem)
}
