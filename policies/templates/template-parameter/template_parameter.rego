# METADATA
# title: Templates read only parameters that their forms ask for
# description: |
#   `${{ parameters.nmae }}` renders to nothing, without an error: a repository without a name, a condition that
#   never holds. Every parameter that a step or the output reads must be declared in some form of the template, also
#   in `dependencies`, `allOf`, `oneOf` or `if`. Members of objects are checked where the form says which there are.
#   A name with a dash must be written in brackets: with a dot it is a subtraction.
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
#     problems: [undeclared-parameter]
#     remedy: >-
#       Correct the name, or declare the parameter in one of the forms.
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
#             steps:
#               - id: log
#                 action: debug:log
#                 input: {message: "${{ parameters.nmae }}"}
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
package platlint.templates.template_parameter

import data.platlint.lib.templates

deny contains finding if {
	some problem in input.platform.problems["undeclared-parameter"]
	not problem.dashed
	not problem.outer
	message = sprintf("no form asks for the parameter \"%s\"", [problem.name])
	finding = templates.finding(problem, message)
}

deny contains finding if {
	some problem in input.platform.problems["undeclared-parameter"]
	outer = problem.outer
	message = sprintf("the parameter \"%s\" has no member \"%s\"", [outer, problem.name])
	finding = templates.finding(problem, message)
}

deny contains finding if {
	some problem in input.platform.problems["undeclared-parameter"]
	problem.dashed
	message = sprintf("\"parameters.%s\" is a subtraction: a name with a dash stands in brackets", [problem.name])
	finding = templates.finding(problem, message)
}
