# METADATA
# title: Transforms are complete and take what they get
# description: |
#   A transform that lacks what its type needs, or that gets a value of a type it cannot take, fails when the function runs:
#   the composite resource never becomes ready. Checked are the types and words, what each type needs, formats with as many
#   verbs as values, regular expressions, and, where schemas are at hand, the type of what comes in.
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
#     problems: [invalid-transform]
#     remedy: >-
#       Write what the message says. A transform of type convert before it makes one type of another.
#     examples:
#       - title: A type that does not exist
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
#                         kind: Bucket
#                       patches:
#                         - fromFieldPath: spec.size
#                           toFieldPath: spec.forProvider.size
#                           transforms:
#                             - type: math
#                               math: {type: Multipli, multiply: 2}
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
#                       patches:
#                         - fromFieldPath: spec.size
#                           toFieldPath: spec.forProvider.size
#                           transforms:
#                             - type: math
#                               math: {type: Multiply, multiply: 2}
package platlint.crossplane.composition_transform

import data.platlint.lib.faults

deny contains finding if {
	some problem in input.platform.problems["invalid-transform"]
	finding = faults.finding(problem)
}
