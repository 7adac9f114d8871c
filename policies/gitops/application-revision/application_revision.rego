# METADATA
# title: Production follows no moving revision
# description: |
#   With `targetRevision: HEAD`, a branch, or a range of versions of a chart, each commit or release reaches the cluster at
#   once, and a roll-back by Git is the only record of what ran. In production, name a tag, a commit or one version.
#
#   Judged are Applications whose project, destination namespace, destination cluster or own name matches one of the
#   parameter `patterns`. Branches are the names in the parameter `branches`, and `refs/heads/…`; other words are taken for
#   tags.
# related_resources:
#   - ref: https://argo-cd.readthedocs.io/en/stable/operator-manual/declarative-setup/
#     description: Declarative setup of Argo CD
# custom:
#   platlint:
#     severity: medium
#     level: warn
#     match:
#       kinds:
#         - {groups: [argoproj.io], kinds: [Application]}
#     parameters:
#       type: object
#       additionalProperties: false
#       properties:
#         patterns:
#           description: What production is called. `*` stands for any run of characters.
#           type: array
#           items: {type: string, minLength: 1}
#           default: [prod, "prod-*", "*-prod", "*-prod-*", production, "production-*", "*-production"]
#         branches:
#           description: Revisions that move.
#           type: array
#           items: {type: string}
#           default: ["", HEAD, main, master, develop, development, trunk]
#     remedy: >-
#       Set `targetRevision` to a tag, a commit, or one version of the chart.
#     examples:
#       - title: Production follows no moving revision
#         bad: |
#           apiVersion: argoproj.io/v1alpha1
#           kind: Application
#           metadata:
#             name: cart
#             namespace: argocd
#           spec:
#             project: prod
#             source:
#               repoURL: https://git.example/shop/config
#               path: apps/cart
#               targetRevision: HEAD
#             destination:
#               server: https://kubernetes.default.svc
#               namespace: shop
#         good: |
#           apiVersion: argoproj.io/v1alpha1
#           kind: Application
#           metadata:
#             name: cart
#             namespace: argocd
#           spec:
#             project: prod
#             source:
#               repoURL: https://git.example/shop/config
#               path: apps/cart
#               targetRevision: v1.4.0
#             destination:
#               server: https://kubernetes.default.svc
#               namespace: shop
package platlint.gitops.application_revision

deny contains {"msg": message, "path": path} if {
	is_production
	some source in sources
	revision = source.revision
	not source.chart
	revision != ""
	is_branch(revision)
	message = sprintf("production follows the moving revision \"%s\"", [revision])
	path = source.path
}

deny contains {"msg": message, "path": path} if {
	is_production
	some source in sources
	revision = source.revision
	not source.chart
	revision == ""
	is_branch(revision)
	message = "production has no targetRevision, so it follows HEAD"
	path = source.path
}

deny contains {"msg": message, "path": path} if {
	is_production
	some source in sources
	revision = source.revision
	source.chart
	is_range(revision)
	message = sprintf("production follows the range of versions \"%s\"", [revision])
	path = source.path
}

is_production if {
	some name in names
	some pattern in input.parameters.patterns
	glob.match(pattern, null, name)
}

names contains name if {
	name = input.review.object.metadata.name
	is_string(name)
}

names contains name if {
	name = input.review.object.spec.project
	is_string(name)
}

names contains name if {
	some key in ["namespace", "name"]
	name = input.review.object.spec.destination[key]
	is_string(name)
}

sources contains {"path": path, "revision": revision, "chart": is_chart} if {
	some place in places
	source = place.source
	is_object(source)
	is_chart = is_given(source, "chart")
	is_drawn(source)
	revision = object.get(source, "targetRevision", "")
	is_string(revision)
	path = array.concat(place.path, ["targetRevision"])
}

places contains {"source": source, "path": ["spec", "sources", index]} if {
	list = input.review.object.spec.sources
	is_array(list)
	some index, source in list
}

places contains {"source": source, "path": ["spec", "source"]} if {
	source = input.review.object.spec.source
	count(lists) == 0
}

lists contains list if {
	list = input.review.object.spec.sources
	is_array(list)
	count(list) > 0
}

is_drawn(source) if is_string(source.path)

is_drawn(source) if is_string(source.chart)

is_drawn(source) if is_string(source.ref)

is_given(source, key) := given if {
	values = [value |
		some name in [key]
		value = source[name]
		is_string(value)
	]
	given = count(values) > 0
}

is_branch(revision) if {
	some branch in input.parameters.branches
	branch == revision
}

is_branch(revision) if startswith(revision, "refs/heads/")

is_range(revision) if {
	some sign in ["*", "x", "X", "~", "^", ">", "<", " ", "|"]
	contains(revision, sign)
	not is_word(revision, sign)
}

# Letters of a range stand for a whole number: 1.x, not 1.0.0-next.
is_word(revision, sign) if {
	sign in {"x", "X"}
	parts = split(revision, ".")
	count([part | some part in parts; part == sign]) == 0
}
