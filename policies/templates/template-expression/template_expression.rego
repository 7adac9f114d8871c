# METADATA
# title: Expressions of a template can be read and mean something
# description: |
#   The scaffolder leaves a text whose expressions it cannot read as it stands: `${{ parameters.name }` becomes part
#   of a repository's name. So does `{{ parameters.name }}`, without the dollar sign. A name that the scaffolder
#   does not know is nothing: `values` are for skeletons, in the template they are called `parameters`; `each` is
#   there only in a step with `each`.
#
#   Names in scope are `parameters`, `steps`, `secrets`, `user` (`entity`, `ref`), `each` (`key`, `value`),
#   `context` (`task`), `environment` (`parameters`, `secrets`), and what the text itself sets. A name that looks
#   like none of them, and functions that Nunjucks does not bring, are not decided: installations may add values and
#   functions.
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
#     problems: [malformed-expression, missing-dollar, values-outside-skeleton, unknown-name]
#     remedy: >-
#       Correct the expression: `${{ parameters.name }}` with names that are in scope.
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
#                 input: {message: "{{ parameters.name }}"}
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
package platlint.templates.template_expression

import data.platlint.lib.templates

deny contains finding if {
	some problem in input.platform.problems["malformed-expression"]
	message = sprintf("the expression cannot be read and stays as it is: %s", [problem.problem])
	finding = templates.finding(problem, message)
}

deny contains finding if {
	some problem in input.platform.problems["missing-dollar"]
	not problem["single-brace"]
	message = sprintf("\"%s\" has no dollar sign and stays as it is", [problem.written])
	finding = templates.finding(problem, message)
}

deny contains finding if {
	some problem in input.platform.problems["missing-dollar"]
	problem["single-brace"]
	message = sprintf("\"%s\" has one brace instead of two and stays as it is", [problem.written])
	finding = templates.finding(problem, message)
}

deny contains finding if {
	some problem in input.platform.problems["values-outside-skeleton"]
	message = "\"values\" is there only in skeletons, and is nothing in a template"
	finding = templates.finding(problem, message)
}

deny contains finding if {
	some problem in input.platform.problems["unknown-name"]
	not problem.member
	not problem.reason
	message = sprintf("there is no \"%s\" in a template", [problem.name])
	finding = templates.finding(problem, message)
}

deny contains finding if {
	some problem in input.platform.problems["unknown-name"]
	members = concat("\" and \"", problem.members)
	message = sprintf("\"%s\" has no \"%s\", but \"%s\"", [problem.name, problem.member, members])
	finding = templates.finding(problem, message)
}

deny contains finding if {
	some problem in input.platform.problems["unknown-name"]
	problem.reason == "without-each"
	message = "\"each\" is there only in the input and the condition of a step with \"each\""
	finding = templates.finding(problem, message)
}
