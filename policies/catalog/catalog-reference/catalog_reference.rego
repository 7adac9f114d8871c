# METADATA
# title: References lead to entities that exist
# description: |
#   A component of a system that does not exist, a consumed API that nobody provides, a parent group with a slip of the pen:
#   the catalog accepts them, and shows a page with an error, or nothing at all.
#
#   References are `[kind:][namespace/]name`; the namespace is that of the entity unless written, the kind that of the field.
#   `dependsOn` and `dependencyOf` need a kind (`component:cart`, `resource:cart-db`): without one the catalog refuses the
#   entity. A reference of a kind that makes no sense in its field is dropped without a word.
#
#   References are looked up among all entities of the input and of the snapshot of the catalog that `catalog.entities` in
#   the configuration names. Without a snapshot, what is not in the input is not decided: one repository does not know the
#   whole catalog. Owners are judged by the rule owner-annotation; here is told only that one is not decided.
# related_resources:
#   - ref: https://backstage.io/docs/features/software-catalog/references
#     description: How entity references are written
# custom:
#   platlint:
#     severity: medium
#     level: error
#     match:
#       kinds:
#         - {groups: [backstage.io, scaffolder.backstage.io], kinds: ["*"]}
#     problems: [dangling-reference, malformed-reference, wrong-kind-reference, dangling-owner]
#     remedy: >-
#       Name an entity that exists, with its kind and namespace where they are not those of the field, or add the
#       missing one.
#     examples:
#       - title: A dependency without a kind
#         bad: |
#           apiVersion: backstage.io/v1alpha1
#           kind: Component
#           metadata:
#             name: cart
#           spec:
#             type: service
#             lifecycle: production
#             owner: team-shop
#             dependsOn: [cart-db]
#         good: |
#           apiVersion: backstage.io/v1alpha1
#           kind: Component
#           metadata:
#             name: cart
#           spec:
#             type: service
#             lifecycle: production
#             owner: team-shop
package platlint.catalog.catalog_reference

empty_parts := {"empty-kind": "kind", "empty-namespace": "namespace", "empty-name": "name"}

deny contains {"msg": message, "path": path} if {
	some problem in input.platform.problems["dangling-reference"]
	end = hint(problem)
	message = sprintf("%s names \"%s\", which is not in the catalog%s", [problem.field, problem.ref, end])
	path = problem.path
}

deny contains {"msg": message, "path": path} if {
	some problem in input.platform.problems["wrong-kind-reference"]
	allowed = concat(" or ", problem.allowed)
	end = hint(problem)
	message = sprintf("%s names \"%s\", but its kind must be %s%s", [problem.field, problem.value, allowed, end])
	path = problem.path
}

deny contains {"msg": message, "path": path} if {
	some problem in input.platform.problems["malformed-reference"]
	part = empty_parts[problem.problem]
	message = sprintf("%s is \"%s\", which is no entity reference: its %s is empty", [problem.field, problem.value, part])
	path = problem.path
}

deny contains {"msg": message, "path": path} if {
	some problem in input.platform.problems["malformed-reference"]
	problem.problem == "no-kind"
	end = hint(problem)
	message = sprintf("%s names \"%s\" without its kind, such as component: or resource:%s", [problem.field, problem.value, end])
	path = problem.path
}

deny contains {"msg": message, "path": path} if {
	some problem in input.platform.problems["malformed-reference"]
	problem.problem == "name"
	message = sprintf("%s is \"%s\", but no entity can have such a name", [problem.field, problem.value])
	path = problem.path
}

# The suggestion of a note, as the end of a message.
hint(problem) := text if {
	hints = [end |
		some key in ["suggestion"]
		meant = problem[key]
		end = sprintf("; did you mean \"%s\"?", [meant])
	]
	text = concat("", hints)
}
