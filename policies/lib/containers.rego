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
}

# title names an item of input.containers or input.images: `init container "migrate"`.
# A name that is missing or no string is left out: the finding's path still tells which one is meant.
title(item, name) := text if {
	word = words[item.type]
	named = [sprintf("%s \"%s\"", [word, n]) | n = item[name]; is_string(n)]
	unnamed = [word | count(named) == 0]
	text = concat("", array.concat(named, unnamed))
}
