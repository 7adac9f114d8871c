package platlint.catalog.catalog_entity_test

import data.platlint.catalog.catalog_entity as rule

# noted is the input with one note of a code.
noted(code, note) := {
	"review": {"kind": {"group": "backstage.io", "version": "v1alpha1", "kind": "Component"}, "object": {}},
	"parameters": {},
	"platform": {"problems": {code: [object.union({"path": ["spec", "a"], "field": "spec.a"}, note)]}, "unknown": {}},
}

# said are the messages about one note.
said(note) := messages if {
	found := rule.deny with input as noted("invalid-entity", note)
	messages := {f.msg | some f in found; f.path == ["spec", "a"]}
}

test_says_nothing_of_nothing if {
	found := rule.deny with input as {"platform": {"problems": {}, "unknown": {}}, "parameters": {}}
	found == set()
	other := rule.deny with input as noted("something-else", {"problem": "missing"})
	other == set()
}

test_says_each_problem_in_its_own_words if {
	said({"problem": "missing"}) == {"spec.a is missing"}
	said({"problem": "empty"}) == {"spec.a must not be empty"}
	said({"problem": "too-long", "longest": 500}) == {"spec.a may have at most 500 characters"}
	said({"problem": "other", "keyword": "x"}) == {"spec.a does not fit its schema (x)"}
	said({"problem": "output"}) == {"spec.a is what the catalog adds to its answers; in a file it is refused"}
}

test_says_how_to_write_a_number_as_text if {
	note := {"problem": "wrong-type", "expected": "a string", "found": "the number 8080", "quoted": "8080", "unquoted": true}
	said(note) == {"spec.a must be a string, not the number 8080: write it in quotes, \"8080\""}
	version := {"problem": "wrong-type", "expected": "a string", "found": "a number", "unquoted": true}
	said(version) == {"spec.a must be a string, not a number: write it in quotes"}
	map := {"problem": "wrong-type", "expected": "a string", "found": "a map"}
	said(map) == {"spec.a must be a string, not a map"}
	list := {"problem": "wrong-type", "expected": "a list", "found": "the number 1", "quoted": "1"}
	said(list) == {"spec.a must be a list, not the number 1"}
	text := {"problem": "wrong-type", "expected": "a list", "found": "a string"}
	said(text) == {"spec.a must be a list, not a string"}
}

test_names_what_is_allowed if {
	note := {"problem": "not-allowed", "value": "optionl", "allowed": ["required", "optional"], "suggestion": "optional"}
	said(note) == {"spec.a must be required or optional, not \"optionl\"; did you mean \"optional\"?"}
	version := {"problem": "version", "value": "backstage.io/v2", "kind": "API", "allowed": ["backstage.io/v1alpha1"]}
	said(version) == {"\"backstage.io/v2\" is no apiVersion of the kind API: it is backstage.io/v1alpha1"}
}

test_says_what_each_format_is if {
	unsaid := [format |
		some format in ["key", "kind", "label", "name", "namespace", "tag", "url", "version"]
		count(said({"problem": "malformed", "format": format, "value": "x y"})) != 1
	]
	unsaid == []
	tag := said({"problem": "malformed", "format": "tag", "value": "Java", "suggestion": "java"})
	some message in tag
	startswith(message, "spec.a is \"Java\", which is no tag: ")
	endswith(message, "; did you mean \"java\"?")
}

test_says_what_was_meant if {
	kind := said({"problem": "unknown-kind", "value": "component", "suggestion": "Component"})
	kind == {"Backstage knows no kind \"component\"; did you mean \"Component\"?"}
	root := said({"problem": "foreign"})
	root == {"spec.a is refused: an entity has apiVersion, kind, metadata and spec"}
}
