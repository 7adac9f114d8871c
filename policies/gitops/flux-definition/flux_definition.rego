# METADATA
# title: Objects of Flux are whole
# description: |
#   Looked at are Kustomization, HelmRelease and the sources: fields that must be there, fields that are misspelt, spans of time
#   (`10m`), kinds of sources, schemes of URLs, ranges of chart versions, and dependencies that run in a circle, in which
#   nothing is ever applied.
# related_resources:
#   - ref: https://fluxcd.io/flux/components/
#     description: Components of Flux
# custom:
#   platlint:
#     severity: high
#     level: error
#     match:
#       kinds:
#         - {groups: [kustomize.toolkit.fluxcd.io], kinds: [Kustomization]}
#         - {groups: [helm.toolkit.fluxcd.io], kinds: [HelmRelease]}
#         - {groups: [source.toolkit.fluxcd.io], kinds: [GitRepository, OCIRepository, HelmRepository, HelmChart, Bucket]}
#     problems: [invalid-flux]
#     remedy: >-
#       Write the field as the message says.
#     examples:
#       - title: Objects of Flux are whole
#         bad: |
#           apiVersion: kustomize.toolkit.fluxcd.io/v1
#           kind: Kustomization
#           metadata:
#             name: cart
#             namespace: flux-system
#           spec:
#             interval: 10m
#             path: ./apps/cart
#             sourceRef:
#               kind: GitRepository
#               name: platform-config
#         good: |
#           apiVersion: kustomize.toolkit.fluxcd.io/v1
#           kind: Kustomization
#           metadata:
#             name: cart
#             namespace: flux-system
#           spec:
#             interval: 10m
#             prune: true
#             path: ./apps/cart
#             sourceRef:
#               kind: GitRepository
#               name: platform-config
package platlint.gitops.flux_definition

import data.platlint.lib.phrased

phrases := {
	"chart-and-ref": "the release has both chart and chartRef",
	"circle": "\"{}\" depends on this one in turn: nothing is ever applied",
	"depends-on-itself": "\"{}\" depends on itself",
	"missing": "{} is missing",
	"no-chart": "the release has neither chart nor chartRef",
	"shape": "{}",
	"source-kind": "\"{}\" is no kind of source that can stand here",
	"span": "\"{}\" is no span of time, such as 10m or 1h30m",
	"unknown-field": "\"{}\" is no field here",
	"url": "the URL \"{}\" has not the scheme of such a source",
	"version": "\"{}\" is neither a version nor a range of versions",
}

deny contains finding if {
	some problem in input.platform.problems["invalid-flux"]
	phrase = phrases[problem.problem]
	message = replace(phrase, "{}", problem.value)
	finding = phrased.finding(problem, message)
}
