# METADATA
# title: Filters of expressions exist
# description: |
#   A text with a filter that the scaffolder does not have is not rendered, and stays as it stands. Known are the
#   filters of Nunjucks, those of the scaffolder (`parseRepoUrl`, `parseEntityRef`, `pick`, `projectSlug`), and
#   those under `templates.filters` in the configuration. Where none is configured, a filter that looks like no
#   known one is not decided.
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
#     problems: [unknown-filter]
#     remedy: >-
#       Correct the name; list filters that your installation adds under `templates.filters` in platlint.yaml.
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
#                 input: {message: "${{ parameters.name | uper }}"}
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
#                 input: {message: "${{ parameters.name | upper }}"}
package platlint.templates.template_filter

import data.platlint.lib.templates

deny contains finding if {
	some problem in input.platform.problems["unknown-filter"]
	message = sprintf("there is no filter \"%s\"", [problem.name])
	finding = templates.finding(problem, message)
}
