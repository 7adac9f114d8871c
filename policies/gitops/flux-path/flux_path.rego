# METADATA
# title: The folder that Flux deploys exists
# description: |
#   The path of a Kustomization, or of a chart in a GitRepository, is looked up where the repository's URL has a checkout at
#   hand (`repositories` in platlint.yaml); others pass. Where the source follows a tag, a commit or a range of versions, a
#   missing path is not decided.
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
#     problems: [missing-flux-path]
#     remedy: >-
#       Correct the path, or add the folder in the same change.
#     examples:
#       - title: A folder that is not in the repository
#         bad: |
#           apiVersion: source.toolkit.fluxcd.io/v1
#           kind: GitRepository
#           metadata: {name: config, namespace: flux-system}
#           spec: {interval: 5m, url: "https://git.example/platform/config", ref: {branch: main}}
#           ---
#           apiVersion: kustomize.toolkit.fluxcd.io/v1
#           kind: Kustomization
#           metadata: {name: cart, namespace: flux-system}
#           spec: {interval: 10m, prune: true, path: ./apps/crat, sourceRef: {kind: GitRepository, name: config}}
#         good: |
#           apiVersion: source.toolkit.fluxcd.io/v1
#           kind: GitRepository
#           metadata: {name: config, namespace: flux-system}
#           spec: {interval: 5m, url: "https://git.example/platform/config", ref: {branch: main}}
#           ---
#           apiVersion: kustomize.toolkit.fluxcd.io/v1
#           kind: Kustomization
#           metadata: {name: cart, namespace: flux-system}
#           spec: {interval: 10m, prune: true, path: ./apps/cart, sourceRef: {kind: GitRepository, name: config}}
package platlint.gitops.flux_path

import data.platlint.lib.phrased

phrases := {
	"file": "the path \"{}\" is a file, not a folder",
	"missing": "the path \"{}\" does not exist in its repository",
}

deny contains finding if {
	some problem in input.platform.problems["missing-flux-path"]
	phrase = phrases[problem.problem]
	message = replace(phrase, "{}", problem.value)
	finding = phrased.finding(problem, message)
}

undecided contains {"reason": reason, "path": path} if {
	some point in input.platform.unknown["missing-flux-path"]
	reason = point.reason
	path = point.path
}
