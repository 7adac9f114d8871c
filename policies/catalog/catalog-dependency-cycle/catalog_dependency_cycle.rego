# METADATA
# title: Dependencies do not go in circles
# description: |
#   Components and resources that depend on each other in a circle cannot be built, started or restored one after the other.
#   That may be wanted, so this is a warning. Followed are `dependsOn` and `dependencyOf`, over the input and the snapshot of the
#   catalog. A circle is told once, at its first place in the order of files.
# related_resources:
#   - ref: https://backstage.io/docs/features/software-catalog/well-known-relations
#     description: Relations between entities
# custom:
#   platlint:
#     severity: low
#     level: warn
#     match:
#       kinds:
#         - {groups: [backstage.io, scaffolder.backstage.io], kinds: ["*"]}
#     problems: [dependency-cycle]
#     remedy: >-
#       Remove one of the dependencies, or turn the rule off for this entity where the circle is wanted.
#     examples:
#       - title: A component that depends on itself
#         bad: |
#           apiVersion: backstage.io/v1alpha1
#           kind: Component
#           metadata:
#             name: cart
#           spec:
#             type: service
#             lifecycle: production
#             owner: team-shop
#             dependsOn: [component:cart]
#         good: |
#           apiVersion: backstage.io/v1alpha1
#           kind: Component
#           metadata:
#             name: cart
#           spec:
#             type: service
#             lifecycle: production
#             owner: team-shop
package platlint.catalog.catalog_dependency_cycle

deny contains {"msg": message, "path": path, "related": related} if {
	some problem in input.platform.problems["dependency-cycle"]
	message = sprintf("these depend on each other in a circle: %s", [concat(" -> ", problem.entities)])
	path = problem.path
	related = problem.related
}
