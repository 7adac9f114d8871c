# METADATA
# title: Forms of a template require only what they ask for
# description: |
#   A name under `required` that no form declares can never be filled in, and the form can never be sent; where the
#   name is misspelt, the parameter that was meant is not required at all. What an earlier form asks for is still
#   there in later ones; the other way round it is not. `dependencies`, `allOf`, `oneOf` and `if` declare, too.
# related_resources:
#   - ref: https://backstage.io/docs/features/software-templates/writing-templates
#     description: How templates are written
# custom:
#   platlint:
#     severity: medium
#     level: error
#     match:
#       kinds:
#         - {groups: [scaffolder.backstage.io], kinds: [Template]}
#     problems: [undeclared-required]
#     remedy: >-
#       Correct the name, or declare the parameter in this form or an earlier one.
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
#               required: [nmae]
#               properties:
#                 name: {type: string}
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
#               required: [name]
#               properties:
#                 name: {type: string}
#             steps:
#               - id: log
#                 action: debug:log
#                 input: {message: "${{ parameters.name }}"}
package platlint.templates.template_required

import data.platlint.lib.templates

deny contains finding if {
	some problem in input.platform.problems["undeclared-required"]
	not problem.later
	message = sprintf("\"%s\" is required, but no form asks for it", [problem.name])
	finding = templates.finding(problem, message)
}

deny contains finding if {
	some problem in input.platform.problems["undeclared-required"]
	problem.later
	message = sprintf("\"%s\" is required here, but only a later form asks for it", [problem.name])
	finding = templates.finding(problem, message)
}
