# METADATA
# title: An entity is defined once
# description: |
#   Of two entities with the same kind, namespace and name the catalog keeps the one that it met first, and reports a conflict
#   for the other at its location. Case does not matter: `Cart` and `cart` are one entity. Told is every place but the first
#   one, in the order of files.
# related_resources:
#   - ref: https://backstage.io/docs/features/software-catalog/descriptor-format
#     description: Names of entities
# custom:
#   platlint:
#     severity: high
#     level: error
#     match:
#       kinds:
#         - {groups: [backstage.io, scaffolder.backstage.io], kinds: ["*"]}
#     problems: [duplicate-entity]
#     remedy: >-
#       Give one of them another name or namespace, or remove it.
#     examples:
#       - title: Two entities with one name
#         bad: |
#           apiVersion: backstage.io/v1alpha1
#           kind: System
#           metadata: {name: shop}
#           spec: {owner: team-shop}
#           ---
#           apiVersion: backstage.io/v1alpha1
#           kind: System
#           metadata: {name: Shop}
#           spec: {owner: team-shop}
#         good: |
#           apiVersion: backstage.io/v1alpha1
#           kind: System
#           metadata: {name: shop}
#           spec: {owner: team-shop}
#           ---
#           apiVersion: backstage.io/v1alpha1
#           kind: System
#           metadata: {name: shop-internal}
#           spec: {owner: team-shop}
package platlint.catalog.catalog_duplicate

deny contains {"msg": message, "path": path, "related": related} if {
	some problem in input.platform.problems["duplicate-entity"]
	message = sprintf("%s is defined more than once, first in %s", [problem.ref, problem.file])
	path = problem.path
	related = problem.related
}
