# METADATA
# title: Templates read outputs of steps that ran before
# description: |
#   The output of a step that does not exist, or has not run yet, is nothing, without an error. An id with a dash
#   must be written in brackets, `steps['create-repo'].output.remoteUrl`: with a dot, `steps.create-repo` subtracts.
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
#     problems: [unknown-step, later-step, dashed-step-id]
#     remedy: >-
#       Name a step that stands before this one; write `steps['create-repo']` for ids with dashes.
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
#               - id: create-repo
#                 action: publish:github
#                 input: {repoUrl: "github.com?owner=o&repo=r"}
#               - id: register
#                 action: catalog:register
#                 input: {repoContentsUrl: "${{ steps.create-repo.output.repoContentsUrl }}", catalogInfoPath: /catalog-info.yaml}
#         good: |
#           apiVersion: scaffolder.backstage.io/v1beta3
#           kind: Template
#           metadata:
#             name: service
#           spec:
#             type: service
#             owner: team-a
#             steps:
#               - id: create-repo
#                 action: publish:github
#                 input: {repoUrl: "github.com?owner=o&repo=r"}
#               - id: register
#                 action: catalog:register
#                 input: {repoContentsUrl: "${{ steps['create-repo'].output.repoContentsUrl }}", catalogInfoPath: /catalog-info.yaml}
package platlint.templates.template_step_reference

import data.platlint.lib.templates

deny contains finding if {
	some problem in input.platform.problems["unknown-step"]
	message = sprintf("there is no step \"%s\"", [problem.id])
	finding = templates.finding(problem, message)
}

deny contains finding if {
	some problem in input.platform.problems["later-step"]
	not problem["is-itself"]
	message = sprintf("the step \"%s\" runs only after this one", [problem.id])
	finding = templates.finding(problem, message)
}

deny contains finding if {
	some problem in input.platform.problems["later-step"]
	problem["is-itself"]
	message = sprintf("the step \"%s\" reads its own output", [problem.id])
	finding = templates.finding(problem, message)
}

deny contains finding if {
	some problem in input.platform.problems["dashed-step-id"]
	message = sprintf("\"steps.%s\" is a subtraction: an id with a dash stands in brackets", [problem.name])
	finding = templates.finding(problem, message)
}
