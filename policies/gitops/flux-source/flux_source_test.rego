package platlint.gitops.flux_source_test

import data.platlint.gitops.flux_source as rule

noted(code, details) := {
	"review": {"operation": "CREATE", "object": {}},
	"parameters": {},
	"platform": {"problems": {code: [object.union({"path": ["spec", "a"]}, details)]}, "unknown": {}},
}

test_says_what_was_noted_as_dangling_source_1 if {
	found := rule.deny with input as noted("dangling-source", {"kind": "GitRepository", "name": "platfrom", "suggestion": "platform"})
	found == {{"msg": "there is no GitRepository \"platfrom\"; did you mean \"platform\"?", "path": ["spec", "a"]}}
}

test_says_what_was_noted_as_dangling_source_2 if {
	found := rule.deny with input as noted("dangling-source", {"kind": "GitRepository", "name": "x", "elsewhere": "infra"})
	found == {{"msg": "there is no GitRepository \"x\" in this namespace; there is one in \"infra\"", "path": ["spec", "a"]}}
}

test_says_nothing_where_nothing_was_noted if {
	other := rule.deny with input as noted("something-else", {})
	other == set()
	none := rule.deny with input as {"platform": {"problems": {}, "unknown": {}}, "parameters": {}}
	none == set()
}

test_hands_on_what_is_not_known if {
	unknown := {"platform": {"problems": {}, "unknown": {"dangling-source": [{"path": ["spec"], "reason": "nobody knows"}]}}, "parameters": {}}
	found := rule.undecided with input as unknown
	found == {{"reason": "nobody knows", "path": ["spec"]}}
}
