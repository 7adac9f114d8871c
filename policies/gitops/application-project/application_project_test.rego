package platlint.gitops.application_project_test

import data.platlint.gitops.application_project as rule

noted(code, details) := {
	"review": {"operation": "CREATE", "object": {}},
	"parameters": {},
	"platform": {"problems": {code: [object.union({"path": ["spec", "a"]}, details)]}, "unknown": {}},
}

test_says_what_was_noted_as_project_forbids_source_1 if {
	found := rule.deny with input as noted("project-forbids-source", {"project": "shop", "value": "https://x"})
	found == {{"msg": "the project \"shop\" does not allow the source \"https://x\"", "path": ["spec", "a"]}}
}

test_says_what_was_noted_as_unknown_project_2 if {
	found := rule.deny with input as noted("unknown-project", {"project": "platfrom", "suggestion": "platform"})
	found == {{"msg": "there is no project \"platfrom\"; did you mean \"platform\"?", "path": ["spec", "a"]}}
}

test_says_what_was_noted_as_project_forbids_kind_3 if {
	found := rule.deny with input as noted("project-forbids-kind", {"project": "shop", "kind": "Namespace", "name": "x", "file": "n.yaml"})
	found == {{"msg": "the project \"shop\" does not allow the Namespace \"x\" in n.yaml", "path": ["spec", "a"]}}
}

test_says_that_no_project_is_named if {
	found := rule.deny with input as noted("missing-project", {})
	found == {{"msg": "the Application names no project", "path": ["spec", "a"]}}
}

test_says_nothing_where_nothing_was_noted if {
	other := rule.deny with input as noted("something-else", {})
	other == set()
	none := rule.deny with input as {"platform": {"problems": {}, "unknown": {}}, "parameters": {}}
	none == set()
}

test_hands_on_what_is_not_known if {
	unknown := {"platform": {"problems": {}, "unknown": {"unknown-project": [{"path": ["spec"], "reason": "nobody knows"}]}}, "parameters": {}}
	found := rule.undecided with input as unknown
	found == {{"reason": "nobody knows", "path": ["spec"]}}
}
