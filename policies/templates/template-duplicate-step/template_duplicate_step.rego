# METADATA
# title: Steps of a template have ids of their own
# description: |
#   Of two steps with one id, the output of the first is lost once the second has run, and the pages that show the
#   run mix the two up.
# related_resources:
#   - ref: https://backstage.io/docs/features/software-templates/writing-templates
#     description: How templates are written
# custom:
#   platlint:
#     severity: low
#     level: error
#     match:
#       kinds:
#         - {groups: [scaffolder.backstage.io], kinds: [Template]}
#     problems: [duplicate-step-id]
#     remedy: >-
#       Give each step an id of its own.
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
#                 input: {message: "one"}
#               - id: log
#                 action: debug:log
#                 input: {message: "two"}
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
#                 input: {message: "one"}
#               - id: log-again
#                 action: debug:log
#                 input: {message: "two"}
package platlint.templates.template_duplicate_step

import data.platlint.lib.templates

deny contains finding if {
	some problem in input.platform.problems["duplicate-step-id"]
	message = sprintf("another step has the id \"%s\" already", [problem.id])
	finding = templates.finding(problem, message)
}
