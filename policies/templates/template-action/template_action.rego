# METADATA
# title: Steps call actions with what they take
# description: |
#   A step whose action does not exist, or whose input the action refuses, fails while somebody waits for it.
#   Checked are the action's name, the keys of its input, those that it requires, and values that can never be of
#   the right type: literals, and parameters by the type that their form gives them.
#
#   Known are the actions of the scaffolder and of its official modules. Installations have further ones, and other
#   versions: an unknown action or key is told only where it looks like a known one, and is not decided otherwise.
#   With an export of the installation's actions (`templates.actions` in the configuration, the answer of `GET
#   /api/scaffolder/v2/actions`) both are certain.
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
#     problems: [unknown-action, unknown-input, missing-input, wrong-input-type]
#     remedy: >-
#       Correct the step as the message says; export the actions of your installation for `templates.actions` in
#       platlint.yaml.
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
#                 input: {mesage: hello}
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
#                 input: {message: "hello"}
package platlint.templates.template_action

import data.platlint.lib.templates

deny contains finding if {
	some problem in input.platform.problems["unknown-action"]
	message = sprintf("there is no action \"%s\"", [problem.action])
	finding = templates.finding(problem, message)
}

deny contains finding if {
	some problem in input.platform.problems["unknown-input"]
	not problem.other
	message = sprintf("%s takes no \"%s\"", [problem.action, problem.key])
	finding = templates.finding(problem, message)
}

deny contains finding if {
	some problem in input.platform.problems["unknown-input"]
	message = sprintf("%s takes either \"%s\" or \"%s\", not both", [problem.action, problem.key, problem.other])
	finding = templates.finding(problem, message)
}

deny contains finding if {
	some problem in input.platform.problems["missing-input"]
	keys = concat("\" or \"", problem.keys)
	message = sprintf("%s needs \"%s\"", [problem.action, keys])
	finding = templates.finding(problem, message)
}

deny contains finding if {
	some problem in input.platform.problems["wrong-input-type"]
	expected = concat(" or ", problem.expected)
	message = sprintf("%s takes a value of type %s here, and this is of type %s", [problem.action, expected, problem.found])
	finding = templates.finding(problem, message)
}

deny contains finding if {
	some problem in input.platform.problems["wrong-input-type"]
	allowed = concat(", ", problem.allowed)
	message = sprintf("%s takes one of %s here, and not %s", [problem.action, allowed, problem.found])
	finding = templates.finding(problem, message)
}
