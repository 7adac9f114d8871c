# METADATA
# title: Every name in a template has a value
# description: |
#   The default engine leaves a name that it does not know as it is, and Applications come to be whose path is
#   `apps/{{nmae}}`; goTemplate prints `<no value>`. The ApplicationSet is worked out here as the controller would do it, for
#   list, git, cluster, matrix and merge generators; names that no generator offers are reported, names of one engine in the
#   templates of the other, and names that a matrix fills in only later. In a chart, `{{ }}` that is not escaped is filled in
#   by Helm, with nothing.
#
#   What asks the world is not decided: pull requests, other repositories, plugins, clusters without a file
#   (`argocd.clusters`), repositories without a checkout (`repositories`), and functions that are not evaluated here. Names
#   that such generators do not offer are reported all the same.
# related_resources:
#   - ref: https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/
#     description: ApplicationSets
# custom:
#   platlint:
#     severity: high
#     level: error
#     match:
#       kinds:
#         - {groups: [argoproj.io], kinds: [ApplicationSet]}
#     problems:
#       - unresolved-parameter
#       - mixed-engine
#       - later-parameter
#       - malformed-template
#       - vanished-parameters
#     remedy: >-
#       Use a parameter that the generator offers, in the form of the engine that is set.
#     examples:
#       - title: Every name in a template has a value
#         bad: |
#           apiVersion: argoproj.io/v1alpha1
#           kind: ApplicationSet
#           metadata:
#             name: carts
#             namespace: argocd
#           spec:
#             generators:
#             - list:
#                 elements:
#                 - env: dev
#                 - env: test
#             template:
#               metadata:
#                 name: 'cart-{{env}}'
#               spec:
#                 project: default
#                 source:
#                   repoURL: https://git.example/shop/config
#                   path: 'apps/{{evn}}'
#                   targetRevision: v1.4.0
#                 destination:
#                   server: https://kubernetes.default.svc
#                   namespace: shop
#         good: |
#           apiVersion: argoproj.io/v1alpha1
#           kind: ApplicationSet
#           metadata:
#             name: carts
#             namespace: argocd
#           spec:
#             generators:
#             - list:
#                 elements:
#                 - env: dev
#                 - env: test
#             template:
#               metadata:
#                 name: 'cart-{{env}}'
#               spec:
#                 project: default
#                 source:
#                   repoURL: https://git.example/shop/config
#                   path: 'apps/{{env}}'
#                   targetRevision: v1.4.0
#                 destination:
#                   server: https://kubernetes.default.svc
#                   namespace: shop
package platlint.gitops.appset_parameter

import data.platlint.lib.phrased

deny contains finding if {
	some problem in input.platform.problems["unresolved-parameter"]
	message = sprintf("no generator offers the parameter \"%s\"", [problem.name])
	finding = phrased.finding(problem, message)
}

deny contains finding if {
	some problem in input.platform.problems["mixed-engine"]
	message = sprintf("\"%s\" is written for the other template engine", [problem.name])
	finding = phrased.finding(problem, message)
}

deny contains finding if {
	some problem in input.platform.problems["later-parameter"]
	message = sprintf("the parameter \"%s\" comes from the second generator of the matrix, which is asked after this one", [problem.name])
	finding = phrased.finding(problem, message)
}

deny contains finding if {
	some problem in input.platform.problems["malformed-template"]
	message = sprintf("the template cannot be read: %s", [problem.reason])
	finding = phrased.finding(problem, message)
}

deny contains finding if {
	some problem in input.platform.problems["vanished-parameters"]
	finding = phrased.finding(problem, "the chart has filled in the template itself: no parameter of the generators is left in it")
}

undecided contains {"reason": reason, "path": path} if {
	some point in input.platform.unknown["unresolved-parameter"]
	reason = point.reason
	path = point.path
}
