# METADATA
# title: Files that entities point to exist
# description: |
#   An entity takes text from files (`$text`, `$json`, `$yaml`, `$openapi`, `$asyncapi`), a Location names files with further
#   entities, and `backstage.io/techdocs-ref: dir:…` the folder of the documentation. Where one of them is missing, the catalog
#   cannot import the entity, or its documentation stays empty.
#
#   Relative paths are looked up from the folder of the entity's file. Targets of a Location may have `*` and `**`; where nothing
#   matches, the catalog reports an error, unless `presence` is `optional`. A folder of documentation needs the documents that its
#   mkdocs.yml (or mkdocs.yaml) names, those in `docs` where there is none, or a README. URLs and paths from a root are not followed; entities that lie in no folder, such as
#   standard input, are not decided.
# related_resources:
#   - ref: https://backstage.io/docs/features/software-catalog/descriptor-format#substitutions-in-the-descriptor-format
#     description: Substitutions
#   - ref: https://backstage.io/docs/features/techdocs/how-to-guides
#     description: TechDocs
# custom:
#   platlint:
#     severity: high
#     level: error
#     match:
#       kinds:
#         - {groups: [backstage.io, scaffolder.backstage.io], kinds: ["*"]}
#     problems: [missing-placeholder-file]
#     remedy: >-
#       Correct the path, or add the file.
#     examples:
#       - title: A folder that does not exist
#         bad: |
#           apiVersion: backstage.io/v1alpha1
#           kind: Component
#           metadata:
#             name: cart
#             annotations: {backstage.io/techdocs-ref: dir:./handbok}
#           spec:
#             type: service
#             lifecycle: production
#             owner: team-shop
#         good: |
#           apiVersion: backstage.io/v1alpha1
#           kind: Component
#           metadata:
#             name: cart
#             annotations: {backstage.io/techdocs-ref: url:https://example.org/docs}
#           spec:
#             type: service
#             lifecycle: production
#             owner: team-shop
package platlint.catalog.catalog_placeholder

nouns := {
	"$asyncapi": "the file of $asyncapi",
	"$json": "the file of $json",
	"$openapi": "the file of $openapi",
	"$text": "the file of $text",
	"$yaml": "the file of $yaml",
	"target": "the target",
	"techdocs": "the folder of the documentation",
}

ends := {
	"missing": "does not exist",
	"folder": "is a folder",
	"file": "is no folder",
	"no-match": "matches no file",
	"no-mkdocs": "has neither a mkdocs.yml nor the folder docs nor a README",
	"no-docs": "has neither the documents that its mkdocs.yml names nor a README",
}

deny contains {"msg": message, "path": path} if {
	some problem in input.platform.problems["missing-placeholder-file"]
	noun = nouns[problem.subject]
	end = ends[problem.problem]
	hints = [hint |
		some key in ["suggestion"]
		meant = problem[key]
		hint = sprintf("; did you mean \"%s\"?", [meant])
	]
	message = sprintf("%s, \"%s\", %s%s", [noun, problem.value, end, concat("", hints)])
	path = problem.path
}

deny contains {"msg": message, "path": path} if {
	some problem in input.platform.problems["missing-placeholder-file"]
	problem.problem == "no-text"
	message = sprintf("%s needs the path or the URL of a file", [problem.subject])
	path = problem.path
}
