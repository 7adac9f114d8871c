# METADATA
# title: A project is written as Argo CD accepts it
# description: |
#   Entries that stand twice, a `!*` that denies everything, destinations that match nothing, policies of a role that name
#   another project: Argo CD refuses the whole project for some of these, and passes over others.
# related_resources:
#   - ref: https://argo-cd.readthedocs.io/en/stable/user-guide/projects/
#     description: Projects of Argo CD
# custom:
#   platlint:
#     severity: medium
#     level: error
#     match:
#       kinds:
#         - {groups: [argoproj.io], kinds: [AppProject]}
#     problems: [invalid-project]
#     remedy: >-
#       Correct the entry as the message says.
#     examples:
#       - title: A project is written as Argo CD accepts it
#         bad: |
#           apiVersion: argoproj.io/v1alpha1
#           kind: AppProject
#           metadata:
#             name: shop
#             namespace: argocd
#           spec:
#             sourceRepos: ['!*']
#         good: |
#           apiVersion: argoproj.io/v1alpha1
#           kind: AppProject
#           metadata:
#             name: shop
#             namespace: argocd
#           spec:
#             sourceRepos: ['https://git.example/shop/*']
package platlint.gitops.appproject_definition

import data.platlint.lib.phrased

phrases := {
	"denies-all": "\"{}\" denies everything, which Argo CD refuses",
	"no-cluster": "the destination matches nothing: server and name are missing",
	"no-namespace": "the destination matches no namespace: namespace is missing",
	"policy-action": "\"{}\" is no action of a role",
	"policy-effect": "the effect \"{}\" is neither allow nor deny",
	"policy-form": "the policy \"{}\" needs six parts: p, subject, resource, action, object, effect",
	"policy-object": "the object \"{}\" is not of this project",
	"policy-resource": "\"{}\" is no resource of which a role of a project can speak",
	"policy-subject": "the policy speaks of \"{}\", not of its own role",
	"role-without-name": "the role has no name",
	"shape": "{}",
	"twice": "\"{}\" stands here twice",
	"unknown-field": "\"{}\" is no field here",
	"window-duration": "\"{}\" is no span of time, such as 1h30m",
	"window-kind": "the kind of window \"{}\" is neither allow nor deny",
	"window-schedule": "\"{}\" is no schedule, such as 0 22 * * *",
	"window-without-target": "the window names no applications, namespaces or clusters",
}

deny contains finding if {
	some problem in input.platform.problems["invalid-project"]
	phrase = phrases[problem.problem]
	message = replace(phrase, "{}", problem.value)
	finding = phrased.finding(problem, message)
}
