# METADATA
# title: Fields of any type
# description: |
#   Helps rules that change objects: fields may be missing, null or of any type, and a patch must not touch what is not
#   what it should be.
package platlint.lib.fields

# map_at is the map that stands at a key, empty where there is nothing or null. It is undefined where something else
# stands there, or where the parent is no map: then no field can be set below.
map_at(parent, key) := value if {
	is_object(parent)
	found = object.get(parent, key, null)
	may_be_map(found)
	maps = [map | some map in [found, {}]; is_object(map)]
	value = maps[0]
}

may_be_map(value) if value == null

may_be_map(value) if is_object(value)

# is_given holds where something stands at a key. Null is nothing, as Kubernetes has it.
is_given(parent, key) if {
	value = parent[key]
	value != null
}

# shown is a value in a message: text in quotes, anything else without it, since engines print it each in their own way.
shown(value) := text if {
	texts = [quoted |
		some candidate in [value]
		is_string(candidate)
		quoted = sprintf("\"%s\"", [candidate])
	]
	choices = array.concat(texts, ["(no text)"])
	text = choices[0]
}
