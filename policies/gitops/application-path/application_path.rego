# METADATA
# title: The folder that is deployed exists
# description: |
#   A path that does not exist in its repository is found only when Argo CD compares. Looked at are paths in repositories of
#   which a checkout is at hand (`repositories` in platlint.yaml); others pass. Where `targetRevision` is a commit or a tag
#   with a version, the checkout may be another state, and a missing path is not decided.
# related_resources:
#   - ref: https://argo-cd.readthedocs.io/en/stable/operator-manual/declarative-setup/
#     description: Declarative setup of Argo CD
# custom:
#   platlint:
#     severity: high
#     level: error
#     match:
#       kinds:
#         - {groups: [argoproj.io], kinds: [Application]}
#     problems: [missing-path]
#     remedy: >-
#       Correct the path, or add the folder in the same change.
#     examples:
#       - title: A folder that is not in the repository
#         bad: |
#           apiVersion: argoproj.io/v1alpha1
#           kind: Application
#           metadata: {name: cart, namespace: argocd}
#           spec:
#             project: shop
#             source: {repoURL: "https://git.example/platform/config", path: apps/crat, targetRevision: main}
#             destination: {name: in-cluster, namespace: shop}
#         good: |
#           apiVersion: argoproj.io/v1alpha1
#           kind: Application
#           metadata: {name: cart, namespace: argocd}
#           spec:
#             project: shop
#             source: {repoURL: "https://git.example/platform/config", path: apps/cart, targetRevision: main}
#             destination: {name: in-cluster, namespace: shop}
package platlint.gitops.application_path

import data.platlint.lib.phrased

phrases := {
	"file": "the path \"{}\" is a file, not a folder",
	"missing": "the path \"{}\" does not exist in its repository",
}

deny contains finding if {
	some problem in input.platform.problems["missing-path"]
	phrase = phrases[problem.problem]
	message = replace(phrase, "{}", problem.value)
	finding = phrased.finding(problem, message)
}

undecided contains {"reason": reason, "path": path} if {
	some point in input.platform.unknown["missing-path"]
	reason = point.reason
	path = point.path
}
