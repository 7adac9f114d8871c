# METADATA
# title: An Application names one cluster
# description: |
#   A destination names its cluster by `server` or by `name`. With both or with neither, Argo CD refuses to sync the
#   Application.
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
#     remedy: >-
#       Keep one of `destination.server` and `destination.name`.
#     examples:
#       - title: An Application names one cluster
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
#               name: in-cluster
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
package platlint.gitops.application_destination

deny contains {"msg": message, "path": path} if {
	count(stated) == 2
	message = "the destination has both server and name"
	path = ["spec", "destination", "name"]
}

deny contains {"msg": message, "path": path} if {
	count(destinations) == 1
	count(stated) == 0
	message = "the destination names no cluster: server or name is missing"
	path = ["spec", "destination"]
}

deny contains {"msg": message, "path": path} if {
	spec = input.review.object.spec
	is_object(spec)
	count(destinations) == 0
	message = "the Application has no destination"
	path = ["spec", "destination"]
}

destinations contains destination if {
	destination = input.review.object.spec.destination
	is_object(destination)
}

stated contains field if {
	some destination in destinations
	some field in ["server", "name"]
	value = destination[field]
	is_string(value)
	value != ""
}
