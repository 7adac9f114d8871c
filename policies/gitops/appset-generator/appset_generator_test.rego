package platlint.gitops.appset_generator_test

import data.platlint.gitops.appset_generator as rule

noted(code, details) := {
	"review": {"operation": "CREATE", "object": {}},
	"parameters": {},
	"platform": {"problems": {code: [object.union({"path": ["spec", "a"]}, details)]}, "unknown": {}},
}

test_says_what_was_noted_as_several_generators_1 if {
	found := rule.deny with input as noted("several-generators", {"first": "git", "second": "list"})
	found == {{"msg": "one entry has two generators, git and list", "path": ["spec", "a"]}}
}

test_says_what_was_noted_as_invalid_generator_2 if {
	found := rule.deny with input as noted("invalid-generator", {"problem": "unknown-generator", "value": "lsit", "suggestion": "list"})
	found == {{"msg": "\"lsit\" is no generator; did you mean \"list\"?", "path": ["spec", "a"]}}
}

test_says_what_was_noted_as_nesting_3 if {
	found := rule.deny with input as noted("nesting", {"generator": "merge"})
	found == {{"msg": "merge is nested too deep: only one matrix or merge can stand within another", "path": ["spec", "a"]}}
}

test_says_what_was_noted_as_ignored_template_4 if {
	found := rule.deny with input as noted("ignored-template", {"generator": "list"})
	found == {{"msg": "the template of this list generator is passed over, since another generator is around it", "path": ["spec", "a"]}}
}

test_says_what_was_noted_as_merge_key_5 if {
	found := rule.deny with input as noted("merge-key", {"problem": "nested", "value": "a.b"})
	found == {{"msg": "with goTemplate, the merge key \"a.b\" cannot lead into a map", "path": ["spec", "a"]}}
}

test_says_nothing_where_nothing_was_noted if {
	other := rule.deny with input as noted("something-else", {})
	other == set()
	none := rule.deny with input as {"platform": {"problems": {}, "unknown": {}}, "parameters": {}}
	none == set()
}
