# METADATA
# title: Generators can generate
# description: |
#   The API server accepts much that the controller refuses: an entry with two generators, a matrix of one or three, a merge
#   without keys, a matrix within a matrix within a matrix, a git generator with neither folders nor files, values of list
#   elements that are no text. A template on a child of a matrix or merge is passed over. Keys of a merge that lead into maps
#   (`values.env`) fail with goTemplate.
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
#     problems: [several-generators, invalid-generator, nesting, ignored-template, merge-key]
#     remedy: >-
#       Write each generator as an entry of its own, with the fields it needs.
#     examples:
#       - title: Generators can generate
#         bad: |
#           apiVersion: argoproj.io/v1alpha1
#           kind: ApplicationSet
#           metadata:
#             name: carts
#             namespace: argocd
#           spec:
#             generators:
#             - list:
#                 elements: [{env: dev}]
#               clusters: {}
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
package platlint.gitops.appset_generator

import data.platlint.lib.phrased

phrases := {
	"empty": "the entry names no generator",
	"files-beside-directories": "files is passed over, since directories is there",
	"matrix-children": "a matrix needs exactly two generators, not {}",
	"merge-children": "a merge needs at least two generators, not {}",
	"missing-field": "{} is missing",
	"no-directories-or-files": "the git generator has neither directories nor files",
	"no-elements": "the list has neither elements nor elementsYaml",
	"no-generators": "generators is missing",
	"no-name": "the template names no Application: metadata.name is missing",
	"no-spec": "spec is missing",
	"no-template": "template is missing",
	"refused": "the generator fails: {}",
	"shape": "{}",
	"unknown-field": "\"{}\" is no field here",
	"unknown-generator": "\"{}\" is no generator",
}

deny contains finding if {
	some problem in input.platform.problems["invalid-generator"]
	phrase = phrases[problem.problem]
	message = replace(phrase, "{}", problem.value)
	finding = phrased.finding(problem, message)
}

deny contains finding if {
	some problem in input.platform.problems["several-generators"]
	message = sprintf("one entry has two generators, %s and %s", [problem.first, problem.second])
	finding = phrased.finding(problem, message)
}

deny contains finding if {
	some problem in input.platform.problems.nesting
	message = sprintf("%s is nested too deep: only one matrix or merge can stand within another", [problem.generator])
	finding = phrased.finding(problem, message)
}

deny contains finding if {
	some problem in input.platform.problems["ignored-template"]
	message = sprintf("the template of this %s generator is passed over, since another generator is around it", [problem.generator])
	finding = phrased.finding(problem, message)
}

keys := {
	"missing": "mergeKeys is missing",
	"nested": "with goTemplate, the merge key \"{}\" cannot lead into a map",
	"unknown": "one of the generators has no parameter \"{}\" to merge by",
}

deny contains finding if {
	some problem in input.platform.problems["merge-key"]
	phrase = keys[problem.problem]
	message = replace(phrase, "{}", problem.value)
	finding = phrased.finding(problem, message)
}
