# METADATA
# title: Fields of entities are spelt as Backstage spells them
# description: |
#   Backstage allows any further key in metadata and spec, so a misspelt one (`dependOn`, `providesApi`) is accepted and means
#   nothing. This rule tells keys that are nearly one of Backstage's own, where that one is missing. Keys that are not near to
#   any are left alone, since plugins and organizations add theirs.
#
#   `uid`, `etag` and `generation` in metadata are set by the catalog; in a file they are without meaning.
# related_resources:
#   - ref: https://backstage.io/docs/features/software-catalog/descriptor-format
#     description: Kinds and fields of entities
# custom:
#   platlint:
#     severity: medium
#     level: warn
#     match:
#       kinds:
#         - {groups: [backstage.io, scaffolder.backstage.io], kinds: ["*"]}
#     problems: [unknown-entity-field]
#     remedy: >-
#       Correct the spelling, or remove the field.
#     examples:
#       - title: A misspelt field
#         bad: |
#           apiVersion: backstage.io/v1alpha1
#           kind: Component
#           metadata:
#             name: cart
#           spec:
#             type: service
#             lifecycle: production
#             owner: team-shop
#             dependOn: [resource:cart-db]
#         good: |
#           apiVersion: backstage.io/v1alpha1
#           kind: Component
#           metadata:
#             name: cart
#           spec:
#             type: service
#             lifecycle: production
#             owner: team-shop
#             dependsOn: [resource:cart-db]
package platlint.catalog.catalog_unknown_field

deny contains {"msg": message, "path": path} if {
	some problem in input.platform.problems["unknown-entity-field"]
	problem.problem == "misspelt"
	message = sprintf("Backstage knows no field %s; did you mean \"%s\"?", [problem.field, problem.suggestion])
	path = problem.path
}

deny contains {"msg": message, "path": path} if {
	some problem in input.platform.problems["unknown-entity-field"]
	problem.problem == "given"
	message = sprintf("%s is set by the catalog; in a file it has no meaning", [problem.field])
	path = problem.path
}
