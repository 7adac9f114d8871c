# METADATA
# title: Templates use what they ask for
# description: |
#   Somebody has to fill in a parameter that nothing reads; mostly a step was meant to. Used is a parameter that an
#   expression reads, also as part of `parameters` as a whole; one that decides what else the form asks for; and one
#   whose field hands it on as a secret. What a form field of the installation's own does with it is not decided.
# related_resources:
#   - ref: https://backstage.io/docs/features/software-templates/writing-templates
#     description: How templates are written
# custom:
#   platlint:
#     severity: low
#     level: warn
#     match:
#       kinds:
#         - {groups: [scaffolder.backstage.io], kinds: [Template]}
#     problems: [unused-parameter]
#     remedy: >-
#       Use the parameter in a step, or no longer ask for it.
#     examples:
#       - title: A template
#         bad: |
#           apiVersion: scaffolder.backstage.io/v1beta3
#           kind: Template
#           metadata:
#             name: service
#           spec:
#             type: service
#             owner: team-a
#             parameters:
#               properties:
#                 name: {type: string}
#                 owner: {type: string}
#             steps:
#               - id: log
#                 action: debug:log
#                 input: {message: "${{ parameters.name }}"}
#         good: |
#           apiVersion: scaffolder.backstage.io/v1beta3
#           kind: Template
#           metadata:
#             name: service
#           spec:
#             type: service
#             owner: team-a
#             parameters:
#               properties:
#                 name: {type: string}
#             steps:
#               - id: log
#                 action: debug:log
#                 input: {message: "${{ parameters.name }}"}
package platlint.templates.template_unused_parameter

import data.platlint.lib.templates

deny contains finding if {
	some problem in input.platform.problems["unused-parameter"]
	message = sprintf("nothing uses the parameter \"%s\"", [problem.name])
	finding = templates.finding(problem, message)
}
