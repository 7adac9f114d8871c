# METADATA
# title: Applications sync, prune and heal by themselves
# description: |
#   Where syncing is manual, the cluster drifts from Git until somebody notices; without pruning, what was removed from Git
#   keeps running, and without healing, changes by hand stay. Teams differ in what they want here, so the rule is off until it
#   is turned on.
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
#       Set `syncPolicy.automated: {prune: true, selfHeal: true}`.
#     examples:
#       - title: Applications sync, prune and heal by themselves
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
#               automated: {prune: true, selfHeal: true}
package platlint.gitops.application_sync_policy

deny contains {"msg": message, "path": path} if {
	spec = input.review.object.spec
	is_object(spec)
	count(automated) == 0
	message = "the Application is not synced automatically"
	path = ["spec", "syncPolicy", "automated"]
}

deny contains {"msg": message, "path": path} if {
	some settings in automated
	some field in ["prune", "selfHeal"]
	object.get(settings, field, false) != true
	message = sprintf("%s is not on", [field])
	path = ["spec", "syncPolicy", "automated", field]
}

automated contains settings if {
	settings = input.review.object.spec.syncPolicy.automated
	is_object(settings)
	object.get(settings, "enabled", true) != false
}
