# METADATA
# title: Skeletons are there and can be filled in
# description: |
#   A step that fetches a skeleton from beside the template fails where there is none. Every file of a skeleton is
#   rendered here as the scaffolder would, with sample values from the forms: a file that cannot be rendered makes
#   the step fail, and a value that the step does not give is printed as nothing. Most often such a value is an
#   expression of a workflow, `${{ secrets.TOKEN }}`: list such files under `copyWithoutTemplating`, or put `{% raw
#   %}` around the expression. Values that the file itself asks for, in a condition or with a default, may be
#   missing.
#
#   The catalog files, manifests and other YAML that come of it are judged by all other rules, and findings point to
#   the skeleton. What this program does not render byte for byte as Nunjucks does (docs/templates.md) is not
#   decided.
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
#     problems: [missing-skeleton, skeleton-failed, undeclared-value]
#     remedy: >-
#       Correct the path, the expression, or the values of the step.
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
#               - id: fetch
#                 action: fetch:template
#                 input: {url: ./there-is-no-such-skeleton}
#         good: |
#           apiVersion: scaffolder.backstage.io/v1beta3
#           kind: Template
#           metadata:
#             name: service
#           spec:
#             type: service
#             owner: team-a
#             steps:
#               - id: fetch
#                 action: fetch:template
#                 input: {url: "https://git.example.org/skeleton"}
package platlint.templates.template_skeleton

import data.platlint.lib.templates

deny contains finding if {
	some problem in input.platform.problems["missing-skeleton"]
	message = sprintf("\"%s\" %s", [problem.url, problem.problem])
	finding = templates.finding(problem, message)
}

deny contains finding if {
	some problem in input.platform.problems["skeleton-failed"]
	place = concat(":", place_of(problem))
	message = sprintf("the skeleton cannot be rendered: %s: %s", [place, problem.problem])
	finding = templates.finding(problem, message)
}

deny contains finding if {
	some problem in input.platform.problems["undeclared-value"]
	not problem["is-other-root"]
	message = sprintf("the step gives no \"%s\", which %s:%d prints", [problem.name, problem.file, problem.line])
	finding = templates.finding(problem, message)
}

deny contains finding if {
	some problem in input.platform.problems["undeclared-value"]
	problem["is-other-root"]
	message = sprintf("there is no \"%s\" in skeletons: %s:%d prints nothing instead", [problem.name, problem.file, problem.line])
	finding = templates.finding(problem, message)
}

# The file, and the line where it is known.
place_of(problem) := [part |
	some key in ["file", "line"]
	value = problem[key]
	part = sprintf("%v", [value])
]
