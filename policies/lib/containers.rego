# METADATA
# title: Words for containers
# description: Names containers and images in messages, so that all rules speak of them alike.
package platlint.lib.containers

words := {
	"container": "container",
	"init": "init container",
	"sidecar": "sidecar container",
	"ephemeral": "ephemeral container",
	"volume": "image volume",
	"field": "image field",
}

# title names an item of input.containers or input.images: `init container "migrate"`.
# A name that is missing or no string is left out: the finding's path still tells which one is meant.
title(item, field) := text if {
	word = words[item.type]
	label = object.get(item, field, null)
	quoted = [name |
		some candidate in [label]
		is_string(candidate)
		name = sprintf(" \"%s\"", [candidate])
	]
	text = concat("", array.concat([word], quoted))
}

# is_privileged holds for the spec of a container that nothing confines: it has every capability, no seccomp profile
# applies to it, and the API server refuses to forbid it privilege escalation.
is_privileged(spec) if spec.securityContext.privileged == true
