package platlint.gitops.application_path_test

import data.platlint.gitops.application_path as rule

noted(code, details) := {
	"review": {"operation": "CREATE", "object": {}},
	"parameters": {},
	"platform": {"problems": {code: [object.union({"path": ["spec", "a"]}, details)]}, "unknown": {}},
}

test_says_what_was_noted_as_missing_path_1 if {
	found := rule.deny with input as noted("missing-path", {"problem": "missing", "value": "apps/crat", "suggestion": "apps/cart"})
	found == {{"msg": "the path \"apps/crat\" does not exist in its repository; did you mean \"apps/cart\"?", "path": ["spec", "a"]}}
}

test_says_nothing_where_nothing_was_noted if {
	other := rule.deny with input as noted("something-else", {})
	other == set()
	none := rule.deny with input as {"platform": {"problems": {}, "unknown": {}}, "parameters": {}}
	none == set()
}

test_hands_on_what_is_not_known if {
	unknown := {"platform": {"problems": {}, "unknown": {"missing-path": [{"path": ["spec"], "reason": "nobody knows"}]}}, "parameters": {}}
	found := rule.undecided with input as unknown
	found == {{"reason": "nobody knows", "path": ["spec"]}}
}
