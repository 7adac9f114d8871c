# METADATA
# title: Secrets of a template are read where they are there
# description: |
#   The scaffolder hands secrets only to the input and to `each` of a step, and to `if` where the step has `each`.
#   In the output of the template and in other conditions they are nothing: the condition never holds.
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
#     problems: [misplaced-secret]
#     remedy: >-
#       Read the secret in the input of a step; decide by a parameter.
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
#                 if: ${{ secrets.TOKEN }}
#                 input: {message: "hello"}
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
#                 input: {message: "${{ secrets.TOKEN }}"}
package platlint.templates.template_secrets

import data.platlint.lib.templates

deny contains finding if {
	some problem in input.platform.problems["misplaced-secret"]
	places = {"if": "a condition", "output": "the output"}
	place = places[problem.place]
	message = sprintf("secrets are nothing in %s of a template", [place])
	finding = templates.finding(problem, message)
}
