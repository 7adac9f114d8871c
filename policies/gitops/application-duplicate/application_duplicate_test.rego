package platlint.gitops.application_duplicate_test

import data.platlint.gitops.application_duplicate as rule

noted(code, details) := {
	"review": {"operation": "CREATE", "object": {}},
	"parameters": {},
	"platform": {"problems": {code: [object.union({"path": ["spec", "a"]}, details)]}, "unknown": {}},
}

test_says_what_was_noted_as_duplicate_application_1 if {
	found := rule.deny with input as noted("duplicate-application", {"name": "cart", "file": "b.yaml"})
	found == {{"msg": "the Application \"cart\" is also in b.yaml", "path": ["spec", "a"]}}
}

test_says_what_was_noted_as_duplicate_application_2 if {
	found := rule.deny with input as noted("duplicate-application", {"name": "cart", "file": "b.yaml", "generated_by": "carts"})
	found == {{"msg": "the Application \"cart\" is also made by the ApplicationSet carts in b.yaml", "path": ["spec", "a"]}}
}

test_says_nothing_where_nothing_was_noted if {
	other := rule.deny with input as noted("something-else", {})
	other == set()
	none := rule.deny with input as {"platform": {"problems": {}, "unknown": {}}, "parameters": {}}
	none == set()
}
