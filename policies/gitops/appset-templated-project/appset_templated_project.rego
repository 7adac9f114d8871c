# METADATA
# title: Repositories do not choose their project
# description: |
#   Where `project` is filled in from a git, SCM or pull request generator, whoever can write to that repository chooses the
#   project of the Application, and with it what it may do. The documentation of Argo CD warns of this.
# related_resources:
#   - ref: https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/
#     description: ApplicationSets
# custom:
#   platlint:
#     severity: high
#     level: warn
#     match:
#       kinds:
#         - {groups: [argoproj.io], kinds: [ApplicationSet]}
#     remedy: >-
#       Write the project out, or draw it from a list or from clusters.
#     examples:
#       - title: Repositories do not choose their project
#         bad: |
#           apiVersion: argoproj.io/v1alpha1
#           kind: ApplicationSet
#           metadata:
#             name: carts
#             namespace: argocd
#           spec:
#             generators:
#             - git:
#                 repoURL: https://git.example/shop/config
#                 revision: HEAD
#                 directories: [{path: 'apps/*'}]
#             template:
#               metadata:
#                 name: 'cart-{{path.basename}}'
#               spec:
#                 project: '{{path.basename}}'
#                 source:
#                   repoURL: https://git.example/shop/config
#                   path: 'apps/{{path.basename}}'
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
#             generators:
#             - git:
#                 repoURL: https://git.example/shop/config
#                 revision: HEAD
#                 directories: [{path: 'apps/*'}]
#             template:
#               metadata:
#                 name: 'cart-{{path.basename}}'
#               spec:
#                 project: default
#                 source:
#                   repoURL: https://git.example/shop/config
#                   path: 'apps/{{path.basename}}'
#                   targetRevision: v1.4.0
#                 destination:
#                   server: https://kubernetes.default.svc
#                   namespace: shop
package platlint.gitops.appset_templated_project

deny contains {"msg": message, "path": path} if {
	project = input.review.object.spec.template.spec.project
	is_string(project)
	contains(project, "{{")
	some kind in foreign
	message = sprintf("the project \"%s\" is filled in by a generator (%s) whose repositories others can write to", [project, kind])
	path = ["spec", "template", "spec", "project"]
}

foreign contains kind if {
	some generator in generators
	some kind in ["git", "scmProvider", "pullRequest"]
	is_object(generator[kind])
}

generators contains generator if {
	list = input.review.object.spec.generators
	is_array(list)
	some generator in list
	is_object(generator)
}

generators contains generator if {
	list = input.review.object.spec.generators
	is_array(list)
	some outer in list
	some kind in ["matrix", "merge"]
	children = outer[kind].generators
	is_array(children)
	some generator in children
	is_object(generator)
}

generators contains generator if {
	list = input.review.object.spec.generators
	is_array(list)
	some outer in list
	some kind in ["matrix", "merge"]
	children = outer[kind].generators
	is_array(children)
	some child in children
	some inner in ["matrix", "merge"]
	grandchildren = child[inner].generators
	is_array(grandchildren)
	some generator in grandchildren
	is_object(generator)
}
