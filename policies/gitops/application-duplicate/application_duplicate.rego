# METADATA
# title: Each Application is made once
# description: |
#   Two Applications of one name in one namespace overwrite each other, and what one of them deployed is pruned by the other.
#   Counted are written Applications and those that ApplicationSets would make, as far as they can be worked out.
#
#   Files that stand in folders beside each other (`dev/`, `prod/`) are taken for separate environments and are not compared;
#   one folder, with those below it, is. Two ApplicationSets of one name are one that is written twice, and not compared.
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
#     problems: [duplicate-application]
#     remedy: >-
#       Give one of them another name.
#     examples:
#       - title: Each Application is made once
#         bad: |
#           apiVersion: argoproj.io/v1alpha1
#           kind: Application
#           metadata:
#             name: cart
#             namespace: argocd
#           spec:
#             project: default
#             source:
#               repoURL: https://git.example/shop/config
#               path: apps/cart
#               targetRevision: v1.4.0
#             destination:
#               server: https://kubernetes.default.svc
#               namespace: shop
#           ---
#           apiVersion: argoproj.io/v1alpha1
#           kind: Application
#           metadata:
#             name: cart
#             namespace: argocd
#           spec:
#             project: default
#             source:
#               repoURL: https://git.example/shop/config
#               path: apps/shop
#               targetRevision: v1.4.0
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
#               repoURL: https://git.example/shop/config
#               path: apps/cart
#               targetRevision: v1.4.0
#             destination:
#               server: https://kubernetes.default.svc
#               namespace: shop
#           ---
#           apiVersion: argoproj.io/v1alpha1
#           kind: Application
#           metadata:
#             name: shop
#             namespace: argocd
#           spec:
#             project: default
#             source:
#               repoURL: https://git.example/shop/config
#               path: apps/shop
#               targetRevision: v1.4.0
#             destination:
#               server: https://kubernetes.default.svc
#               namespace: shop
package platlint.gitops.application_duplicate

import data.platlint.lib.phrased

deny contains finding if {
	some problem in input.platform.problems["duplicate-application"]
	not problem.generated_by
	message = sprintf("the Application \"%s\" is also in %s", [problem.name, problem.file])
	finding = phrased.finding(problem, message)
}

deny contains finding if {
	some problem in input.platform.problems["duplicate-application"]
	message = sprintf("the Application \"%s\" is also made by the ApplicationSet %s in %s", [problem.name, problem.generated_by, problem.file])
	finding = phrased.finding(problem, message)
}
