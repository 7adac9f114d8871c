# METADATA
# title: An Application says whole where it draws from
# description: |
#   Argo CD accepts many sources that it cannot use, and says so only on the Application's page: a source without path and
#   chart, a chart without a version, settings of two tools at once, `source` beside `sources`, of which the first is passed
#   over, a version of Kubernetes with a `v`, a file of values from a source that does not exist. Fields that are misspelt are
#   dropped by the API server.
#
#   Applications that an ApplicationSet would make are judged where they can be worked out; otherwise its template is.
# related_resources:
#   - ref: https://argo-cd.readthedocs.io/en/stable/operator-manual/declarative-setup/
#     description: Declarative setup of Argo CD
# custom:
#   platlint:
#     severity: high
#     level: error
#     match:
#       kinds:
#         - {groups: [argoproj.io], kinds: [Application, ApplicationSet]}
#     problems: [invalid-source]
#     remedy: >-
#       Give each source a `repoURL` and a `path` or a `chart` with its `targetRevision`, and settings of one tool.
#     examples:
#       - title: An Application says whole where it draws from
#         bad: |
#           apiVersion: argoproj.io/v1alpha1
#           kind: Application
#           metadata:
#             name: cart
#             namespace: argocd
#           spec:
#             project: default
#             source:
#               repoURL: https://charts.example
#               chart: cart
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
#             project: default
#             source:
#               repoURL: https://charts.example
#               chart: cart
#               targetRevision: 1.4.0
#             destination:
#               server: https://kubernetes.default.svc
#               namespace: shop
package platlint.gitops.application_source

import data.platlint.lib.phrased

phrases := {
	"chart-without-revision": "a chart needs a targetRevision",
	"no-path-chart-or-ref": "the source has neither path, chart nor ref",
	"no-path-or-chart": "the source has neither path nor chart",
	"no-repo-url": "repoURL is missing",
	"no-source": "the Application has no source",
	"no-spec": "spec is missing",
	"several-tools": "the source has settings of several tools: {}",
	"shape": "{}",
	"source-beside-sources": "source is passed over, since sources is there",
	"unknown-field": "\"{}\" is no field here",
	"unknown-ref": "no source has the ref \"{}\"",
	"version-prefix": "kubeVersion \"{}\" begins with a v",
}

deny contains finding if {
	some problem in input.platform.problems["invalid-source"]
	phrase = phrases[problem.problem]
	message = replace(phrase, "{}", problem.value)
	finding = phrased.finding(problem, message)
}
