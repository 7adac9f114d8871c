# METADATA
# title: Sources and dependencies of Flux exist
# description: |
#   A Kustomization or HelmRelease whose source does not exist waits for ever. What is not among the files may be in the
#   cluster, so that it is not decided; a name that differs from a source in the files as a slip of the keyboard does, or one
#   that stands in another namespace, is reported. The same holds for `dependsOn`.
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
#         - {groups: [source.toolkit.fluxcd.io], kinds: [HelmChart]}
#     problems: [dangling-source]
#     remedy: >-
#       Correct the name, or name the namespace of the source.
#     examples:
#       - title: Sources and dependencies of Flux exist
#         bad: |
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
#               name: platfrom-config
#           ---
#           apiVersion: source.toolkit.fluxcd.io/v1
#           kind: GitRepository
#           metadata:
#             name: platform-config
#             namespace: flux-system
#           spec:
#             interval: 5m
#             url: https://git.example/shop/config
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
#           ---
#           apiVersion: source.toolkit.fluxcd.io/v1
#           kind: GitRepository
#           metadata:
#             name: platform-config
#             namespace: flux-system
#           spec:
#             interval: 5m
#             url: https://git.example/shop/config
package platlint.gitops.flux_source

import data.platlint.lib.phrased

deny contains finding if {
	some problem in input.platform.problems["dangling-source"]
	not problem.elsewhere
	message = sprintf("there is no %s \"%s\"", [problem.kind, problem.name])
	finding = phrased.finding(problem, message)
}

deny contains finding if {
	some problem in input.platform.problems["dangling-source"]
	message = sprintf("there is no %s \"%s\" in this namespace; there is one in \"%s\"", [problem.kind, problem.name, problem.elsewhere])
	finding = phrased.finding(problem, message)
}

undecided contains {"reason": reason, "path": path} if {
	some point in input.platform.unknown["dangling-source"]
	reason = point.reason
	path = point.path
}
