package platlint.gitops.application_source_test

import data.platlint.gitops.application_source as rule

noted(code, details) := {
	"review": {"operation": "CREATE", "object": {}},
	"parameters": {},
	"platform": {"problems": {code: [object.union({"path": ["spec", "a"]}, details)]}, "unknown": {}},
}

test_says_what_was_noted_as_invalid_source_1 if {
	found := rule.deny with input as noted("invalid-source", {"problem": "no-repo-url", "value": ""})
	found == {{"msg": "repoURL is missing", "path": ["spec", "a"]}}
}

test_says_what_was_noted_as_invalid_source_2 if {
	found := rule.deny with input as noted("invalid-source", {"problem": "unknown-field", "value": "pth", "suggestion": "path"})
	found == {{"msg": "\"pth\" is no field here; did you mean \"path\"?", "path": ["spec", "a"]}}
}

test_says_nothing_where_nothing_was_noted if {
	other := rule.deny with input as noted("something-else", {})
	other == set()
	none := rule.deny with input as {"platform": {"problems": {}, "unknown": {}}, "parameters": {}}
	none == set()
}
