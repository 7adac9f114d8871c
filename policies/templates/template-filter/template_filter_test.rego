package platlint.templates.template_filter_test

import data.platlint.templates.template_filter as rule

# noted is an object of which this was noted.
noted(code, problem) := {
	"review": {"operation": "CREATE", "object": {}},
	"parameters": {},
	"platform": {"problems": {code: [object.union({"path": ["spec", "steps", 0], "text": "x"}, problem)]}, "unknown": {}},
}

test_says_what_was_noted_as_unknown_filter if {
	problem := {"name": "parseRepoURL", "suggestion": "parseRepoUrl"}
	found := rule.deny with input as noted("unknown-filter", problem)
	found == {{
		"msg": "there is no filter \"parseRepoURL\"; did you mean \"parseRepoUrl\"?",
		"path": ["spec", "steps", 0],
		"text": "x",
	}}
}

test_says_nothing_of_other_codes_and_of_nothing if {
	other := rule.deny with input as noted("something-else", {})
	other == set()
	none := rule.deny with input as {"platform": {"problems": {}, "unknown": {}}, "parameters": {}}
	none == set()
}
