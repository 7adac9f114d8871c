# METADATA
# title: A missing key ends the rendering
# description: |
#   With goTemplate, a name that has no value prints `<no value>`, and an Application with such a path or name is made.
#   `goTemplateOptions: ["missingkey=error"]` makes the controller stop instead.
# related_resources:
#   - ref: https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/
#     description: ApplicationSets
# custom:
#   platlint:
#     severity: medium
#     level: warn
#     match:
#       kinds:
#         - {groups: [argoproj.io], kinds: [ApplicationSet]}
#     remedy: >-
#       Set `goTemplateOptions: ["missingkey=error"]`.
#     examples:
#       - title: A missing key ends the rendering
#         bad: |
#           apiVersion: argoproj.io/v1alpha1
#           kind: ApplicationSet
#           metadata:
#             name: carts
#             namespace: argocd
#           spec:
#             goTemplate: true
#             generators:
#             - list:
#                 elements:
#                 - env: dev
#                 - env: test
#             template:
#               metadata:
#                 name: 'cart-{{.env}}'
#               spec:
#                 project: default
#                 source:
#                   repoURL: https://git.example/shop/config
#                   path: 'apps/{{.env}}'
#                   targetRevision: v1.4.0
#                 destination:
#                   server: https://kubernetes.default.svc
#                   namespace: shop
#         good: |
#           apiVersion: argoproj.io/v1alpha1
#           kind: ApplicationSet
#           metadata:
#             name: carts
#             namespace: argocd
#           spec:
#             goTemplate: true
#             goTemplateOptions: [missingkey=error]
#             generators:
#             - list:
#                 elements:
#                 - env: dev
#                 - env: test
#             template:
#               metadata:
#                 name: 'cart-{{.env}}'
#               spec:
#                 project: default
#                 source:
#                   repoURL: https://git.example/shop/config
#                   path: 'apps/{{.env}}'
#                   targetRevision: v1.4.0
#                 destination:
#                   server: https://kubernetes.default.svc
#                   namespace: shop
package platlint.gitops.appset_missing_key

deny contains {"msg": message, "path": path} if {
	input.review.object.spec.goTemplate == true
	count(strict) == 0
	message = "with goTemplate, goTemplateOptions lacks missingkey=error: names without a value print <no value>"
	path = ["spec", "goTemplate"]
}

strict contains option if {
	options = input.review.object.spec.goTemplateOptions
	is_array(options)
	some option in options
	option == "missingkey=error"
}
