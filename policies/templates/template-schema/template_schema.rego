# METADATA
# title: Software templates have the shape that the scaffolder reads
# description: |
#   A template that lacks its type, its steps or the action of a step, or that has a list where a text belongs, is
#   refused when the catalog reads it or fails when somebody runs it. Keys of the spec and of steps that nobody
#   reads are told where they look like one that is read: `inputs` is passed over in silence, and the action runs
#   without input.
#
#   A template that is itself part of a skeleton, with `${{ }}` in its name, is not decided.
# related_resources:
#   - ref: https://backstage.io/docs/features/software-templates/writing-templates
#     description: How templates are written
# custom:
#   platlint:
#     severity: high
#     level: error
#     match:
#       kinds:
#         - {groups: [scaffolder.backstage.io], kinds: [Template]}
#     problems: [invalid-template]
#     remedy: >-
#       Write the field as the message says.
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
#             steps:
#               - id: log
#                 action: debug:log
#                 inputs: {message: hello}
#         good: |
#           apiVersion: scaffolder.backstage.io/v1beta3
#           kind: Template
#           metadata:
#             name: service
#           spec:
#             type: service
#             owner: team-a
#             steps:
#               - id: log
#                 action: debug:log
#                 input: {message: hello}
package platlint.templates.template_schema

import data.platlint.lib.templates

deny contains finding if {
	some problem in input.platform.problems["invalid-template"]
	problem.problem == "missing"
	message = sprintf("\"%s\" is missing", [problem.key])
	finding = templates.finding(problem, message)
}

deny contains finding if {
	some problem in input.platform.problems["invalid-template"]
	problem.problem == "empty"
	message = sprintf("\"%s\" is empty", [problem.key])
	finding = templates.finding(problem, message)
}

deny contains finding if {
	some problem in input.platform.problems["invalid-template"]
	problem.problem == "type"
	expected = concat(" or ", problem.expected)
	message = sprintf("\"%s\" must be of type %s, and is of type %s", [problem.key, expected, problem.found])
	finding = templates.finding(problem, message)
}

deny contains finding if {
	some problem in input.platform.problems["invalid-template"]
	problem.problem == "unknown-key"
	message = sprintf("\"%s\" is not read by the scaffolder", [problem.key])
	finding = templates.finding(problem, message)
}

deny contains finding if {
	some problem in input.platform.problems["invalid-template"]
	problem.problem == "version"
	message = sprintf("the scaffolder does not run templates of \"%s\"", [problem.found])
	finding = templates.finding(problem, message)
}

deny contains finding if {
	some problem in input.platform.problems["invalid-template"]
	problem.problem == "schema-type"
	message = sprintf("\"%s\" is no type of JSON Schema", [problem.found])
	finding = templates.finding(problem, message)
}
