# METADATA
# title: Options of syncing are spelt as Argo CD knows them
# description: |
#   `syncOptions` are free text: Argo CD passes over what it does not know, and `CreateNamespaces=true` creates none.
#   `managedNamespaceMetadata` does nothing unless the namespace is created with `CreateNamespace=true`.
# related_resources:
#   - ref: https://argo-cd.readthedocs.io/en/stable/operator-manual/declarative-setup/
#     description: Declarative setup of Argo CD
# custom:
#   platlint:
#     severity: medium
#     level: error
#     match:
#       kinds:
#         - {groups: [argoproj.io], kinds: [Application, ApplicationSet]}
#     problems: [unknown-sync-option, namespace-metadata-without-create]
#     remedy: >-
#       Write the option as `Name=value`, such as `CreateNamespace=true`.
#     examples:
#       - title: Options of syncing are spelt as Argo CD knows them
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
#             syncPolicy:
#               syncOptions: [CreateNamespaces=true]
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
#             syncPolicy:
#               syncOptions: [CreateNamespace=true]
package platlint.gitops.application_sync_option

import data.platlint.lib.phrased

deny contains finding if {
	some problem in input.platform.problems["unknown-sync-option"]
	message = sprintf("\"%s\" is no option of syncing", [problem.option])
	finding = phrased.finding(problem, message)
}

deny contains finding if {
	some problem in input.platform.problems["namespace-metadata-without-create"]
	finding = phrased.finding(problem, "managedNamespaceMetadata does nothing without the option CreateNamespace=true")
}
