# METADATA
# title: An Application keeps to its project
# description: |
#   An AppProject says from which repositories its Applications may draw, to which clusters and namespaces they may deploy,
#   and which kinds. What it forbids fails when Argo CD syncs, long after the change was merged.
#
#   Looked at are the AppProjects in the files; of several of one name, the nearest by folder. Without one of that name, it is
#   not decided; the project `default` always exists and allows all, unless a file says otherwise. A name that differs from a
#   known project as a slip of the keyboard does is reported, and an Application that names no project. Kinds are looked up in
#   folders of manifests in repositories that are at hand (`repositories`); charts and kustomizations are not rendered for
#   that, and not decided. Namespaces of manifests that name one of their own are not compared.
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
#     problems:
#       - project-forbids-source
#       - project-forbids-destination
#       - project-forbids-namespace
#       - project-forbids-kind
#       - unknown-project
#       - missing-project
#     remedy: >-
#       Change the source or destination, or allow it in the AppProject.
#     examples:
#       - title: An Application keeps to its project
#         bad: |
#           apiVersion: argoproj.io/v1alpha1
#           kind: Application
#           metadata:
#             name: cart
#             namespace: argocd
#           spec:
#             project: shop
#             source:
#               repoURL: https://git.example/shop/config
#               path: apps/cart
#               targetRevision: v1.4.0
#             destination:
#               server: https://kubernetes.default.svc
#               namespace: shop
#           ---
#           apiVersion: argoproj.io/v1alpha1
#           kind: AppProject
#           metadata:
#             name: shop
#             namespace: argocd
#           spec:
#             sourceRepos: ['https://git.example/shop/*']
#             destinations: [{server: '*', namespace: 'shop-*'}]
#         good: |
#           apiVersion: argoproj.io/v1alpha1
#           kind: Application
#           metadata:
#             name: cart
#             namespace: argocd
#           spec:
#             project: shop
#             source:
#               repoURL: https://git.example/shop/config
#               path: apps/cart
#               targetRevision: v1.4.0
#             destination:
#               server: https://kubernetes.default.svc
#               namespace: shop-cart
#           ---
#           apiVersion: argoproj.io/v1alpha1
#           kind: AppProject
#           metadata:
#             name: shop
#             namespace: argocd
#           spec:
#             sourceRepos: ['https://git.example/shop/*']
#             destinations: [{server: '*', namespace: 'shop-*'}]
package platlint.gitops.application_project

import data.platlint.lib.phrased

deny contains finding if {
	some problem in input.platform.problems["project-forbids-source"]
	message = sprintf("the project \"%s\" does not allow the source \"%s\"", [problem.project, problem.value])
	finding = phrased.finding(problem, message)
}

deny contains finding if {
	some problem in input.platform.problems["project-forbids-destination"]
	message = sprintf("the project \"%s\" does not allow the namespace \"%s\" of the cluster \"%s\"", [problem.project, problem.namespace, problem.cluster])
	finding = phrased.finding(problem, message)
}

deny contains finding if {
	some problem in input.platform.problems["project-forbids-namespace"]
	message = sprintf("the project \"%s\" does not allow Applications in the namespace \"%s\"", [problem.project, problem.namespace])
	finding = phrased.finding(problem, message)
}

deny contains finding if {
	some problem in input.platform.problems["project-forbids-kind"]
	message = sprintf("the project \"%s\" does not allow the %s \"%s\" in %s", [problem.project, problem.kind, problem.name, problem.file])
	finding = phrased.finding(problem, message)
}

deny contains finding if {
	some problem in input.platform.problems["unknown-project"]
	message = sprintf("there is no project \"%s\"", [problem.project])
	finding = phrased.finding(problem, message)
}

deny contains finding if {
	some problem in input.platform.problems["missing-project"]
	finding = phrased.finding(problem, "the Application names no project")
}

undecided contains {"reason": reason, "path": path} if {
	some point in input.platform.unknown["project-forbids-kind"]
	reason = point.reason
	path = point.path
}

undecided contains {"reason": reason, "path": path} if {
	some point in input.platform.unknown["unknown-project"]
	reason = point.reason
	path = point.path
}

undecided contains {"reason": reason, "path": path} if {
	some point in input.platform.unknown["project-forbids-destination"]
	reason = point.reason
	path = point.path
}
