package platlint.crossplane.xrd_definition_test

import data.platlint.crossplane.xrd_definition as rule

noted(code) := {
	"review": {"operation": "CREATE", "kind": {"group": "example.org", "version": "v1", "kind": "Thing"}, "object": {}},
	"parameters": {},
	"platform": {"problems": {code: [{"path": ["spec", "a"], "field": "spec.a", "fault": "is wrong", "suggestion": "b", "text": "a"}]}, "unknown": {}},
}

test_says_what_was_noted_as_invalid_xrd if {
	found := rule.deny with input as noted("invalid-xrd")
	found == {{"msg": "spec.a is wrong; did you mean \"b\"?", "path": ["spec", "a"], "text": "a"}}
}

test_says_what_was_noted_as_unstructural_schema if {
	found := rule.deny with input as noted("unstructural-schema")
	found == {{"msg": "spec.a is wrong; did you mean \"b\"?", "path": ["spec", "a"], "text": "a"}}
}

test_says_nothing_of_other_codes_and_of_nothing if {
	other := rule.deny with input as noted("something-else")
	other == set()
	none := rule.deny with input as {"platform": {"problems": {}, "unknown": {}}, "parameters": {}}
	none == set()
}
