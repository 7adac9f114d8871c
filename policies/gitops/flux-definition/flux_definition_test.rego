package platlint.gitops.flux_definition_test

import data.platlint.gitops.flux_definition as rule

noted(code, details) := {
	"review": {"operation": "CREATE", "object": {}},
	"parameters": {},
	"platform": {"problems": {code: [object.union({"path": ["spec", "a"]}, details)]}, "unknown": {}},
}

test_says_what_was_noted_as_invalid_flux_1 if {
	found := rule.deny with input as noted("invalid-flux", {"problem": "missing", "value": "prune"})
	found == {{"msg": "prune is missing", "path": ["spec", "a"]}}
}

test_says_what_was_noted_as_invalid_flux_2 if {
	found := rule.deny with input as noted("invalid-flux", {"problem": "unknown-field", "value": "intervall", "suggestion": "interval"})
	found == {{"msg": "\"intervall\" is no field here; did you mean \"interval\"?", "path": ["spec", "a"]}}
}

test_says_nothing_where_nothing_was_noted if {
	other := rule.deny with input as noted("something-else", {})
	other == set()
	none := rule.deny with input as {"platform": {"problems": {}, "unknown": {}}, "parameters": {}}
	none == set()
}
