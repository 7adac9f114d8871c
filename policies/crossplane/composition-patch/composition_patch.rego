# METADATA
# title: Patches lead from fields that exist to fields that take the value
# description: |
#   A patch from a field that does not exist is passed over without a word, since patches are optional unless they say
#   otherwise: the resource comes up with the wrong region, and nobody is told. Nothing in Crossplane looks inside the input of
#   function-patch-and-transform before it runs.
#
#   Each path is followed through the schema of the composite resource (its definition) and of the composed resource (its
#   CustomResourceDefinition), as far as these are among the files or under `schemas`; where one is missing, it is not decided.
#   What comes out of the transforms must fit the field. Patch sets must exist. Fields that keep unknown fields, maps and the
#   environment are open: there anything goes. The patches of Crossplane 1 (`mode: Resources`) are read alike.
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
#     problems: [unknown-patch-path, patch-type-mismatch, unknown-patch-set, invalid-patch]
#     remedy: >-
#       Write the path as the schema has it. Where a field must be there, say `policy: {fromFieldPath: Required}`.
#     examples:
#       - title: A patch set is misspelt
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
#                   patchSets:
#                     - name: placement
#                       patches:
#                         - fromFieldPath: spec.region
#                           toFieldPath: spec.forProvider.region
#                   resources:
#                     - name: bucket
#                       base:
#                         apiVersion: s3.aws.example.org/v1
#                         kind: Bucket
#                       patches:
#                         - type: PatchSet
#                           patchSetName: placment
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
#                   patchSets:
#                     - name: placement
#                       patches:
#                         - fromFieldPath: spec.region
#                           toFieldPath: spec.forProvider.region
#                   resources:
#                     - name: bucket
#                       base:
#                         apiVersion: s3.aws.example.org/v1
#                         kind: Bucket
#                       patches:
#                         - type: PatchSet
#                           patchSetName: placement
package platlint.crossplane.composition_patch

import data.platlint.lib.faults

deny contains finding if {
	some problem in input.platform.problems["unknown-patch-path"]
	finding = faults.finding(problem)
}

deny contains finding if {
	some problem in input.platform.problems["patch-type-mismatch"]
	finding = faults.finding(problem)
}

deny contains finding if {
	some problem in input.platform.problems["unknown-patch-set"]
	finding = faults.finding(problem)
}

deny contains finding if {
	some problem in input.platform.problems["invalid-patch"]
	finding = faults.finding(problem)
}
