# METADATA
# title: Deleting an Application deletes what it deployed
# description: |
#   Without the finalizer `resources-finalizer.argocd.argoproj.io`, deleting an Application leaves all it deployed behind, with
#   nobody in charge. Some want exactly that, so the rule is off until it is turned on. Applications of an ApplicationSet get
#   the finalizer from its controller.
# related_resources:
#   - ref: https://argo-cd.readthedocs.io/en/stable/operator-manual/declarative-setup/
#     description: Declarative setup of Argo CD
# custom:
#   platlint:
#     severity: low
#     level: off
#     match:
#       kinds:
#         - {groups: [argoproj.io], kinds: [Application]}
#     remedy: >-
#       Add `resources-finalizer.argocd.argoproj.io` to `metadata.finalizers`.
#     examples:
#       - title: Deleting an Application deletes what it deployed
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
#         good: |
#           apiVersion: argoproj.io/v1alpha1
#           kind: Application
#           metadata:
#             name: cart
#             namespace: argocd
#             finalizers: [resources-finalizer.argocd.argoproj.io]
#           spec:
#             project: default
#             source:
#               repoURL: https://git.example/shop/config
#               path: apps/cart
#               targetRevision: v1.4.0
#             destination:
#               server: https://kubernetes.default.svc
#               namespace: shop
package platlint.gitops.application_finalizer

deny contains {"msg": message, "path": path} if {
	metadata = input.review.object.metadata
	is_object(metadata)
	count(kept) == 0
	message = "deleting the Application leaves what it deployed: the finalizer resources-finalizer.argocd.argoproj.io is missing"
	path = ["metadata", "finalizers"]
}

kept contains finalizer if {
	list = input.review.object.metadata.finalizers
	is_array(list)
	some finalizer in list
	is_string(finalizer)
	startswith(finalizer, "resources-finalizer.argocd.argoproj.io")
}
