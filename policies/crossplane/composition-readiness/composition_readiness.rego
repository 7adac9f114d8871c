# METADATA
# title: Readiness checks can come true
# description: |
#   A readiness check of a field that does not exist, or that compares a number with a text, never comes true, and the
#   composite resource stays unready for ever. Checked are the types, what each type needs, and, where the composed resource's
#   definition is at hand, the path and its type.
# related_resources:
#   - ref: https://github.com/crossplane-contrib/function-patch-and-transform
#     description: function-patch-and-transform
# custom:
#   platlint:
#     severity: medium
#     level: error
#     match:
#       kinds:
#         - {groups: [apiextensions.crossplane.io], kinds: [Composition]}
#     problems: [invalid-readiness]
#     remedy: >-
#       Write what the message says. Most resources have a condition Ready, which is checked where no check is
#       written.
#     examples:
#       - title: A check without a field
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
#                       readinessChecks:
#                         - type: NonEmpty
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
#                       readinessChecks:
#                         - type: NonEmpty
#                           fieldPath: status.atProvider.id
package platlint.crossplane.composition_readiness

import data.platlint.lib.faults

deny contains finding if {
	some problem in input.platform.problems["invalid-readiness"]
	finding = faults.finding(problem)
}
