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
#     problems: [templated-project]
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

import data.platlint.lib.phrased

deny contains finding if {
	some problem in input.platform.problems["templated-project"]
	message = sprintf("the project \"%s\" is filled in by a generator (%s) whose repositories others can write to", [problem.value, problem.generator])
	finding = phrased.finding(problem, message)
}
