package platlint.gitops.appproject_definition_test

import data.platlint.gitops.appproject_definition as rule

noted(code, details) := {
	"review": {"operation": "CREATE", "object": {}},
	"parameters": {},
	"platform": {"problems": {code: [object.union({"path": ["spec", "a"]}, details)]}, "unknown": {}},
}

test_says_what_was_noted_as_invalid_project_1 if {
	found := rule.deny with input as noted("invalid-project", {"problem": "twice", "value": "a"})
	found == {{"msg": "\"a\" stands here twice", "path": ["spec", "a"]}}
}

test_says_what_was_noted_as_invalid_project_2 if {
	found := rule.deny with input as noted("invalid-project", {"problem": "policy-subject", "value": "proj:x:y", "suggestion": "proj:shop:y"})
	found == {{"msg": "the policy speaks of \"proj:x:y\", not of its own role; did you mean \"proj:shop:y\"?", "path": ["spec", "a"]}}
}

test_says_nothing_where_nothing_was_noted if {
	other := rule.deny with input as noted("something-else", {})
	other == set()
	none := rule.deny with input as {"platform": {"problems": {}, "unknown": {}}, "parameters": {}}
	none == set()
}
