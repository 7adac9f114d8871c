# METADATA
# title: Compositions are valid and name a composite resource that exists
# description: |
#   A Composition needs a pipeline of one to ninety-nine steps with unique names, each with the name of a function, and with
#   an input that is a whole object. Credentials of source `Secret` need a `secretRef`; a required resource is selected by
#   name or by labels, not by both. Its composite resource must be defined and, where the definition is known, in the version
#   that is referenceable. Composed resources have unique names.
#
#   Where the definition is not among the files at hand, it is not decided.
# related_resources:
#   - ref: https://docs.crossplane.io/latest/composition/compositions/
#     description: Compositions
# custom:
#   platlint:
#     severity: high
#     level: error
#     match:
#       kinds:
#         - {groups: [apiextensions.crossplane.io], kinds: [Composition]}
#     problems: [invalid-composition, unknown-composite-type, unreferenceable-version]
#     remedy: >-
#       Write what the message says.
#     examples:
#       - title: Each step has its own name
#         bad: |
#           apiVersion: apiextensions.crossplane.io/v1
#           kind: Composition
#           metadata:
#             name: buckets
#           spec:
#             compositeTypeRef: {apiVersion: storage.example.org/v1, kind: XBucket}
#             mode: Pipeline
#             pipeline:
#               - step: render
#                 functionRef: {name: function-go-templating}
#               - step: render
#                 functionRef: {name: function-auto-ready}
#         good: |
#           apiVersion: apiextensions.crossplane.io/v1
#           kind: Composition
#           metadata:
#             name: buckets
#           spec:
#             compositeTypeRef: {apiVersion: storage.example.org/v1, kind: XBucket}
#             mode: Pipeline
#             pipeline:
#               - step: render
#                 functionRef: {name: function-go-templating}
#               - step: ready
#                 functionRef: {name: function-auto-ready}
package platlint.crossplane.composition_definition

import data.platlint.lib.faults

deny contains finding if {
	some problem in input.platform.problems["invalid-composition"]
	finding = faults.finding(problem)
}

deny contains finding if {
	some problem in input.platform.problems["unknown-composite-type"]
	finding = faults.finding(problem)
}

deny contains finding if {
	some problem in input.platform.problems["unreferenceable-version"]
	finding = faults.finding(problem)
}
