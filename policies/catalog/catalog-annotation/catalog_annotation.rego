# METADATA
# title: Annotations have the form that plugins read
# description: |
#   Plugins find what belongs to an entity by annotations: its repository, its pods, its pipelines, its alerts. Where the value
#   has another form, or the key a slip, the plugin shows nothing, and nobody is told.
#
#   Known are annotations of Backstage itself (TechDocs, Kubernetes, source location, view and edit URLs) and of widely used plugins
#   (GitHub, GitLab, Azure DevOps, Argo CD, PagerDuty, Grafana, Sentry, CircleCI, Rollbar). Of other annotations nothing is said, unless the
#   key is at most two signs away from a known one. `backstage.io/managed-by-location`, `backstage.io/managed-by-origin-location` and
#   `backstage.io/orphan` belong to the catalog itself.
# related_resources:
#   - ref: https://backstage.io/docs/features/software-catalog/well-known-annotations
#     description: Well-known annotations
# custom:
#   platlint:
#     severity: low
#     level: warn
#     match:
#       kinds:
#         - {groups: [backstage.io, scaffolder.backstage.io], kinds: ["*"]}
#     problems: [malformed-annotation]
#     remedy: >-
#       Write the value in the form that the message names.
#     examples:
#       - title: A URL where a slug must stand
#         bad: |
#           apiVersion: backstage.io/v1alpha1
#           kind: Component
#           metadata:
#             name: cart
#             annotations: {github.com/project-slug: https://github.com/shop/cart}
#           spec:
#             type: service
#             lifecycle: production
#             owner: team-shop
#         good: |
#           apiVersion: backstage.io/v1alpha1
#           kind: Component
#           metadata:
#             name: cart
#             annotations: {github.com/project-slug: shop/cart}
#           spec:
#             type: service
#             lifecycle: production
#             owner: team-shop
package platlint.catalog.catalog_annotation

forms := {
	"documentation": "dir: and a folder, or url: and a URL",
	"entity": "an entity reference with its kind, such as component:default/cart",
	"integration-key": "the integration key of 32 letters and digits",
	"label-value": "the value of a Kubernetes label",
	"location": "a type and a target, such as url:https://example.org/repository/",
	"namespace": "the name of a Kubernetes namespace",
	"number": "a number",
	"object-names": "the name of a Kubernetes object",
	"pipeline": "github/owner/repository",
	"project": "organization/project",
	"project-path": "group/project",
	"query": "a query with every quote and bracket closed",
	"repository": "owner/repository",
	"selector": "a label selector, such as app=cart",
	"service-id": "an id of capitals and digits, such as PABC123",
	"text": "more than white space",
	"url": "a URL",
}

deny contains {"msg": message, "path": path} if {
	some problem in input.platform.problems["malformed-annotation"]
	problem.problem == "key"
	message = sprintf("annotation \"%s\" is not known; did you mean \"%s\"?", [problem.key, problem.suggestion])
	path = problem.path
}

deny contains {"msg": message, "path": path} if {
	some problem in input.platform.problems["malformed-annotation"]
	problem.problem == "output"
	message = sprintf("annotation \"%s\" is set by the catalog; in a file it misleads it", [problem.key])
	path = problem.path
}

deny contains {"msg": message, "path": path} if {
	some problem in input.platform.problems["malformed-annotation"]
	problem.problem == "value"
	form = forms[problem.form]
	values = [value |
		some key in ["value"]
		written = problem[key]
		value = sprintf(", not \"%s\"", [written])
	]
	hints = [hint |
		some key in ["suggestion"]
		meant = problem[key]
		hint = sprintf("; did you mean \"%s\"?", [meant])
	]
	end = concat("", array.concat(values, hints))
	message = sprintf("annotation \"%s\" must be %s%s", [problem.key, form, end])
	path = problem.path
}
