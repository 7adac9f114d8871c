# METADATA
# title: No entity is part of itself
# description: |
#   A component that is a part of itself, a domain below itself or a group that is its own ancestor has no place in any
#   hierarchy; pages that walk up or down it never end, or leave it out. Followed are `subcomponentOf`, `subdomainOf`, `parent`
#   and `children`, and the parts of AI resources, over the input and the snapshot of the catalog. A circle is told once,
#   at its first place in the order of files. Circles of dependencies are told by the rule catalog-dependency-cycle.
# related_resources:
#   - ref: https://backstage.io/docs/features/software-catalog/well-known-relations
#     description: Relations between entities
# custom:
#   platlint:
#     severity: medium
#     level: error
#     match:
#       kinds:
#         - {groups: [backstage.io, scaffolder.backstage.io], kinds: ["*"]}
#     problems: [entity-cycle]
#     remedy: >-
#       Remove one of the references that make the circle.
#     examples:
#       - title: A domain below itself
#         bad: |
#           apiVersion: backstage.io/v1alpha1
#           kind: Domain
#           metadata: {name: trade}
#           spec: {owner: team-shop, subdomainOf: trade}
#         good: |
#           apiVersion: backstage.io/v1alpha1
#           kind: Domain
#           metadata: {name: trade}
#           spec: {owner: team-shop}
package platlint.catalog.catalog_cycle

deny contains {"msg": message, "path": path, "related": related} if {
	some problem in input.platform.problems["entity-cycle"]
	message = sprintf("this closes a circle: %s", [concat(" -> ", problem.entities)])
	path = problem.path
	related = problem.related
}
