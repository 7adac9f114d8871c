# METADATA
# title: The catalog accepts the entity
# description: |
#   The catalog refuses an entity that lacks a field, has a value of another type, or a name, label, tag or link of another
#   form. It says so where it imports the file, one problem at a time. This rule tells all of them where they are written.
#
#   The kinds of Backstage itself are checked whole: API, AiResource, Component, Domain, Group, Location, Resource, System and
#   User; of a Template the metadata, while its spec is judged by the rules about templates. Of other kinds of
#   `backstage.io` only what all entities have in common is checked: an installation may have added them.
#
#   Labels and annotations are texts: `true`, `8080` and `1.10` need quotes. What a software template fills in (`${{ … }}`) is
#   not decided where it matters, and `$text`, `$json`, `$yaml`, `$openapi` and `$asyncapi` stand for what their file holds.
#   An installation can replace the formats of names by its own; this rule knows the default ones.
# related_resources:
#   - ref: https://backstage.io/docs/features/software-catalog/descriptor-format
#     description: Kinds and fields of entities
# custom:
#   platlint:
#     severity: high
#     level: error
#     match:
#       kinds:
#         - {groups: [backstage.io, scaffolder.backstage.io], kinds: ["*"]}
#     problems: [invalid-entity]
#     remedy: >-
#       Write the field as the message says.
#     examples:
#       - title: A number where a text must stand
#         bad: |
#           apiVersion: backstage.io/v1alpha1
#           kind: Component
#           metadata:
#             name: cart
#             annotations: {example.org/port: 8080}
#           spec:
#             type: service
#             lifecycle: production
#             owner: team-shop
#         good: |
#           apiVersion: backstage.io/v1alpha1
#           kind: Component
#           metadata:
#             name: cart
#             annotations: {example.org/port: "8080"}
#           spec:
#             type: service
#             lifecycle: production
#             owner: team-shop
package platlint.catalog.catalog_entity

formats := {
	"key": "key: it is a name of letters, digits and -_. in it, after a DNS name in small letters and a slash if there is one",
	"kind": "kind: it is a letter, then letters and digits, at most 63",
	"label": "value of a label: it is empty, or letters and digits with -_. between them, at most 63 characters",
	"name": "name: it is letters and digits with -_. between them, at most 63 characters",
	"namespace": "namespace: it is small letters and digits with - between them, at most 63 characters",
	"tag": "tag: it is small letters, digits and :+# with single - between them, at most 63 characters",
	"url": "URL: it begins with a scheme such as https:// and a host",
	"version": "apiVersion: after the slash stand letters and digits",
}

deny contains {"msg": message, "path": path} if {
	some problem in input.platform.problems["invalid-entity"]
	problem.problem == "missing"
	message = sprintf("%s is missing", [problem.field])
	path = problem.path
}

deny contains {"msg": message, "path": path} if {
	some problem in input.platform.problems["invalid-entity"]
	problem.problem == "wrong-type"
	problem.expected == "a string"
	advice = [text |
		some key in ["quoted"]
		quoted = problem[key]
		text = sprintf(": write it in quotes, \"%s\"", [quoted])
	]
	general = [text |
		some key in ["unquoted"]
		problem[key]
		text = ": write it in quotes"
	]
	end = array.concat(array.concat(advice, general), [""])[0]
	message = sprintf("%s must be %s, not %s%s", [problem.field, problem.expected, problem.found, end])
	path = problem.path
}

deny contains {"msg": message, "path": path} if {
	some problem in input.platform.problems["invalid-entity"]
	problem.problem == "wrong-type"
	problem.expected != "a string"
	message = sprintf("%s must be %s, not %s", [problem.field, problem.expected, problem.found])
	path = problem.path
}

deny contains {"msg": message, "path": path} if {
	some problem in input.platform.problems["invalid-entity"]
	problem.problem == "empty"
	message = sprintf("%s must not be empty", [problem.field])
	path = problem.path
}

deny contains {"msg": message, "path": path} if {
	some problem in input.platform.problems["invalid-entity"]
	problem.problem == "too-long"
	message = sprintf("%s may have at most %v characters", [problem.field, problem.longest])
	path = problem.path
}

deny contains {"msg": message, "path": path} if {
	some problem in input.platform.problems["invalid-entity"]
	problem.problem == "not-allowed"
	allowed = concat(" or ", problem.allowed)
	end = hint(problem)
	message = sprintf("%s must be %s, not \"%s\"%s", [problem.field, allowed, problem.value, end])
	path = problem.path
}

deny contains {"msg": message, "path": path} if {
	some problem in input.platform.problems["invalid-entity"]
	problem.problem == "malformed"
	format = formats[problem.format]
	end = hint(problem)
	message = sprintf("%s is \"%s\", which is no %s%s", [problem.field, problem.value, format, end])
	path = problem.path
}

deny contains {"msg": message, "path": path} if {
	some problem in input.platform.problems["invalid-entity"]
	problem.problem == "version"
	allowed = concat(" or ", problem.allowed)
	message = sprintf("\"%s\" is no apiVersion of the kind %s: it is %s", [problem.value, problem.kind, allowed])
	path = problem.path
}

deny contains {"msg": message, "path": path} if {
	some problem in input.platform.problems["invalid-entity"]
	problem.problem == "unknown-kind"
	end = hint(problem)
	message = sprintf("Backstage knows no kind \"%s\"%s", [problem.value, end])
	path = problem.path
}

deny contains {"msg": message, "path": path} if {
	some problem in input.platform.problems["invalid-entity"]
	problem.problem == "output"
	message = sprintf("%s is what the catalog adds to its answers; in a file it is refused", [problem.field])
	path = problem.path
}

deny contains {"msg": message, "path": path} if {
	some problem in input.platform.problems["invalid-entity"]
	problem.problem == "foreign"
	end = hint(problem)
	message = sprintf("%s is refused: an entity has apiVersion, kind, metadata and spec%s", [problem.field, end])
	path = problem.path
}

deny contains {"msg": message, "path": path} if {
	some problem in input.platform.problems["invalid-entity"]
	problem.problem == "other"
	message = sprintf("%s does not fit its schema (%s)", [problem.field, problem.keyword])
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
